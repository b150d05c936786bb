"""Data tests look at the days that the newest build or load brought, and at all days when asked."""

import json
from collections.abc import Collection
from datetime import date

import pytest

from tests.sandbox import Sandbox

# By table: when a row came, what a test forbids, and that test.
FAULTS = {
    "int_price_grid": ("changed_at", "close = -1", "int_price_grid_is_adjusted"),
    "stg_market__prices": ("loaded_at", "ticker = null", "not_null_stg_market__prices_ticker"),
    "features_alpha158": ("changed_at", "ma5 = 'NaN'", "features_alpha158_are_finite"),
    "labels": ("changed_at", "label_ret_5d = 'NaN'", "labels_are_finite"),
}
PASSED = "select changed_at from mart.tested_builds order by 1"
ALL_ROWS = ("--vars", '{"test_all_rows": true}')


def panel_days(sandbox: Sandbox) -> list[date]:
    return [
        day for (day,) in sandbox.rows("select distinct dt from mart.int_price_grid order by dt")
    ]


def bring_later(sandbox: Sandbox, tables: Collection[str], *days: date) -> None:
    """Stamp days as incremental builds of later deliveries do, each of its own."""
    for number, day in enumerate(days, start=1):
        for table in tables:
            stamp, _, _ = FAULTS[table]
            sandbox.execute(
                f"update mart.{table} set {stamp} = {stamp} + interval '{number} days' "
                f"where dt = '{day}'"
            )


def spoil(sandbox: Sandbox, tables: Collection[str], day: date) -> None:
    """Make what the tables' tests forbid on a day."""
    for table in tables:
        _, fault, _ = FAULTS[table]
        one = f"select min(ticker) from mart.{table} where dt = '{day}'"
        sandbox.execute(f"update mart.{table} set {fault} where dt = '{day}' and ticker = ({one})")


def failing(sandbox: Sandbox, tests: Collection[str], *options: str) -> set[str]:
    sandbox.run_dbt("test", "--select", *tests, *options)
    results = json.loads((sandbox.folder / "target" / "run_results.json").read_bytes())["results"]
    statuses = {
        result["unique_id"].split(".")[2]: result["status"]
        for result in results
        if result["unique_id"].startswith("test.")
    }
    assert set(statuses) == set(tests)
    assert set(statuses.values()) <= {"pass", "fail"}
    return {name for name, status in statuses.items() if status == "fail"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "tables", [("int_price_grid", "stg_market__prices"), ("features_alpha158", "labels")]
)
def test_days_are_tested_until_the_models_downstream_have_them(
    sandbox: Sandbox, tables: tuple[str, ...]
) -> None:
    """After a build whose test failed on one day, and the delivery of a later one."""
    days, tests = panel_days(sandbox), {FAULTS[table][2] for table in tables}
    bring_later(sandbox, tables, days[-45], days[-1])
    spoil(sandbox, tables, days[0])
    assert failing(sandbox, tests) == set(), "an old day is tested when all are asked for"
    assert failing(sandbox, tests, *ALL_ROWS) == tests
    spoil(sandbox, tables, days[-45])
    assert failing(sandbox, tests) == tests


def test_the_newest_load_is_tested_after_its_build_too(sandbox: Sandbox) -> None:
    table, day = "stg_market__prices", panel_days(sandbox)[-1]
    bring_later(sandbox, [table], day)
    sandbox.execute(
        "insert into mart.int_price_changes (ticker, after_dt, to_dt, changed_at) "
        f"select 'A', '{day}', '{day}', max(loaded_at) from mart.{table}"
    )
    spoil(sandbox, [table], day)
    test = FAULTS[table][2]
    assert failing(sandbox, {test}) == {test}


@pytest.mark.slow
def test_only_a_build_that_passed_all_tests_is_taken_for_tested(sandbox: Sandbox) -> None:
    days = panel_days(sandbox)
    for table in ("int_price_changes", "labels", "features_alpha158"):
        sandbox.execute(f"update mart.{table} set changed_at = changed_at + interval '1 day'")
    before = sandbox.rows(PASSED)
    sandbox.execute(f"update mart.labels set label_ret_5d = 'NaN' where dt = '{days[-1]}'")
    select = ("build", "--select", "tested_builds")

    assert sandbox.run_dbt(*select, "config.where:newest_build").exit_code == 1
    assert sandbox.rows(PASSED) == before
    sandbox.run_dbt(*select, "int_price_grid_key").ok()
    assert sandbox.rows(PASSED) == before, "the other tests were not run"

    sandbox.execute(f"update mart.labels set label_ret_5d = null where dt = '{days[-1]}'")
    sandbox.run_dbt(*select, "config.where:newest_build").ok()
    newest = sandbox.rows("select max(changed_at) from mart.labels")
    assert sandbox.rows(PASSED) == before + newest


def test_all_days_are_tested_until_something_passed(sandbox: Sandbox) -> None:
    """Nothing has, of a new universe; nor after a full refresh in which a test failed."""
    day, tables = panel_days(sandbox)[0], ("int_price_grid", "labels")
    tests = {FAULTS[table][2] for table in tables}
    bring_later(sandbox, tables, panel_days(sandbox)[-1])
    spoil(sandbox, tables, day)
    assert failing(sandbox, tests) == set()
    sandbox.execute("update mart.tested_builds set reference_version = 'another'")
    assert failing(sandbox, tests) == tests
    sandbox.execute("update mart.tested_builds set reference_version = 'of today'")
    sandbox.execute("update mart.int_reference_version set reference_version = 'of today'")
    assert failing(sandbox, tests) == set()
    sandbox.run_dbt("run", "--full-refresh", "--select", "int_latest_load").ok()
    assert failing(sandbox, tests) == tests
