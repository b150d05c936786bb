"""A table of trading days that the user has already (var calendar_table)."""

import json
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from tests.dbt.price_feed import Feed
from tests.dbt.recorded_build import disagreements, read_panels
from tests.sandbox import Sandbox
from tests.tables import insert

TABLES = ("int_trading_days",)
VARS = json.dumps({"calendar_table": "raw.calendar"})
BUILD = ("run", "--select", "+int_trading_days", "--vars", VARS)


def test_days_without_deliveries_open_in_incremental_builds(empty_sandbox: Sandbox) -> None:
    """A delivery leaves a calendar day out after the days before, the next many after its own."""
    feed = Feed()
    for _ in range(4):
        feed.list_ticker()
    feed.append_days(40)
    prices, days = feed.deliver(), feed.open_days()
    closed = days[25]
    empty_sandbox.run_dbt("run-operation", "create_source_tables").ok()
    empty_sandbox.execute("create table raw.calendar (dt date)")
    calendar = [day for day in days if day != closed]
    insert(empty_sandbox, "raw.calendar", pa.table({"dt": calendar}))
    for number, delivered in enumerate((days[20:30], days[31:32], days[:3])):
        insert(empty_sandbox, "raw.prices", delivery(prices, delivered, number))
        empty_sandbox.run_dbt(*BUILD).ok()
    incremental = read_panels(empty_sandbox, TABLES)
    empty_sandbox.run_dbt(*BUILD, "--full-refresh").ok()
    assert disagreements(incremental, read_panels(empty_sandbox, TABLES)) == []
    open_days = empty_sandbox.rows("select dt from mart.int_trading_days where is_open order by dt")
    assert [day for (day,) in open_days] == [day for day in calendar if day <= days[31]]


def delivery(prices: pa.Table, days: list[date], number: int) -> pa.Table:
    """The rows of some days as one load."""
    rows = prices.filter(pc.is_in(prices["dt"], pa.array(days)))
    loaded_at = pa.scalar(datetime(2024, 6, 1) + timedelta(days=number), pa.timestamp("us"))
    position = rows.column_names.index("loaded_at")
    return rows.set_column(position, "loaded_at", pa.repeat(loaded_at, rows.num_rows))
