"""One database with prices whose features are known: the golden files, and real prices.

Nothing here touches anything else: the tickers of each part have names of their own, and the golden
edge cases have days of their own.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.sandbox import Sandbox
from tests.tables import export

FIELDS = ("open", "high", "low", "close", "volume", "vwap")
FIRST_GOLDEN_DAY = "2020-01-01"
GOLDEN_SUFFIX = "_GOLDEN"

TICKERS = ("AAPL", "EOG", "MA", "NFLX", "NKE", "SBUX", "UNP", "V")
# Level and tick of the made-up prices, shares of days suspended, without and with zero volume.
MESSY = {
    "MESSY_SMOOTH": (1.0, 1e-9, 0.0, 0.0, 0.0),
    "MESSY_TYPICAL": (250.0, 0.01, 0.05, 0.03, 0.03),
    "MESSY_HIGH": (1e5, 1.0, 0.02, 0.05, 0.0),
    "MESSY_TINY": (1e-3, 1e-6, 0.3, 0.2, 0.2),
    "MESSY_COARSE": (30.0, 0.05, 0.0, 0.0, 0.1),
    "MESSY_HALF": (50.0, 0.5, 0.1, 0.0, 0.0),
}
FIRST_DAY, LAST_DAY = "2014-01-01", "2015-12-31"
SUSPENDED_SHARE = 0.02

MODELS = (
    *("int_trading_days", "int_price_grid", "int_rejected_prices"),
    *("features_alpha158", "labels", "training_set"),
)
# One close of the golden edge cases lies 0.2 % above its high, beyond our own tolerance.
LENIENT = '{"price_rounding": 0.01}'


def golden_edge_cases(shared: Path) -> pd.DataFrame:
    """Return the inputs of golden/alpha158 with a date in the place of the row's number."""
    bars = pd.read_csv(shared / "golden/alpha158/inputs.csv", na_values=[""])
    bars["dt"] = golden_days(bars.pop("row"))
    return bars.dropna(subset=["open", "high", "low", "close"])


def golden_days(rows: "pd.Series[int]") -> "pd.Series[pd.Timestamp]":
    """Return consecutive dates for the numbers of rows."""
    days: pd.Series[pd.Timestamp] = pd.Timestamp(FIRST_GOLDEN_DAY) + pd.to_timedelta(rows, "D")
    return days


def golden_real_prices(shared: Path) -> pd.DataFrame:
    """Return the inputs of golden/alpha158_real under tickers of their own."""
    bars = pd.read_parquet(shared / "golden/alpha158_real/inputs.parquet")
    return bars.assign(ticker=bars["ticker"] + GOLDEN_SUFFIX)


def real_prices(shared: Path) -> pd.DataFrame:
    """Return prices as traded, from which some ticker-days without an event are taken out."""
    prices = pd.read_parquet(
        shared / "data/sample_us_100x8y.parquet",
        filters=[
            ("ticker", "in", TICKERS),
            ("date", ">=", pd.Timestamp(FIRST_DAY).date()),
            ("date", "<=", pd.Timestamp(LAST_DAY).date()),
        ],
    )
    drawn = np.random.default_rng(3).random(len(prices)) < SUSPENDED_SHARE
    event = (prices["split"] != 1) | (prices["dividend"] != 0)
    edge = prices["date"].isin([prices["date"].min(), prices["date"].max()])
    return prices[~drawn | event | edge].reset_index(drop=True)


def messy_prices(days: "pd.Index[pd.Timestamp]") -> pd.DataFrame:
    """Return made-up prices: flat stretches, gaps, volumes missing, zero or a million fold."""
    rng = np.random.default_rng(1)
    n_days = len(days)
    parts = []
    for ticker, (level, tick, suspended, no_volume, zero_volume) in MESSY.items():
        close = level * np.exp(np.cumsum(rng.normal(0, 0.02, n_days)))
        without_volume = rng.random(n_days) < no_volume
        for first in range(40, n_days - 80, 130):
            last = first + int(rng.integers(5, 70))
            close[first:last] = close[first]
            # In some windows the closes move, but not on the days that have a volume.
            without_volume[[*range(first - 9, first), *range(last, last + 9)]] |= no_volume > 0
        close = np.maximum(np.round(close / tick), 1) * tick
        high = np.ceil(close * (1 + np.abs(rng.normal(0, 0.01, n_days))) / tick) * tick
        low = close * (1 - np.abs(rng.normal(0, 0.01, n_days)))
        volume = np.round(np.exp(rng.normal(12, 1, n_days)))
        volume[rng.random(n_days) < 0.01] *= 1e6
        volume[rng.random(n_days) < zero_volume] = 0
        volume[100 : 100 + int(rng.integers(5, 80))] = 0
        volume[without_volume] = np.nan
        bars = {"ticker": ticker, "date": days, "open": low + (high - low) * rng.random(n_days)}
        bars |= {"high": high, "low": low, "close": close, "volume": volume}
        gone = rng.random(n_days) < suspended
        gone[200:275] |= suspended > 0.04
        gone[[0, -1]] = False
        parts.append(pd.DataFrame(bars | {"vwap": (high + low + close) / 3})[~gone])
    return pd.concat(parts, ignore_index=True)


def fill_reference(sandbox: Sandbox, shared: Path) -> None:
    """Ingest all parts, build the training set, leave the marts as Parquet files."""
    golden_edge_cases(shared).to_csv(sandbox.folder / "edge_cases.csv", index=False)
    golden_real_prices(shared).to_parquet(sandbox.folder / "golden_real.parquet")
    golden = ("edge_cases.csv", "golden_real.parquet", "--keep-bad")
    sandbox.run_mlx("ingest", *golden, "--loaded-at", "2021-01-01").ok()
    prices = real_prices(shared)
    prices.to_parquet(sandbox.folder / "real.parquet")
    messy_prices(pd.Index(sorted(prices["date"].unique()))).to_parquet(
        sandbox.folder / "messy.parquet"
    )
    sandbox.run_mlx("ingest", "real.parquet", "--loaded-at", "2021-01-02").ok()
    sandbox.run_mlx("ingest", "messy.parquet", "--loaded-at", "2021-01-03").ok()
    selection = ("--select", "+training_set", "int_rejected_prices", "--vars", LENIENT)
    sandbox.run_dbt("run", *selection).ok()
    export(sandbox, MODELS, sandbox.folder)
    sandbox.close()
