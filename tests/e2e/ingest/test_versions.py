"""Versions of prices: what is added, what is refused, on both engines."""

from datetime import datetime
from pathlib import Path

import pytest

from models_ml.ingest import (
    RefusedError,
    ingest,
    thin_days,
)
from tests.e2e.ingest.helpers import GOOD, HEADER, counts, csv, day, versions
from tests.inprocess import mlx
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
        "warnings": (flag(2, 1, 1, 2),),
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


@pytest.mark.parametrize("together", [False, True])
def test_a_row_that_came_before_its_day_is_delivered_again(tables: Sandbox, together: bool) -> None:
    """Loaded too early it is refused by dbt for ever: the same values of the day itself count."""
    line = "A,2016-03-03,10,12,9,11,100"
    stamps = [f"2016-03-{when}" for when in ("02 22:00:00", "03 22:00:00", "04 22:00:00")]
    named = [f"{HEADER.strip()},as_of\n", *(f"{line},{stamp}\n" for stamp in stamps)]
    parts = [named] if together else [[named[0], delivered] for delivered in named[1:]]
    for part in parts:
        file = csv(tables.folder / "early.csv", "".join(part))
        ingest(file, as_of_column="as_of", keep_bad=True)
    found = tables.rows("select dt, loaded_at from raw.prices order by loaded_at")
    assert found == [(day(3), datetime(2016, 3, 2, 22)), (day(3), datetime(2016, 3, 3, 22))]


def delivery(folder: Path, **tickers: int) -> Path:
    """File of days of March with so many tickers each: ``delivery(folder, d1=10, d2=4)``."""
    lines = [
        f"T{n},2016-03-{int(day[1:]):02},10,12,9,11,100\n"
        for day, many in tickers.items()
        for n in range(many)
    ]
    return csv(folder / "days.csv", HEADER + "".join(lines))


def flag(thin: int, tickers: int, before: int, usual: int) -> str:
    return (
        f"2016-03-{thin:02} has {tickers} tickers, 2016-03-{before:02} has {usual}: "
        "is the delivery complete?"
    )


def test_half_the_universe_missing_is_flagged(tables: Sandbox) -> None:
    assert ingest(delivery(tables.folder, d1=10)).warnings == ()
    assert ingest(delivery(tables.folder, d2=6)).warnings == ()
    assert ingest(delivery(tables.folder, d3=5)).warnings == (flag(3, 5, 1, 10),)
    assert len(versions(tables)) == 21


def test_mlx_ingest_tells_of_thin_days_and_refused_rows(tables: Sandbox) -> None:
    ingest(delivery(tables.folder, d1=10))
    file = delivery(tables.folder, d2=5)
    file.write_text(file.read_text() + "T5,2016-03-02,10,12,9,-1,100\n")
    result = mlx(tables, "ingest", str(file), "--skip-bad").ok()
    assert f"warning: {flag(2, 5, 1, 10)}" in result.stderr.splitlines()
    assert f"refused: {file} line 7 bad_close (" in result.stderr
    assert len(versions(tables)) == 15


def test_days_that_lose_tickers_one_after_the_other_are_flagged(tables: Sandbox) -> None:
    """Each is compared with the fullest of the five days before, whether of one delivery or not."""
    ingest(delivery(tables.folder, d1=10, d2=6))
    assert ingest(delivery(tables.folder, d3=4, d4=4)).warnings == (
        flag(3, 4, 1, 10),
        flag(4, 4, 1, 10),
    )
    assert ingest(delivery(tables.folder, d5=4, d6=4)).warnings == (
        flag(5, 4, 1, 10),
        flag(6, 4, 1, 10),
    )
    assert ingest(delivery(tables.folder, d7=4)).warnings == (), "6 is the most of five days"


def test_every_thin_day_of_a_delivery_is_flagged(tables: Sandbox) -> None:
    first = delivery(tables.folder, d1=10, d2=4, d3=10, d7=10, d8=3)
    flags = (flag(2, 4, 1, 10), flag(8, 3, 7, 10))
    assert ingest(first).warnings == flags
    # A day that has been told is not told again, unless it gets some tickers and stays thin.
    later = ingest(delivery(tables.folder, d1=10, d2=4, d3=10, d9=3))
    assert later.warnings == (flag(9, 3, 7, 10),)
    assert ingest(delivery(tables.folder, d2=6, d8=4)).warnings == (flag(8, 4, 7, 10),)


def test_a_thin_day_that_comes_late_is_flagged(tables: Sandbox) -> None:
    ingest(delivery(tables.folder, d1=10, d3=10))
    assert ingest(delivery(tables.folder, d2=4, d4=10)).warnings == (flag(2, 4, 1, 10),)


def test_the_day_before_is_of_the_last_month(tables: Sandbox) -> None:
    january = delivery(tables.folder, d1=10).read_text().replace("2016-03", "2016-01")
    ingest(csv(tables.folder / "january.csv", january))
    assert ingest(delivery(tables.folder, d1=2, d2=2)).warnings == ()


def test_of_many_thin_days_the_last_are_named(
    tables: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thin_days, "SHOWN", 2)
    file = delivery(tables.folder, **{f"d{day}": 1 if day % 2 else 3 for day in range(1, 10)})
    told = ("2 earlier days are incomplete, too", flag(7, 1, 6, 3), flag(9, 1, 8, 3))
    assert ingest(file).warnings == told
