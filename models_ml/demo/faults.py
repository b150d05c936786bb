"""Bad rows of a simulated market: each breaks exactly one rule of a sound price table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models_ml.demo.schedule import BoolArray, Schedule

FAULTS_PER_REASON = 2
MIN_TICKERS_FOR_PAIR = 20

Spoiler = Callable[[pd.DataFrame], pd.Series]

SPOILERS: dict[str, tuple[str, Spoiler]] = {
    "bad_low": ("low", lambda rows: -rows["low"]),
    "high_below_low": ("high", lambda rows: (0.9 * rows["low"]).round(2)),
    "close_outside_range": ("close", lambda rows: (1.1 * rows["high"]).round(2)),
    "bad_volume": ("volume", lambda rows: -rows["volume"]),
}
NO_QUORUM = "no_quorum"


@dataclass(frozen=True)
class Faults:
    """Where the bad rows are.

    Attributes
    ----------
    cells : dict of str to list of (int, int)
        Day and ticker positions of the rows to spoil, by reason.
    weekend : tuple of (int, int)
        Day and ticker positions of the Friday rows that come again on the Saturday.
    """

    cells: dict[str, list[tuple[int, int]]]
    weekend: tuple[tuple[int, int], ...]

    def mask(self, shape: tuple[int, int]) -> BoolArray:
        """Return True where a row is to be spoiled, shape (n_days, n_tickers)."""
        spoiled = np.zeros(shape, dtype=np.bool_)
        for cells in self.cells.values():
            for cell in cells:
                spoiled[cell] = True
        return spoiled


def choose_faults(schedule: Schedule, rng: np.random.Generator) -> Faults:
    """Choose the rows to spoil: different tickers, in the middle eight tenths of the days.

    Parameters
    ----------
    schedule : Schedule
        Calendar and presence; at least eight tickers besides the first, which is spared because
        its split is scheduled.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    Faults
        Two cells for each reason, and one or two tickers that print on a Saturday: too few for
        a trading day.
    """
    n_days, n_tickers = schedule.traded.shape
    middle = slice(n_days // 10, n_days - n_days // 10)
    columns = rng.permutation(np.arange(1, n_tickers))[: FAULTS_PER_REASON * len(SPOILERS)]
    spots = [
        (int(rng.choice(np.flatnonzero(schedule.traded[middle, column]))) + middle.start, column)
        for column in columns.tolist()
    ]
    cells = {reason: spots[place :: len(SPOILERS)] for place, reason in enumerate(SPOILERS)}
    weekdays = (schedule.days.astype("int64") + 3) % 7
    friday = int(np.flatnonzero(weekdays[: n_days // 2] == 4)[-1])
    calm = [c for c in np.flatnonzero(schedule.traded[friday]).tolist() if c not in columns]
    size = 2 if n_tickers >= MIN_TICKERS_FOR_PAIR else 1
    return Faults(cells, tuple((friday, column) for column in calm[:size]))


def spoil(prices: pd.DataFrame, faults: Faults, schedule: Schedule) -> pd.DataFrame:
    """Spoil the chosen rows of a sound price table in place and list them.

    Parameters
    ----------
    prices : DataFrame
        Columns of the table `raw.prices`; index (day, ticker) positions.
    faults : Faults
        Rows to spoil.
    schedule : Schedule
        Names of the positions.

    Returns
    -------
    DataFrame
        Columns ticker, dt and reason, the weekend rows not among them.
    """
    listed = []
    for reason, cells in faults.cells.items():
        column, spoiler = SPOILERS[reason]
        prices.loc[cells, column] = spoiler(prices.loc[cells])
        listed += [(schedule.tickers[c], schedule.days[d], reason) for d, c in cells]
    return pd.DataFrame(listed, columns=["ticker", "dt", "reason"])
