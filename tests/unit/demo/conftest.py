"""The default market of ``mlx demo``, its good rows and its returns, made once."""

import pandas as pd
import pytest

from models_ml.demo import SimulatedMarket, simulate_market


@pytest.fixture(scope="session")
def market() -> SimulatedMarket:
    return simulate_market()


@pytest.fixture(scope="session")
def good(market: SimulatedMarket) -> pd.DataFrame:
    """Price rows that are not listed as bad."""
    prices, bad = market.prices.to_pandas(), market.bad_rows.to_pandas()
    merged = prices.merge(bad, on=["ticker", "dt"], how="left")
    rows: pd.DataFrame = merged[merged["reason"].isna()].drop(columns="reason")
    return rows.reset_index(drop=True)


@pytest.fixture(scope="session")
def grid(good: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Every column as days x tickers; NaN where there is no good row."""
    columns = good.columns.drop(["ticker", "dt"])
    return {name: good.pivot(index="dt", columns="ticker", values=name) for name in columns}


@pytest.fixture(scope="session")
def returns(grid: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Total returns from the day before, days x tickers; NaN beside a missing row."""
    value = grid["close"] * grid["split_ratio"] + grid["dividend"]
    return value / grid["close"].shift(1) - 1.0
