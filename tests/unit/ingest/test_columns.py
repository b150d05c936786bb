"""Names of columns: aliases, --map, and the errors that say what was found."""

import pytest

from models_ml.errors import UsageError
from models_ml.ingest.columns import PRICE_ALIASES, find_columns

REQUIRED = ("ticker", "dt", "close")


def found(names: list[str], chosen: dict[str, str] | None = None) -> dict[str, str]:
    columns = find_columns(names, PRICE_ALIASES, required=REQUIRED, chosen=chosen or {})
    return dict(columns.theirs)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Symbol", "ticker"),
        ("CODE", "ticker"),
        ("Date", "dt"),
        ("trade_date", "dt"),
        ("Trade Date", "dt"),
        ("timestamp", "dt"),
        ("Volume", "volume"),
        ("<VOL>", "volume"),
        ("div_amount", "dividend"),
        ("Dividends", "dividend"),
        ("split", "split_ratio"),
        ("split coefficient", "split_ratio"),
        ("Stock Splits", "split_ratio"),
        ("Adj Close", "adj_close"),
        ("adjclose", "adj_close"),
        ("Adjusted_Close", "adj_close"),
        ("VWAP", "vwap"),
    ],
)
def test_aliases_match_whatever_their_case_and_punctuation(theirs: str, ours: str) -> None:
    names = ["ticker", "dt", "close"]
    names = [theirs if name == ours else name for name in names]
    assert found(names if theirs in names else [*names, theirs])[ours] == theirs


def test_adjusted_close_is_not_taken_for_the_close() -> None:
    assert found(["Ticker", "Date", "Adj Close", "Close"])["close"] == "Close"


def test_positions_and_ignored_columns() -> None:
    columns = find_columns(
        ["exchange", "date", "symbol", "close", "as_of_date"],
        PRICE_ALIASES,
        required=REQUIRED,
        chosen={},
    )
    assert dict(columns.positions) == {"ticker": 2, "dt": 1, "close": 3}
    assert columns.ignored == ("exchange", "as_of_date")


def test_map_beats_the_name_and_frees_the_other_column() -> None:
    names = ["ticker", "date", "close", "Settle Price"]
    assert found(names, {"close": "Settle Price"})["close"] == "Settle Price"
    assert found(names, {"close": "settle_price"})["close"] == "Settle Price"


def test_a_mapped_column_is_not_matched_again() -> None:
    names = ["ticker", "date", "adj close"]
    assert found(names, {"close": "adj close"}) == {
        "ticker": "ticker",
        "dt": "date",
        "close": "adj close",
    }


def test_missing_columns_are_named_with_what_was_found() -> None:
    with pytest.raises(UsageError, match="no column for ticker, close; found 'date', 'px'"):
        found(["date", "px"])


def test_two_columns_for_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="'Date' and 'day' both look like dt"):
        found(["ticker", "Date", "day", "close"])


def test_twice_the_same_name_is_refused() -> None:
    with pytest.raises(UsageError, match="'close' and 'close' both look like close"):
        found(["ticker", "date", "close", "close"])


def test_map_to_a_column_that_is_not_there() -> None:
    with pytest.raises(UsageError, match=r"no column 'px' \(wanted for close\)"):
        found(["ticker", "date", "close"], {"close": "px"})


def test_map_of_a_name_that_is_none_of_ours() -> None:
    with pytest.raises(UsageError, match="no column 'shut' to map to; ours are ticker, dt, open"):
        found(["ticker", "date", "close"], {"shut": "close"})
