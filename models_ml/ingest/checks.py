"""Judging a price row by itself, with the reasons that the model int_rejected_prices gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models_ml.ingest.columns import NUMBERS, PRICES
from models_ml.ingest.refusals import BoolArray, Marks

PRICE_ROUNDING = 0.001  # the dbt var price_rounding

FloatArray = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]


def as_floats(rows: pa.Table, name: str) -> FloatArray:
    """Return a number column as float64, shape (n_rows,); NaN where NULL or no such column."""
    if name not in rows.column_names:
        return np.full(rows.num_rows, np.nan)
    values: FloatArray = rows[name].to_numpy()
    return values


def mark_empty(rows: pa.Table, marks: Marks) -> None:
    """Mark the rows that hold no price at all."""
    empty = np.ones(rows.num_rows, dtype=np.bool_)
    for name in PRICES:
        empty &= np.isnan(as_floats(rows, name))
    marks.mark("no_prices", empty)


def mark_values(rows: pa.Table, last_days: Days | np.datetime64, marks: Marks) -> None:
    """Mark the rows whose values cannot be right, as the macro ``price_rejection_reason`` does.

    Parameters
    ----------
    rows
        Columns of `raw.prices`, typed; NULL for a value that was not given.
    last_days
        Day of delivery, of each row or of all; a later price is from the future.
    marks
        Where the reasons are noted.
    """
    column = {name: as_floats(rows, name) for name in NUMBERS}
    days: Days = rows["dt"].to_numpy()
    with np.errstate(invalid="ignore", over="ignore"):
        marks.mark("future_date", days > last_days)
        for name in PRICES:
            marks.mark(f"missing_{name}", np.isnan(column[name]))
            marks.mark(f"bad_{name}", _not_positive(column[name]))
        high, low, close = column["high"], column["low"], column["close"]
        marks.mark("high_below_low", high < low)
        outside = (close > high * (1 + PRICE_ROUNDING)) | (close < low * (1 - PRICE_ROUNDING))
        marks.mark("close_outside_range", outside)
        for name, wrong in _OPTIONAL.items():
            marks.mark(f"bad_{name}", wrong(column[name]))


def _not_positive(values: FloatArray) -> BoolArray:
    return (values <= 0) | np.isinf(values)


def _negative(values: FloatArray) -> BoolArray:
    return (values < 0) | np.isinf(values)


_OPTIONAL: dict[str, Callable[[FloatArray], BoolArray]] = {
    "volume": _negative,
    "vwap": _not_positive,
    "split_ratio": _not_positive,
    "dividend": _negative,
    "adj_close": _not_positive,
}
