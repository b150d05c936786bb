"""Files into the warehouse, on both engines: versions, replay, refusals, faults, real prices."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from models_ml.errors import MlxError, UsageError
from models_ml.ingest import (
    IngestReport,
    RefusedError,
    ingest,
    ingest_securities,
    ingest_universe,
    source_tables_exist,
)
from models_ml.ingest import versions as versions_module
from tests.postgres import Server
from tests.sandbox import Sandbox, open_sandbox

HEADER = "ticker,date,open,high,low,close,volume\n"
GOOD = HEADER + "A,2016-03-01,10,12,9,11,100\nA,2016-03-02,11,12,9,10,200\nB,2016-03-01,5,6,4,5,\n"


@pytest.fixture(scope="module")
def source_tables(
    engine: str, server: Server | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """Database with the empty source tables and nothing else."""
    sandbox = open_sandbox(engine, tmp_path_factory.mktemp(f"tables-{engine}"), server)
    sandbox.run_dbt("run-operation", "create_source_tables").ok()
    yield sandbox
    sandbox.close()


@pytest.fixture
def tables(
    source_tables: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    """Empty source tables of the test's own; the library called in this process finds them."""
    copy = source_tables.copy(tmp_path)
    use(copy, monkeypatch)
    yield copy
    copy.close()


def use(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandbox.env.items():
        if name.startswith("MLX_") or name.startswith("DBT_"):
            monkeypatch.setenv(name, value)


def csv(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def versions(sandbox: Sandbox, columns: str = "ticker, dt, close, volume") -> list[tuple[Any, ...]]:
    return sandbox.rows(f"select {columns} from raw.prices order by ticker, dt, loaded_at")


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.read, report.new, report.changed, report.unchanged, report.refused


def day(number: int) -> date:
    return date(2016, 3, number)


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


def test_a_delivery_from_the_future_is_refused(tables: Sandbox) -> None:
    tomorrow = date.today() + timedelta(days=2)
    file = csv(tables.folder / "a.csv", GOOD.replace("2016-03-02", tomorrow.isoformat()))
    with pytest.raises(RefusedError, match="line 3 future_date"):
        ingest(file)
    with pytest.raises(UsageError, match=r"loaded_at .* is in the future"):
        ingest(csv(tables.folder / "b.csv", GOOD), loaded_at=tomorrow)
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


@pytest.mark.parametrize("seed", range(4))
def test_a_file_of_many_deliveries_equals_one_delivery_after_the_other(
    source_tables: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Values come back (A, B, A), rows come late, days repeat; a dictionary is the oracle."""
    choose = random.Random(seed)
    rows = []
    for delivery in range(1, 7):
        for ticker in "ABC":
            for number in range(1, delivery + 1):
                if choose.random() < 0.7:
                    rows.append((ticker, day(number), day(delivery + 10), choose.choice([10, 11])))
    choose.shuffle(rows)
    expected, known = [], {}
    for ticker, dt, delivered, close in sorted(rows, key=lambda row: row[2]):
        if known.get((ticker, dt)) != close:
            known[ticker, dt] = close
            stamp = datetime.combine(delivered, datetime.max.time()).replace(microsecond=0)
            expected.append((ticker, dt, stamp, close))

    def write(name: str, some: list[Any]) -> Path:
        lines = [f"{t},{dt},10,12,9,{close},1,{at}\n" for t, dt, at, close in some]
        return csv(tmp_path / name, HEADER.replace("\n", ",as_of\n") + "".join(lines))

    def stored(sandbox: Sandbox) -> list[tuple[Any, ...]]:
        return sandbox.rows("select ticker, dt, loaded_at, close from raw.prices")

    monkeypatch.setattr(versions_module, "_SLICE_ROWS", 5)
    (tmp_path / "at_once").mkdir()
    at_once = source_tables.copy(tmp_path / "at_once")
    use(at_once, monkeypatch)
    early = [row for row in rows if row[2] < day(14)]
    ingest(write("early.csv", early), as_of_column="as_of")
    report = ingest(write("all.csv", rows), as_of_column="as_of")
    assert report.new + report.changed == len(expected) - sum(
        1 for row in expected if row[2].date() < day(14)
    )
    assert sorted(stored(at_once)) == sorted(expected)
    again = ingest(write("all.csv", rows), as_of_column="as_of")
    assert counts(again) == (len(rows), 0, 0, len(rows), 0)
    at_once.close()

    (tmp_path / "one_by_one").mkdir()
    one_by_one = source_tables.copy(tmp_path / "one_by_one")
    use(one_by_one, monkeypatch)
    for delivered in sorted({row[2] for row in rows}):
        ingest(write("one.csv", [row for row in rows if row[2] == delivered]), loaded_at=delivered)
    assert sorted(stored(one_by_one)) == sorted(expected)
    one_by_one.close()


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


def test_tickers_that_look_like_sql_are_only_text(tables: Sandbox) -> None:
    hostile = [
        "A'; drop table raw.prices; --",
        '"',
        "%s",
        "%(x)s",
        "$1",
        ":a",
        "{{ x }}",
        "\\",
        "NA",
    ]
    rows = pa.table(
        {
            "ticker": hostile,
            "date": [day(1)] * len(hostile),
            **{name: [10.0] * len(hostile) for name in ("open", "high", "low", "close", "volume")},
        }
    )
    arrow_csv.write_csv(rows, tables.folder / "a.csv")
    assert ingest(tables.folder / "a.csv").new == len(hostile)
    assert ingest(tables.folder / "a.csv").unchanged == len(hostile)
    assert sorted(row[0] for row in versions(tables)) == sorted(hostile)


def test_several_files_and_a_glob(tables: Sandbox) -> None:
    for name, ticker in (("x1.csv", "X"), ("x2.csv", "Y")):
        csv(tables.folder / name, GOOD.replace("A,", f"{ticker},").replace("B,", f"{ticker}B,"))
    report = ingest([tables.folder / "x*.csv"])
    assert (len(report.files), report.read, report.new, report.tickers) == (2, 6, 6, 4)


KILLED = """
import os, signal, sys
from models_ml.ingest import ingest, versions
from models_ml.warehouse.{engine} import {transaction} as Transaction

versions._SLICE_ROWS = 1
execute = Transaction.execute
inserts = 0

def execute_and_die(self, sql, parameters=None):
    global inserts
    done = execute(self, sql, parameters)
    inserts += sql.startswith("insert into raw.prices")
    if inserts == {after}:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

Transaction.execute = execute_and_die
ingest(sys.argv[1])
"""


def test_a_killed_ingest_leaves_nothing_and_can_be_repeated(tables: Sandbox) -> None:
    ingest(csv(tables.folder / "a.csv", GOOD))
    before = versions(tables, "*")
    changed = csv(
        tables.folder / "b.csv", GOOD.replace(",10,12,", ",10,13,").replace(",11,12,", ",11,13,")
    )
    names = {"duckdb": "DuckDBTransaction", "postgres": "PostgresTransaction"}
    for after in (1, 2):
        script = KILLED.format(engine=tables.engine, transaction=names[tables.engine], after=after)
        done = subprocess.run([sys.executable, "-c", script, str(changed)], env=tables.env)
        assert done.returncode == -signal.SIGKILL
        assert versions(tables, "*") == before
    assert counts(ingest(changed)) == (3, 0, 2, 1, 0)


def test_two_at_once_add_each_row_once(tables: Sandbox) -> None:
    file = csv(tables.folder / "a.csv", GOOD)
    code = "import sys; from models_ml.ingest import ingest; print(ingest(sys.argv[1]).new)"

    def run(_: int) -> str:
        command = [sys.executable, "-c", code, str(file)]
        return subprocess.run(
            command, env=tables.env, capture_output=True, text=True, check=True
        ).stdout.strip()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, range(2))) == ["0", "3"]
    assert len(versions(tables)) == 3


def test_no_tables_yet(empty_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from models_ml.project import load_project

    use(empty_sandbox, monkeypatch)
    assert not source_tables_exist(load_project())
    with pytest.raises(MlxError, match=r"no (such )?(table|schema)"):
        ingest(csv(empty_sandbox.folder / "a.csv", GOOD))
    empty_sandbox.run_dbt("run-operation", "create_source_tables").ok()
    assert source_tables_exist(load_project())


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
    with pytest.raises(RefusedError, match="2 of 3 rows .* line 2 duplicate_ticker"):
        ingest_securities(csv(tables.folder / "t.csv", header + "B,Beta,x\nC,,y\nB,Beta,z\n"))
    assert tables.rows("select count(*) from raw.securities") == [(2,)]


def test_real_prices_arrive_unchanged(tables: Sandbox, shared_dir: Path) -> None:
    file = shared_dir / "data" / "sample_us_100x8y.parquet"
    report = ingest(file)
    assert counts(report) == (201_400, 201_400, 0, 0, 0)
    assert (report.tickers, report.dt_from, report.dt_to) == (
        100,
        date(2009, 1, 2),
        date(2016, 12, 30),
    )
    totals = "count(*), sum(volume), min(close), max(adj_close), max(dividend), min(split{})"
    with duckdb.connect() as connection:
        expected = connection.sql(f"select {totals.format('')} from '{file}'").fetchall()
    assert tables.rows(f"select {totals.format('_ratio')} from raw.prices") == expected
    assert counts(ingest(file)) == (201_400, 0, 0, 201_400, 0)


def test_real_deliveries_are_replayed(tables: Sandbox, shared_dir: Path) -> None:
    """The feed's own errors are refused; new and changed rows equal what window functions find."""
    feed = parquet.read_table(shared_dir / "data" / "us_pit_feed_sp500_2015_2016.parquet")
    file = tables.folder / "feed.parquet"
    parquet.write_table(feed.filter(pa.compute.less(feed["as_of_date"], date(2015, 6, 1))), file)
    with pytest.raises(RefusedError, match="9 of .* row 9085 contradicting_duplicate"):
        ingest(file, as_of_column="as_of_date")
    report = ingest(file, as_of_column="as_of_date", skip_bad=True)
    prices = "(open, high, low, close, volume, adj_close)"
    with duckdb.connect() as connection:
        expected = connection.sql(
            f"""
            with sound as (
                select ticker, date, as_of_date, any_value({prices}) as prices from '{file}'
                group by ticker, date, as_of_date having count(distinct {prices}) = 1
            ),
            compared as (
                select *, lag(prices) over per_day as before, row_number() over per_day as number
                from sound window per_day as (partition by ticker, date order by as_of_date)
            )
            select
                count(*) filter (where number = 1),
                count(*) filter (where number > 1 and prices <> before),
                count(distinct as_of_date)
            from compared
            """
        ).fetchall()
    assert [(report.new, report.changed, report.deliveries)] == expected
    assert report.absent == ("vwap", "dividend", "split_ratio")
    assert tables.rows("select count(*) from raw.prices") == [(report.new + report.changed,)]


def test_real_universe_and_securities(tables: Sandbox, shared_dir: Path) -> None:
    folder = shared_dir / "data" / "ref"
    universe = ingest_universe(folder / "fja05680_sp500_ticker_start_end.csv")
    assert (universe.read, universe.new) == (1230, 1230)
    securities = ingest_securities(folder / "pooksoft_constituents.csv")
    assert (securities.read, securities.new, securities.tickers) == (505, 505, 505)
    assert tables.rows(
        "select sum(case when end_dt is null then 1 else 0 end), "
        "count(distinct ticker) from raw.universe"
    ) == [(503, 1190)]


def test_environment_is_clean(tables: Sandbox) -> None:
    assert os.environ["MLX_TARGET"] == tables.engine
