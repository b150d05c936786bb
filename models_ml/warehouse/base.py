"""What mlx asks of a warehouse: read Arrow, stream float32, write in one transaction.

SQL is shared by the engines; values are bound by name (``:name``), a list of values as
``ticker = any(:tickers)``. Identifiers go through :func:`identifier`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from models_ml.errors import NotBuiltError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

Parameters = Mapping[str, Any]

PLACEHOLDER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class Snapshot(Protocol):
    """Reads that all see the same state of the database."""

    def read(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of a query."""
        ...

    def stream(
        self,
        sql: str,
        columns: Sequence[str],
        consume: Callable[[npt.NDArray[np.float32]], None],
        parameters: Parameters | None = None,
    ) -> None:
        """Hand the number columns of a query to ``consume``, block by block.

        Blocks are float32 of shape (rows, len(columns)); NULL becomes NaN, integers must stay
        below 2**24 to be exact. ``consume`` must not keep a block: it may be overwritten.
        """
        ...


class Transaction(Protocol):
    """All or nothing: commits when its block ends, rolls back when it raises."""

    def read(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of a query as the transaction sees them."""
        ...

    def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        """Run one statement; the number of rows it changed."""
        ...

    def stage(self, name: str, table: pa.Table) -> None:
        """Fill a temporary table, dropped with the transaction, with an Arrow table's rows."""
        ...

    def analyze(self, table: str) -> None:
        """Tell the planner that a table has changed a lot."""
        ...


class Warehouse(Protocol):
    """One database. No connection is held between calls."""

    def read(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of a query."""
        ...

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open one consistent view of the database for several reads."""
        ...

    def transaction(self, lock: str) -> AbstractContextManager[Transaction]:
        """Begin a writing transaction; those of the same ``lock`` run one after the other."""
        ...


def identifier(name: str) -> str:
    """Return a name that is safe to put into SQL text as it is.

    Raises
    ------
    UsageError
        The name is not lower-case letters, digits and underscores.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise UsageError(
            f"{name!r} is not a usable name: lower-case letters, digits and underscores only",
            hint="rename it",
        )
    return name


def columns_sql(names: Sequence[str]) -> str:
    """Join checked column names for a select or insert list."""
    return ", ".join(identifier(name) for name in names)


def missing(kind: str, name: str) -> NotBuiltError:
    """Return the error for a table, schema or column that dbt would have built."""
    return NotBuiltError(f"the warehouse has no {kind} {name} yet", hint="dbt build")
