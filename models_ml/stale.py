"""Forecasts whose prices were restated after they were made, and their renewal."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from models_ml.infer import InferReport, infer
from models_ml.project import Project, load_project
from models_ml.registry import find_model
from models_ml.uncertainty.live import Probability, Uncertainty
from models_ml.warehouse import Warehouse, identifier, open_warehouse


def renew_stale(
    model: str | None = None,
    *,
    horizon: int | None = None,
    uncertainty: Uncertainty = "residuals",
    probability: Probability = "calibrated",
    level: float | None = None,
    shadow: bool = False,
    project: Project | None = None,
) -> tuple[InferReport, ...]:
    """Forecast again what ``stale_preds`` lists, one report for each model and level.

    A day that has no features any more, because its price was withdrawn, stays listed.

    Parameters
    ----------
    model
        Makes all of them, those of its own horizon; by default each is made by the model that
        made it before.
    horizon
        Whose forecasts, where no model is named; by default those of all horizons.
    level
        Of the intervals; by default each forecast keeps its own.
    uncertainty, probability, shadow
        As for :func:`models_ml.infer.infer`.

    Raises
    ------
    MlxError
        A model is not stored, or the warehouse refused; nothing was written then.
    """
    project = project or load_project()
    warehouse = open_warehouse(project)
    if model is not None:
        horizon = find_model(warehouse, project.ml, model, horizon=horizon or 1).horizon
    stale = _stale_rows(warehouse, identifier(project.mart), horizon)
    if model is not None:
        stale = stale.set_column(0, "model_id", pa.repeat(model, stale.num_rows))
    if level is not None:
        stale = stale.set_column(2, "level", pa.repeat(level, stale.num_rows))
    groups = _groups(stale)
    for maker, _ in groups:
        find_model(warehouse, project.ml, maker["model_id"], horizon=maker["horizon"])
    return tuple(
        infer(
            maker["model_id"],
            horizon=maker["horizon"],
            tickers=tuple(sorted(set(rows["ticker"].to_pylist()))),
            start=rows["dt"][0].as_py(),
            end=rows["dt"][-1].as_py(),
            uncertainty=uncertainty,
            probability=probability,
            level=maker["level"] or None,
            only=rows.select(["ticker", "dt"]),
            shadow=shadow,
            project=project,
        )
        for maker, rows in groups
    )


def _groups(stale: pa.Table) -> list[tuple[dict[str, Any], pa.Table]]:
    """Split the forecasts by what makes them: model, horizon and level."""
    by = ("model_id", "horizon", "level")
    makers = stale.group_by(by).aggregate([]).sort_by([(name, "ascending") for name in by])
    return [
        (maker, stale.filter(reduce(pc.and_, (pc.equal(stale[name], maker[name]) for name in by))))
        for maker in makers.to_pylist()
    ]


def _stale_rows(warehouse: Warehouse, mart: str, horizon: int | None) -> pa.Table:
    """Maker, ticker and day of the stale forecasts that can be made again, in order of days."""
    return warehouse.read(
        "select stale.model_id, stale.horizon, coalesce(stale.level, 0) as level, "
        "stale.ticker, stale.dt "
        f"from {mart}.stale_preds as stale "
        f"inner join {mart}.training_set as features "
        "on stale.ticker = features.ticker and stale.dt = features.dt "
        "where stale.horizon = :horizon or :horizon is null order by stale.dt, stale.ticker",
        {"horizon": horizon},
    )
