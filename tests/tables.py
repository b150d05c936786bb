"""Tables of either engine as Arrow, where NULL and NaN stay apart, and their comparison by cell."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from tests.sandbox import Sandbox

# By the numbers of PostgreSQL's catalogue pg_type.
POSTGRES_TYPES = {
    16: pa.bool_(),
    20: pa.int64(),
    23: pa.int32(),
    25: pa.string(),
    700: pa.float32(),
    701: pa.float64(),
    1043: pa.string(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
}
TOLERANCES = {pa.float64(): (1e-9, 1e-12), pa.float32(): (1e-6, 1e-9)}

Mask = npt.NDArray[np.bool_]


def read_table(sandbox: Sandbox, query: str) -> pa.Table:
    """Return a query's rows with the types that the engine gives them."""
    with sandbox.connect() as connection:
        if sandbox.server is None:
            return connection.sql(query).to_arrow_table()
        cursor = connection.cursor()
        cursor.execute(f"select * from ({query}) as q limit 0")
        types = {column.name: POSTGRES_TYPES[column.type_code] for column in cursor.description}
        buffer = io.BytesIO()
        cursor.copy_expert(f"copy ({query}) to stdout (format csv, header, null '\\N')", buffer)
    buffer.seek(0)
    options = csv.ConvertOptions(
        column_types=types,
        null_values=["\\N"],
        strings_can_be_null=True,
        true_values=["t"],
        false_values=["f"],
    )
    return csv.read_csv(buffer, convert_options=options)


def export(sandbox: Sandbox, models: Sequence[str], folder: Path) -> None:
    """Write models of the mart to Parquet files of their names."""
    for model in models:
        table = read_table(sandbox, f"select * from mart.{model}")
        pq.write_table(table, folder / f"{model}.parquet")


def insert(sandbox: Sandbox, name: str, rows: pa.Table) -> None:
    """Append rows to a table of the database, by the names of the columns."""
    columns = ", ".join(rows.column_names)
    with sandbox.connect() as connection:
        if sandbox.server is None:
            connection.register("new_rows", rows)
            connection.execute(f"insert into {name} ({columns}) select {columns} from new_rows")
            return
        buffer = io.BytesIO()
        csv.write_csv(rows, buffer, csv.WriteOptions(include_header=False))
        buffer.seek(0)
        connection.cursor().copy_expert(f"copy {name} ({columns}) from stdin (format csv)", buffer)


def differences(
    one: pa.Table,
    other: pa.Table,
    keys: Sequence[str],
    without: Sequence[str] = (),
    *,
    to_the_bit: bool = False,
) -> list[str]:
    """Return in words what two tables disagree on; NULL and NaN are not the same.

    Parameters
    ----------
    one, other
        Tables of the same columns, in any order of rows.
    keys
        Columns that name a row.
    without
        Columns that are not compared.
    to_the_bit
        Floats must be equal, not close.
    """
    names = [name for name in one.column_names if name not in without]
    other_names = [name for name in other.column_names if name not in without]
    if names != other_names:
        return [f"columns: {names} and {other_names}"]
    order = [(key, "ascending") for key in keys]
    one, other = (t.select(names).combine_chunks().sort_by(order) for t in (one, other))
    if one.schema != other.schema:
        return [f"types: {one.schema} and {other.schema}"]
    if not one.select(keys).equals(other.select(keys)):
        return [f"keys: {one.num_rows} and {other.num_rows} rows, or other ones"]
    found = []
    for name in names:
        unequal = np.flatnonzero(unequal_cells(one[name], other[name], to_the_bit=to_the_bit))
        if len(unequal):
            row = int(unequal[0])
            where = ", ".join(str(one[key][row]) for key in keys)
            values = f"{one[name][row]} and {other[name][row]}"
            found.append(f"{name} in {len(unequal)} rows, first ({where}): {values}")
    return found


def unequal_cells(
    one: pa.ChunkedArray, other: pa.ChunkedArray, *, to_the_bit: bool = False
) -> Mask:
    """Return where two columns differ; floats by the tolerance of their width."""
    null, other_null = (np.asarray(pc.is_null(column)) for column in (one, other))
    if one.type not in TOLERANCES:
        equal = np.asarray(pc.fill_null(pc.equal(one, other), True))
    else:
        relative, absolute = (0, 0) if to_the_bit else TOLERANCES[one.type]
        a, b = (np.asarray(pc.fill_null(side, 0.0), dtype=np.float64) for side in (one, other))
        equal = np.isclose(a, b, rtol=relative, atol=absolute, equal_nan=True)
    return np.asarray((null != other_null) | ~equal)
