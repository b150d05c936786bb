"""Rows of a panel as a matrix of days by names, for metrics that follow a name over time."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from models_ml.errors import UsageError
from models_ml.metrics.panel import Floats


class PanelIndex(NamedTuple):
    """Place of every row in a matrix of days by names.

    Attributes
    ----------
    days : ndarray, shape (n_days,)
        Distinct days, ascending; taken as consecutive trading days.
    names : ndarray, shape (n_names,)
        Distinct names, ascending.
    row, column : ndarray of int, shape (n_rows,)
        ``days[row]`` and ``names[column]`` are the key of every row.
    """

    days: NDArray[Any]
    names: NDArray[Any]
    row: NDArray[np.intp]
    column: NDArray[np.intp]

    @classmethod
    def of(cls, day: ArrayLike, name: ArrayLike) -> "PanelIndex":
        """Index rows in any order.

        Raises
        ------
        UsageError
            If the lengths differ, or a name has two rows on a day.
        """
        row, days = pd.factorize(np.asarray(day), sort=True)
        column, names = pd.factorize(np.asarray(name), sort=True)
        if row.shape != column.shape:
            raise UsageError(f"there are {row.size} days, but {column.size} names")
        cell = row.astype(np.int64) * len(names) + column
        if np.bincount(cell, minlength=1).max() > 1:
            raise UsageError("a name has more than one row on a day")
        return cls(np.asarray(days), np.asarray(names), row, column)

    def matrix(self, values: ArrayLike) -> Floats:
        """Values of the rows as a matrix of days by names; NaN where there is no row.

        Raises
        ------
        UsageError
            If there is not one value for every row.
        """
        numbers = np.asarray(values, dtype=np.float64)
        if numbers.shape != self.row.shape:
            raise UsageError(f"there are {self.row.size} rows, but {numbers.size} values")
        filled = np.full((len(self.days), len(self.names)), np.nan)
        filled[self.row, self.column] = numbers
        return filled


def distinct_columns(matrix: Floats) -> NDArray[np.intp]:
    """Positions of the columns, ascending, that do not equal one before them; NaN equal NaN."""
    first = dict[bytes, int]()
    # A zero is added because -0.0 equals 0.0, but not byte by byte.
    for position, column in enumerate(np.ascontiguousarray(matrix.T) + 0.0):
        first.setdefault(column.tobytes(), position)
    return np.array(list(first.values()), dtype=np.intp)
