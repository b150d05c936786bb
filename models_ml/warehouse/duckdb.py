"""DuckDB: an embedded file that one writing process, or several reading ones, may hold."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import numpy.typing as npt

from models_ml.errors import MlxError
from models_ml.warehouse.base import PLACEHOLDER, Parameters, identifier, missing

if TYPE_CHECKING:
    import pyarrow as pa

_RETRY_SECONDS = 0.2
# Small enough for a block to be turned from columns into rows within the processor's cache, and
# for the memory of one to serve the next.
_BATCH_ROWS = 8_192
# DuckDB's own limit, 80 % of all memory, lets it keep every block it has read beside the matrix
# that is made of them. What does not fit is spilled; a thread needs 125 MB (its manual).
_READ_MB, _READ_MB_A_THREAD = 256, 128
_MISSING = {
    "table": re.compile(r'Table with name "?([\w.]+)"? does not exist'),
    "schema": re.compile(r'[Ss]chema "?(\w+)"? does not exist'),
    "column": re.compile(r'(?:Referenced column|a column with name) "([^"]+)"'),
}


class DuckDBWarehouse:
    """A DuckDB file, opened for each call and closed after it.

    Parameters
    ----------
    path
        The database file.
    lock_timeout
        Seconds to wait for another process that holds the file.
    """

    def __init__(self, path: str, *, lock_timeout: float = 30.0) -> None:
        self.path = path
        self.lock_timeout = lock_timeout

    def read(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of a query as an Arrow table."""
        with self.snapshot() as snapshot:
            return snapshot.read(sql, parameters)

    @contextmanager
    def snapshot(self) -> Iterator[DuckDBSnapshot]:
        """Open one consistent view: no other process can write while it is open."""
        if not Path(self.path).exists():
            raise MlxError(
                f"there is no database {self.path} yet", hint="mlx ingest FILE, or mlx demo"
            )
        with self._connect(read_only=True) as connection:
            threads = connection.sql("select current_setting('threads')").fetchall()[0][0]
            limit = _READ_MB + int(threads) * _READ_MB_A_THREAD
            connection.execute(f"set memory_limit = '{limit}MB'")
            yield DuckDBSnapshot(connection)

    @contextmanager
    def transaction(self, lock: str) -> Iterator[DuckDBTransaction]:
        """Begin a transaction; the file itself is the lock, whatever its name."""
        with self._connect(read_only=False) as connection:
            connection.execute("begin")
            try:
                yield DuckDBTransaction(connection)
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")

    @contextmanager
    def _connect(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._open(read_only=read_only)
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
        except duckdb.Error as error:
            raise _explained(error) from error
        finally:
            connection.close()

    def _open(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        give_up = time.monotonic() + self.lock_timeout
        while True:
            try:
                return duckdb.connect(self.path, read_only=read_only)
            except duckdb.ConnectionException as error:
                raise MlxError(
                    f"{self.path} is open in this process already", hint="close that connection"
                ) from error
            except duckdb.IOException as error:
                if "Could not set lock" not in str(error):
                    raise MlxError(
                        f"cannot open {self.path}: {_reason(error)}", hint="see MLX_DUCKDB_PATH"
                    ) from error
                if time.monotonic() > give_up:
                    raise _locked(self.path, error) from error
            time.sleep(_RETRY_SECONDS)


class DuckDBSnapshot:
    """Reads over one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of a query as an Arrow table."""
        return self._query(sql, parameters).to_arrow_table()

    def stream(
        self,
        sql: str,
        columns: Sequence[str],
        consume: Callable[[npt.NDArray[np.float32]], None],
        parameters: Parameters | None = None,
    ) -> None:
        """Hand number columns to ``consume`` in blocks of float32; NULL becomes NaN."""
        select = ", ".join(f"cast({identifier(name)} as real)" for name in columns)
        rows = self._query(f"select {select} from ({sql}) as query_rows", parameters)
        buffer = np.empty((_BATCH_ROWS, len(columns)), dtype=np.float32)
        for batch in _ahead(rows.to_arrow_reader(_BATCH_ROWS)):
            block = buffer[: batch.num_rows]
            for position, column in enumerate(batch.columns):
                block[:, position] = column.to_numpy(zero_copy_only=False)
            consume(block)

    def _query(self, sql: str, parameters: Parameters | None) -> duckdb.DuckDBPyRelation:
        return self._connection.sql(
            PLACEHOLDER.sub(r"$\1", sql), params=dict(parameters) if parameters else None
        )


class DuckDBTransaction(DuckDBSnapshot):
    """The open transaction of a :class:`DuckDBWarehouse`."""

    def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        """Run one statement; the number of rows it changed."""
        bound = PLACEHOLDER.sub(r"$\1", sql)
        rows = self._connection.execute(bound, dict(parameters or {})).fetchall()
        return int(rows[0][0]) if rows else 0

    def stage(self, name: str, table: pa.Table) -> None:
        """Copy an Arrow table into a temporary table."""
        self._connection.register("arrow_rows", table)
        self._connection.execute(
            f"create or replace temporary table {identifier(name)} as select * from arrow_rows"
        ).fetchall()
        self._connection.unregister("arrow_rows")

    def analyze(self, table: str) -> None:
        """Nothing to do: DuckDB plans on the row groups' own statistics."""


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Fetch the next batch while the present one is in use."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        coming = aside.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = aside.submit(next, batches, None)
            yield batch


def _locked(path: str, error: Exception) -> MlxError:
    holder = re.search(r"lock is held in (\S+) \(PID (\d+)\)", str(error))
    who = f"{Path(holder[1]).name}, process {holder[2]}" if holder else "another process"
    return MlxError(
        f"{path} is held by {who}",
        hint="close it (a duckdb shell, a running dbt) or wait longer: MLX_LOCK_TIMEOUT=120",
    )


def _explained(error: duckdb.Error) -> MlxError:
    for kind, pattern in _MISSING.items():
        if found := pattern.search(str(error)):
            return missing(kind, found[1])
    return MlxError(f"DuckDB refused: {_reason(error)}")


def _reason(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
