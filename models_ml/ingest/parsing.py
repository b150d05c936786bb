"""Reading values, column by column: text or Arrow types to tickers, dates and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models_ml.ingest.arrays import flat, is_text, mask, nulls, wrong_type
from models_ml.ingest.refusals import BoolArray

MAX_TICKER = 32
_NULLS = pa.array(["", "nan", "na", "n/a", "null", "none"])
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(inf|infinity)$"
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)([ T]00:00(:00(\.0+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_COMPACT_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)


@dataclass(frozen=True)
class Parsed:
    """A column's values, NULL where there is none, and the rows at fault by reason."""

    values: pa.Array
    faults: dict[str, BoolArray] = field(default_factory=dict)


def parse_tickers(name: str, column: pa.ChunkedArray) -> Parsed:
    """Trim tickers; a dictionary array of int32 codes and text.

    A ticker has 1 to 32 printable characters.

    Raises
    ------
    MlxError
        The column does not hold text.
    """
    if not is_text(column.type):
        raise wrong_type(name, column.type, "text (a number has lost its leading zeros)")
    return parse_distinct(name, column, _ticker, pa.string(), bad="bad").encoded()


def parse_text(name: str, column: pa.ChunkedArray) -> Parsed:
    """Trim text; what is empty is NULL."""
    if not is_text(column.type):
        raise wrong_type(name, column.type, "text")
    values = pc.utf8_trim_whitespace(flat(column).cast(pa.string()))
    return Parsed(pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values))


def parse_dates(name: str, column: pa.ChunkedArray) -> Parsed:
    """Read dates: ISO text, the numbers 20160302, dates, or times at midnight (of their zone).

    Raises
    ------
    MlxError
        The column holds something else.
    """
    if pa.types.is_timestamp(column.type):
        return _dates_of_midnights(name, flat(column))
    if pa.types.is_date(column.type):
        values = flat(column).cast(pa.date32())
        return Parsed(values, {f"missing_{name}": nulls(values)})
    if pa.types.is_integer(column.type):
        column = column.cast(pa.string())
    if not is_text(column.type):
        raise wrong_type(name, column.type, "dates")
    return parse_distinct(name, column, parse_date, pa.date32()).decoded()


def parse_numbers(name: str, column: pa.ChunkedArray) -> Parsed:
    """Read double precision; empty, NaN, NA, null and none are NULL.

    Raises
    ------
    MlxError
        The column holds neither numbers nor text.
    """
    values = flat(column)
    faults: dict[str, BoolArray] = {}
    if is_text(values.type):
        text = pc.utf8_trim_whitespace(values.cast(pa.string()))
        empty = pc.is_in(pc.utf8_lower(text), _NULLS)
        text = pc.if_else(empty, pa.scalar(None, pa.string()), text)
        values, faults = _numbers_of_text(name, text)
    elif pa.types.is_null(values.type) or _is_number(values.type):
        values = values.cast(pa.float64(), safe=False)
    else:
        raise wrong_type(name, values.type, "numbers")
    no_number = pc.is_nan(values)
    if pc.any(no_number).as_py():
        values = pc.if_else(no_number, pa.scalar(None, pa.float64()), values)
    return Parsed(values, faults)


def parse_date(text: str) -> date:
    """Read one date; ValueError if it is none, or leaves open which."""
    found = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a date YYYY-MM-DD")
    return date(int(found[1]), int(found[2]), int(found[3]))


def _ticker(text: str) -> str:
    if len(text) > MAX_TICKER or not text.isprintable():
        raise ValueError(f"{text!r} cannot be a ticker")
    return text


@dataclass(frozen=True)
class _Distinct:
    """Distinct values of a column, the position of each row's value, -1 where it has none."""

    values: pa.Array
    positions: pa.Array
    faults: dict[str, BoolArray]

    def encoded(self) -> Parsed:
        return Parsed(pa.DictionaryArray.from_arrays(self.positions, self.values), self.faults)

    def decoded(self) -> Parsed:
        return Parsed(self.values.take(self.positions), self.faults)


def parse_distinct(
    name: str,
    column: pa.ChunkedArray,
    parse: Callable[[str], object],
    value_type: pa.DataType,
    *,
    bad: str = "unreadable",
) -> _Distinct:
    """Parse each distinct text once: dates and tickers repeat a thousand times."""
    encoded = flat(column.cast(pa.string())).dictionary_encode()
    numbers: dict[object, int] = {}
    position = np.full(len(encoded.dictionary) + 1, -1, dtype=np.int32)
    is_bad = np.zeros(len(position), dtype=np.bool_)
    for place, distinct in enumerate(encoded.dictionary.to_pylist()):
        trimmed = (distinct or "").strip()
        try:
            if trimmed:
                position[place] = numbers.setdefault(parse(trimmed), len(numbers))
        except ValueError:
            is_bad[place] = True
    rows = encoded.indices.fill_null(len(position) - 1).to_numpy(zero_copy_only=False)
    positions = position[rows]
    return _Distinct(
        pa.array(list(numbers), value_type),
        pa.array(positions, mask=positions < 0),
        {f"missing_{name}": (positions < 0) & ~is_bad[rows], f"{bad}_{name}": is_bad[rows]},
    )


def _dates_of_midnights(name: str, column: pa.Array) -> Parsed:
    local = pc.local_timestamp(column) if column.type.tz else column
    values = local.cast(pa.date32(), safe=False)
    midnight = pc.equal(values.cast(local.type), local)
    return Parsed(
        values,
        {f"missing_{name}": nulls(values), f"unreadable_{name}": mask(pc.invert(midnight))},
    )


def _numbers_of_text(name: str, text: pa.Array) -> tuple[pa.Array, dict[str, BoolArray]]:
    try:
        return text.cast(pa.float64()), {}
    except pa.ArrowInvalid:
        readable = pc.match_substring_regex(text, _NUMBER, ignore_case=True)
        numbers = pc.if_else(readable, text, pa.scalar(None, pa.string())).cast(pa.float64())
        return numbers, {f"unreadable_{name}": mask(pc.invert(readable))}


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)
    )
