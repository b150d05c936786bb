"""The features of SQL equal the golden vectors, which Qlib itself computed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.alpha158_numpy import NAMES, alpha158
from tests.dbt import reference as parts
from tests.feature_cells import feature_faults

KEYS = ["ticker", "dt"]
TOLERANCE = 1e-4
# Qlib's value there is the rounding residue of a running variance, divided by 1e-12.
RESIDUE = ("CCC", "wvma30", range(80, 125))


def edge_cases(shared: Path) -> pd.DataFrame:
    """Return the expected features of golden/alpha158 by ticker and day."""
    expected = pd.read_csv(shared / "golden/alpha158/expected_f32.csv", na_values=[""])
    days = parts.golden_days(expected["row"]).rename("dt")
    return pd.concat([days, expected.rename(columns=str.lower)], axis=1)


def real(shared: Path) -> pd.DataFrame:
    """Return the expected features of golden/alpha158_real by ticker and day."""
    expected = pd.read_parquet(shared / "golden/alpha158_real/expected.parquet")
    expected["ticker"] += parts.GOLDEN_SUFFIX
    return expected.rename(columns=str.lower).rename(columns={"date": "dt"})


def within_the_grid(expected: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Return the rows from each ticker's first to its last price, sorted."""
    expected["dt"] = pd.to_datetime(expected["dt"])
    days = pd.to_datetime(prices["dt"] if "dt" in prices else prices["date"])
    span = days.groupby(prices["ticker"]).agg(["min", "max"]).reindex(expected["ticker"])
    first, last = span["min"].to_numpy(), span["max"].to_numpy()
    inside = (expected["dt"].to_numpy() >= first) & (expected["dt"].to_numpy() <= last)
    return expected[inside].sort_values(KEYS).reset_index(drop=True)


def computed(mart: Path, tickers: "pd.Series[str]") -> pa.Table:
    """Return the features that dbt built for these tickers, sorted."""
    table = pq.read_table(
        mart / "features_alpha158.parquet", filters=[("ticker", "in", list(tickers.unique()))]
    )
    return table.sort_by([(key, "ascending") for key in KEYS])


def without_residue(expected: pd.DataFrame) -> pd.DataFrame:
    """Return the expected features with the true value, 0, where Qlib has a rounding residue."""
    ticker, feature, rows = RESIDUE
    days = parts.golden_days(pd.Series(rows))
    excluded = (expected["ticker"] == ticker) & expected["dt"].isin(days)
    assert excluded.sum() == len(rows)
    assert (expected.loc[excluded, feature] > 1e7).all()
    return expected.assign(**{feature: expected[feature].mask(excluded, 0.0)})


def test_edge_cases(reference: Path, shared_dir: Path) -> None:
    prices = parts.golden_edge_cases(shared_dir)
    expected = without_residue(within_the_grid(edge_cases(shared_dir), prices))
    assert len(expected) == 1070
    found = computed(reference, expected["ticker"])
    assert feature_faults(found, expected, TOLERANCE) == []


def test_real_prices(reference: Path, shared_dir: Path) -> None:
    expected = within_the_grid(real(shared_dir), parts.golden_real_prices(shared_dir))
    assert len(expected) == 10070
    found = computed(reference, expected["ticker"])
    assert feature_faults(found, expected, TOLERANCE) == []


def test_the_golden_columns_are_ours(shared_dir: Path) -> None:
    listed = pd.read_csv(shared_dir / "golden/alpha158/expressions.csv").iloc[:, 0]
    assert [name.lower() for name in listed] == list(NAMES)


@pytest.mark.parametrize("part", ["edge cases", "real"])
def test_the_second_implementation_equals_qlib(shared_dir: Path, part: str) -> None:
    if part == "real":
        expected, bars = real(shared_dir), parts.golden_real_prices(shared_dir)
        bars = bars.rename(columns={"date": "dt"})
    else:
        expected, bars = edge_cases(shared_dir), parts.golden_edge_cases(shared_dir)
    expected = within_the_grid(expected, bars)
    if part != "real":
        expected = without_residue(expected)
    bars["dt"] = pd.to_datetime(bars["dt"])
    grid = expected[KEYS].merge(bars, how="left", on=KEYS)
    columns = [
        alpha158({field: days[field].to_numpy(np.float64) for field in parts.FIELDS})
        for _, days in grid.groupby("ticker", sort=True)
    ]
    found = {name: np.concatenate([values[name] for values in columns]) for name in NAMES}
    table = pa.table({key: pa.array(expected[key]) for key in KEYS})
    for name, values in found.items():
        table = table.append_column(name, pa.array(values, from_pandas=True))
    assert feature_faults(table, expected, TOLERANCE) == []
