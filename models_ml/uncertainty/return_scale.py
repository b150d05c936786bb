"""From what a learner predicts to a return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.uncertainty.forecast import Vector


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

    @classmethod
    def for_target(cls, target: str, predicted: Vector, label: Vector) -> ReturnScale:
        """Return the line for what a learner was trained on; a raw return stays as it is."""
        return cls() if target == "raw" else cls.fit(predicted, label)

    def __call__(self, predicted: Vector) -> Vector:
        """Map predictions to returns."""
        return self.intercept + self.slope * predicted
