"""PostgreSQL: SQLAlchemy and psycopg2 for transactions, COPY for everything in bulk."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import psycopg2
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from models_ml.errors import MlxError
from models_ml.warehouse.base import PLACEHOLDER, Parameters, columns_sql, identifier, missing
from models_ml.warehouse.copy_binary import Float32Decoder

if TYPE_CHECKING:
    import pyarrow as pa

_UNDEFINED = {"42P01": "table", "3F000": "schema", "42703": "column"}
_NAMED = re.compile(r'(?:relation|schema|column) "?([\w.]+)"?')
_LOCK_NOT_AVAILABLE = "55P03"


class PostgresWarehouse:
    """A PostgreSQL database, connected for each call.

    Parameters
    ----------
    connection
        Entries of the profile's target: host, port, user, password, dbname, sslmode.
    lock_timeout
        Seconds to wait for another writer.
    """

    def __init__(self, connection: Mapping[str, Any], *, lock_timeout: float = 30.0) -> None:
        self.lock_timeout = lock_timeout
        self._where = f"{connection['host']}:{connection['port']}/{connection['dbname']}"
        self._engine = sa.create_engine(
            sa.URL.create(
                "postgresql+psycopg2",
                username=connection["user"],
                password=connection.get("password") or None,
                host=connection["host"],
                port=int(connection["port"]),
                database=connection["dbname"],
                query={"sslmode": str(connection.get("sslmode", "prefer"))},
            ),
            poolclass=sa.NullPool,
            connect_args={"options": "-c timezone=UTC", "connect_timeout": 10},
        )

    def read(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of a query as an Arrow table."""
        with self.snapshot() as snapshot:
            return snapshot.read(sql, parameters)

    @contextmanager
    def snapshot(self) -> Iterator[PostgresSnapshot]:
        """Open one consistent view: a repeatable-read, read-only transaction."""
        with self._begin() as connection:
            connection.execute(sa.text("set transaction isolation level repeatable read read only"))
            yield PostgresSnapshot(connection)

    @contextmanager
    def transaction(self, lock: str) -> Iterator[PostgresTransaction]:
        """Begin a transaction under an advisory lock of that name."""
        with self._begin() as connection:
            timeout = f"set local lock_timeout = '{int(self.lock_timeout * 1000)}ms'"
            connection.execute(sa.text(timeout))
            connection.execute(
                sa.text("select pg_advisory_xact_lock(hashtext(:lock))"), {"lock": f"mlx:{lock}"}
            )
            yield PostgresTransaction(connection)

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise _explained(error.orig, self._where) from error
        except psycopg2.Error as error:
            raise _explained(error, self._where) from error


class PostgresSnapshot:
    """Reads over one connection."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def read(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of a query as an Arrow table."""
        from pyarrow import csv

        schema = self._schema(sql, parameters)
        buffer = io.BytesIO()
        self._copy(f"copy ({sql}) to stdout (format csv)", buffer, parameters)
        if not buffer.tell():
            return schema.empty_table()
        buffer.seek(0)
        return csv.read_csv(
            buffer,
            read_options=csv.ReadOptions(column_names=schema.names),
            # A row whose only value is NULL is an empty line.
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=schema,
                true_values=["t"],
                false_values=["f"],
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )

    def stream(
        self,
        sql: str,
        columns: Sequence[str],
        consume: Callable[[npt.NDArray[np.float32]], None],
        parameters: Parameters | None = None,
    ) -> None:
        """Hand number columns to ``consume`` in blocks of float32; NULL becomes NaN."""
        select = ", ".join(
            f"coalesce(cast({identifier(name)} as real), 'NaN'::real)" for name in columns
        )
        decoder = Float32Decoder(len(columns), consume)
        copy = f"copy (select {select} from ({sql}) as query_rows) to stdout (format binary)"
        self._copy(copy, decoder, parameters)
        decoder.finish()

    def _schema(self, sql: str, parameters: Parameters | None) -> pa.Schema:
        import pyarrow as pa

        cursor = self._cursor()
        cursor.execute(
            _pyformat(f"select * from ({sql}) as query_rows limit 0"), dict(parameters or {})
        )
        types = _arrow_types()
        return pa.schema([(column.name, types[column.type_code]) for column in cursor.description])

    def _copy(self, sql: str, sink: object, parameters: Parameters | None) -> None:
        cursor = self._cursor()
        bound = cursor.mogrify(_pyformat(sql), dict(parameters or {}))
        cursor.copy_expert(bound, sink)

    def _cursor(self) -> Any:
        return self._connection.connection.cursor()


class PostgresTransaction(PostgresSnapshot):
    """The open transaction of a :class:`PostgresWarehouse`."""

    def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        """Run one statement; the number of rows it changed."""
        result = self._connection.execute(sa.text(sql), dict(parameters or {}))
        return max(result.rowcount, 0)

    def stage(self, name: str, table: pa.Table) -> None:
        """Copy an Arrow table into a temporary table."""
        from pyarrow import csv

        types = {arrow: sql for sql, arrow in _staged_types().items()}
        columns = ", ".join(
            f"{identifier(field.name)} {types[field.type]}" for field in table.schema
        )
        self.execute(f"drop table if exists {identifier(name)}")
        self.execute(f"create temporary table {identifier(name)} ({columns}) on commit drop")
        buffer = io.BytesIO()
        csv.write_csv(table, buffer, csv.WriteOptions(include_header=False))
        buffer.seek(0)
        self._cursor().copy_expert(
            f"copy {name} ({columns_sql(table.column_names)}) from stdin (format csv)", buffer
        )
        self.analyze(name)

    def analyze(self, table: str) -> None:
        """Refresh the planner's statistics; autovacuum would do it a minute later."""
        self.execute(f"analyze {table}")


def _pyformat(sql: str) -> str:
    return PLACEHOLDER.sub(r"%(\1)s", sql.replace("%", "%%"))


def _arrow_types() -> dict[int, pa.DataType]:
    """Arrow types by PostgreSQL type OID (catalog pg_type)."""
    import pyarrow as pa

    return {
        16: pa.bool_(),
        19: pa.string(),
        20: pa.int64(),
        21: pa.int16(),
        23: pa.int32(),
        25: pa.string(),
        700: pa.float32(),
        701: pa.float64(),
        1043: pa.string(),
        1082: pa.date32(),
        1114: pa.timestamp("us"),
        1700: pa.float64(),
    }


def _staged_types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    return {
        "boolean": pa.bool_(),
        "bigint": pa.int64(),
        "integer": pa.int32(),
        "varchar": pa.string(),
        "real": pa.float32(),
        "double precision": pa.float64(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
    }


def _explained(error: BaseException | None, where: str) -> MlxError:
    code = getattr(error, "pgcode", None)
    reason = str(error).strip().splitlines()[0]
    if code in _UNDEFINED and (found := _NAMED.search(reason)):
        return missing(_UNDEFINED[code], found[1])
    if code == _LOCK_NOT_AVAILABLE:
        return MlxError(
            "another mlx is writing to this database",
            hint="wait for it, or longer: MLX_LOCK_TIMEOUT=120",
        )
    if isinstance(error, psycopg2.OperationalError) and code is None:
        return MlxError(
            f"no connection to PostgreSQL at {where}: {reason}",
            hint="start the server, or set MLX_PG_HOST, MLX_PG_PORT, MLX_PG_USER, "
            "MLX_PG_PASSWORD and MLX_PG_DATABASE",
        )
    return MlxError(f"PostgreSQL refused: {reason}")
