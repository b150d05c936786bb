"""How often published intervals missed: the feedback of adaptive conformal inference."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from models_ml.panel import Panel
from models_ml.uncertainty.adaptive import DayMisses
from models_ml.warehouse import Warehouse, identifier

if TYPE_CHECKING:
    import pyarrow as pa

    from models_ml.project import Project
    from models_ml.registry import StoredModel

_KEYS = ["ticker", "dt"]


def published_misses(
    warehouse: Warehouse, project: Project, stored: StoredModel, panel: Panel, *, level: float
) -> dict[np.datetime64, DayMisses]:
    """Count the misses of a model's logged forecasts, day by day.

    Nothing is kept between calls: the answer follows from ``ml.preds_log`` and ``labels``. A replay
    reads the log beside its model, as far as it was known on that day.

    Parameters
    ----------
    warehouse, project
        Where to read.
    stored
        The model; only days after those it was fitted on count.
    panel
        Rows about to be forecast: what the log says of them is left out.
    level
        Only intervals of this level count.
    """
    import pyarrow as pa

    first, last = panel.dt[0].astype(date), panel.dt[-1].astype(date)
    logged = _logged(warehouse, project, stored, level, last)
    if any(day.as_py() >= first for day in logged["dt"].unique()):
        keys = {"ticker": panel.ticker, "dt": panel.dt}
        schema = pa.schema([logged.schema.field(name) for name in _KEYS])
        rows = pa.table({name: pa.array(keys[name]) for name in _KEYS}).cast(schema)
        logged = logged.join(rows, keys=_KEYS, join_type="left anti")
    counts = [("label_end", "max"), ("missed", "count"), ("missed", "sum")]
    by_day = logged.group_by("dt").aggregate(counts)
    return {
        np.datetime64(row["dt"], "D"): DayMisses(
            np.datetime64(row["label_end_max"], "D"), row["missed_count"], row["missed_sum"]
        )
        for row in by_day.to_pylist()
    }


def _logged(
    warehouse: Warehouse, project: Project, stored: StoredModel, level: float, last: date
) -> pa.Table:
    """Read the matured forecasts of a model, with 1 where the interval missed and 0 elsewhere."""
    label = identifier(f"label_ret_{stored.horizon}d")
    return warehouse.read(
        f"select log.ticker, log.dt, labels.label_end_dt_{stored.horizon}d as label_end, "
        f"case when labels.{label} between log.yhat_lo and log.yhat_hi then 0 else 1 end as missed "
        f"from {identifier(stored.ml or project.ml)}.preds_log as log "
        f"inner join {identifier(project.mart)}.labels as labels "
        "on log.ticker = labels.ticker and log.dt = labels.dt "
        "where log.model_id = :model_id and log.horizon = :horizon and log.level = :level "
        f"and log.dt > :fitted_to and log.dt <= :last and labels.{label} is not null "
        "and (log.known_at is null or log.known_at < :known_before)",
        {
            "model_id": stored.model_id,
            "horizon": stored.horizon,
            "level": level,
            "fitted_to": stored.uncertainty.fitted_to.astype(date),
            "last": last,
            "known_before": project.known_before,
        },
    )
