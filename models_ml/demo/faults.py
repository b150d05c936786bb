"""Bad rows of a simulated market: each breaks exactly one rule of a sound price table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models_ml.demo.schedule import BoolArray, Schedule
from models_ml.demo.tape import Tape

FAULTS_PER_REASON = 2
MIN_TICKERS_FOR_PAIR = 20
NO_QUORUM = "no_quorum"

Cell = tuple[int, int]

SPOILERS: dict[str, tuple[str, Callable[[Tape, Cell], float]]] = {
    "bad_low": ("low", lambda tape, cell: -tape.low[cell]),
    "high_below_low": ("high", lambda tape, cell: round(0.9 * tape.low[cell], 2)),
    "close_outside_range": ("close", lambda tape, cell: round(1.1 * tape.high[cell], 2)),
    "bad_volume": ("volume", lambda tape, cell: -tape.volume[cell]),
}


@dataclass(frozen=True)
class Faults:
    """Where the bad rows are, as positions (day, ticker).

    Attributes
    ----------
    cells : dict of str to list of (int, int)
        Rows to spoil, by reason.
    weekend : list of (int, int)
        Friday rows that are printed again on the Saturday.
    """

    cells: dict[str, list[Cell]]
    weekend: list[Cell]

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
        Calendar and presence of at least ten tickers; the first is spared, its split must stay.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    Faults
        Two cells for each reason, and one or two tickers that print on a Saturday: too few for
        a trading day.
    """
    n_days, n_tickers = schedule.traded.shape
    margin = n_days // 10
    columns = rng.permutation(np.arange(1, n_tickers))[: FAULTS_PER_REASON * len(SPOILERS)].tolist()
    spots = [
        (margin + int(rng.choice(np.flatnonzero(schedule.traded[margin:-margin, column]))), column)
        for column in columns
    ]
    cells = {reason: spots[place :: len(SPOILERS)] for place, reason in enumerate(SPOILERS)}
    friday = int(np.flatnonzero(schedule.weekdays()[: n_days // 2] == 4)[-1])
    calm = [c for c in np.flatnonzero(schedule.traded[friday]).tolist() if c not in columns]
    size = 2 if n_tickers >= MIN_TICKERS_FOR_PAIR else 1
    return Faults(cells, [(friday, column) for column in calm[:size]])


def spoil(tape: Tape, faults: Faults) -> None:
    """Overwrite one value in each of the chosen rows of the tape.

    Parameters
    ----------
    tape : Tape
        Sound prices; changed in place.
    faults : Faults
        Rows to spoil.
    """
    for reason, cells in faults.cells.items():
        name, spoiler = SPOILERS[reason]
        for cell in cells:
            getattr(tape, name)[cell] = spoiler(tape, cell)
