"""A run of consecutive trading days, and the rows that belong to it."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from models_ml.errors import UsageError
from models_ml.splits.trading_days import Days


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive trading days as half-open positions on the calendar, and as dates.

    Attributes
    ----------
    start, stop : int
        The block holds ``calendar[start:stop]``; it is never empty.
    first_day, last_day : datetime.date
        ``calendar[start]`` and ``calendar[stop - 1]``, both inside the block.
    """

    start: int
    stop: int
    first_day: date
    last_day: date

    @classmethod
    def of(cls, calendar: Days, start: int, stop: int) -> "Block":
        """Block of the calendar's positions ``start`` (in) to ``stop`` (out)."""
        return cls(start, stop, calendar[start].item(), calendar[stop - 1].item())

    @property
    def n_days(self) -> int:
        """Number of trading days in the block."""
        return self.stop - self.start

    def rows(self, row_days: Days) -> slice:
        """Rows of the block in a panel sorted by day, as a slice that copies nothing.

        Parameters
        ----------
        row_days : ndarray of datetime64[D], shape (n_rows,)
            Ascending days of the rows. Not checked here: see `check_sorted`.
        """
        ends = np.array([self.first_day, self.last_day], dtype="datetime64[D]")
        return slice(
            int(np.searchsorted(row_days, ends[0], side="left")),
            int(np.searchsorted(row_days, ends[1], side="right")),
        )

    def __str__(self) -> str:
        """First and last day and the number of days."""
        return f"{self.first_day} .. {self.last_day} ({self.n_days} days)"


def check_sorted(row_days: Days) -> None:
    """Refuse rows that are not in the order of their days.

    Raises
    ------
    UsageError
        If a row's day is earlier than the day of the row before it.
    """
    if np.any(row_days[1:] < row_days[:-1]):
        raise UsageError(
            "the rows are not sorted by trading day, so a block of days is no slice of them",
            hint="sort the rows by dt first, or take row numbers from split()",
        )
