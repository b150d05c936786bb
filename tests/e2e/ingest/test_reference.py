"""Index membership and securities: a file replaces the table."""

from datetime import date

import pytest

from models_ml.ingest import (
    RefusedError,
    ingest_securities,
    ingest_universe,
)
from tests.e2e.ingest.helpers import csv
from tests.sandbox import Sandbox

SPELLS = "ticker,start_date,end_date\nA,2000-06-05,\nB,1999-12-08,2017-06-19\nB,2018-01-02,\n"


def test_a_universe_replaces_the_one_before(tables: Sandbox) -> None:
    report = ingest_universe(csv(tables.folder / "u.csv", SPELLS))
    assert (report.read, report.new, report.changed, report.unchanged, report.removed) == (
        3,
        3,
        0,
        0,
        0,
    )
    text = SPELLS.replace("A,2000-06-05,", "A,2000-06-05,2020-01-31").replace(
        "B,2018-01-02", "C,2018-01-02"
    )
    report = ingest_universe(csv(tables.folder / "v.csv", text))
    assert (report.read, report.new, report.changed, report.unchanged, report.removed) == (
        3,
        1,
        1,
        1,
        1,
    )
    assert tables.rows("select * from raw.universe order by ticker, start_dt") == [
        ("A", date(2000, 6, 5), date(2020, 1, 31)),
        ("B", date(1999, 12, 8), date(2017, 6, 19)),
        ("C", date(2018, 1, 2), None),
    ]
    assert ingest_universe(tables.folder / "v.csv").unchanged == 3


def test_a_universe_of_half_its_tickers_is_told(tables: Sandbox) -> None:
    spells = [f"{ticker},2000-06-05,\n" for ticker in "ABCDEF"]
    counts = (6, 4, 2)
    path, header = tables.folder / "u.csv", "ticker,start_date,end_date\n"
    told = [
        ingest_universe(csv(path, header + "".join(spells[:count]))).warnings for count in counts
    ]
    assert told == [
        (),
        (),
        ("raw.universe had 4 tickers, now 2: is the file complete?",),
    ]
    shown = tables.run_mlx("ingest", "--universe", str(csv(path, header + spells[0]))).ok()
    assert "warning: raw.universe had 2 tickers, now 1: is the file complete?" in shown.stderr


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("A,2001-01-01,2002-01-01\n", "line 5 overlapping_spells"),
        ("B,2017-06-19,2017-12-01\n", "line 5 overlapping_spells"),
        ("C,2017-06-19,2017-06-18\n", "line 5 end_before_start"),
        ("C,19.6.2017,\n", "line 5 unreadable_start_dt"),
        ("C,2017-06-19,soon\n", "line 5 unreadable_end_dt"),
        ("C,,2017-06-19\n", "line 5 missing_start_dt"),
        (",2017-06-19,\n", "line 5 missing_ticker"),
    ],
)
def test_a_bad_universe_changes_nothing(tables: Sandbox, line: str, reason: str) -> None:
    ingest_universe(csv(tables.folder / "u.csv", SPELLS))
    with pytest.raises(RefusedError, match=reason):
        ingest_universe(csv(tables.folder / "v.csv", SPELLS + line))
    assert tables.rows("select count(*) from raw.universe") == [(3,)]


def test_securities_replace_those_before(tables: Sandbox) -> None:
    header = "Symbol,Name,Sector\n"
    ingest_securities(csv(tables.folder / "s.csv", header + "A,Alpha,Energy\nB,Beta,\n"))
    report = ingest_securities(
        csv(tables.folder / "t.csv", header + "B,Beta,Health Care\nC,,Energy\n")
    )
    assert (report.new, report.changed, report.unchanged, report.removed) == (1, 1, 0, 1)
    assert tables.rows("select ticker, name, sector from raw.securities order by ticker") == [
        ("B", "Beta", "Health Care"),
        ("C", None, "Energy"),
    ]
    with pytest.raises(RefusedError, match=r"2 of 3 rows .* line 2 duplicate_ticker"):
        ingest_securities(csv(tables.folder / "t.csv", header + "B,Beta,x\nC,,y\nB,Beta,z\n"))
    assert tables.rows("select count(*) from raw.securities") == [(2,)]
