"""Days of a delivery that most of the universe is missing from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from models_ml.ingest.refusals import SHOWN
from models_ml.warehouse import Transaction

_THIN_SHARE = 0.5
_LONGEST_PAUSE = np.timedelta64(31, "D")


def thin_days(
    transaction: Transaction, days: pa.ChunkedArray, newest_load: datetime | None
) -> tuple[str, ...]:
    """Tell which days have fewer than half as many tickers as the day before them.

    Only days that have got a ticker since the newest load are told, the last ones by name; the
    day before is the last one with prices, within a month. No others are looked at.

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
        f"{day['dt']} has {day['tickers']} tickers, {before['dt']} has {before['tickers']}: "
        "is the delivery complete?"
        for first, last in _stretches(days)
        for before, day in pairwise(_counts(transaction, first, last))
        if day["tickers"] < _THIN_SHARE * before["tickers"]
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


def _counts(transaction: Transaction, first: date, last: date) -> list[dict[str, Any]]:
    """Count the tickers of the days of a stretch and of the day before it."""
    before = transaction.read(
        "select max(dt) as dt from raw.prices where dt < :first and dt > :long_ago",
        {"first": first, "long_ago": first - _LONGEST_PAUSE.item()},
    )
    counts: list[dict[str, Any]] = transaction.read(
        "select dt, count(*) as tickers, max(first_load) as newest_ticker from ("
        "select dt, ticker, min(loaded_at) as first_load from raw.prices "
        "where dt between :first and :last group by dt, ticker"
        ") as listed group by dt order by dt",
        {"first": before["dt"][0].as_py() or first, "last": last},
    ).to_pylist()
    return counts
