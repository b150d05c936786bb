"""All or nothing, one writer after the other, and reads that see one state."""

import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest

from models_ml.errors import MlxError
from models_ml.warehouse import Warehouse, append, open_warehouse
from tests.inprocess import project_of
from tests.sandbox import Sandbox

on_duckdb = pytest.mark.parametrize("engine", ["duckdb"], indirect=True, scope="session")
on_postgres = pytest.mark.parametrize("engine", ["postgres"], indirect=True, scope="session")

ROWS = pa.table({"k": pa.array([1, 2], pa.int32()), "v": pa.array(["a", None])})
HOLD_FILE = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(sandbox: Sandbox, mode: str = "write") -> Iterator[str]:
    """Hold the sandbox's database as another mlx or a shell would; yield who is to be named."""
    if sandbox.server is None:
        command = [sys.executable, "-c", HOLD_FILE, sandbox.env["MLX_DUCKDB_PATH"], mode]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout is not None and holder.stdout.readline() == "held\n"
            yield f"process {holder.pid}"
            holder.communicate()
    else:
        with sandbox.connect() as connection:
            connection.autocommit = False
            connection.cursor().execute("select pg_advisory_xact_lock(hashtext('mlx:test'))")
            yield "another mlx is writing"


def test_a_transaction_commits_at_its_end(warehouse: Warehouse) -> None:
    with warehouse.transaction("test") as transaction:
        assert append(transaction, "t", ROWS) == 2
        assert transaction.read("select * from t").num_rows == 2
    assert warehouse.read("select k, v from t order by k").equals(ROWS)


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, MlxError])
def test_a_failure_leaves_nothing(warehouse: Warehouse, failure: type[BaseException]) -> None:
    with pytest.raises(failure, match="on purpose"), warehouse.transaction("test") as transaction:
        append(transaction, "t", ROWS)
        transaction.execute("create table u (k integer)")
        raise failure("on purpose")
    assert warehouse.read("select * from t").num_rows == 0
    with pytest.raises(MlxError):
        warehouse.read("select * from u")


def test_a_refused_statement_undoes_those_before_it(warehouse: Warehouse) -> None:
    with pytest.raises(MlxError, match="refused"), warehouse.transaction("test") as transaction:
        append(transaction, "t", ROWS)
        append(transaction, "t", ROWS)
    assert warehouse.read("select * from t").num_rows == 0


def test_execute_counts_the_rows_it_changed(warehouse: Warehouse) -> None:
    with warehouse.transaction("test") as transaction:
        append(transaction, "t", ROWS)
        assert transaction.execute("update t set v = 'b' where k >= :k", {"k": 1}) == 2
        assert transaction.execute("delete from t where k = 1") == 1
        assert transaction.execute("delete from t where k = 99") == 0


def test_staged_rows_keep_types_and_values_and_go_with_the_transaction(
    warehouse: Warehouse,
) -> None:
    rows = pa.table(
        {
            "i": pa.array([1, None], pa.int32()),
            "b": pa.array([2**40, None], pa.int64()),
            "r": pa.array([0.5, None], pa.float32()),
            "d": pa.array([float("nan"), None], pa.float64()),
            "v": pa.array(["", None], pa.string()),
            "dt": pa.array([19782, None], pa.date32()),
            "moment": pa.array([1_709_251_199_123_456, None], pa.timestamp("us")),
            "yes": pa.array([False, None], pa.bool_()),
        }
    )
    with warehouse.transaction("test") as transaction:
        transaction.stage("given", rows)
        staged = transaction.read("select * from given order by b")
        transaction.stage("given", rows.slice(0, 1))
        assert transaction.read("select * from given").num_rows == 1
    assert staged.schema == rows.schema
    assert str(staged.to_pylist()) == str(rows.to_pylist())
    with pytest.raises(MlxError):
        warehouse.read("select * from given")


def test_a_snapshot_sees_one_state(warehouse: Warehouse, place: Sandbox) -> None:
    with warehouse.snapshot() as snapshot:
        before = snapshot.read("select count(*) as n from t")
        if place.server is None:
            with pytest.raises(subprocess.CalledProcessError):
                write_elsewhere(place)
        else:
            place.execute("insert into t (k) values (1)")
        assert snapshot.read("select count(*) as n from t").equals(before)
    if place.server is not None:
        assert warehouse.read("select k from t")["k"].to_pylist() == [1]


def write_elsewhere(sandbox: Sandbox) -> None:
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('insert into t (k) values (1)')"
    command = [sys.executable, "-c", code, sandbox.env["MLX_DUCKDB_PATH"]]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def test_a_snapshot_cannot_write(warehouse: Warehouse) -> None:
    with pytest.raises(MlxError, match="refused"), warehouse.snapshot() as snapshot:
        snapshot.read("insert into t (k) values (1) returning k")
    assert warehouse.read("select * from t").num_rows == 0


def test_a_writer_waits_then_says_who_writes(warehouse: Warehouse, place: Sandbox) -> None:
    with held(place) as who:
        started = time.monotonic()
        with pytest.raises(MlxError, match=who) as caught, warehouse.transaction("test"):
            pytest.fail("two writers at once")
        assert 0.5 <= time.monotonic() - started < 5
    assert caught.value.exit_code == 1
    assert "MLX_LOCK_TIMEOUT" in (caught.value.hint or "")


def test_a_writer_goes_on_when_the_other_is_done(warehouse: Warehouse, place: Sandbox) -> None:
    patient = open_warehouse(project_of(place, {"MLX_LOCK_TIMEOUT": "20"}))
    written: list[int] = []

    def write() -> None:
        with patient.transaction("test") as transaction:
            written.append(append(transaction, "t", ROWS))

    with held(place):
        writer = threading.Thread(target=write)
        writer.start()
        time.sleep(0.5)
        assert written == []
    writer.join(timeout=20)
    assert written == [2]


@on_duckdb
def test_a_reader_waits_for_a_writer_of_the_file(warehouse: Warehouse, place: Sandbox) -> None:
    with held(place) as who, pytest.raises(MlxError, match=who):
        warehouse.read("select * from t")
    with held(place, "read"):
        assert warehouse.read("select * from t").num_rows == 0


@on_postgres
def test_locks_of_other_names_do_not_wait(warehouse: Warehouse, place: Sandbox) -> None:
    with held(place), warehouse.transaction("other") as transaction:
        append(transaction, "t", ROWS)
    assert warehouse.read("select * from t").num_rows == 2


@on_duckdb
def test_a_file_open_in_this_process_is_an_error_that_says_so(
    warehouse: Warehouse, place: Sandbox
) -> None:
    with place.connect(), pytest.raises(MlxError, match="open in this process"):
        warehouse.read("select * from t")


@pytest.mark.parametrize("path", ["nowhere/x.duckdb", "folder.duckdb", "text.duckdb"])
def test_a_file_that_is_no_database_is_one_line(
    tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    from models_ml.warehouse.duckdb import DuckDBWarehouse

    folder = tmp_path_factory.mktemp("files")
    (folder / "folder.duckdb").mkdir()
    (folder / "text.duckdb").write_text("these are not the bytes of a database")
    with pytest.raises(MlxError, match=r"cannot open|no database") as caught:
        with DuckDBWarehouse(str(folder / path)).transaction("test"):
            pytest.fail("opened")
    assert path in caught.value.message
    assert "\n" not in caught.value.message


def test_the_password_is_in_no_error_and_no_representation() -> None:
    from models_ml.warehouse.postgres import PostgresWarehouse

    canary = "correct-horse-battery"
    nobody = {"host": "127.0.0.1", "port": "1", "dbname": "d", "user": "u", "password": canary}
    warehouse = PostgresWarehouse(nobody)
    with pytest.raises(MlxError, match=r"no connection to PostgreSQL at 127.0.0.1:1/d") as caught:
        warehouse.read("select 1")
    assert "MLX_PG_HOST" in (caught.value.hint or "")
    told = (
        "".join(traceback.format_exception(caught.value)) + repr(warehouse) + str(vars(warehouse))
    )
    assert canary not in told
