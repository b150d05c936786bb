"""Insert or update by key: counts, no needless writes, no doubtful rows."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from models_ml.errors import MlxError
from models_ml.warehouse import Warehouse, open_warehouse, upsert, upsert_each
from models_ml.warehouse.upsert import UpsertResult
from tests.inprocess import project_of
from tests.sandbox import Sandbox

TABLE = """
create table forecasts (
    ticker varchar, dt date, yhat double precision, created_at timestamp,
    primary key (ticker, dt)
)
"""
CONTENT = "select ticker, dt, yhat, created_at from forecasts order by ticker, dt"


@pytest.fixture
def warehouse(place: Sandbox) -> Warehouse:
    place.execute("drop table if exists forecasts")
    place.execute(TABLE)
    return open_warehouse(project_of(place))


def forecasts(values: dict[str, float | None], hour: int = 0) -> pa.Table:
    n_rows = len(values)
    return pa.table(
        {
            "ticker": pa.array(list(values), pa.string()),
            "dt": pa.array([20_000] * n_rows, pa.date32()),
            "yhat": pa.array(list(values.values()), pa.float64()),
            "created_at": pa.array([datetime(2024, 1, 1, hour)] * n_rows, pa.timestamp("us")),
        }
    )


def put(warehouse: Warehouse, rows: pa.Table, *, keep: tuple[str, ...] = ()) -> UpsertResult:
    with warehouse.transaction("test") as transaction:
        return upsert(transaction, "forecasts", rows, key=["ticker", "dt"], keep=keep)


def content(warehouse: Warehouse) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = warehouse.read(CONTENT).to_pylist()
    return rows


def test_new_changed_and_unchanged_rows_are_counted(warehouse: Warehouse) -> None:
    first = put(warehouse, forecasts({"A": 0.1, "B": 0.2, "C": None}))
    assert (first.given, first.written, first.unchanged) == (3, 3, 0)
    second = put(warehouse, forecasts({"D": 0.4, "B": -0.2, "A": 0.1}))
    assert (second.given, second.written, second.unchanged) == (3, 2, 1)
    assert {row["ticker"]: row["yhat"] for row in content(warehouse)} == {
        "A": 0.1,
        "B": -0.2,
        "C": None,
        "D": 0.4,
    }


@pytest.mark.parametrize(("old", "new"), [(None, 0.1), (0.1, None), (0.1, float("nan"))])
def test_null_differs_from_a_number(
    warehouse: Warehouse, old: float | None, new: float | None
) -> None:
    put(warehouse, forecasts({"A": old}))
    assert put(warehouse, forecasts({"A": new})).written == 1
    assert str(content(warehouse)[0]["yhat"]) == str(new)


def test_the_same_rows_again_write_nothing(warehouse: Warehouse, place: Sandbox) -> None:
    rows = forecasts({"A": 0.1, "B": None, "C": float("nan")})
    put(warehouse, rows)
    before = physical_rows(place)
    assert put(warehouse, rows).written == 0
    assert physical_rows(place) == before


def physical_rows(sandbox: Sandbox) -> list[tuple[Any, ...]]:
    """Return rows with the place and, on PostgreSQL, the transaction that last wrote each."""
    version = "rowid" if sandbox.server is None else "xmin::text, ctid::text"
    return sandbox.rows(f"select {version}, ticker, created_at from forecasts order by ticker")


def test_a_kept_column_alone_is_no_difference(warehouse: Warehouse) -> None:
    put(warehouse, forecasts({"A": 0.1, "B": 0.2}, hour=1), keep=("created_at",))
    written = put(warehouse, forecasts({"A": 0.1, "B": 0.3}, hour=2), keep=("created_at",)).written
    assert written == 1
    assert [row["created_at"].hour for row in content(warehouse)] == [1, 2]


def test_a_key_given_twice_is_refused_and_nothing_written(warehouse: Warehouse) -> None:
    twice = pa.concat_tables([forecasts({"A": 0.1, "B": 0.2}), forecasts({"B": 0.3})])
    with pytest.raises(MlxError, match="ticker=B, dt=2024-10-04 occurs more than once"):
        put(warehouse, twice)
    assert content(warehouse) == []


def test_each_table_gets_the_rows_that_it_lacks_by_its_own_key(
    warehouse: Warehouse, place: Sandbox
) -> None:
    place.execute("drop table if exists forecast_log")
    log = TABLE.replace("forecasts", "forecast_log").replace("ticker, dt)", "dt, created_at)")
    place.execute(log)
    keys = {"forecasts": ["ticker", "dt"], "forecast_log": ["ticker", "dt", "created_at"]}
    try:
        written = []
        for value, hour in ((0.1, 1), (0.1, 1), (0.2, 1), (0.2, 2)):
            with warehouse.transaction("test") as transaction:
                results = upsert_each(
                    transaction, keys, forecasts({"A": value}, hour), keep=("created_at",)
                )
            written.append(tuple(result.written for result in results))
        logged = place.rows("select created_at, yhat from forecast_log order by created_at")
    finally:
        place.execute("drop table forecast_log")
    assert written == [(1, 1), (0, 0), (1, 1), (0, 1)]
    assert [(stamp.hour, yhat) for stamp, yhat in logged] == [(1, 0.2), (2, 0.2)]
    assert [(row["created_at"].hour, row["yhat"]) for row in content(warehouse)] == [(1, 0.2)]


def test_many_rows_for_a_table_that_was_emptied_do_not_scan_it_for_each(
    warehouse: Warehouse, place: Sandbox
) -> None:
    if place.server is None:
        pytest.skip("DuckDB keeps no count of scans")
    put(warehouse, forecasts({"A": 0.1}))
    place.execute("delete from forecasts")
    place.execute("vacuum analyze forecasts")
    rows = forecasts({f"T{number}": 0.1 for number in range(100)})
    with warehouse.transaction("test") as transaction:
        upsert(transaction, "forecasts", rows, key=["ticker", "dt"])
        scans = transaction.read(
            "select pg_stat_get_xact_numscans(cast('forecasts' as regclass)) as n"
        )
    assert scans["n"][0].as_py() < rows.num_rows
    assert len(content(warehouse)) == rows.num_rows


def test_no_rows_are_no_work(warehouse: Warehouse) -> None:
    assert put(warehouse, forecasts({})).written == 0


def test_an_upsert_belongs_to_its_transaction(warehouse: Warehouse) -> None:
    with pytest.raises(RuntimeError), warehouse.transaction("test") as transaction:
        upsert(transaction, "forecasts", forecasts({"A": 0.1}), key=["ticker", "dt"])
        raise RuntimeError
    assert content(warehouse) == []
