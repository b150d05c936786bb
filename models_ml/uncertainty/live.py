"""Forecasts of a stored model with their uncertainty, as they are published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from models_ml.errors import MlxError
from models_ml.panel import Panel
from models_ml.uncertainty.adaptive import adapted_intervals
from models_ml.uncertainty.forecast import Forecast
from models_ml.uncertainty.local_scale import log_volatility
from models_ml.uncertainty.probability import Sigmoid, probability_of_rise
from models_ml.uncertainty.published import published_misses
from models_ml.warehouse import Warehouse

if TYPE_CHECKING:
    from models_ml.learners.base import FittedModel
    from models_ml.project import Project
    from models_ml.registry import StoredModel

Uncertainty = Literal["residuals", "trees"]
Probability = Literal["calibrated", "sigmoid"]


def live_forecast(
    warehouse: Warehouse,
    project: Project,
    stored: StoredModel,
    panel: Panel,
    *,
    fitted: FittedModel,
    uncertainty: Uncertainty,
    probability: Probability,
    level: float,
) -> Forecast:
    """Forecast the rows of a panel.

    Parameters
    ----------
    warehouse, project
        Where the model's earlier forecasts and their labels are: the level adapts to them.
    stored
        The model.
    panel
        Rows with the model's features, in its order.
    fitted
        The model as its text was loaded.
    uncertainty, probability, level
        As for :func:`models_ml.infer.infer`.

    Raises
    ------
    MlxError
        A forecast is not finite.
    """
    state = stored.uncertainty
    yhat = state.to_return(fitted.predict(panel.matrix))
    if not np.isfinite(yhat).all():
        raise MlxError(f"model {stored.model_id} gave forecasts that are not finite")
    calibration = state.calibration
    _, logs = log_volatility(panel.matrix, panel.features, calibration.scale.features)
    scale = calibration.scale(logs)
    quantiles = stored.quantiles()
    pair = None if quantiles is None else quantiles.predict(panel.matrix)
    band = calibration.band(yhat, scale, pair)
    low, high = adapted_intervals(
        state.adaptation(level),
        calibration.reach,
        band,
        dt=panel.dt,
        label=panel.label,
        label_end=panel.label_end,
        published=published_misses(warehouse, project, stored, panel, level=level),
        learn_after=state.fitted_to,
    )
    yhat_std = calibration.error_std(band, state.level)
    if uncertainty == "trees":
        yhat_std = state.to_return.slope * fitted.iteration_std(panel.matrix)
    prob_up = (
        probability_of_rise(calibration.probability, yhat, scale)
        if probability == "calibrated"
        else probability_of_rise(Sigmoid(), yhat, yhat_std)
    )
    return Forecast(yhat, yhat_std, prob_up, low, high, level)
