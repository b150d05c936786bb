"""Values of files: what is read, what is NULL, what is refused."""

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from models_ml.errors import MlxError, UsageError
from models_ml.ingest.parsing import Parsed, parse_dates, parse_numbers, parse_tickers
from models_ml.ingest.stamps import parse_loaded_at, parse_stamps

NOW = datetime(2020, 5, 6, 12, 0)


def column(values: list[Any], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


def read(parsed: Parsed) -> tuple[list[Any], dict[str, list[int]]]:
    """Values, and the positions of the faulty rows by reason."""
    faults = {
        reason: [place for place, faulty in enumerate(rows) if faulty]
        for reason, rows in parsed.faults.items()
        if rows.any()
    }
    return parsed.values.to_pylist(), faults


def test_tickers_that_other_readers_take_for_null_or_true_stay_text() -> None:
    names = ["NA", "NAN", "NULL", "TRUE", "nan", "None", "1E5", "0005"]
    assert read(parse_tickers("ticker", column(names))) == (names, {})


def test_tickers_are_trimmed_to_one_and_the_same() -> None:
    parsed = parse_tickers("ticker", column(["A", " A", "A \t", "BRK B"]))
    assert read(parsed) == (["A", "A", "A", "BRK B"], {})
    assert parsed.values.indices.to_pylist() == [0, 0, 0, 1]


def test_tickers_that_cannot_be() -> None:
    names = [
        "A",
        "",
        "  ",
        None,
        "A\x00B",
        "A\nB",
        "X" * 32,
        "X" * 33,
        "\u202eA",
        "🚀",
        "'; drop--",
    ]
    values, faults = read(parse_tickers("ticker", column(names)))
    assert faults == {"missing_ticker": [1, 2, 3], "bad_ticker": [4, 5, 7, 8]}
    assert values == ["A", *[None] * 5, "X" * 32, None, None, "🚀", "'; drop--"]


def test_tickers_from_a_dictionary_column() -> None:
    encoded = pa.chunked_array([pa.array(["B", "A", None]).dictionary_encode()])
    assert read(parse_tickers("ticker", encoded)) == (["B", "A", None], {"missing_ticker": [2]})


def test_numbers_as_tickers_are_refused() -> None:
    with pytest.raises(MlxError, match="column ticker holds int64, not text"):
        parse_tickers("ticker", column([5, 600519]))


DAY = date(2016, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "2016-02-29",
        " 2016-02-29 ",
        "20160229",
        "2016-02-29 00:00:00",
        "2016-02-29T00:00:00.000",
        "2016-02-29 00:00:00-05:00",
        "2016-02-29T00:00:00Z",
    ],
)
def test_dates_as_text(text: str) -> None:
    assert read(parse_dates("dt", column([text]))) == ([DAY], {})


@pytest.mark.parametrize(
    "text",
    [
        "02/29/2016",
        "29.02.2016",
        "29-02-2016",
        "2016-29-02",
        "2015-02-29",
        "2016-2-29",
        "16-02-29",
        "2016-02-29 16:00:00",
        "Feb 29, 2016",
        "1456704000",
        "٢٠١٦-٠٢-٢٩",
    ],
)
def test_other_texts_are_no_dates(text: str) -> None:
    assert read(parse_dates("dt", column(["2016-03-01", text]))) == (
        [date(2016, 3, 1), None],
        {"unreadable_dt": [1]},
    )


def test_dates_missing() -> None:
    assert read(parse_dates("dt", column(["", None]))) == ([None, None], {"missing_dt": [0, 1]})
    assert read(parse_dates("dt", column([None, DAY]))) == ([None, DAY], {"missing_dt": [0]})


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([20160229], pa.int64()),
        ([20160229], pa.int32()),
        ([DAY], pa.date32()),
        ([DAY], pa.date64()),
        ([datetime(2016, 2, 29)], pa.timestamp("s")),
        ([datetime(2016, 2, 29)], pa.timestamp("ns")),
    ],
)
def test_dates_in_arrow_types(values: list[Any], kind: pa.DataType) -> None:
    assert read(parse_dates("dt", column(values, kind))) == ([DAY], {})


def test_dates_before_1970_in_timestamps() -> None:
    assert read(parse_dates("dt", column([datetime(1962, 1, 2)], pa.timestamp("ns")))) == (
        [date(1962, 1, 2)],
        {},
    )


def test_times_with_a_zone_are_dates_only_at_their_own_midnight() -> None:
    # Midnight in New York is 5 o'clock UTC in winter, 4 o'clock in summer.
    utc = [datetime(2016, 2, 29, 5), datetime(2016, 7, 1, 4), datetime(2016, 7, 1, 5), None]
    kind = pa.timestamp("us", "America/New_York")
    values, faults = read(parse_dates("dt", column(utc, kind)))
    assert values[:2] == [DAY, date(2016, 7, 1)]
    assert faults == {"missing_dt": [3], "unreadable_dt": [2]}


def test_times_of_day_are_no_dates() -> None:
    _, faults = read(parse_dates("dt", column([datetime(2016, 2, 29, 16)], pa.timestamp("us"))))
    assert faults == {"unreadable_dt": [0]}


def test_fractions_are_no_dates() -> None:
    with pytest.raises(MlxError, match="column dt holds double, not dates"):
        parse_dates("dt", column([20160229.0]))


def test_numbers_as_text() -> None:
    texts = ["1.5", " 2 ", "+3", "-4e2", ".5", "5.", "inf", "-Infinity", "1e400"]
    assert read(parse_numbers("close", column(texts))) == (
        [1.5, 2.0, 3.0, -400.0, 0.5, 5.0, float("inf"), float("-inf"), float("inf")],
        {},
    )


def test_numbers_that_are_not_given() -> None:
    texts = ["", " ", "NaN", "nan", "NA", "n/a", "null", "None", None]
    assert read(parse_numbers("close", column(texts))) == ([None] * 9, {})


def test_text_that_is_no_number() -> None:
    texts = ["1.5", "abc", "1,234.5", "0x10", "1 2", "$3", "12a", "--1", "1_000", "true", ""]
    values, faults = read(parse_numbers("close", column(texts)))
    assert values == [1.5, *[None] * 10]
    assert faults == {"unreadable_close": list(range(1, 10))}


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, None, 2**53 + 1], pa.int64(), [1.0, None, 2.0**53]),
        ([1.5, float("nan"), None], pa.float64(), [1.5, None, None]),
        ([1.5, float("inf")], pa.float32(), [1.5, float("inf")]),
        ([None, None], pa.null(), [None, None]),
    ],
)
def test_numbers_in_arrow_types(
    values: list[Any], kind: pa.DataType, expected: list[float | None]
) -> None:
    assert read(parse_numbers("close", column(values, kind))) == (expected, {})


def test_decimals_are_numbers() -> None:
    decimals = column(["1.25", "3.00"]).cast(pa.decimal128(10, 2))
    assert read(parse_numbers("close", decimals)) == ([1.25, 3.0], {})


@pytest.mark.parametrize("values", [[True], [DAY], [[1.0]]])
def test_other_types_are_no_numbers(values: list[Any]) -> None:
    with pytest.raises(MlxError, match=r"column close holds .*, not numbers; nothing was written"):
        parse_numbers("close", column(values))


def test_a_date_of_delivery_is_the_end_of_its_day() -> None:
    end = datetime(2016, 3, 2, 23, 59, 59)
    for values in (["2016-03-02"], ["20160302"], [20160302], [date(2016, 3, 2)]):
        assert read(parse_stamps("loaded_at", column(values), NOW)) == ([end], {})


def test_a_delivery_of_today_is_of_now() -> None:
    assert read(parse_stamps("loaded_at", column([NOW.date()]), NOW)) == ([NOW], {})


def test_times_of_delivery_become_utc() -> None:
    texts = ["2016-03-02T22:00:00", "2016-03-02 17:00:00-05:00"]
    ten = datetime(2016, 3, 2, 22)
    assert read(parse_stamps("loaded_at", column(texts), NOW)) == ([ten, ten], {})
    zoned = column([ten], pa.timestamp("ms", "America/New_York"))
    assert read(parse_stamps("loaded_at", zoned, NOW)) == ([ten], {})


def test_deliveries_from_the_future_and_without_a_time() -> None:
    texts = ["2020-05-07", "2020-05-06T12:00:01", "", "soon"]
    _, faults = read(parse_stamps("loaded_at", column(texts), NOW))
    assert faults == {
        "future_loaded_at": [0, 1],
        "missing_loaded_at": [2],
        "unreadable_loaded_at": [3],
    }


def test_loaded_at_of_the_command_line() -> None:
    assert parse_loaded_at("2016-03-02") == datetime(2016, 3, 2, 23, 59, 59)
    assert parse_loaded_at("2016-03-02T22:15:00+01:00") == datetime(2016, 3, 2, 21, 15)
    with pytest.raises(UsageError, match="'yesterday' is neither a date nor a time"):
        parse_loaded_at("yesterday")
