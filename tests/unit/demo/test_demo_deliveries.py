"""Daily deliveries: restated and late, and in the end the whole market."""

import pandas as pd
import pyarrow as pa
import pytest

from models_ml.demo import SimulatedMarket, simulate_deliveries, simulate_market
from models_ml.errors import UsageError

KEY = ["ticker", "dt"]


@pytest.fixture(scope="module")
def deliveries(market: SimulatedMarket) -> tuple[pa.Table, ...]:
    return simulate_deliveries(market, n_days=30, seed=5)


@pytest.fixture(scope="module")
def versions(deliveries: tuple[pa.Table, ...]) -> pd.DataFrame:
    rows: pd.DataFrame = pa.concat_tables(deliveries).to_pandas()
    return rows


@pytest.mark.parametrize("n_days", [1, 30, 400])
def test_newest_versions_are_the_market(market: SimulatedMarket, n_days: int) -> None:
    deliveries = simulate_deliveries(market, n_days)
    assert len(deliveries) == n_days + 1
    everything = pa.concat_tables(deliveries).to_pandas()
    assert not everything.duplicated([*KEY, "loaded_at"]).any()
    newest = everything.sort_values("loaded_at").drop_duplicates(KEY, keep="last")
    newest = newest.sort_values(["dt", "ticker"], ignore_index=True).drop(columns="loaded_at")
    pd.testing.assert_frame_equal(newest, market.prices.to_pandas())


def test_one_delivery_each_trading_evening(
    market: SimulatedMarket, deliveries: tuple[pa.Table, ...]
) -> None:
    stamps = [table["loaded_at"].unique().to_pylist() for table in deliveries]
    assert all(len(stamp) == 1 for stamp in stamps)
    evenings = [stamp[0] for stamp in stamps]
    days = sorted(set(market.truth["dt"].to_pylist()))[-31:]
    assert [evening.date() for evening in evenings] == days
    assert {evening.hour for evening in evenings} == {22}


def test_no_row_comes_before_its_day(versions: pd.DataFrame) -> None:
    assert (versions["loaded_at"] >= pd.to_datetime(versions["dt"])).all()


def test_some_rows_are_restated_within_five_days(
    market: SimulatedMarket, versions: pd.DataFrame
) -> None:
    restated = versions[versions.duplicated(KEY, keep=False)].sort_values([*KEY, "loaded_at"])
    pairs = restated.groupby(KEY)
    assert 20 < pairs.ngroups < 120
    assert set(pairs.size()) == {2}
    assert (pairs["volume"].first() < pairs["volume"].last()).all()
    assert (pairs["close"].first() != pairs["close"].last()).mean() > 0.8
    assert restated["close"].between(restated["low"], restated["high"]).all()
    bad = market.bad_rows.to_pandas()
    assert restated.merge(bad, on=KEY).empty


def test_some_rows_come_one_to_three_days_late(
    deliveries: tuple[pa.Table, ...], versions: pd.DataFrame
) -> None:
    evenings = [table["loaded_at"][0].as_py() for table in deliveries]
    first = versions.sort_values("loaded_at").drop_duplicates(KEY)
    recent = first[first["loaded_at"] > evenings[0]]
    days = pd.Index([evening.date() for evening in evenings])
    due = days.get_indexer(recent["dt"])
    late = days.get_indexer(recent["loaded_at"].dt.date) - due
    assert set(late) == {0, 1, 2, 3}
    assert 0.002 < (late > 0).mean() < 0.03


def test_a_weekend_row_comes_with_the_next_trading_day() -> None:
    """Halfway through a market two tickers print on a Saturday."""
    market = simulate_market(tickers=20, years=0.5)
    days = market.truth["dt"].unique()
    deliveries = simulate_deliveries(market, n_days=len(days) - 1)
    saturday = market.bad_rows.to_pandas().query("reason == 'no_quorum'")["dt"].iloc[0]
    everything = pa.concat_tables(deliveries).to_pandas()
    loaded = everything.loc[everything["dt"] == saturday, "loaded_at"].dt.date
    following = min(day for day in days.to_pylist() if day > saturday)
    assert loaded.min() == following


def test_the_seed_decides() -> None:
    market = simulate_market(tickers=20, years=0.5)
    first, again, other = (simulate_deliveries(market, 10, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("n_days", [0, 10_000])
def test_more_deliveries_than_days_are_refused(market: SimulatedMarket, n_days: int) -> None:
    with pytest.raises(UsageError, match=f"cannot be cut into {n_days} deliveries"):
        simulate_deliveries(market, n_days)
