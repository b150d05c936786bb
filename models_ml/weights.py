"""Weights of training rows: recent days count more, overlapping labels less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models_ml.errors import UsageError
from models_ml.panel import Days, Panel

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SampleWeights:
    """How the rows of a fit are weighted, from nothing but these rows.

    Attributes
    ----------
    half_life_days
        Trading days over which a row's weight halves; None for no decay.
    uniqueness
        Whether rows count by how little of their label others share.

    Raises
    ------
    UsageError
        The half-life is not positive.
    """

    half_life_days: float | None = None
    uniqueness: bool = False

    def __post_init__(self) -> None:
        """Refuse a half-life of nothing."""
        if self.half_life_days is not None and not self.half_life_days > 0:
            raise UsageError("the half-life must be above 0 days", hint="--half-life-days 250")

    def of(self, panel: Panel, calendar: Days, rows: slice, horizon: int) -> Vector | None:
        """Weights of some rows, mean one; None where all are equal.

        Parameters
        ----------
        panel, calendar
            The rows, and every trading day from the first row's to the last label's end.
        rows
            Those to be fitted; no other row is looked at.
        horizon
            Trading days over which the label's return runs.
        """
        if self.half_life_days is None and not self.uniqueness:
            return None
        weight: Vector = np.ones(rows.stop - rows.start)
        if self.half_life_days is not None:
            weight *= decay(np.searchsorted(calendar, panel.dt[rows]), self.half_life_days)
        if self.uniqueness:
            end = np.searchsorted(calendar, panel.label_end[rows])
            weight *= mean_uniqueness(panel.ticker[rows], end - horizon, end)
        return np.asarray(weight / weight.mean())


def decay(day: npt.NDArray[np.intp], half_life: float) -> Vector:
    """Halve per half-life before the newest day.

    Parameters
    ----------
    day
        Position of each row's day on the calendar, shape (n_rows,).
    half_life
        In trading days.
    """
    return np.asarray(0.5 ** ((day.max() - day) / half_life), dtype=np.float64)


def mean_uniqueness(
    ticker: npt.NDArray[np.object_], start: npt.NDArray[np.intp], end: npt.NDArray[np.intp]
) -> Vector:
    """Mean over a label's days of one by the number of labels of that ticker that share the day.

    Lopez de Prado, Advances in Financial Machine Learning (2018), section 4.4, with the labels of
    one ticker as the labels that can overlap. With one label a day and one horizon h it is 1/h,
    except near the ends and beside missing labels.

    Parameters
    ----------
    ticker
        Shape (n_rows,).
    start, end
        Positions on the calendar: the label's return runs over the days start + 1 to end.
    """
    _, number = np.unique(ticker, return_inverse=True)
    first = int(start.min())
    n_days = int(end.max()) - first + 2
    change = np.zeros((int(number.max()) + 1, n_days), dtype=np.int64)
    np.add.at(change, (number, start + 1 - first), 1)
    np.add.at(change, (number, end + 1 - first), -1)
    sharing = np.cumsum(change, axis=1)
    summed = np.cumsum(np.divide(1.0, sharing, where=sharing > 0, out=np.zeros(change.shape)), 1)
    return np.asarray((summed[number, end - first] - summed[number, start - first]) / (end - start))
