"""All that turns a return forecast into a published one, fitted on out-of-sample outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

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
    """

    logs: Matrix
    yhat: Vector
    label: Vector
    dt: npt.NDArray[np.datetime64]
    label_end: npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Calibration:
    """Scale of the errors, quantiles of the errors in that scale, probability of a rise."""

    scale: LocalScale
    scores: ConformalScores
    probability: ProbabilityMap

    @classmethod
    def fit(cls, volatility: tuple[str, ...], outcomes: Outcomes) -> Calibration:
        """Fit all three on the same outcomes.

        Parameters
        ----------
        volatility
            Names of the rows of ``outcomes.logs``.
        """
        residual = outcomes.label - outcomes.yhat
        scale = LocalScale.fit(volatility, outcomes.logs, residual)
        std = scale(outcomes.logs)
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = ConformalScores.fit(np.abs(residual) / std)
        ratio = signal_ratio(outcomes.yhat, std)
        probability = fit_probability(ratio, outcomes.label, outcomes.dt, outcomes.label_end)
        return cls(scale, scores, probability)

    def to_json(self) -> dict[str, Any]:
        """Entries for ``ml.models.uncertainty``."""
        return {
            "scale": self.scale.to_json(),
            "scores": list(self.scores.quantiles),
            "probability": probability_to_json(self.probability),
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Calibration:
        """Read the entries back; equal to what was written, bit for bit.

        Raises
        ------
        KeyError, TypeError, ValueError
            An entry is missing or is no number.
        """
        return cls(
            LocalScale.from_json(state["scale"]),
            ConformalScores(tuple(float(score) for score in state["scores"])),
            probability_from_json(state["probability"]),
        )
