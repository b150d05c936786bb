"""The rows that decide when boosting stops, and how well forecasts do on them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models_ml.learners.base import Days, Matrix, Vector


@dataclass(frozen=True, eq=False)
class Validation:
    """Rows of days that the training rows do not know.

    The squared error of returns is the market's move more than anything that a model could know,
    and its minimum over the rounds lies wherever that noise has it. So the score is the mean
    over the days of the correlation within the day (the IC): what all names of a day share
    drops out of it.

    Attributes
    ----------
    matrix, target
        Shapes (n_rows, n_features) and (n_rows,); the target is finite.
    dt
        Day of each row, ascending, shape (n_rows,).
    """

    matrix: Matrix
    target: Vector
    dt: Days
    _starts: npt.NDArray[np.intp] = field(init=False, repr=False)
    _counts: npt.NDArray[np.intp] = field(init=False, repr=False)
    _centred: Vector = field(init=False, repr=False)
    _squares: Vector = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Centre the target within its days, once for all rounds."""
        starts = np.flatnonzero(np.r_[True, self.dt[1:] != self.dt[:-1]])
        object.__setattr__(self, "_starts", starts)
        object.__setattr__(self, "_counts", np.diff(np.r_[starts, self.dt.size]))
        object.__setattr__(self, "_centred", self._within_days(self.target))
        object.__setattr__(self, "_squares", np.add.reduceat(self._centred**2, starts))

    def mean_ic(self, predicted: Vector) -> float:
        """Mean daily Pearson correlation of forecasts and target; 0 on a day without spread."""
        centred = self._within_days(np.asarray(predicted, dtype=np.float64))
        products = np.add.reduceat(centred * self._centred, self._starts)
        norms = np.sqrt(np.add.reduceat(centred**2, self._starts) * self._squares)
        daily = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
        return float(daily.mean())

    def _within_days(self, values: Vector) -> Vector:
        means = np.add.reduceat(values, self._starts) / self._counts
        return np.asarray(values - np.repeat(means, self._counts))
