"""A prices table that the user has already, under its own names."""

import json
from datetime import datetime

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


def test_load_times_with_a_time_zone_are_read_in_utc(empty_sandbox: Sandbox) -> None:
    """Whatever the zone of the server, of dbt's session or of a reader of the view."""
    zone = "set timezone to 'America/New_York'"
    if empty_sandbox.server:
        empty_sandbox.execute(f"alter database {empty_sandbox.database} {zone}")
    empty_sandbox.execute("create schema vendor")
    empty_sandbox.execute(
        "create table vendor.daily_bars as select 'A' as ticker, date '2024-03-08' as dt, "
        "1.5 as close, timestamp with time zone '2024-03-08 23:30:00+00' as \"Seen\""
    )
    named = {"ticker": "ticker", "dt": "dt", "close": "close", "loaded_at": '"Seen"'}
    columns = json.dumps(VARS | {"prices_columns": dict.fromkeys(THEIRS) | named})
    models = ("stg_market__price_versions", "stg_market__prices")
    empty_sandbox.run_dbt("run", "--select", *models, "--vars", columns).ok()
    with empty_sandbox.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(zone)
        for model in models:
            cursor.execute(f"select loaded_at from mart.{model}")
            assert cursor.fetchall() == [(datetime(2024, 3, 8, 23, 30),)], model
