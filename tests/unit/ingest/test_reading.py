"""Files: formats, delimiters, line numbers, damage."""

import gzip
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from models_ml.errors import MlxError, UsageError
from models_ml.ingest.columns import find_columns
from models_ml.ingest.reading import expand_paths, read_raw

find = partial(
    find_columns, aliases={"ticker": ("symbol",), "close": ()}, required=("ticker",), chosen={}
)


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_csv_values_stay_text_and_know_their_line(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "note,symbol,close\nx,NA,1.50\ny,TRUE,\n")
    raw = read_raw(file, find)
    assert raw.rows.to_pylist() == [
        {"ticker": "NA", "close": "1.50", "file": file, "row": 2},
        {"ticker": "TRUE", "close": "", "file": file, "row": 3},
    ]
    assert raw.columns.ignored == ("note",)


def test_line_numbers_survive_blank_and_malformed_lines(tmp_path: Path) -> None:
    text = "ticker,close\nA,1\n\nB\nC,3\nD,4,5\n,\nE,6\n\n"
    raw = read_raw(write(tmp_path / "a.csv", text), find)
    assert list(zip(raw.rows["ticker"].to_pylist(), raw.rows["row"].to_pylist(), strict=True)) == [
        ("A", 2),
        ("C", 5),
        ("E", 8),
    ]
    assert raw.malformed == {4: "B", 6: "D,4,5"}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_line_endings(tmp_path: Path, delimiter: str, ending: str) -> None:
    text = f"ticker{delimiter}close{ending}A{delimiter}1{ending}B{delimiter}2"
    raw = read_raw(write(tmp_path / "a.txt", text), find)
    assert raw.rows.select(["ticker", "close", "row"]).to_pydict() == {
        "ticker": ["A", "B"],
        "close": ["1", "2"],
        "row": [2, 3],
    }


def test_quotes_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = b'\xef\xbb\xbf"Ticker","Close"\n"A, B","1"\n'
    raw = read_raw(write(tmp_path / "a.csv", text), find)
    assert raw.rows["ticker"].to_pylist() == ["A, B"]


def test_gzip(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv.gz", gzip.compress(b"ticker,close\nA,1\n"))
    assert read_raw(file, find).rows["close"].to_pylist() == ["1"]


def test_parquet_keeps_types_and_counts_rows_from_one(tmp_path: Path) -> None:
    file = str(tmp_path / "a.parquet")
    parquet.write_table(pa.table({"Symbol": ["A", "B"], "x": [0, 0], "close": [1.5, None]}), file)
    raw = read_raw(file, find)
    assert raw.rows.to_pylist() == [
        {"ticker": "A", "close": 1.5, "file": file, "row": 1},
        {"ticker": "B", "close": None, "file": file, "row": 2},
    ]


# gzip writes the time, and the tests of all workers must have the same names.
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.parquet", b"PAR1 this is not Parquet"),
        ("a.parquet", b""),
        ("a.csv.gz", gzip.compress(b"ticker,close\n" + b"A,1\n" * 9999, mtime=0)[:60]),
        ("a.csv.gz", b"ticker,close\nA,1\n"),
        ("a.csv", b"ticker,close\n\xff\xfe,1\n"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(MlxError, match=r"cannot be read: .*; nothing was written"):
        read_raw(write(tmp_path / name, content), find)


@pytest.mark.parametrize("content", ["ticker,close\n", "ticker,close", "ticker,close\n\n\n"])
def test_files_without_rows_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(MlxError, match=r"holds no rows|Could not skip initial 1 rows"):
        read_raw(write(tmp_path / "a.csv", content), find)


@pytest.mark.parametrize("content", ["", "\n", "A,1\nB,2\n"])
def test_files_without_a_header_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError, match=r"a\.csv: no column for ticker"):
        read_raw(write(tmp_path / "a.csv", content), find)


def test_globs_are_sorted_and_named_once(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.parquet"):
        (tmp_path / name).touch()
    names = expand_paths([tmp_path / "b.csv", tmp_path / "*.csv", str(tmp_path / "c.*")])
    assert [Path(name).name for name in names] == ["b.csv", "a.csv", "c.parquet"]


def test_a_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "a[1].csv").touch()
    assert len(expand_paths([tmp_path / "a[1].csv"])) == 1


@pytest.mark.parametrize("name", ["absent.csv", "*.csv", "."])
def test_paths_that_lead_nowhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        expand_paths([tmp_path / name])


def test_unknown_formats_are_refused(tmp_path: Path) -> None:
    (tmp_path / "prices.xlsx").touch()
    with pytest.raises(UsageError, match=r"prices\.xlsx is neither CSV .* nor Parquet"):
        expand_paths([tmp_path / "prices.xlsx"])
