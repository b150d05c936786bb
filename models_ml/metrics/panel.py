"""Forecasts and labels grouped by trading day, as every daily metric needs them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models_ml.errors import UsageError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DayPanel:
    """Pairs of forecast and label in the order of their days.

    Attributes
    ----------
    days : ndarray, shape (n_days,)
        Distinct days of all rows, ascending, also those left without a pair.
    counts : ndarray of int, shape (n_days,)
        Pairs of each day.
    position : ndarray of int32, shape (n_pairs,)
        Ascending; ``days[position]`` is the day of every pair.
    yhat, label : ndarray of float64, shape (n_pairs,)
        Both finite. Rows without a forecast or without a matured label are left out.
    """

    days: NDArray[Any]
    counts: NDArray[np.intp]
    position: NDArray[np.int32]
    yhat: Floats
    label: Floats

    @classmethod
    def of(cls, yhat: ArrayLike, label: ArrayLike, day: ArrayLike) -> "DayPanel":
        """Group rows that stand in any order.

        Parameters
        ----------
        yhat, label : array-like of float, shape (n_rows,)
            NaN where there is no forecast, or no label yet.
        day : array-like of dates or integers, shape (n_rows,)

        Raises
        ------
        UsageError
            If the three do not have the same length.
        """
        forecast, outcome = same_length(yhat, label, day)
        days, position = _positions(np.asarray(day))
        kept = np.isfinite(forecast) & np.isfinite(outcome)
        order = np.flatnonzero(kept)
        if np.any(position[1:] < position[:-1]):
            order = order[np.argsort(_narrow(position[order], days.size), kind="stable")]
        counts = np.bincount(position[order], minlength=days.size)
        return cls(days, counts, position[order], forecast[order], outcome[order])

    @property
    def starts(self) -> NDArray[np.intp]:
        """First pair of every day, shape (n_days,)."""
        return np.cumsum(self.counts) - self.counts

    def per_day(self, ufunc: np.ufunc, values: Floats) -> Floats:
        """Reduce values of the pairs to one number a day; NaN on days without a pair."""
        result = np.full(self.days.size, np.nan)
        filled = self.counts > 0
        if filled.any():
            result[filled] = ufunc.reduceat(values, self.starts[filled])
        return result


def same_length(
    yhat: ArrayLike, label: ArrayLike, day: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Forecast and label as float64 arrays of one length.

    Raises
    ------
    UsageError
        If the lengths differ (that of ``day``, if given, included).
    """
    forecast = np.asarray(yhat, dtype=np.float64)
    outcome = np.asarray(label, dtype=np.float64)
    shapes = [forecast.shape, outcome.shape]
    if day is not None:
        shapes.append(np.shape(day))
    if forecast.ndim != 1 or len(set(shapes)) != 1:
        raise UsageError(
            "forecasts, labels and days must be one-dimensional and equally long, not "
            + ", ".join(str(shape) for shape in shapes)
        )
    return forecast, outcome


def _positions(day: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Distinct days and the number of each row's day; a sorted panel is not sorted again."""
    if day.size and np.all(day[1:] >= day[:-1]):
        first_of_day = np.concatenate(([True], day[1:] != day[:-1]))
        return day[first_of_day], np.cumsum(first_of_day, dtype=np.int32) - np.int32(1)
    days, position = np.unique(day, return_inverse=True)
    return days, position.astype(np.int32)


def _narrow(position: NDArray[np.int32], n_days: int) -> NDArray[Any]:
    """Day numbers in 16 bits where they fit, which NumPy's stable sort orders by radix."""
    return position.astype(np.uint16) if n_days <= 2**16 else position
