"""A prices table that the user has already, under its own names."""

import json

import pyarrow as pa
import pytest

from models_ml.demo import simulate_market
from tests.sandbox import Sandbox
from tests.tables import differences, insert, read_table
from tests.template import SEED, TICKERS, YEARS

THEIRS = {
    "ticker": "symbol",
    "dt": "trade_date",
    **{name: f"{name}_price" for name in ("open", "high", "low", "close")},
    **{"volume": "shares", "dividend": "cash_dividend", "split_ratio": "split_factor"},
    **dict.fromkeys(("vwap", "adj_close", "loaded_at")),
}
VARS = {"prices_schema": "vendor", "prices_table": "daily_bars", "prices_columns": THEIRS}
STAMPS = ("loaded_at", "changed_at", "vwap")
BUILD = ("run", "--select", "+int_price_grid", "--vars", json.dumps(VARS))


@pytest.mark.slow
def test_the_grid_is_that_of_ingested_prices(template: Sandbox, empty_sandbox: Sandbox) -> None:
    """The last day comes after the first build, and an incremental one notices it."""
    prices = simulate_market(TICKERS, YEARS, SEED).prices.to_pandas()
    named = {ours: theirs for ours, theirs in THEIRS.items() if theirs}
    theirs = prices[list(named)].rename(columns=named)
    last = theirs["trade_date"] == theirs["trade_date"].max()
    types = {"symbol": "varchar", "trade_date": "date"}
    columns = ", ".join(f"{name} {types.get(name, 'double precision')}" for name in theirs)
    empty_sandbox.execute("create schema vendor")
    empty_sandbox.execute(f"create table vendor.daily_bars ({columns})")
    for rows in (theirs[~last], theirs[last]):
        insert(empty_sandbox, "vendor.daily_bars", pa.Table.from_pandas(rows, preserve_index=False))
        empty_sandbox.run_dbt(*BUILD).ok()
    query = "select * from mart.int_price_grid"
    found, expected = (read_table(sandbox, query) for sandbox in (empty_sandbox, template))
    assert expected.num_rows > 5000
    assert differences(found, expected, ("ticker", "dt"), STAMPS) == []
