"""Split conformal prediction: the quantiles of out-of-sample scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.errors import UsageError
from models_ml.uncertainty.forecast import Vector

GRID = 1000


@dataclass(frozen=True)
class ConformalScores:
    """Quantiles of the scores of a :class:`~models_ml.uncertainty.band.Band`, in thousandths.

    The band's interval at the quantile of a level is split conformal (Lei, G'Sell, Rinaldo,
    Tibshirani and Wasserman, Distribution-Free Predictive Inference for Regression, JASA 113,
    2018): at least ``level`` of exchangeable new labels lie in it, and at most
    level + 1 / (n + 1).

    Attributes
    ----------
    quantiles
        The k-th is the ceil((n + 1) * k / 1000)-th smallest score, k = 1, 2, … as long as there
        are so many scores.
    """

    quantiles: tuple[float, ...]

    @classmethod
    def fit(cls, scores: Vector) -> ConformalScores:
        """Take the quantiles of scores of days the model did not train on; NaN is left out."""
        ordered = np.sort(scores[np.isfinite(scores)])
        ranks = -(-(ordered.size + 1) * np.arange(1, GRID) // GRID)
        return cls(tuple(ordered[ranks[ranks <= ordered.size] - 1].tolist()))

    @property
    def highest_level(self) -> float:
        """The highest level that there are scores for: at n scores, about 1 - 1 / (n + 1)."""
        return len(self.quantiles) / GRID

    def quantile(self, level: float) -> float:
        """How far the interval reaches beyond the band, in scales; negative where within.

        Parameters
        ----------
        level
            Share of labels to hold, in [0, 1), rounded up to thousandths. Infinite where there
            are too few scores for it.
        """
        step = int(np.ceil(round(level * GRID, 6)))
        if step < 1:
            return min((0.0, *self.quantiles[:1]))
        return self.quantiles[step - 1] if step <= len(self.quantiles) else float("inf")


def checked_level(level: float) -> float:
    """Return the level of an interval.

    Raises
    ------
    UsageError
        It is not between 0.5 and 0.99.
    """
    if not 0.5 <= level <= 0.99:
        raise UsageError(
            f"level {level} is not between 0.5 and 0.99",
            hint="give the share of returns the interval is to hold, e.g. 0.8",
        )
    return float(level)
