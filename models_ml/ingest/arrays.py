"""Small questions to Arrow columns."""

from __future__ import annotations

import pyarrow as pa

from models_ml.errors import MlxError
from models_ml.ingest.refusals import BoolArray


def flat(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    return column.combine_chunks()


def mask(values: pa.Array) -> BoolArray:
    """Return booleans for NumPy; NULL is False."""
    true: BoolArray = values.fill_null(False).to_numpy(zero_copy_only=False)
    return true


def nulls(values: pa.Array) -> BoolArray:
    """Return True where a value is NULL."""
    return mask(values.is_null())


def is_text(kind: pa.DataType) -> bool:
    """Whether a type is text, plain or as a dictionary."""
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(value) or pa.types.is_large_string(value))


def wrong_type(name: str, kind: pa.DataType, wanted: str) -> MlxError:
    """Build the error for a column that cannot be read at all."""
    return MlxError(f"column {name} holds {kind}, not {wanted}; nothing was written")
