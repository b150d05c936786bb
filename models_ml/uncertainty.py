"""From a forecast to its error bar, interval and probability of a rise."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

PROB_MIN, PROB_MAX = 0.01, 0.99


@dataclass(frozen=True)
class Forecast:
    """Forecasts in return units, shape (n_rows,) each."""

    yhat: Vector
    yhat_std: Vector
    prob_up: Vector
    yhat_lo: Vector
    yhat_hi: Vector


@dataclass(frozen=True)
class ReturnScale:
    """A line with positive slope from what the learner predicts to returns.

    The raw and the excess target are returns already; the rank target is not. The line keeps the
    order of the forecasts.
    """

    intercept: float = 0.0
    slope: float = 1.0

    @classmethod
    def fit(cls, predicted: Vector, label: Vector) -> ReturnScale:
        """Least squares of returns on out-of-sample predictions, with the slope kept positive.

        Parameters
        ----------
        predicted, label
            Predictions for days that the model did not train on, and the returns that came true.
        """
        known = np.isfinite(predicted) & np.isfinite(label)
        x, y = predicted[known], label[known]
        spread = x.std() if x.size else 0.0
        if spread == 0:
            return cls()
        covariance = float(np.mean((x - x.mean()) * (y - y.mean())))
        smallest = 1e-3 * float(y.std()) / float(spread)
        slope = max(covariance / float(spread) ** 2, smallest)
        return cls(intercept=float(y.mean() - slope * x.mean()), slope=slope)

    def __call__(self, predicted: Vector) -> Vector:
        """Map predictions to returns."""
        return self.intercept + self.slope * predicted


@dataclass(frozen=True)
class ResidualScale:
    """The scale of out-of-fold residuals, one number for all rows.

    Attributes
    ----------
    std
        Root mean square of label - yhat.
    half_width
        The ceil((n + 1) * level)-th smallest absolute residual: the half width of the split
        conformal interval (Vovk et al., Algorithmic Learning in a Random World, 2005).
    level
        Coverage that the interval aims at.
    """

    std: float
    half_width: float
    level: float = 0.8

    @classmethod
    def fit(cls, yhat: Vector, label: Vector, *, level: float = 0.8) -> ResidualScale:
        """Measure residuals of days that the model did not train on; not finite without any."""
        residual = np.abs(label - yhat)
        residual = np.sort(residual[np.isfinite(residual)])
        if residual.size == 0:
            return cls(std=float("nan"), half_width=float("nan"), level=level)
        rank = int(np.ceil((residual.size + 1) * level))
        half_width = float(residual[rank - 1]) if rank <= residual.size else float("inf")
        return cls(float(np.sqrt(np.mean(residual**2))), half_width, level)

    def apply(self, yhat: Vector, *, yhat_std: Vector | None = None) -> Forecast:
        """Give forecasts their uncertainty; ``yhat_std`` takes the place of the one scale."""
        std = np.full_like(yhat, self.std) if yhat_std is None else yhat_std
        width = np.full_like(yhat, self.half_width)
        return Forecast(yhat, std, probability_of_rise(yhat, std), yhat - width, yhat + width)

    def to_json(self) -> dict[str, Any]:
        """Entries for ``ml.models.uncertainty``."""
        return asdict(self)


def probability_of_rise(yhat: Vector, yhat_std: Vector) -> Vector:
    """Sigmoid of yhat / yhat_std, clipped to [0.01, 0.99]; one half where the scale is zero."""
    with np.errstate(over="ignore"):
        ratio = np.divide(yhat, yhat_std, out=np.zeros_like(yhat), where=yhat_std > 0)
    probability = 1.0 / (1.0 + np.exp(-np.clip(ratio, -50.0, 50.0)))
    return np.asarray(np.clip(probability, PROB_MIN, PROB_MAX))
