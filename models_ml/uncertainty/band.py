"""What an interval grows from, and how far outside of it a return lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.uncertainty.forecast import Vector

Pair = tuple[Vector, Vector]


@dataclass(frozen=True)
class Band:
    """The family of intervals [low - q * scale, high + q * scale], shape (n_rows,) each.

    Around a forecast (low and high are yhat), in scales of its error, it is that of locally
    weighted split conformal (Lei et al., JASA 113, 2018). Around the forecasts of two quantiles,
    with a scale of one, it is that of conformalised quantile regression (Romano, Patterson and
    Candès, Conformalized Quantile Regression, NeurIPS 2019).
    """

    low: Vector
    high: Vector
    scale: Vector

    @classmethod
    def between(cls, quantiles: Pair) -> Band:
        """Return the band around forecasts of a lower and an upper quantile."""
        low, high = quantiles
        return cls(low, high, np.ones_like(low))

    def scores(self, label: Vector) -> Vector:
        """max(low - label, label - high) / scale: the q at which a label is just inside."""
        with np.errstate(invalid="ignore", divide="ignore"):
            outside: Vector = np.maximum(self.low - label, label - self.high) / self.scale
        return outside

    def interval(self, q: float) -> Pair:
        """Return the ends of the intervals; one that would turn inside out is its middle."""
        grow = np.maximum(q * self.scale, (self.low - self.high) / 2)
        return self.low - grow, self.high + grow

    def of_rows(self, rows: slice) -> Band:
        """Return the band of some of the rows."""
        return Band(self.low[rows], self.high[rows], self.scale[rows])
