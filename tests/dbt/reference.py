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


def fill_reference(sandbox: Sandbox, shared: Path) -> None:
    """Ingest all parts, build the training set, leave the marts as Parquet files."""
    golden_edge_cases(shared).to_csv(sandbox.folder / "edge_cases.csv", index=False)
    golden_real_prices(shared).to_parquet(sandbox.folder / "golden_real.parquet")
    real_prices(shared).to_parquet(sandbox.folder / "real.parquet")
    golden = ("edge_cases.csv", "golden_real.parquet", "--keep-bad")
    sandbox.run_mlx("ingest", *golden, "--loaded-at", "2021-01-01").ok()
    sandbox.run_mlx("ingest", "real.parquet", "--loaded-at", "2021-01-02").ok()
    selection = ("--select", "+training_set", "int_rejected_prices", "--vars", LENIENT)
    sandbox.run_dbt("run", *selection).ok()
    export(sandbox, MODELS, sandbox.folder)
    sandbox.close()
