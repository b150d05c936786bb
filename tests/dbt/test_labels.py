"""Labels against their definition, written down once more in NumPy and pandas."""

import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest

from tests.sandbox import Sandbox
from tests.tables import differences, read_table

DEFAULT_HORIZONS = (1, 5, 20)
KINDS = ("ret", "excess", "sector", "rank", "end_dt")
KEYS = ("ticker", "dt")
STAMPS = ("reference_version", "changed_at")

Floats = npt.NDArray[np.float64]


def members(universe: pd.DataFrame, days: pd.DatetimeIndex, tickers: pd.Index) -> Floats:
    """Return 1 where a ticker belongs to the universe, else NaN; shape (n_days, n_tickers)."""
    found = np.full((len(days), len(tickers)), np.nan)
    starts = pd.to_datetime(universe["start_dt"])
    ends = pd.to_datetime(universe["end_dt"]).fillna(days[-1])
    for ticker, start, end in zip(universe["ticker"], starts, ends, strict=True):
        found[(days >= start) & (days <= end), tickers.get_loc(ticker)] = 1.0
    return found


def within(groups: "pd.Series[str]", matrix: pd.DataFrame) -> pd.DataFrame:
    """Return values minus the mean of the day's values of the same group of columns."""
    parts = [matrix[columns] for columns in groups.groupby(groups).groups.values()]
    return pd.concat([part.sub(part.mean(axis=1), axis=0) for part in parts], axis=1)


def expected_labels(
    sandbox: Sandbox, reference: dict[str, pd.DataFrame], horizons: Sequence[int], lag: int
) -> pa.Table:
    """Return the labels of all rows of the grid by their definition."""
    query = "select ticker, dt, close from mart.int_price_grid"
    grid = read_table(sandbox, query).to_pandas().assign(dt=lambda rows: pd.to_datetime(rows["dt"]))
    open_days = sandbox.rows("select dt from mart.int_trading_days where is_open order by dt")
    days = pd.DatetimeIndex([day for (day,) in open_days])
    closes = grid.pivot(index="dt", columns="ticker", values="close").reindex(days)
    is_member = members(reference["universe"], days, closes.columns)
    sectors = reference["securities"].set_index("ticker")["sector"].reindex(closes.columns)
    day = days.get_indexer(pd.DatetimeIndex(grid["dt"]))
    ticker = closes.columns.get_indexer(pd.Index(grid["ticker"]))
    columns: dict[str, pa.Array] = {
        "ticker": pa.array(grid["ticker"], pa.string()),
        "dt": pa.array(grid["dt"]).cast(pa.date32()),
        "sector": pa.array(sectors.to_numpy()[ticker], pa.string()),
        "is_member": pa.array(is_member[day, ticker] == 1.0),
    }
    for horizon in horizons:
        returns = closes.shift(-lag - horizon) / closes.shift(-lag) - 1
        of_members = returns * is_member
        values = {
            "ret": returns,
            "excess": of_members.sub(of_members.mean(axis=1), axis=0),
            "sector": within(sectors, of_members)[closes.columns],
            "rank": of_members.rank(axis=1, pct=True) - 0.5,
        }
        for kind, matrix in values.items():
            cells = matrix.to_numpy()[day, ticker]
            columns[f"label_{kind}_{horizon}d"] = pa.array(cells, from_pandas=True)
        ends = pd.Series(days).shift(-lag - horizon).to_numpy()[day]
        columns[f"label_end_dt_{horizon}d"] = pa.array(ends).cast(pa.date32())
    return pa.table(columns)


@pytest.fixture
def reference_data(template: Sandbox) -> dict[str, pd.DataFrame]:
    names = ("universe", "securities")
    return {name: pd.read_parquet(template.folder / f"{name}.parquet") for name in names}


def assert_labels_follow(
    sandbox: Sandbox, reference: dict[str, pd.DataFrame], horizons: Sequence[int], lag: int
) -> pa.Table:
    expected = expected_labels(sandbox, reference, horizons, lag)
    found = read_table(sandbox, "select * from mart.labels").drop_columns(list(STAMPS))
    assert differences(found, expected, KEYS) == []
    return found


def test_labels_are_what_they_are_defined_to_be(
    sandbox: Sandbox, reference_data: dict[str, pd.DataFrame]
) -> None:
    labels = assert_labels_follow(sandbox, reference_data, DEFAULT_HORIZONS, lag=0)
    # The market is such that the definition's corners occur.
    assert 0 < labels["is_member"].to_numpy().sum() < labels.num_rows
    n_suspended = sandbox.rows("select count(*) from mart.int_price_grid where close is null")
    assert n_suspended[0][0] > 20


@pytest.mark.parametrize("horizon", DEFAULT_HORIZONS)
def test_a_label_is_there_only_between_two_prices_within_the_data(
    sandbox: Sandbox, horizon: int
) -> None:
    """In SQL of its own: by the number of the trading day, not by counting rows of a ticker."""
    ((wrong, late, suspended),) = sandbox.rows(f"""
        with days as (
            select dt, row_number() over (order by dt) as number
            from mart.int_trading_days where is_open
        )
        select
            sum(case when label_ret_{horizon}d is not null
                and (entry.close is null or leave.close is null) then 1 else 0 end),
            sum(case when today.number + {horizon} > (select max(number) from days)
                and label_end_dt_{horizon}d is null and label_ret_{horizon}d is null
                then 1 else 0 end),
            sum(case when (entry.close is null or leave.close is null)
                and leave.dt is not null then 1 else 0 end)
        from mart.labels
        inner join days as today on today.dt = labels.dt
        inner join mart.int_price_grid as entry
            on entry.ticker = labels.ticker and entry.dt = labels.dt
        left join days as last_day on last_day.number = today.number + {horizon}
        left join mart.int_price_grid as leave
            on leave.ticker = labels.ticker and leave.dt = last_day.dt
    """)
    assert wrong == 0
    # Every ticker but the delisted one is there on the last days.
    assert late == 23 * horizon
    assert suspended > 40


def test_horizons_and_entry_lag_are_vars_and_nothing_else(
    sandbox: Sandbox, reference_data: dict[str, pd.DataFrame]
) -> None:
    own = json.dumps({"horizons": [2, 7], "entry_lag": 1})
    sandbox.run_dbt("build", "--full-refresh", "--select", "labels+", "--vars", own).ok()
    assert_labels_follow(sandbox, reference_data, (2, 7), lag=1)
    columns = sandbox.columns("select * from mart.training_set limit 0")
    labels = [name for name in columns if name.startswith("label_")]
    assert labels == [f"label_{kind}_{horizon}d" for horizon in (2, 7) for kind in KINDS]
