"""Uncertainty of a run's out-of-sample forecasts, as it would have been published at the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models_ml.uncertainty.adaptive import Adaptation, adapted_intervals
from models_ml.uncertainty.band import Pair
from models_ml.uncertainty.calibration import Calibration, Outcomes
from models_ml.uncertainty.forecast import Forecast, Vector
from models_ml.uncertainty.local_scale import Matrix, log_volatility
from models_ml.uncertainty.probability import probability_of_rise
from models_ml.uncertainty.return_scale import ReturnScale

if TYPE_CHECKING:
    from models_ml.crossval import FoldResult
    from models_ml.panel import Panel


@dataclass(frozen=True)
class PublishedFolds:
    """Forecasts of all folds, and what the final model takes over from them.

    Attributes
    ----------
    forecasts
        One for each fold, on its test rows.
    to_return
        Of the final model: one line for the predictions of all folds, each of which has its own.
    calibration
        Of the final model: fitted on the outcomes of all folds, forecast by that line.
    adaptation
        Where adaptive conformal inference stands after the labels of all folds.
    """

    forecasts: tuple[Forecast, ...]
    to_return: ReturnScale
    calibration: Calibration
    adaptation: Adaptation

    def __str__(self) -> str:
        """Say it in words, for messages."""
        features = ", ".join(self.calibration.scale.features)
        scale = f"scaled by {features}" if features else "all of one width: no volatility feature"
        if self.calibration.beyond_quantiles is not None:
            scale = "around two quantiles (CQR)"
        return (
            f"{self.adaptation.level:.0%}, {scale}; "
            f"prob_up by {self.calibration.probability.method}"
        )


def publish_folds(
    panel: Panel, results: Sequence[FoldResult], *, level: float, target: str
) -> PublishedFolds:
    """Give the forecasts of consecutive folds their uncertainty.

    The first fold is calibrated on its validation days, every later one on the forecasts of the
    folds before it whose labels ended before its test days begin. The level adapts from day to
    day, from fold to fold.

    Parameters
    ----------
    panel, results
        The data, and what was fitted on it; test days in ascending order.
    level
        Share of the returns that the intervals aim to hold.
    target
        What the learner was trained on: raw, excess or rank.
    """
    volatility, logs = log_volatility(panel.matrix, panel.features)
    adaptation = Adaptation.start(level)
    forecasts = list[Forecast]()
    for position, result in enumerate(results):
        earlier = results[:position]
        calibration = Calibration.fit(volatility, _before(panel, logs, result, earlier))
        forecasts.append(_publish(panel, logs, result, calibration, adaptation))
    rows, _, quantiles = _of_tests(results)
    predicted = np.concatenate([result.predicted for result in results])
    to_return = ReturnScale.for_target(target, predicted, panel.label[rows])
    outcomes = _outcomes(panel, logs, rows, to_return(predicted), quantiles)
    final = Calibration.fit(volatility, outcomes)
    adaptation.level_on(panel.label_end.max())
    return PublishedFolds(tuple(forecasts), to_return, final, adaptation)


def _before(
    panel: Panel, logs: Matrix, result: FoldResult, earlier: Sequence[FoldResult]
) -> Outcomes:
    if not earlier:
        rows = np.arange(panel.n_rows)[result.calibration_rows]
        return _outcomes(panel, logs, rows, result.calibration_yhat, result.calibration_quantiles)
    rows, yhat, quantiles = _of_tests(earlier)
    matured = panel.label_end[rows] < panel.dt[result.rows.start]
    if quantiles is not None:
        quantiles = (quantiles[0][matured], quantiles[1][matured])
    return _outcomes(panel, logs, rows[matured], yhat[matured], quantiles)


def _of_tests(results: Sequence[FoldResult]) -> tuple[Any, Vector, Pair | None]:
    rows = np.r_[tuple(result.rows for result in results)]
    pairs = [result.quantiles for result in results if result.quantiles is not None]
    low, high = ([pair[side] for pair in pairs] for side in (0, 1))
    quantiles = (np.concatenate(low), np.concatenate(high)) if pairs else None
    return rows, np.concatenate([result.yhat for result in results]), quantiles


def _outcomes(
    panel: Panel, logs: Matrix, rows: Any, yhat: Vector, quantiles: Pair | None
) -> Outcomes:
    label, dt, label_end = panel.label[rows], panel.dt[rows], panel.label_end[rows]
    return Outcomes(logs[:, rows], yhat, label, dt, label_end, quantiles)


def _publish(
    panel: Panel,
    logs: Matrix,
    result: FoldResult,
    calibration: Calibration,
    adaptation: Adaptation,
) -> Forecast:
    rows, yhat = result.rows, result.yhat
    std = calibration.scale(logs[:, rows])
    band = calibration.band(yhat, std, result.quantiles)
    low, high = adapted_intervals(
        adaptation,
        calibration.reach,
        band,
        dt=panel.dt[rows],
        label=panel.label[rows],
        label_end=panel.label_end[rows],
    )
    prob_up = probability_of_rise(calibration.probability, yhat, std)
    yhat_std = calibration.error_std(band, adaptation.level)
    return Forecast(yhat, yhat_std, prob_up, low, high, adaptation.level)
