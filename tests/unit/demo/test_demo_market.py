"""The simulated tape: sound where it says so, bad where it says so, and shaped like a market."""

import hashlib
import os
import subprocess
import sys
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.demo import SimulatedMarket, simulate_market
from models_ml.demo.schedule import ticker_codes, trading_days
from models_ml.errors import UsageError

DIGEST = """
import hashlib, sys
from models_ml.demo import simulate_market
market = simulate_market(tickers=24, years=1.0, seed=int(sys.argv[1]))
print(hashlib.sha256(repr([t.to_pylist() if hasattr(t, "to_pylist") else t
                           for t in vars(market).values()]).encode()).hexdigest())
"""


def digest(seed: int) -> str:
    market = simulate_market(tickers=24, years=1.0, seed=seed)
    content = [t.to_pylist() if isinstance(t, pa.Table) else t for t in vars(market).values()]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def reasons(prices: pd.DataFrame) -> pd.Series:
    """Judge every row by the rules of a sound price table; an empty string for a good one."""
    prices = prices.sort_values(["dt", "ticker"])
    by_day = prices.groupby("dt")["ticker"].transform("size")
    checks = {
        "bad_low": ~(prices[["open", "high", "low", "close"]] > 0).all(axis=1),
        "high_below_low": prices["high"] < prices["low"],
        "close_outside_range": ~prices["close"].between(prices["low"], prices["high"]),
        "bad_volume": prices["volume"] < 0,
        "no_quorum": by_day < 0.2 * prices["ticker"].nunique(),
    }
    verdict = np.select(list(checks.values()), list(checks), "")
    return pd.Series(verdict, index=prices.index)


def has_action(prices: pd.DataFrame) -> pd.Series:
    return (prices["dividend"] != 0.0) | (prices["split_ratio"] != 1.0)


def test_the_columns_are_those_of_the_prices_table(market: SimulatedMarket) -> None:
    assert market.prices.schema == pa.schema(
        [
            ("ticker", pa.string()),
            ("dt", pa.date32()),
            *((name, pa.float64()) for name in ("open", "high", "low", "close")),
            ("volume", pa.int64()),
            *((name, pa.float64()) for name in ("vwap", "dividend", "split_ratio")),
        ]
    )


def test_rows_are_sorted_and_unique(market: SimulatedMarket) -> None:
    keys = market.prices.select(["dt", "ticker"]).to_pandas()
    assert not keys.duplicated().any()
    assert keys.equals(keys.sort_values(["dt", "ticker"]))


def test_equal_arguments_give_equal_tables_in_a_process_with_one_thread() -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-c", DIGEST, "3"]
    other = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest(3)
    assert digest(3) != digest(4)


def test_the_calendar_leaves_out_weekends_and_holidays() -> None:
    days = trading_days(date(2024, 1, 3), 12 / 365.25)
    assert days.astype(str).tolist() == [
        "2023-12-26",
        "2023-12-27",
        "2023-12-28",
        "2023-12-29",
        "2024-01-02",
        "2024-01-03",
    ]


def test_ticker_codes_are_plain_and_distinct() -> None:
    assert ticker_codes(28)[-3:] == ("AAZ", "ABA", "ABB")
    codes = ticker_codes(26**3 + 1)
    assert (codes[0], codes[-1], len(set(codes))) == ("AAAA", "BAAA", 26**3 + 1)


@settings(max_examples=15, deadline=None)
@given(
    tickers=st.integers(10, 40),
    years=st.floats(0.5, 2.0),
    seed=st.integers(0, 2**32),
    signal_ic=st.floats(0.0, 0.5),
)
def test_good_rows_are_good_and_every_bad_row_is_bad_for_its_reason(
    tickers: int, years: float, seed: int, signal_ic: float
) -> None:
    market = simulate_market(tickers, years, seed, signal_ic)
    prices = market.prices.to_pandas()
    prices["reason"] = reasons(prices)
    found = prices.loc[prices["reason"] != "", ["ticker", "dt", "reason"]]
    assert found.to_dict("records") == market.bad_rows.to_pylist()
    good = prices[prices["reason"] == ""]
    for name in ("open", "vwap"):
        assert good[name].between(good["low"], good["high"]).all()
    for name in ("open", "high", "low", "close", "dividend"):
        cents = 100 * good[name]
        assert np.allclose(cents, cents.round(), rtol=0, atol=1e-6)
    assert (good["volume"] > 0).all() and (good["dividend"] >= 0).all()
    assert not has_action(prices[prices["reason"] != ""]).any()
    days = pd.Index(good["dt"].unique())
    position = pd.Series(days.get_indexer(good["dt"]), good.index)
    after_gap = position.groupby(good["ticker"]).diff() > 1
    assert after_gap.any() and not has_action(good[after_gap]).any()


def test_the_default_market_has_ten_bad_rows(market: SimulatedMarket) -> None:
    counts = market.bad_rows.to_pandas()["reason"].value_counts().to_dict()
    assert counts == dict.fromkeys(
        ("bad_low", "high_below_low", "close_outside_range", "bad_volume", "no_quorum"), 2
    )


def test_there_are_suspensions_a_delisting_and_a_late_listing(
    grid: dict[str, pd.DataFrame],
) -> None:
    traded = grid["close"].notna()
    first, last = traded.idxmax(), traded[::-1].idxmax()
    assert (first[first > traded.index[len(traded) // 4]]).index.tolist() == ["ACG"]
    assert (last[last < traded.index[3 * len(traded) // 4]]).index.tolist() == ["ACH"]
    inside = (traded.cumsum() > 0) & (traded[::-1].cumsum() > 0)
    missing = inside & ~traded
    runs = missing.astype(int).rolling(10).sum().max()
    assert runs["AAB"] == 10
    assert 0.002 < missing.sum().sum() / inside.sum().sum() < 0.02


def test_members_are_listed_and_spells_do_not_overlap(
    market: SimulatedMarket, good: pd.DataFrame
) -> None:
    universe, listed = market.universe.to_pandas(), good.groupby("ticker")["dt"]
    end = universe["end_dt"].fillna(date.max)
    assert (universe["start_dt"] <= end).all()
    assert (universe.groupby("ticker")["start_dt"].min() >= listed.min() - pd.Timedelta(0)).all()
    assert universe["ticker"].value_counts().iloc[:2].to_list() == [2, 1]
    twice = universe[universe["ticker"] == "AAC"]
    assert twice["end_dt"].iloc[0] < twice["start_dt"].iloc[1]
    assert set(universe["ticker"]) == set(market.securities["ticker"].to_pylist())
    assert universe.loc[universe["ticker"] == "ACH", "end_dt"].item() == listed.max()["ACH"]


def test_returns_have_fat_tails(returns: pd.DataFrame) -> None:
    """A normal law has an excess kurtosis of 0; even the best-behaved ticker is above it."""
    assert returns.kurt().median() > 2.0
    assert returns.kurt().min() > 0.5


def test_a_market_and_sector_factor_move_the_returns(
    market: SimulatedMarket, returns: pd.DataFrame
) -> None:
    correlation = returns.corr().to_numpy()
    sector = market.securities.to_pandas()["sector"].to_numpy()
    same = (sector[:, None] == sector) & ~np.eye(len(sector), dtype=bool)
    across = correlation[sector[:, None] != sector].mean()
    assert 0.08 < across < 0.3
    assert correlation[same].mean() > across + 0.02


def test_volatility_clusters_and_differs_between_tickers(returns: pd.DataFrame) -> None:
    size = returns.abs().mean(axis=1)
    assert size.autocorr(1) > 0.3 and size.autocorr(10) > 0.2
    assert abs(returns.mean(axis=1).autocorr(1)) < 0.1
    assert returns.std().max() > 1.4 * returns.std().min()


def test_volume_rises_with_the_size_of_the_move(
    grid: dict[str, pd.DataFrame], returns: pd.DataFrame
) -> None:
    dollars = grid["volume"] * grid["close"]
    assert dollars.corrwith(returns.abs(), method="spearman").min() > 0.2


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        ({"tickers": 9}, "9 tickers are too few"),
        ({"years": 0.2}, "0.2 years are too short"),
        ({"seed": -1}, "the seed -1 is negative"),
        ({"signal_ic": 0.6}, "no market has an IC of 0.6"),
        ({"years": float("nan")}, "nan years"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments: dict[str, float], fact: str) -> None:
    with pytest.raises(UsageError, match=fact):
        simulate_market(**arguments)  # type: ignore[arg-type]
