"""All that turns a return forecast into a published one, fitted on out-of-sample outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from models_ml.uncertainty.band import Band, Pair
from models_ml.uncertainty.conformal import ConformalScores
from models_ml.uncertainty.forecast import Vector
from models_ml.uncertainty.local_scale import LocalScale, Matrix
from models_ml.uncertainty.probability import (
    ProbabilityMap,
    fit_probability,
    probability_from_json,
    probability_to_json,
    signal_ratio,
)


@dataclass(frozen=True)
class Outcomes:
    """Forecasts of days a model did not train on, and what came true; shape (n_rows,) each.

    Attributes
    ----------
    logs
        Logarithms of the volatility features, shape (n_volatility_features, n_rows).
    yhat, label
        Forecasts and returns.
    dt, label_end
        Days of the rows, ascending, and the days on which the labels were known.
    quantiles
        Forecasts of a lower and an upper quantile, where such were made.
    """

    logs: Matrix
    yhat: Vector
    label: Vector
    dt: npt.NDArray[np.datetime64]
    label_end: npt.NDArray[np.datetime64]
    quantiles: Pair | None = None


@dataclass(frozen=True)
class Calibration:
    """Scale of the errors, quantiles of the errors in that scale, probability of a rise.

    Attributes
    ----------
    beyond_quantiles
        How far labels lay outside the forecasts of two quantiles: with them the intervals are
        those of conformalised quantile regression, and so is the size of the error.
    """

    scale: LocalScale
    scores: ConformalScores
    probability: ProbabilityMap
    beyond_quantiles: ConformalScores | None = None

    @classmethod
    def fit(cls, volatility: tuple[str, ...], outcomes: Outcomes) -> Calibration:
        """Fit all on the same outcomes.

        Parameters
        ----------
        volatility
            Names of the rows of ``outcomes.logs``.
        """
        residual = outcomes.label - outcomes.yhat
        scale = LocalScale.fit(volatility, outcomes.logs, residual)
        std = scale(outcomes.logs)
        scores = ConformalScores.fit(Band(outcomes.yhat, outcomes.yhat, std).scores(outcomes.label))
        ratio = signal_ratio(outcomes.yhat, std)
        probability = fit_probability(ratio, outcomes.label, outcomes.dt, outcomes.label_end)
        if outcomes.quantiles is None:
            return cls(scale, scores, probability)
        beyond = ConformalScores.fit(Band.between(outcomes.quantiles).scores(outcomes.label))
        return cls(scale, scores, probability, beyond)

    def band(self, yhat: Vector, std: Vector, quantiles: Pair | None) -> Band:
        """Return what the intervals of forecasts grow from."""
        return Band(yhat, yhat, std) if quantiles is None else Band.between(quantiles)

    @property
    def reach(self) -> ConformalScores:
        """How far the intervals grow."""
        return self.scores if self.beyond_quantiles is None else self.beyond_quantiles

    def error_std(self, band: Band, level: float) -> Vector:
        """Size of the error, shape (n_rows,).

        With quantiles the standard deviation of a normal distribution that has ``level`` within
        the interval of that level, before it adapts; the local scale without.
        """
        if self.beyond_quantiles is None:
            return band.scale
        low, high = band.interval(self.beyond_quantiles.quantile(level))
        return np.asarray((high - low) / (2 * NormalDist().inv_cdf((1 + level) / 2)))

    def to_json(self) -> dict[str, Any]:
        """Entries for ``ml.models.uncertainty``."""
        beyond = self.beyond_quantiles
        return {
            "scale": self.scale.to_json(),
            "scores": list(self.scores.quantiles),
            "probability": probability_to_json(self.probability),
            **({} if beyond is None else {"beyond_quantiles": list(beyond.quantiles)}),
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Calibration:
        """Read the entries back; equal to what was written, bit for bit.

        Raises
        ------
        KeyError, TypeError, ValueError
            An entry is missing or is no number.
        """
        beyond = state.get("beyond_quantiles")
        return cls(
            LocalScale.from_json(state["scale"]),
            _scores(state["scores"]),
            probability_from_json(state["probability"]),
            None if beyond is None else _scores(beyond),
        )


def _scores(numbers: Sequence[float]) -> ConformalScores:
    return ConformalScores(tuple(float(score) for score in numbers))
