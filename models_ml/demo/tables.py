"""The simulated market as Arrow tables."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from models_ml.demo.factors import SECTORS, sector_numbers
from models_ml.demo.faults import NO_QUORUM, Faults
from models_ml.demo.schedule import BoolArray, Schedule
from models_ml.demo.tape import Tape

PRICE_COLUMNS = ("open", "high", "low", "close", "volume", "vwap", "dividend", "split_ratio")


def price_table(tape: Tape, schedule: Schedule, faults: Faults) -> pa.Table:
    """Return the tape in the columns of `raw.prices`, sorted by dt and ticker.

    Parameters
    ----------
    tape : Tape
        Prices, bad ones included.
    schedule : Schedule
        Names of the positions; rows exist where a ticker traded.
    faults : Faults
        The Friday rows to print again, without dividend and split, on the Saturday.

    Returns
    -------
    pyarrow.Table
        ticker, dt, open, high, low, close, volume (int64), vwap, dividend, split_ratio.
    """
    friday, again = (np.array(positions) for positions in zip(*faults.weekend, strict=True))
    day, column = np.nonzero(schedule.traded)
    day, column = np.append(day, friday), np.append(column, again)
    weekend = np.arange(len(day)) >= len(day) - len(again)
    dt, ticker = schedule.days[day] + weekend, np.array(schedule.tickers)[column]
    values = {name: getattr(tape, name)[day, column] for name in PRICE_COLUMNS}
    values["dividend"][weekend], values["split_ratio"][weekend] = 0.0, 1.0
    values["volume"] = values["volume"].astype(np.int64)
    order = np.lexsort((column, dt))
    columns = {"ticker": ticker, "dt": dt, **values}
    return pa.table({name: array[order] for name, array in columns.items()})


def bad_row_table(schedule: Schedule, faults: Faults) -> pa.Table:
    """Return ticker, dt and reason of the bad rows, sorted by dt and ticker."""
    found = [
        (schedule.days[day], schedule.tickers[column], reason)
        for reason, cells in faults.cells.items()
        for day, column in cells
    ]
    found += [
        (schedule.days[day] + 1, schedule.tickers[column], NO_QUORUM)
        for day, column in faults.weekend
    ]
    dt, ticker, reason = zip(*sorted(found), strict=True)
    return pa.table({"ticker": ticker, "dt": np.array(dt), "reason": reason})


def truth_table(tape: Tape, schedule: Schedule, good: BoolArray) -> pa.Table:
    """Return ticker, dt and expected_return of the good rows, sorted by dt and ticker."""
    day, column = np.nonzero(good)
    return pa.table(
        {
            "ticker": np.array(schedule.tickers)[column],
            "dt": schedule.days[day],
            "expected_return": tape.expected[good],
        }
    )


def security_table(schedule: Schedule) -> pa.Table:
    """Return ticker, name and sector of every ticker."""
    sectors = [SECTORS[number] for number in sector_numbers(len(schedule.tickers))]
    names = [f"{ticker} Corporation" for ticker in schedule.tickers]
    return pa.table({"ticker": list(schedule.tickers), "name": names, "sector": sectors})


def universe_table(schedule: Schedule) -> pa.Table:
    """Return the spells of index membership.

    A ticker is a member while it is listed, with two exceptions: the third leaves after 55 % of
    the days and is back after 75 %, the fourth joins after 20 %.

    Parameters
    ----------
    schedule : Schedule
        Calendar and listings.

    Returns
    -------
    pyarrow.Table
        ticker, start_dt, end_dt; both days belong to the spell, a NULL end is a member of today.
    """
    days: list[date] = schedule.days.tolist()
    n_days = len(days)
    spells: list[tuple[str, date, date | None]] = []
    for column, ticker in enumerate(schedule.tickers):
        listed = np.flatnonzero(schedule.listed[:, column]).tolist()
        first, last = listed[0], listed[-1]
        if column == 2:
            spells.append((ticker, days[first], days[int(0.55 * n_days)]))
            first = int(0.75 * n_days)
        elif column == 3:
            first = int(0.2 * n_days)
        spells.append((ticker, days[first], None if last == n_days - 1 else days[last]))
    ticker_column, start_dt, end_dt = zip(*spells, strict=True)
    return pa.table(
        {
            "ticker": ticker_column,
            "start_dt": pa.array(start_dt, pa.date32()),
            "end_dt": pa.array(end_dt, pa.date32()),
        }
    )
