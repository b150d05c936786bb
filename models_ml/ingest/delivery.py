"""Files to typed, keyed rows: everything that is decided before the database is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models_ml.errors import UsageError
from models_ml.ingest.checks import mark_empty, mark_values
from models_ml.ingest.columns import (
    LOADED_AT,
    NUMBERS,
    PRICE_ALIASES,
    PRICES,
    Columns,
    find_columns,
    is_yahoo_splits,
)
from models_ml.ingest.keys import compare_neighbours, duplicates
from models_ml.ingest.parsing import parse_dates, parse_numbers, parse_tickers
from models_ml.ingest.reading import RawFile, read_raw
from models_ml.ingest.refusals import BoolArray, Marks, RefusalLog
from models_ml.ingest.stamps import parse_stamps

_REQUIRED = ("ticker", "dt", *PRICES, "volume")
# From this share on it is the format that is wrong, and the dates that can be read are others.
_WRONG_FORMAT = 0.25


@dataclass(frozen=True)
class Delivery:
    """Typed rows of all files.

    Attributes
    ----------
    rows
        ticker (dictionary of text), dt, the number columns that the files have, loaded_at if the
        files say it, file and row.
    read
        Rows of the files, refused ones included.
    duplicates
        Rows left out because they repeat another of the same key.
    suspect
        Rows that stay although their values cannot be right.
    ignored
        Columns of the files that are none of ours.
    """

    rows: pa.Table
    read: int
    duplicates: int
    suspect: int
    ignored: tuple[str, ...]


def read_delivery(
    files: Sequence[str],
    *,
    columns: Mapping[str, str],
    as_of_column: str | None,
    stamp: datetime,
    now: datetime,
    keep_bad: bool,
    log: RefusalLog,
    on_progress: Callable[[str], None],
) -> Delivery:
    """Read price files and take out what cannot come in.

    Parameters
    ----------
    files
        Paths of the files; one delivery together.
    columns, as_of_column
        Names that the files use, as :func:`models_ml.ingest.ingest` takes them.
    stamp
        Time of delivery of rows that do not say it themselves.
    now
        The present; nothing can have been delivered later. Naive UTC.
    keep_bad
        Leave rows in whose values cannot be right.
    log
        Takes the refused rows.
    on_progress
        Called with a line before each file is read.

    Raises
    ------
    MlxError
        A file cannot be read, no row is left, or a quarter of the dates cannot be read.
    UsageError
        A column is missing or ambiguous, or the files differ in their columns.
    """
    tables: list[pa.Table] = []
    ignored: dict[str, None] = {}
    n_read = 0
    find = partial(_find, chosen=columns, as_of_column=as_of_column)
    for file in files:
        on_progress(f"reading {file}")
        raw = read_raw(file, find)
        n_read += raw.rows.num_rows + len(raw.malformed)
        ignored.update(dict.fromkeys(raw.columns.ignored))
        tables.append(_typed(raw, now, log))
        del raw
        _require_same_columns(files[0], tables[0], file, tables[-1])
    on_progress("checking")
    rows = pa.concat_tables(tables).unify_dictionaries()
    rows, suspect, repeated = _checked(rows, stamp, log, keep_bad=keep_bad)
    if rows.num_rows == 0 or log.counts["unreadable_dt"] >= _WRONG_FORMAT * n_read:
        raise log.error(n_read, hint="look at the first of them: is a column or a format wrong?")
    return Delivery(rows, n_read, repeated, suspect, tuple(ignored))


def _find(names: Sequence[str], *, chosen: Mapping[str, str], as_of_column: str | None) -> Columns:
    aliases, required = dict(PRICE_ALIASES), _REQUIRED
    if as_of_column is None:
        return find_columns(names, aliases, required=required, chosen=chosen)
    aliases[LOADED_AT] = ()
    return find_columns(
        names,
        aliases,
        required=(*required, LOADED_AT),
        chosen={**chosen, LOADED_AT: as_of_column},
    )


def _typed(raw: RawFile, now: datetime, log: RefusalLog) -> pa.Table:
    rows, marks = raw.rows, Marks(raw.rows.num_rows)
    arrays: dict[str, pa.Array] = {}
    for name in raw.columns.positions:
        if name == "ticker":
            parsed = parse_tickers(name, rows[name])
        elif name == "dt":
            parsed = parse_dates(name, rows[name])
        elif name == LOADED_AT:
            parsed = parse_stamps(name, rows[name], now)
        else:
            parsed = parse_numbers(name, rows[name])
        arrays[name] = parsed.values
        for reason, faulty in parsed.faults.items():
            marks.mark(reason, faulty)
    if is_yahoo_splits(raw.columns.theirs.get("split_ratio", "")):
        arrays["split_ratio"] = _without_zeros(arrays["split_ratio"])
    log.add_lines(raw.file, raw.malformed, "wrong_number_of_fields")
    log.add(marks, rows)
    names = [name for name in ("ticker", "dt", *NUMBERS, LOADED_AT) if name in arrays]
    typed = pa.table(
        {name: arrays[name] for name in names} | {name: rows[name] for name in ("file", "row")}
    )
    return _without(typed, marks.rows)


def _checked(
    rows: pa.Table, stamp: datetime, log: RefusalLog, *, keep_bad: bool
) -> tuple[pa.Table, int, int]:
    """Return the rows that may come in, how many of them are suspect, how many were repeated."""
    contradicting, repeating = duplicates(compare_neighbours(rows))
    refused, values = Marks(rows.num_rows), Marks(rows.num_rows)
    refused.mark("contradicting_duplicate", contradicting)
    mark_empty(rows, refused)
    if LOADED_AT in rows.column_names:
        last_days = rows[LOADED_AT].to_numpy().astype("datetime64[D]")
    else:
        last_days = np.datetime64(stamp.date())
    mark_values(rows, last_days, values if keep_bad else refused)
    log.add(refused, rows)
    repeating &= ~refused.rows
    left_out = refused.rows | repeating
    suspect = int((values.rows & ~left_out).sum())
    return _without(rows, left_out), suspect, int(repeating.sum())


def _without(rows: pa.Table, left_out: BoolArray) -> pa.Table:
    return rows.filter(pa.array(~left_out)) if left_out.any() else rows


def _without_zeros(values: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(values, 0.0), 1.0, values)


def _require_same_columns(first: str, expected: pa.Table, file: str, found: pa.Table) -> None:
    differing = sorted(set(expected.column_names) ^ set(found.column_names))
    if differing:
        raise UsageError(
            f"{first} and {file} differ in their columns: {', '.join(differing)}",
            hint="ingest them one after the other",
        )
