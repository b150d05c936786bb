"""Forecasts whose prices were restated after they were made, and their renewal."""

from __future__ import annotations

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
    horizon: int = 1,
    uncertainty: Uncertainty = "residuals",
    probability: Probability = "calibrated",
    level: float | None = None,
    shadow: bool = False,
    project: Project | None = None,
) -> tuple[InferReport, ...]:
    """Forecast again what ``stale_preds`` lists for a horizon, one report for each model.

    A day that has no features any more, because its price was withdrawn, stays listed.

    Parameters
    ----------
    model
        Makes all of them, those of its own horizon; by default each is made by the model that
        made it before.
    horizon
        Whose forecasts, where no model is named.
    uncertainty, probability, level, shadow
        As for :func:`models_ml.infer.infer`.

    Raises
    ------
    MlxError
        A model is not stored, or the warehouse refused; nothing was written then.
    """
    project = project or load_project()
    warehouse = open_warehouse(project)
    if model is not None:
        horizon = find_model(warehouse, project.ml, model, horizon=horizon).horizon
    stale = _stale_rows(warehouse, identifier(project.mart), horizon)
    makers = pc.unique(stale["model_id"]).to_pylist()
    groups = {name: stale.filter(pc.equal(stale["model_id"], name)) for name in makers}
    if model is not None:
        groups = {model: stale} if makers else {}
    for name in groups:
        find_model(warehouse, project.ml, name, horizon=horizon)
    return tuple(
        infer(
            name,
            horizon=horizon,
            tickers=tuple(sorted(set(rows["ticker"].to_pylist()))),
            start=rows["dt"][0].as_py(),
            end=rows["dt"][-1].as_py(),
            uncertainty=uncertainty,
            probability=probability,
            level=level,
            only=rows.select(["ticker", "dt"]),
            shadow=shadow,
            project=project,
        )
        for name, rows in groups.items()
    )


def _stale_rows(warehouse: Warehouse, mart: str, horizon: int) -> pa.Table:
    """Ticker, day and model of the stale forecasts that can be made again, in order of days."""
    return warehouse.read(
        f"select stale.ticker, stale.dt, stale.model_id from {mart}.stale_preds as stale "
        f"inner join {mart}.training_set as features "
        "on stale.ticker = features.ticker and stale.dt = features.dt "
        "where stale.horizon = :horizon order by stale.dt, stale.ticker",
        {"horizon": horizon},
    )
