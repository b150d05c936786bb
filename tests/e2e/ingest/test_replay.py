"""Deliveries of the past: order, the future, files that hold many of them."""

import random
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from models_ml.errors import UsageError
from models_ml.ingest import RefusedError, ingest
from models_ml.ingest import versions as versions_module
from tests.e2e.ingest.helpers import GOOD, HEADER, counts, csv, day, versions
from tests.sandbox import Sandbox


def test_a_delivery_from_the_future_is_refused(tables: Sandbox) -> None:
    soon = date.today() + timedelta(days=2)
    file = csv(tables.folder / "a.csv", GOOD.replace("2016-03-02", soon.isoformat()))
    with pytest.raises(RefusedError, match="line 3 future_date"):
        ingest(file)
    with pytest.raises(UsageError, match=r"loaded_at .* is in the future"):
        ingest(csv(tables.folder / "b.csv", GOOD), loaded_at=soon)
    with pytest.raises(RefusedError, match="line 3 future_date"):
        ingest(csv(tables.folder / "b.csv", GOOD), loaded_at=day(1))
    assert versions(tables) == []


def test_history_is_replayed_in_order(tables: Sandbox) -> None:
    first = csv(tables.folder / "a.csv", GOOD)
    second = csv(tables.folder / "b.csv", GOOD.replace(",11,100", ",10.5,100"))
    ingest(first, loaded_at=day(2))
    assert counts(ingest(second, loaded_at=day(3))) == (3, 0, 1, 2, 0)
    assert versions(tables, "close, loaded_at")[:2] == [
        (11, datetime(2016, 3, 2, 23, 59, 59)),
        (10.5, datetime(2016, 3, 3, 23, 59, 59)),
    ]
    # What was delivered then is there already; what was not can no longer be slipped in.
    assert counts(ingest(first, loaded_at=day(2))) == (3, 0, 0, 3, 0)
    for late in (day(2), day(3), datetime(2016, 3, 3, 12)):
        with pytest.raises(UsageError, match=r"loaded_at .* is not after the newest load"):
            ingest(csv(tables.folder / "c.csv", GOOD.replace("B,", "C,")), loaded_at=late)
    assert len(versions(tables)) == 4


Row = tuple[str, date, date, int]


def random_deliveries(seed: int) -> list[Row]:
    """Rows of ticker, day, day of delivery and close: they come late, repeat, change and return."""
    choose = random.Random(seed)
    rows = [
        (ticker, day(number), day(delivery + 10), choose.choice([10, 11]))
        for delivery in range(1, 7)
        for ticker in "ABC"
        for number in range(1, delivery + 1)
        if choose.random() < 0.7
    ]
    choose.shuffle(rows)
    return rows


def versions_of(rows: list[Row]) -> list[tuple[str, date, datetime, int]]:
    """What the log must hold, by a dictionary of what is known."""
    known: dict[tuple[str, date], int] = {}
    found = []
    for ticker, dt, delivered, close in sorted(rows, key=lambda row: row[2]):
        if known.get((ticker, dt)) != close:
            known[ticker, dt] = close
            found.append((ticker, dt, datetime.combine(delivered, time(23, 59, 59)), close))
    return sorted(found)


def write(path: Path, rows: list[Row]) -> Path:
    lines = [f"{t},{dt},10,12,9,{close},1,{known}\n" for t, dt, known, close in rows]
    return csv(path, HEADER.replace("\n", ",as_of\n") + "".join(lines))


def stored(sandbox: Sandbox) -> list[tuple[Any, ...]]:
    return sorted(sandbox.rows("select ticker, dt, loaded_at, close from raw.prices"))


@pytest.mark.parametrize("seed", range(4))
def test_a_file_of_many_deliveries_is_replayed(
    tables: Sandbox, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(versions_module, "_SLICE_ROWS", 5)
    rows = random_deliveries(seed)
    early = [row for row in rows if row[2] < day(14)]
    ingest(write(tables.folder / "early.csv", early), as_of_column="as_of")
    assert stored(tables) == versions_of(early)
    report = ingest(write(tables.folder / "all.csv", rows), as_of_column="as_of")
    assert stored(tables) == versions_of(rows)
    assert report.new + report.changed == len(versions_of(rows)) - len(versions_of(early))
    assert report.deliveries == 6
    again = ingest(tables.folder / "all.csv", as_of_column="as_of")
    assert counts(again) == (len(rows), 0, 0, len(rows), 0)
    assert stored(tables) == versions_of(rows)


def test_deliveries_one_by_one_give_the_same(tables: Sandbox) -> None:
    rows = random_deliveries(seed=9)
    for delivered in sorted({row[2] for row in rows}):
        part = [row for row in rows if row[2] == delivered]
        ingest(write(tables.folder / "one.csv", part), loaded_at=delivered)
    assert stored(tables) == versions_of(rows)


def test_a_change_by_another_file_is_taken_back_by_the_next_delivery(tables: Sandbox) -> None:
    """The previous delivery of a file is not always what was known before its next one."""
    first, last = ("A", day(1), day(1), 11), ("A", day(1), day(3), 11)
    ingest(write(tables.folder / "a.csv", [first]), as_of_column="as_of")
    between = ("A", day(1), day(2), 10)
    ingest(write(tables.folder / "b.csv", [between]), as_of_column="as_of")
    ingest(write(tables.folder / "c.csv", [first, last]), as_of_column="as_of")
    assert stored(tables) == versions_of([first, between, last])
