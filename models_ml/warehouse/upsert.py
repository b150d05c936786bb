"""Writing Arrow tables: append new rows, or insert and update by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models_ml.errors import MlxError
from models_ml.warehouse.base import Transaction, columns_sql, identifier

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class UpsertResult:
    """Rows that an upsert was given, and those it inserted or changed."""

    given: int
    written: int

    @property
    def unchanged(self) -> int:
        """Rows that were there already with the same values."""
        return self.given - self.written


def append(transaction: Transaction, table: str, rows: pa.Table) -> int:
    """Insert rows whose keys are known to be new."""
    stage = _stage_name(table)
    transaction.stage(stage, rows)
    columns = columns_sql(rows.column_names)
    return transaction.execute(f"insert into {table} ({columns}) select {columns} from {stage}")


def upsert(
    transaction: Transaction,
    table: str,
    rows: pa.Table,
    *,
    key: Sequence[str],
    keep: Sequence[str] = (),
) -> UpsertResult:
    """Insert rows, or update those whose key is there with other values.

    A row that is there with equal values is not touched, so a second identical call writes
    nothing; the columns in ``keep`` (a time stamp, say) do not count as a difference. The
    transaction's lock keeps others from inserting the same keys, so new rows are inserted as
    they are: looking for conflicts row by row takes twice as long.

    Raises
    ------
    MlxError
        A key occurs twice among the rows.
    """
    return upsert_each(transaction, {table: key}, rows, keep=keep)[0]


def upsert_each(
    transaction: Transaction,
    keys: Mapping[str, Sequence[str]],
    rows: pa.Table,
    *,
    keep: Sequence[str] = (),
) -> list[UpsertResult]:
    """Upsert the same rows into several tables, as :func:`upsert` does into one.

    They are staged and checked once: the first table's key is part of every other's.

    Parameters
    ----------
    keys
        Tables with their keys.

    Raises
    ------
    MlxError
        A key occurs twice among the rows.
    """
    first = next(iter(keys))
    stage = _stage_name(first)
    transaction.stage(stage, rows)
    _refuse_duplicates(transaction, stage, first, keys[first])
    return [
        UpsertResult(rows.num_rows, _merge(transaction, stage, table, rows.column_names, key, keep))
        for table, key in keys.items()
    ]


def _merge(
    transaction: Transaction,
    stage: str,
    table: str,
    names: Sequence[str],
    key: Sequence[str],
    keep: Sequence[str],
) -> int:
    """Update and insert what is staged; the number of rows written."""
    columns = columns_sql(names)
    insert = f"insert into {table} ({columns}) select {columns} from {stage}"
    # PostgreSQL would scan a table that it knows to be empty once a row, while the table grows.
    if transaction.read(f"select 1 as present from {table} limit 1").num_rows == 0:
        return transaction.execute(insert)
    values = [identifier(name) for name in names if name not in key]
    compared = [name for name in values if name not in keep]
    same_key = " and ".join(f"present.{name} = {stage}.{name}" for name in map(identifier, key))
    changed = transaction.execute(
        f"update {table} as present set "
        + ", ".join(f"{name} = {stage}.{name}" for name in values)
        + f" from {stage} where {same_key} and ("
        + " or ".join(f"present.{name} is distinct from {stage}.{name}" for name in compared)
        + ")"
    )
    new = transaction.execute(
        f"{insert} where not exists (select 1 from {table} as present where {same_key})"
    )
    return changed + new


def _refuse_duplicates(
    transaction: Transaction, stage: str, table: str, key: Sequence[str]
) -> None:
    names = columns_sql(key)
    twice = transaction.read(
        f"select {names} from {stage} group by {names} having count(*) > 1 limit 1"
    )
    if twice.num_rows:
        values = ", ".join(f"{name}={twice[name][0].as_py()}" for name in key)
        raise MlxError(f"{values} occurs more than once among the rows for {table}")


def _stage_name(table: str) -> str:
    return "stage_" + identifier(table.rpartition(".")[2])
