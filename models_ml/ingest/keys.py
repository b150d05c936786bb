"""The key of a delivered row, (ticker, dt, loaded_at): duplicates, and the delivery before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models_ml.ingest.checks import as_floats
from models_ml.ingest.columns import LOADED_AT, NUMBERS
from models_ml.ingest.refusals import BoolArray

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Neighbours:
    """Rows sorted by key, and how each compares with the one before it.

    Attributes
    ----------
    order
        Positions of the rows in key order; rows of one key keep the file's order; shape (n_rows,).
    same_key
        True where a row has the key of the row before, in that order; shape (n_rows,).
    same_price
        The same for ticker and dt alone.
    same_values
        True where, besides, no value differs.
    """

    order: IntArray
    same_key: BoolArray
    same_price: BoolArray
    same_values: BoolArray


def compare_neighbours(rows: pa.Table) -> Neighbours:
    """Sort rows by key and compare the values within a ticker's day."""
    keys = [rows["ticker"].combine_chunks().indices.to_numpy(), _integers(rows["dt"])]
    if LOADED_AT in rows.column_names:
        keys.append(_integers(rows[LOADED_AT]))
    order = np.lexsort(keys[::-1])
    equal = [_equals_before(key[order]) for key in keys]
    same_price = equal[0] & equal[1]
    same_key = same_price & equal[-1]
    same_values = same_price.copy()
    later = np.flatnonzero(same_price)
    for name in NUMBERS if len(later) else ():
        values = as_floats(rows, name)
        this, before = values[order[later]], values[order[later - 1]]
        same_values[later] &= (this == before) | (np.isnan(this) & np.isnan(before))
    return Neighbours(order, same_key, same_price, same_values)


def duplicates(neighbours: Neighbours) -> tuple[BoolArray, BoolArray]:
    """Find the rows of keys that occur with different values, and the mere repetitions.

    Returns
    -------
    tuple of ndarray
        Contradicting rows (all of their key) and repeating ones (all but the first of their key),
        both in the order of the table, shape (n_rows,).
    """
    starts = ~neighbours.same_key
    group = np.cumsum(starts) - 1
    differs = neighbours.same_key & ~neighbours.same_values
    contradicted = np.zeros(int(starts.sum()), dtype=np.bool_)
    contradicted[group[differs]] = True
    contradicting, repeating = np.empty((2, len(starts)), dtype=np.bool_)
    contradicting[neighbours.order] = contradicted[group]
    repeating[neighbours.order] = neighbours.same_key & ~contradicted[group]
    return contradicting, repeating


def with_previous(rows: pa.Table) -> pa.Table:
    """Append, for rows of several deliveries, when the same price was delivered the time before.

    Returns
    -------
    pyarrow.Table
        The rows with previous_loaded_at (NULL in a price's first delivery) and repeats (no value
        differs from the previous delivery).
    """
    neighbours = compare_neighbours(rows)
    stamps = _integers(rows[LOADED_AT])
    later = np.flatnonzero(neighbours.same_price)
    previous, is_first = np.zeros_like(stamps), np.ones(len(stamps), dtype=np.bool_)
    previous[neighbours.order[later]] = stamps[neighbours.order[later - 1]]
    is_first[neighbours.order[later]] = False
    repeats = np.zeros(len(stamps), dtype=np.bool_)
    repeats[neighbours.order] = neighbours.same_values
    times = pa.array(previous, mask=is_first).cast(pa.timestamp("us"))
    return rows.append_column("previous_loaded_at", times).append_column(
        "repeats", pa.array(repeats)
    )


def _equals_before(values: IntArray) -> BoolArray:
    equal = np.zeros(len(values), dtype=np.bool_)
    equal[1:] = values[1:] == values[:-1]
    return equal


def _integers(column: pa.ChunkedArray) -> IntArray:
    values: IntArray = column.to_numpy().astype(np.int64)
    return values
