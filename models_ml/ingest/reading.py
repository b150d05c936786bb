"""Reading CSV and Parquet files as they are: the columns we know, and where each row stands."""

from __future__ import annotations

import csv
import glob
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from models_ml.errors import MlxError, UsageError
from models_ml.ingest.columns import Columns
from models_ml.ingest.refusals import is_parquet

_CSV_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
_DELIMITERS = ",;\t|"
_HEADER_BYTES = 1 << 16

FindColumns = Callable[[Sequence[str]], Columns]


@dataclass(frozen=True)
class RawFile:
    """What a file holds, before anything is judged.

    Attributes
    ----------
    file
        Its name.
    rows
        The file's values under our names (text as text), and the columns file and row: its name
        and the line of a CSV file or the row of a Parquet file.
    columns
        Which of its columns they are.
    malformed
        Lines with too many or too few fields, by their number.
    """

    file: str
    rows: pa.Table
    columns: Columns
    malformed: Mapping[int, str]


def expand_paths(paths: Sequence[str | Path]) -> list[str]:
    """Resolve globs, in sorted order; every name stands once.

    Raises
    ------
    UsageError
        Nothing is there under a name, or its format is unknown.
    """
    found: dict[str, None] = {}
    for path in map(str, paths):
        matches = [path] if Path(path).is_file() else sorted(glob.glob(path, recursive=True))
        files = [match for match in matches if Path(match).is_file()]
        if not files:
            raise UsageError(f"there is no file {path}")
        found.update(dict.fromkeys(files))
    if not found:
        raise UsageError("no file was named")
    for file in found:
        if not is_parquet(file) and not file.lower().endswith(_CSV_SUFFIXES):
            raise UsageError(f"{file} is neither CSV ({', '.join(_CSV_SUFFIXES)}) nor Parquet")
    return list(found)


def read_raw(file: str, find: FindColumns) -> RawFile:
    """Read one file.

    Raises
    ------
    MlxError
        The file is damaged or holds no rows.
    UsageError
        A column is missing or ambiguous.
    """
    try:
        raw = _read_parquet(file, find) if is_parquet(file) else _read_csv(file, find)
    except UsageError as error:
        raise UsageError(f"{file}: {error.message}", error.hint) from None
    except (pa.ArrowException, UnicodeDecodeError, EOFError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise MlxError(f"{file} cannot be read: {reason}; nothing was written") from error
    if raw.rows.num_rows + len(raw.malformed) == 0:
        raise MlxError(f"{file} holds no rows; nothing was written")
    return raw


def _read_parquet(file: str, find: FindColumns) -> RawFile:
    with parquet.ParquetFile(file) as source:
        columns = find(source.schema_arrow.names)
        table = source.read(columns=list(columns.theirs.values()))
    arrays = {ours: table[theirs] for ours, theirs in columns.theirs.items()}
    numbers = np.arange(1, table.num_rows + 1)
    return RawFile(file, _placed(pa.table(arrays), file, numbers), columns, {})


def _read_csv(file: str, find: FindColumns) -> RawFile:
    """Read all as text: a ticker NA stays one, and a bad number can be shown with its line."""
    header, delimiter = _read_header(file)
    columns = find(header)
    positions = [str(place) for place in columns.positions.values()]
    malformed: dict[int, str] = {}

    def skip(row: arrow_csv.InvalidRow) -> str:
        malformed[row.number] = row.text
        return "skip"

    with pa.input_stream(file) as stream:
        table = arrow_csv.read_csv(
            stream,
            # One thread: only then does Arrow know the numbers of malformed lines.
            arrow_csv.ReadOptions(
                use_threads=False,
                skip_rows=1,
                column_names=[str(place) for place in range(len(header))],
            ),
            arrow_csv.ParseOptions(
                delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=skip
            ),
            arrow_csv.ConvertOptions(
                include_columns=positions,
                column_types=dict.fromkeys(positions, pa.string()),
                strings_can_be_null=False,
            ),
        )
    table = table.rename_columns(list(columns.positions))
    rows = _placed(table, file, _line_numbers(table.num_rows, malformed))
    blank = _blank(table)
    return RawFile(
        file, rows.filter(pc.invert(blank)) if pc.any(blank).as_py() else rows, columns, malformed
    )


def _read_header(file: str) -> tuple[list[str], str]:
    with pa.input_stream(file) as stream:
        line = stream.read(_HEADER_BYTES).decode("utf-8-sig", errors="replace")
    line = line.splitlines()[0] if line else ""
    delimiter = max(_DELIMITERS, key=line.count)
    return next(csv.reader([line], delimiter=delimiter), []), delimiter


def _line_numbers(n_rows: int, malformed: Mapping[int, str]) -> npt.NDArray[np.int64]:
    lines = np.arange(2, n_rows + len(malformed) + 2)
    return np.delete(lines, [number - 2 for number in malformed])


def _blank(table: pa.Table) -> pa.ChunkedArray:
    blank = pc.equal(table.column(0), "")
    for column in table.columns[1:]:
        blank = pc.and_(blank, pc.equal(column, ""))
    return blank


def _placed(table: pa.Table, file: str, numbers: npt.NDArray[np.int64]) -> pa.Table:
    place = pa.DictionaryArray.from_arrays(np.zeros(len(numbers), np.int32), [file])
    return table.append_column("file", place).append_column("row", pa.array(numbers))
