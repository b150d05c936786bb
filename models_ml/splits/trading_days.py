"""From the day of every row to the calendar and the position of every row on it."""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models_ml.errors import UsageError

Days: TypeAlias = NDArray[np.datetime64]


class PanelDays(NamedTuple):
    """The calendar of a panel and where each row stands on it.

    Attributes
    ----------
    calendar : ndarray of datetime64[D], shape (n_days,)
        The distinct days, ascending.
    position : ndarray of int32, shape (n_rows,)
        ``calendar[position]`` is the day of every row.
    """

    calendar: Days
    position: NDArray[np.int32]


def as_days(values: ArrayLike) -> Days:
    """Dates of any usual kind as a one-dimensional array of ``datetime64[D]``.

    Parameters
    ----------
    values : array-like, shape (n,)
        NumPy or pandas timestamps, `datetime.date` objects or ISO text. A time of day is cut off.

    Raises
    ------
    UsageError
        If the values are numbers, not one-dimensional, not dates, or one of them is missing.
    """
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind in "iufb":
        raise UsageError(
            f"the trading days must be a one-dimensional array of dates, "
            f"not {array.dtype} of shape {array.shape}",
            hint="pass one date per row, for example groups=frame['dt']",
        )
    try:
        days = array.astype("datetime64[D]", copy=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"the trading days cannot be read as dates: {error}") from error
    if np.isnat(days).any():
        raise UsageError("a row has no trading day", hint="drop the rows whose date is missing")
    return days


def panel_days(row_days: ArrayLike) -> PanelDays:
    """Calendar and row positions of a panel whose rows may stand in any order.

    Days are whole numbers in a narrow range, so a table of the range replaces the sort that
    `numpy.unique` would make.

    Parameters
    ----------
    row_days : array-like of dates, shape (n_rows,)
        The trading day of every row; many rows share a day.
    """
    number = as_days(row_days).view(np.int64)
    if number.size == 0:
        return PanelDays(number.view("datetime64[D]"), np.empty(0, dtype=np.int32))
    first = number.min()
    offset = number - first
    seen = np.zeros(int(offset.max()) + 1, dtype=bool)
    seen[offset] = True
    rank = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    calendar = (np.flatnonzero(seen) + first).view("datetime64[D]")
    return PanelDays(calendar, rank[offset])


def check_calendar(days: ArrayLike) -> Days:
    """Return the days as ``datetime64[D]`` if they are strictly ascending.

    Raises
    ------
    UsageError
        If a day is repeated or out of order: the caller passed rows where a calendar belongs.
    """
    calendar = as_days(days)
    if np.any(calendar[1:] <= calendar[:-1]):
        raise UsageError(
            "the calendar must list every trading day once, in ascending order",
            hint="pass numpy.unique(days of the rows)",
        )
    return calendar
