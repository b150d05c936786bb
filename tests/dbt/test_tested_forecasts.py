"""Data tests of forecasts look at what came since they passed, and at all forecasts when asked."""

from datetime import date

import pytest

from tests.dbt.test_tested_days import ALL_ROWS, failing
from tests.sandbox import Sandbox

# By test: what makes it fail on one day.
FAULTS = {
    "stg_ml__cv_preds_key": (
        "insert into ml.cv_preds select * from ml.cv_preds where dt = '{day}' limit 1"
    ),
    "preds_scored_mature_later": "update mart.labels set label_end_dt_1d = dt where dt = '{day}'",
    "daily_ic_is_a_correlation": "update mart.daily_ic set ic = 2 where dt = '{day}'",
    "assert_contributions_add_up": (
        "update ml.explanations set contribution = 1 where dt = '{day}' and feature = '(base)'"
    ),
}
TESTS = set(FAULTS)
# Shares of a forecast that was renewed since, or of none, need not add up to it.
OF_OTHERS = TESTS - {"assert_contributions_add_up"}
# What comes, and the tests that look at its day then.
ARRIVALS = (
    ("ml.preds", "created_at", "dt = '{day}'", TESTS),
    ("ml.preds_log", "created_at", "dt = '{day}'", OF_OTHERS),
    ("ml.explanations", "created_at", "dt = '{day}'", TESTS),
    ("mart.labels", "changed_at", "dt = '{day}'", TESTS),
    ("ml.runs", "finished_at", "kind = 'train'", OF_OTHERS),
)
PASSED = "select forecast_at, changed_at from mart.tested_forecasts order by 1"
TEST_ALL = ("build", "--select", "tested_forecasts", "config.where:newest_forecasts")


@pytest.fixture
def day(trained_sandbox: Sandbox) -> date:
    """A day of old with forecasts of folds, a live one and its explanation; all passed."""
    sandbox = trained_sandbox
    first: date
    ((first, last),) = sandbox.rows("select min(dt), max(dt) from mart.daily_ic")
    sandbox.run_mlx("infer", "--date", str(first)).ok()
    ((ticker,),) = sandbox.rows(f"select min(ticker) from ml.preds where dt = '{first}'")
    sandbox.run_mlx("explain", "--date", str(first), "--tickers", ticker).ok()
    sandbox.execute(
        f"update mart.labels set changed_at = changed_at + interval '1 day' where dt = '{last}'"
    )
    if sandbox.engine == "postgres":
        sandbox.execute("alter table ml.cv_preds drop constraint cv_preds_pkey")
    sandbox.run_dbt(*TEST_ALL).ok()
    # The last day of forecasts is taken again.
    sandbox.execute(
        "update mart.tested_forecasts set forecast_at = forecast_at + interval '2 days'"
    )
    return first


@pytest.mark.slow
def test_forecasts_are_tested_when_something_came(trained_sandbox: Sandbox, day: date) -> None:
    for fault in FAULTS.values():
        trained_sandbox.execute(fault.format(day=day))
    assert failing(trained_sandbox, TESTS) == set(), "nothing came"
    assert failing(trained_sandbox, TESTS, *ALL_ROWS) == TESTS
    for table, stamp, rows, looked_at in ARRIVALS:
        arrive = "update {} set {} = {} {} interval '36 hours' where " + rows.format(day=day)
        trained_sandbox.execute(arrive.format(table, stamp, stamp, "+"))
        assert failing(trained_sandbox, TESTS) == looked_at, f"after a change of {table}"
        trained_sandbox.execute(arrive.format(table, stamp, stamp, "-"))


@pytest.mark.slow
def test_forecasts_that_failed_a_test_are_not_taken_for_passed(
    trained_sandbox: Sandbox, day: date
) -> None:
    passed = trained_sandbox.rows(PASSED)
    trained_sandbox.execute("update ml.preds set created_at = created_at + interval '5 days'")
    trained_sandbox.execute(FAULTS["daily_ic_is_a_correlation"].format(day=day))

    assert trained_sandbox.run_dbt(*TEST_ALL).exit_code == 1
    assert trained_sandbox.rows(PASSED) == passed
    trained_sandbox.execute(f"update mart.daily_ic set ic = 0 where dt = '{day}'")
    trained_sandbox.run_dbt("build", "--select", "evaluation").ok()
    assert trained_sandbox.rows(PASSED) == passed, "tests of what mlx wrote were not run"

    trained_sandbox.run_dbt(*TEST_ALL).ok()
    ((newest,),) = trained_sandbox.rows("select max(created_at) from ml.preds")
    assert trained_sandbox.rows(PASSED) == [*passed, (newest, passed[-1][1])]
