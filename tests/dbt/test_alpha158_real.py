"""Real prices with splits, dividends and suspensions: SQL equals a second implementation."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.alpha158_numpy import NAMES, Series, alpha158
from tests.dbt import reference as parts
from tests.feature_cells import feature_faults

PRICES = ("open", "high", "low", "close")
TOLERANCE = 1e-5


def total_return_factor(prices: pd.DataFrame) -> Series:
    """Return what one share of the first day has become, without the change of its price."""
    held = prices["split"] + prices["dividend"] / prices["close"]
    held.iloc[0] = 1.0
    return held.to_numpy().cumprod()


def adjusted_bars(shared: Path) -> pd.DataFrame:
    """Return the grid: adjusted bars of every ticker on every trading day, NaN where suspended."""
    prices = parts.real_prices(shared)
    days = pd.Index(sorted(prices["date"].unique()), name="date")
    grids = []
    for ticker, own in prices.groupby("ticker", sort=True):
        bars = own.set_index("date")
        factor = total_return_factor(bars)
        grid = bars[list(PRICES)].mul(factor, axis=0)
        grid["volume"] = bars["volume"] / factor
        grid["adj_factor"] = factor
        grid["vwap"] = np.nan
        grids.append(grid.reindex(days).reset_index().assign(ticker=ticker))
    return pd.concat(grids, ignore_index=True)


@pytest.fixture(scope="module")
def expected_grid(shared_dir: Path) -> pd.DataFrame:
    return adjusted_bars(shared_dir)


def computed(mart: Path, model: str, tickers: Collection[str] = parts.TICKERS) -> pa.Table:
    table = pq.read_table(mart / f"{model}.parquet", filters=[("ticker", "in", list(tickers))])
    return table.sort_by([("ticker", "ascending"), ("dt", "ascending")])


def test_the_sample_has_what_it_is_chosen_for(
    shared_dir: Path, expected_grid: pd.DataFrame
) -> None:
    prices = parts.real_prices(shared_dir)
    assert (prices["split"] != 1).sum() == 8
    assert (prices["dividend"] > 0).sum() > 40
    suspended = expected_grid["close"].isna()
    assert 60 < suspended.sum() < 120
    assert expected_grid["close"].groupby(expected_grid["ticker"]).count().min() > 450


def test_the_index_is_the_vendors_total_return(shared_dir: Path) -> None:
    """Our oracle itself: its returns are those of the vendor's own adjusted closes."""
    for _, own in parts.real_prices(shared_dir).groupby("ticker"):
        index = own["close"].to_numpy() * total_return_factor(own)
        vendors = own["adj_close"].to_numpy()
        assert np.abs(np.diff(np.log(index)) - np.diff(np.log(vendors))).max() < 0.002


def test_the_grid_is_the_total_return_index(reference: Path, expected_grid: pd.DataFrame) -> None:
    grid = computed(reference, "int_price_grid")
    assert grid["ticker"].to_pylist() == expected_grid["ticker"].tolist()
    assert grid["dt"].to_pylist() == expected_grid["date"].tolist()
    for name in (*PRICES, "volume", "vwap", "adj_factor"):
        wanted = expected_grid[name].to_numpy()
        assert (grid[name].is_null().to_numpy() == np.isnan(wanted)).all(), name
        found = grid[name].fill_null(0.0).to_numpy()
        np.testing.assert_allclose(found, np.nan_to_num(wanted), rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("tickers", [parts.TICKERS, tuple(parts.MESSY)], ids=["real", "messy"])
def test_the_features_are_those_of_the_second_implementation(
    reference: Path, tickers: tuple[str, ...]
) -> None:
    """From the grid's own values: the last bit of a factor decides whether two closes are tied."""
    grid = computed(reference, "int_price_grid", tickers).to_pandas()
    features = [
        alpha158({field: days[field].to_numpy(np.float64) for field in parts.FIELDS})
        for _, days in grid.groupby("ticker", sort=True)
    ]
    columns = {name: np.concatenate([values[name] for values in features]) for name in NAMES}
    keys = {"ticker": grid["ticker"], "dt": pd.to_datetime(grid["dt"])}
    found = computed(reference, "features_alpha158", tickers)
    assert feature_faults(found, pd.DataFrame(keys | columns), TOLERANCE) == []
