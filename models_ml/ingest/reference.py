"""Reference tables from files: index membership and securities. A file replaces the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models_ml.errors import UsageError
from models_ml.ingest.columns import SECURITY_ALIASES, UNIVERSE_ALIASES, Aliases, find_columns
from models_ml.ingest.parsing import Parsed, parse_dates, parse_text, parse_tickers
from models_ml.ingest.reading import RawFile, expand_paths, read_raw
from models_ml.ingest.refusals import BoolArray, Marks, RefusalLog
from models_ml.ingest.report import ReferenceReport
from models_ml.ingest.tables import LOCK
from models_ml.ingest.thin_days import THIN_SHARE
from models_ml.project import load_project
from models_ml.warehouse import Transaction, open_warehouse, upsert

if TYPE_CHECKING:
    from models_ml.project import Project

_OPEN_END = np.datetime64("9999-12-31")


@dataclass(frozen=True)
class PreparedReference:
    """The checked rows of a file that replaces a table; nothing is written yet.

    Attributes
    ----------
    file, table
        The file, and the table that it replaces.
    key
        Columns that name a row.
    rows
        The file's rows as the table holds them.
    """

    file: str
    table: str
    key: tuple[str, ...]
    rows: pa.Table

    def write(self, transaction: Transaction) -> ReferenceReport:
        """Make the table hold these rows; what is equal is not touched."""
        transaction.stage("delivered", self.rows.select(list(self.key)))
        same = " and ".join(f"present.{name} = delivered.{name}" for name in self.key)
        (before,) = transaction.read(
            "select count(*) as known, "
            f"(select count(distinct ticker) from {self.table}) as tickers "
            f"from delivered inner join {self.table} as present on {same}"
        ).to_pylist()
        removed = transaction.execute(
            f"delete from {self.table} as present "
            f"where not exists (select 1 from delivered where {same})"
        )
        result = upsert(transaction, self.table, self.rows, key=self.key)
        new = self.rows.num_rows - before["known"]
        tickers = len(pc.unique(self.rows["ticker"]))
        return ReferenceReport(
            file=self.file,
            table=self.table,
            read=self.rows.num_rows,
            new=new,
            changed=result.written - new,
            unchanged=result.unchanged,
            removed=removed,
            tickers=tickers,
            warnings=self._doubts(before["tickers"], tickers),
        )

    def _doubts(self, before: int, now: int) -> tuple[str, ...]:
        if before == 0 or now > THIN_SHARE * before:
            return ()
        return (f"{self.table} had {before} tickers, now {now}: is the file complete?",)


def ingest_universe(
    path: str | Path,
    *,
    project: Project | None = None,
    columns: Mapping[str, str] | None = None,
) -> ReferenceReport:
    """Replace `raw.universe`, the spells of index membership, by the content of a file.

    Parameters
    ----------
    path
        CSV or Parquet with ticker, start_dt and end_dt (or start_date, end_date ...). Both days
        belong to the spell; an empty end_dt is a member of today.
    project
        The project whose warehouse is written; by default the one around the current directory.
    columns
        Our column name to the file's, where it is not found by itself.

    Raises
    ------
    RefusedError
        A row is unreadable, a spell ends before it starts, or two spells of a ticker overlap.
    UsageError
        No such file, or a missing or ambiguous column.
    MlxError
        The file cannot be read, the warehouse cannot be reached or has no tables yet.
    """
    return _replace(read_universe(path, columns or {}), project)


def ingest_securities(
    path: str | Path,
    *,
    project: Project | None = None,
    columns: Mapping[str, str] | None = None,
) -> ReferenceReport:
    """Replace `raw.securities`, names and sectors, by the content of a file.

    Parameters
    ----------
    path
        CSV or Parquet with ticker (or symbol) and sector, and a name if there is one.
    project
        The project whose warehouse is written; by default the one around the current directory.
    columns
        Our column name to the file's, where it is not found by itself.

    Raises
    ------
    RefusedError
        A ticker is missing, unusable or there twice.
    UsageError
        No such file, or a missing or ambiguous column.
    MlxError
        The file cannot be read, the warehouse cannot be reached or has no tables yet.
    """
    return _replace(read_securities(path, columns or {}), project)


def read_universe(path: str | Path, columns: Mapping[str, str]) -> PreparedReference:
    """Read and check a file of membership spells, as :func:`ingest_universe` takes it.

    Raises
    ------
    MlxError
        As for :func:`ingest_universe`, without the warehouse.
    """
    raw = _read(path, UNIVERSE_ALIASES, ("ticker", "start_dt"), columns)
    parsed = {
        "ticker": parse_tickers("ticker", raw.rows["ticker"]),
        "start_dt": parse_dates("start_dt", raw.rows["start_dt"]),
        "end_dt": _end_dates(raw.rows),
    }
    marks = _marked(raw, parsed)
    ticker = parsed["ticker"].values.indices.to_numpy(zero_copy_only=False)
    start = parsed["start_dt"].values.to_numpy(zero_copy_only=False)
    end = parsed["end_dt"].values.to_numpy(zero_copy_only=False)
    end = np.where(np.isnat(end), _OPEN_END, end)
    marks.mark("end_before_start", end < start)
    marks.mark("overlapping_spells", _overlapping(ticker, start, end))
    return _prepared("raw.universe", ("ticker", "start_dt"), raw, parsed, marks)


def read_securities(path: str | Path, columns: Mapping[str, str]) -> PreparedReference:
    """Read and check a file of names and sectors, as :func:`ingest_securities` takes it.

    Raises
    ------
    MlxError
        As for :func:`ingest_securities`, without the warehouse.
    """
    raw = _read(path, SECURITY_ALIASES, ("ticker", "sector"), columns)
    parsed = {"ticker": parse_tickers("ticker", raw.rows["ticker"])}
    for name in ("name", "sector"):
        parsed[name] = (
            parse_text(name, raw.rows[name])
            if name in raw.rows.column_names
            else Parsed(pa.nulls(raw.rows.num_rows, pa.string()))
        )
    marks = _marked(raw, parsed)
    codes = parsed["ticker"].values.indices.to_numpy(zero_copy_only=False)
    _, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    marks.mark("duplicate_ticker", counts[inverse] > 1)
    return _prepared("raw.securities", ("ticker",), raw, parsed, marks)


def _read(
    path: str | Path,
    aliases: Aliases,
    required: Sequence[str],
    columns: Mapping[str, str],
) -> RawFile:
    files = expand_paths([path])
    if len(files) > 1:
        raise UsageError(f"{path} stands for {len(files)} files; the table is replaced by one")
    find = partial(find_columns, aliases=aliases, required=required, chosen=columns)
    return read_raw(files[0], find)


def _end_dates(rows: pa.Table) -> Parsed:
    if "end_dt" not in rows.column_names or pa.types.is_null(rows["end_dt"].type):
        return Parsed(pa.nulls(rows.num_rows, pa.date32()))
    parsed = parse_dates("end_dt", rows["end_dt"])
    parsed.faults.pop("missing_end_dt")
    return parsed


def _overlapping(ticker: np.ndarray, start: np.ndarray, end: np.ndarray) -> BoolArray:
    order = np.lexsort((start, ticker))
    same = ticker[order][1:] == ticker[order][:-1]
    latest_end = end[order][:-1]
    overlapping = np.zeros(len(order), dtype=np.bool_)
    overlapping[order[1:]] = same & (start[order][1:] <= latest_end)
    return overlapping


def _marked(raw: RawFile, parsed: Mapping[str, Parsed]) -> Marks:
    marks = Marks(raw.rows.num_rows)
    for column in parsed.values():
        for reason, faulty in column.faults.items():
            marks.mark(reason, faulty)
    return marks


def _prepared(
    table: str, key: tuple[str, ...], raw: RawFile, parsed: Mapping[str, Parsed], marks: Marks
) -> PreparedReference:
    log = RefusalLog()
    log.add_lines(raw.file, raw.malformed, "wrong_number_of_fields")
    log.add(marks, raw.rows)
    if log.refused:
        raise log.error(raw.rows.num_rows + len(raw.malformed), hint="mend the file")
    rows = pa.table({name: column.values for name, column in parsed.items()})
    rows = rows.set_column(0, "ticker", rows["ticker"].cast(pa.string()))
    return PreparedReference(raw.file, table, key, rows)


def _replace(prepared: PreparedReference, project: Project | None) -> ReferenceReport:
    with open_warehouse(project or load_project()).transaction(LOCK) as transaction:
        return prepared.write(transaction)
