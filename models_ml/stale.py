"""Forecasts whose prices were restated after they were made, and their renewal."""

from __future__ import annotations

from models_ml.infer import InferReport, infer
from models_ml.project import Project, load_project
from models_ml.registry import find_model
from models_ml.uncertainty.live import Probability, Uncertainty
from models_ml.warehouse import identifier, open_warehouse


def renew_stale(
    model: str | None = None,
    *,
    horizon: int = 1,
    uncertainty: Uncertainty = "residuals",
    probability: Probability = "calibrated",
    level: float | None = None,
    shadow: bool = False,
    project: Project | None = None,
) -> InferReport | None:
    """Forecast again what ``stale_preds`` lists for a model's horizon; None where it lists nothing.

    A day that has no features any more, because its price was withdrawn, stays listed.

    Parameters
    ----------
    model, horizon, uncertainty, probability, level, shadow
        As for :func:`models_ml.infer.infer`; the model need not be the one that made them.

    Raises
    ------
    MlxError
        No such model, or the warehouse refused; nothing was written.
    """
    project = project or load_project()
    warehouse = open_warehouse(project)
    horizon = find_model(warehouse, project.ml, model, horizon=horizon).horizon
    mart = identifier(project.mart)
    keys = warehouse.read(
        f"select stale.ticker, stale.dt from {mart}.stale_preds as stale "
        f"inner join {mart}.training_set as features "
        "on stale.ticker = features.ticker and stale.dt = features.dt "
        "where stale.horizon = :horizon order by stale.dt, stale.ticker",
        {"horizon": horizon},
    )
    if keys.num_rows == 0:
        return None
    return infer(
        model,
        horizon=horizon,
        tickers=tuple(sorted(set(keys["ticker"].to_pylist()))),
        start=keys["dt"][0].as_py(),
        end=keys["dt"][-1].as_py(),
        uncertainty=uncertainty,
        probability=probability,
        level=level,
        only=keys,
        shadow=shadow,
        project=project,
    )
