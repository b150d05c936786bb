"""Data tests look at the days that the newest build or load brought, and at all days when asked."""

import json

from tests.sandbox import Sandbox

NEWEST_BUILD, NEWEST_LOAD = "int_price_grid_is_adjusted", "not_null_stg_market__prices_ticker"
TESTS = (NEWEST_BUILD, NEWEST_LOAD)
ALL_ROWS = ("--vars", '{"test_all_rows": true}')


def bring_last_day_later(sandbox: Sandbox) -> None:
    """Stamp the last day as an incremental build of a later delivery does."""
    for table, stamp in (("int_price_grid", "changed_at"), ("stg_market__prices", "loaded_at")):
        sandbox.execute(
            f"update mart.{table} set {stamp} = {stamp} + interval '1 day' "
            f"where dt = (select max(dt) from mart.{table})"
        )


def spoil(sandbox: Sandbox, day: str) -> None:
    """Make what both tests forbid on the first (`min`) or the last (`max`) day."""
    for table, fault in (("int_price_grid", "close = -1"), ("stg_market__prices", "ticker = null")):
        one = (
            f"select min(ticker) from mart.{table} where dt = (select {day}(dt) from mart.{table})"
        )
        sandbox.execute(
            f"update mart.{table} set {fault} "
            f"where dt = (select {day}(dt) from mart.{table}) and ticker = ({one})"
        )


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


def test_old_days_are_tested_only_when_all_are_asked_for(sandbox: Sandbox) -> None:
    bring_last_day_later(sandbox)
    spoil(sandbox, "min")
    assert failing(sandbox) == set()
    assert failing(sandbox, *ALL_ROWS) == set(TESTS)
    spoil(sandbox, "max")
    assert failing(sandbox) == set(TESTS)
