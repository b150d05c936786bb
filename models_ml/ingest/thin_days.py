"""Days of a delivery that most of the universe is missing from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from models_ml.ingest.refusals import SHOWN
from models_ml.warehouse import Transaction

_Count = dict[str, Any]

THIN_SHARE = 0.5
_COMPARED_DAYS = 5
_LONGEST_PAUSE = np.timedelta64(31, "D")


def thin_days(
    transaction: Transaction, days: pa.ChunkedArray, newest_load: datetime | None
) -> tuple[str, ...]:
    """Tell which days have at most half as many tickers as the fullest of the five before them.

    Only days that have got a ticker since the newest load are told, the last ones by name; the
    days before are the last ones with prices, within a month. No others are looked at.

    Parameters
    ----------
    transaction
        It has written the delivery.
    days
        The delivery's days, in any order and repeated as they may be.
    newest_load
        The newest `loaded_at` before the delivery; None if it is the first.
    """
    thin = [
        f"{day['dt']} has {day['tickers']} tickers, {full['dt']} has {full['tickers']}: "
        "is the delivery complete?"
        for first, last in _stretches(days)
        for full, day in _beside_fullest(_counts(transaction, first, last))
        if day["tickers"] <= THIN_SHARE * full["tickers"]
        and (newest_load is None or day["newest_ticker"] > newest_load)
    ]
    earlier = len(thin) - SHOWN
    told = [f"{earlier} earlier days are incomplete, too"] if earlier > 0 else []
    return (*told, *thin[-SHOWN:])


def _stretches(days: pa.ChunkedArray) -> Iterator[tuple[date, date]]:
    """Cut the days where they pause: what lies between two stretches is not read."""
    present = np.unique(days.to_numpy())
    for stretch in np.split(present, np.flatnonzero(np.diff(present) >= _LONGEST_PAUSE) + 1):
        yield stretch[0].item(), stretch[-1].item()


def _beside_fullest(counts: list[_Count]) -> Iterator[tuple[_Count, _Count]]:
    """Give each day but the first together with the fullest of the days before it."""
    for place in range(1, len(counts)):
        before = counts[max(place - _COMPARED_DAYS, 0) : place]
        yield max(before, key=lambda day: (day["tickers"], day["dt"])), counts[place]


def _counts(transaction: Transaction, first: date, last: date) -> list[_Count]:
    """Count the tickers of the days of a stretch, and of the days before it to compare with."""
    before = transaction.read(
        "select min(dt) as dt from (select distinct dt from raw.prices "
        f"where dt < :first and dt > :long_ago order by dt desc limit {_COMPARED_DAYS}) as latest",
        {"first": first, "long_ago": first - _LONGEST_PAUSE.item()},
    )
    counts: list[_Count] = transaction.read(
        "select dt, count(*) as tickers, max(first_load) as newest_ticker from ("
        "select dt, ticker, min(loaded_at) as first_load from raw.prices "
        "where dt between :first and :last group by dt, ticker"
        ") as listed group by dt order by dt",
        {"first": before["dt"][0].as_py() or first, "last": last},
    ).to_pylist()
    return counts
