"""Versions of prices: what is added, what is refused, on both engines."""

from datetime import datetime
from pathlib import Path

import pytest

from models_ml.ingest import (
    RefusedError,
    ingest,
)
from tests.e2e.ingest.helpers import GOOD, HEADER, counts, csv, day, versions
from tests.sandbox import Sandbox


def test_values_arrive_and_what_was_not_given_is_null(tables: Sandbox) -> None:
    report = ingest(csv(tables.folder / "a.csv", GOOD), loaded_at=datetime(2016, 3, 2, 22))
    assert tables.rows(
        "select ticker, dt, loaded_at, open, high, low, close, volume, vwap, dividend, "
        "split_ratio, adj_close from raw.prices order by ticker, dt"
    ) == [
        ("A", day(1), datetime(2016, 3, 2, 22), 10, 12, 9, 11, 100, None, None, None, None),
        ("A", day(2), datetime(2016, 3, 2, 22), 11, 12, 9, 10, 200, None, None, None, None),
        ("B", day(1), datetime(2016, 3, 2, 22), 5, 6, 4, 5, None, None, None, None, None),
    ]
    assert counts(report) == (3, 3, 0, 0, 0)
    assert report.absent == ("vwap", "dividend", "split_ratio", "adj_close")
    assert report.to_json() | {"files": None} == {
        "files": None,
        "read": 3,
        "new": 3,
        "changed": 0,
        "unchanged": 0,
        "duplicates": 0,
        "refused": 0,
        "suspect": 0,
        "loaded_at": "2016-03-02T22:00:00",
        "deliveries": 1,
        "dt_from": "2016-03-01",
        "dt_to": "2016-03-02",
        "tickers": 2,
        "refused_by_reason": {},
        "refusals": (),
        "absent": ("vwap", "dividend", "split_ratio", "adj_close"),
        "ignored": (),
        "warnings": (),
    }


def test_the_same_file_twice_adds_nothing(tables: Sandbox) -> None:
    file = csv(tables.folder / "a.csv", GOOD)
    ingest(file)
    before = versions(tables, "*")
    assert counts(ingest(file)) == (3, 0, 0, 3, 0)
    assert versions(tables, "*") == before


def test_a_version_is_added_only_where_a_value_differs(tables: Sandbox) -> None:
    ingest(csv(tables.folder / "a.csv", GOOD))
    text = GOOD.replace(",10,200", ",9.5,200").replace(",5,\n", ",5,7\n").replace(",100", ",")
    report = ingest(csv(tables.folder / "b.csv", text + "C,2016-03-02,1,2,1,2,3\n"))
    assert counts(report) == (4, 1, 3, 0, 0)
    assert versions(tables) == [
        ("A", day(1), 11, 100),
        ("A", day(1), 11, None),
        ("A", day(2), 10, 200),
        ("A", day(2), 9.5, 200),
        ("B", day(1), 5, None),
        ("B", day(1), 5, 7),
        ("C", day(2), 2, 3),
    ]
    assert counts(ingest(tables.folder / "a.csv")) == (3, 0, 3, 0, 0)
    assert versions(tables)[:3] == [
        ("A", day(1), 11, 100),
        ("A", day(1), 11, None),
        ("A", day(1), 11, 100),
    ]


def test_columns_that_a_file_lacks_stay_as_they_were_known(tables: Sandbox) -> None:
    full = HEADER.replace("\n", ",dividend,split\n") + "A,2016-03-01,10,12,9,11,100,0.5,2\n"
    ingest(csv(tables.folder / "full.csv", full))
    plain = HEADER + "A,2016-03-01,10,12,9,11,100\n"
    assert counts(ingest(csv(tables.folder / "plain.csv", plain))) == (1, 0, 0, 1, 0)
    ingest(csv(tables.folder / "plain.csv", plain.replace(",11,", ",10,")))
    assert versions(tables, "close, dividend, split_ratio") == [(11, 0.5, 2), (10, 0.5, 2)]


def test_several_files_and_a_glob(tables: Sandbox) -> None:
    for name, ticker in (("x1.csv", "X"), ("x2.csv", "Y")):
        csv(tables.folder / name, GOOD.replace("A,", f"{ticker},").replace("B,", f"{ticker}B,"))
    report = ingest([tables.folder / "x*.csv"])
    assert (len(report.files), report.read, report.new, report.tickers) == (2, 6, 6, 4)


def test_a_bad_file_is_refused_whole(tables: Sandbox) -> None:
    ingest(csv(tables.folder / "a.csv", GOOD))
    before = versions(tables, "*")
    bad = csv(
        tables.folder / "b.csv", GOOD.replace(",11,100", ",111,100") + "D,2016-03-01,1,2,x,1,1\n"
    )
    with pytest.raises(RefusedError) as caught:
        ingest(bad)
    assert caught.value.message == (
        f"2 of 4 rows of {bad} refused, nothing was written: "
        "line 2 close_outside_range (A, 2016-03-01, 10.0, 12.0, 9.0, 111.0, 100.0); "
        "line 5 unreadable_low (D, 2016-03-01, 1, 2, x, 1, 1)"
    )
    assert caught.value.exit_code == 1
    assert versions(tables, "*") == before


def test_skip_bad_leaves_them_out_and_lists_them(tables: Sandbox) -> None:
    bad = csv(tables.folder / "b.csv", GOOD.replace(",11,100", ",111,100"))
    report = ingest(bad, skip_bad=True)
    assert counts(report) == (3, 2, 0, 0, 1)
    assert report.refused_by_reason == {"close_outside_range": 1}
    assert [(refusal.row, refusal.reason) for refusal in report.refusals] == [
        (2, "close_outside_range")
    ]
    assert [row[:2] for row in versions(tables)] == [("A", day(2)), ("B", day(1))]


def test_keep_bad_hands_them_to_the_warehouse(tables: Sandbox) -> None:
    bad = csv(tables.folder / "b.csv", GOOD.replace(",11,100", ",inf,100"))
    report = ingest(bad, keep_bad=True)
    assert (counts(report), report.suspect) == ((3, 3, 0, 0, 0), 1)
    assert versions(tables)[0] == ("A", day(1), float("inf"), 100)
    assert counts(ingest(bad, keep_bad=True)) == (3, 0, 0, 3, 0)


def test_half_the_universe_missing_is_flagged(tables: Sandbox) -> None:
    def delivery(number: int, tickers: int) -> Path:
        lines = [f"T{n},2016-03-{number:02},10,12,9,11,100\n" for n in range(tickers)]
        return csv(tables.folder / f"{number}.csv", HEADER + "".join(lines))

    assert ingest(delivery(1, 10)).warnings == ()
    assert ingest(delivery(2, 5)).warnings == ()
    assert ingest(delivery(3, 2)).warnings == (
        "2016-03-03 has 2 tickers, 2016-03-02 has 5: is the delivery complete?",
    )
    assert len(versions(tables)) == 17
