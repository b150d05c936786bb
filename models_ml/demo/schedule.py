"""Calendar, names and trading schedule of a simulated market: who trades on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
DayArray = npt.NDArray[np.datetime64]

HOLIDAYS = ((1, 1), (5, 1), (7, 4), (11, 1), (12, 25))
DAYS_PER_YEAR = 365.25
SUSPENSIONS_PER_YEAR = 0.15
MAX_SUSPENDED_DAYS = 15
LISTING_CHANGES = 0.02


@dataclass(frozen=True)
class Schedule:
    """Trading calendar and presence of every ticker on it.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_days,)
        Trading days, ascending.
    tickers : tuple of str
        Codes in the order of the columns of every days x tickers array.
    listed : ndarray of bool, shape (n_days, n_tickers)
        True from a ticker's first to its last day on the exchange.
    traded : ndarray of bool, shape (n_days, n_tickers)
        Listed and not suspended.
    """

    days: DayArray
    tickers: tuple[str, ...]
    listed: BoolArray
    traded: BoolArray

    def weekdays(self) -> npt.NDArray[np.int64]:
        """Return the day of the week of every trading day, Monday 0, shape (n_days,)."""
        # 1970-01-01, day zero of datetime64, was a Thursday.
        return (self.days.astype(np.int64) + 3) % 7


def trading_days(end: date, years: float) -> DayArray:
    """Return the weekdays of the last `years` years up to `end`, fixed holidays left out.

    Parameters
    ----------
    end : date
        Last possible day, included if it is a weekday and no holiday.
    years : float
        Length in calendar years.

    Returns
    -------
    ndarray of datetime64[D], shape (n_days,)
        Ascending trading days.
    """
    start = end - timedelta(days=round(years * DAYS_PER_YEAR) - 1)
    span = np.arange(np.datetime64(start), np.datetime64(end) + 1, dtype="datetime64[D]")
    closed = [
        np.datetime64(date(year, month, day))
        for year in range(start.year, end.year + 1)
        for month, day in HOLIDAYS
    ]
    return span[np.is_busday(span, holidays=closed)]


def ticker_codes(count: int) -> tuple[str, ...]:
    """Return `count` distinct codes of three or more capitals: AAA, AAB, and so on.

    Parameters
    ----------
    count : int
        Number of codes.

    Returns
    -------
    tuple of str
        Codes in alphabetical order.
    """
    width = 3
    while 26**width < count:
        width += 1
    powers = [26**place for place in reversed(range(width))]
    return tuple(
        "".join(chr(ord("A") + index // power % 26) for power in powers) for index in range(count)
    )


def make_schedule(tickers: int, years: float, end: date, rng: np.random.Generator) -> Schedule:
    """Draw listings, delistings and suspensions.

    The last tickers leave the exchange after 70 % of the days, those before them arrive after
    30 %; the second ticker is suspended for ten days after 40 %, so that even a small market has
    one of each. All others are suspended at random for a day to three weeks.

    Parameters
    ----------
    tickers : int
        Number of tickers.
    years : float
        Length in calendar years.
    end : date
        Last possible day.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    Schedule
        Calendar and presence masks of shape (n_days, n_tickers).
    """
    days = trading_days(end, years)
    n_days, changes = len(days), max(1, round(LISTING_CHANGES * tickers))
    listed = np.ones((n_days, tickers), dtype=np.bool_)
    listed[int(0.7 * n_days) :, tickers - changes :] = False
    listed[: int(0.3 * n_days), tickers - 2 * changes : tickers - changes] = False
    suspended = _suspensions(n_days, tickers, years, rng)
    return Schedule(days, ticker_codes(tickers), listed, listed & ~suspended)


def _suspensions(n_days: int, tickers: int, years: float, rng: np.random.Generator) -> BoolArray:
    suspended = np.zeros((n_days, tickers), dtype=np.bool_)
    for column, spells in enumerate(rng.poisson(SUSPENSIONS_PER_YEAR * years, tickers)):
        starts = rng.integers(1, n_days - 1, spells)
        lengths = rng.integers(1, MAX_SUSPENDED_DAYS + 1, spells)
        for first, length in zip(starts, lengths, strict=True):
            suspended[first : first + length, column] = True
    suspended[int(0.4 * n_days) : int(0.4 * n_days) + 10, 1] = True
    # The first ticker's scheduled split needs a price on the ex day and on its eve.
    suspended[n_days // 2 - 1 : n_days // 2 + 1, 0] = False
    return suspended
