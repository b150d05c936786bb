"""Files to rows: counts, refusals with their place, and what --skip-bad and --keep-bad leave."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from models_ml.errors import UsageError
from models_ml.ingest.delivery import Delivery, read_delivery
from models_ml.ingest.refusals import RefusalLog, RefusedError

NOW = datetime(2020, 5, 6, 12, 0)
HEADER = "ticker,date,open,high,low,close,volume\n"
GOOD = "A,2016-03-01,10,12,9,11,100\n"


def deliver(log: RefusalLog, *files: Path, **options: Any) -> Delivery:
    return read_delivery(
        [str(file) for file in files],
        **{
            "columns": {},
            "as_of_column": None,
            "stamp": NOW,
            "now": NOW,
            "keep_bad": False,
            "log": log,
            "on_progress": lambda _: None,
            **options,
        },
    )


def csv(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_typed_rows(tmp_path: Path) -> None:
    log = RefusalLog()
    delivery = deliver(log, csv(tmp_path / "a.csv", HEADER + GOOD + "NA,20160302,1,2,1,2,\n"))
    assert delivery.rows.drop_columns(["file", "row"]).to_pydict() == {
        "ticker": ["A", "NA"],
        "dt": [date(2016, 3, 1), date(2016, 3, 2)],
        "open": [10.0, 1.0],
        "high": [12.0, 2.0],
        "low": [9.0, 1.0],
        "close": [11.0, 2.0],
        "volume": [100.0, None],
    }
    assert (delivery.read, delivery.duplicates, delivery.suspect, log.refused) == (2, 0, 0, 0)


def test_yahoos_zero_splits_mean_none(tmp_path: Path) -> None:
    header = HEADER.replace("\n", ",Stock Splits\n")
    text = header + "A,2016-03-01,10,12,9,11,100,0.0\nA,2016-03-02,10,12,9,11,100,7\n"
    assert deliver(RefusalLog(), csv(tmp_path / "a.csv", text)).rows["split_ratio"].to_pylist() == [
        1.0,
        7.0,
    ]
    log = RefusalLog()
    text = text.replace("Stock Splits", "split_ratio")
    deliver(log, csv(tmp_path / "b.csv", text))
    assert [refusal.reason for refusal in log.refusals] == ["bad_split_ratio"]


def test_refusals_name_line_reason_and_values(tmp_path: Path) -> None:
    file = csv(
        tmp_path / "a.csv",
        HEADER
        + GOOD  # 2
        + ",2016-03-02,10,12,9,11,100\n"  # 3
        + "A,03/02/2016,10,12,9,11,100\n"  # 4
        + "A,2016-03-03,ten,12,9,11,100\n"  # 5
        + "\n"  # 6
        + "A,2016-03-04,10,12,9\n"  # 7
        + "A,2016-03-05,,,,,100\n"  # 8
        + "A,2016-03-06,10,8,9,11,100\n"  # 9
        + "A,2020-05-07,10,12,9,11,100\n"  # 10
        + "B,2016-03-01,10,12,9,11,100\n"  # 11
        + "B,2016-03-01,10,12,9,11,101\n"  # 12
        + GOOD,  # 13
    )
    log = RefusalLog()
    delivery = deliver(log, file)
    assert [(refusal.row, refusal.reason) for refusal in log.refusals] == [
        (3, "missing_ticker"),
        (4, "unreadable_dt"),
        (5, "unreadable_open"),
        (7, "wrong_number_of_fields"),
        (8, "no_prices"),
        (9, "high_below_low"),
        (10, "future_date"),
        (11, "contradicting_duplicate"),
        (12, "contradicting_duplicate"),
    ]
    assert all(refusal.file == str(file) for refusal in log.refusals)
    values = {refusal.row: refusal.values for refusal in log.refusals}
    assert values[5] == "A, 2016-03-03, ten, 12, 9, 11, 100"
    assert values[7] == "A,2016-03-04,10,12,9"
    assert values[9] == "A, 2016-03-06, 10.0, 8.0, 9.0, 11.0, 100.0"
    assert delivery.rows["row"].to_pylist() == [2]
    assert (delivery.read, delivery.duplicates, log.refused) == (11, 1, 9)


def test_keep_bad_hands_on_wrong_values_but_not_unreadable_ones(tmp_path: Path) -> None:
    text = HEADER + GOOD + "A,2016-03-02,-1,12,9,11,100\nA,2016-03-03,x,12,9,11,100\n"
    log = RefusalLog()
    delivery = deliver(log, csv(tmp_path / "a.csv", text), keep_bad=True)
    assert delivery.rows["row"].to_pylist() == [2, 3]
    assert delivery.suspect == 1
    assert dict(log.counts) == {"unreadable_open": 1}


def test_all_refused_rows_are_counted_though_few_are_shown(tmp_path: Path) -> None:
    bad = "".join(f"A{n},2016-03-01,10,12,9,-1,100\n" for n in range(1000))
    log = RefusalLog()
    deliver(log, csv(tmp_path / "a.csv", HEADER + bad + GOOD))
    assert log.refused == 1000
    assert [refusal.row for refusal in log.refusals] == list(range(2, 22))


def test_a_wrong_date_format_is_refused_even_with_skip_bad(tmp_path: Path) -> None:
    text = HEADER + GOOD.replace("2016-03-01", "01/03/2016") * 3
    with pytest.raises(RefusedError) as caught:
        deliver(RefusalLog(), csv(tmp_path / "a.csv", text))
    file = tmp_path / "a.csv"
    assert caught.value.message.startswith(
        f"3 of 3 rows of {file} refused, nothing was written: "
        "line 2 unreadable_dt (A, 01/03/2016, 10, 12, 9, 11, 100); line 3 "
    )
    assert caught.value.refused == 3


def test_a_format_that_fits_some_dates_is_wrong_even_with_skip_bad(tmp_path: Path) -> None:
    """Year, day, month: the first twelve days of a month can be read, as other days."""
    days = [GOOD.replace("2016-03-01", f"2016-{day:02}-03") for day in range(1, 17)]
    with pytest.raises(RefusedError, match=r"4 of 16 rows .* line 14 unreadable_dt"):
        deliver(RefusalLog(), csv(tmp_path / "a.csv", HEADER + "".join(days)))
    log = RefusalLog()
    delivery = deliver(log, csv(tmp_path / "b.csv", HEADER + "".join(days[:15])))
    assert (delivery.rows.num_rows, dict(log.counts)) == (12, {"unreadable_dt": 3})


def test_a_long_or_unprintable_value_is_shortened_in_the_message(tmp_path: Path) -> None:
    text = HEADER + GOOD + "X" * 10_000 + ",2016-03-01,1,2,1,2,3\nA\x1b[2J,2016-03-01,1,2,1,2,3\n"
    log = RefusalLog()
    deliver(log, csv(tmp_path / "a.csv", text))
    long, escape = (refusal.values for refusal in log.refusals)
    assert len(long) < 130
    assert escape.startswith("A?[2J, 2016-03-01")


def test_several_files_are_one_delivery(tmp_path: Path) -> None:
    first = csv(tmp_path / "a.csv", HEADER + "B,2016-03-01,10,12,9,11,100\n" + GOOD)
    second = csv(tmp_path / "b.csv", HEADER + GOOD.replace(",11,", ",10,") + "C" + GOOD)
    log = RefusalLog()
    delivery = deliver(log, first, second)
    assert [(Path(r.file).name, r.row, r.reason) for r in log.refusals] == [
        ("a.csv", 3, "contradicting_duplicate"),
        ("b.csv", 2, "contradicting_duplicate"),
    ]
    assert delivery.rows["ticker"].to_pylist() == ["B", "CA"]
    assert log.error(4, None).message.startswith(
        f"2 of 4 rows refused, nothing was written: {first}"
    )


def test_files_of_one_delivery_have_the_same_columns(tmp_path: Path) -> None:
    first = csv(tmp_path / "a.csv", HEADER + GOOD)
    second = csv(tmp_path / "b.csv", HEADER.replace("\n", ",div\n") + GOOD.replace("\n", ",0\n"))
    with pytest.raises(UsageError, match=r"a\.csv and .*b\.csv differ in their columns: dividend"):
        deliver(RefusalLog(), first, second)


def test_a_column_of_delivery_times(tmp_path: Path) -> None:
    header = HEADER.replace("\n", ",known\n")
    text = header + GOOD.replace("\n", ",2016-03-01\n") + GOOD.replace("\n", ",2016-02-29\n")
    file = csv(tmp_path / "a.csv", text)
    log = RefusalLog()
    delivery = deliver(log, file, as_of_column="known")
    assert delivery.rows["loaded_at"].to_pylist() == [datetime(2016, 3, 1, 23, 59, 59)]
    assert [(refusal.row, refusal.reason) for refusal in log.refusals] == [(3, "future_date")]
    assert deliver(RefusalLog(), file).ignored == ("known",)
    with pytest.raises(UsageError, match=r"no column 'when' \(wanted for loaded_at\)"):
        deliver(RefusalLog(), file, as_of_column="when")


def test_parquet_rows_are_called_rows(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    names = HEADER.strip().split(",")
    values: list[list[Any]] = [["A"], [date(2016, 3, 1)], [10], [12], [9], [float("nan")], [100]]
    more: list[list[Any]] = [["B"], [date(2016, 3, 1)], [10], [12], [9], [11], [100]]
    rows = [one + other for one, other in zip(values, more, strict=True)]
    parquet.write_table(pa.table(dict(zip(names, rows, strict=True))), file)
    log = RefusalLog()
    deliver(log, file)
    assert str(log.refusals[0]) == (
        f"{file} row 1 missing_close (A, 2016-03-01, 10.0, 12.0, 9.0, , 100.0)"
    )
