"""Data tests look at the days that the newest build or load brought, and at all days when asked."""

import json
from datetime import date

import pytest

from tests.sandbox import Sandbox

NEWEST_BUILD, NEWEST_LOAD = "int_price_grid_is_adjusted", "not_null_stg_market__prices_ticker"
TESTS = (NEWEST_BUILD, NEWEST_LOAD)
ALL_ROWS = ("--vars", '{"test_all_rows": true}')


def panel_days(sandbox: Sandbox) -> list[date]:
    return [
        day for (day,) in sandbox.rows("select distinct dt from mart.int_price_grid order by dt")
    ]


def bring_later(sandbox: Sandbox, *days: date) -> None:
    """Stamp days as incremental builds of later deliveries do, each of its own."""
    for number, day in enumerate(days, start=1):
        for table, stamp in (("int_price_grid", "changed_at"), ("stg_market__prices", "loaded_at")):
            sandbox.execute(
                f"update mart.{table} set {stamp} = {stamp} + interval '{number} days' "
                f"where dt = '{day}'"
            )


def spoil(sandbox: Sandbox, day: date) -> None:
    """Make what both tests forbid on a day."""
    for table, fault in (("int_price_grid", "close = -1"), ("stg_market__prices", "ticker = null")):
        one = f"select min(ticker) from mart.{table} where dt = '{day}'"
        sandbox.execute(f"update mart.{table} set {fault} where dt = '{day}' and ticker = ({one})")


def failing(sandbox: Sandbox, *options: str) -> set[str]:
    sandbox.run_dbt("test", "--select", *TESTS, *options)
    results = json.loads((sandbox.folder / "target" / "run_results.json").read_bytes())["results"]
    statuses = {
        result["unique_id"].split(".")[2]: result["status"]
        for result in results
        if result["unique_id"].startswith("test.")
    }
    assert set(statuses) == set(TESTS)
    assert set(statuses.values()) <= {"pass", "fail"}
    return {name for name, status in statuses.items() if status == "fail"}


@pytest.mark.slow
def test_days_are_tested_until_the_models_downstream_have_them(sandbox: Sandbox) -> None:
    """After a build whose test failed on one day, and the delivery of a later one."""
    days = panel_days(sandbox)
    bring_later(sandbox, days[-45], days[-1])
    spoil(sandbox, days[0])
    assert failing(sandbox) == set(), "an old day is tested when all are asked for"
    assert failing(sandbox, *ALL_ROWS) == set(TESTS)
    spoil(sandbox, days[-45])
    assert failing(sandbox) == set(TESTS)
