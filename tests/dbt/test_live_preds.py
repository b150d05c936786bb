"""Live forecasts are judged by model, and only where the model had not seen the return."""

from datetime import date

import pytest

from tests.sandbox import Sandbox

N_DAYS = 12
DAYS = "select dt from mart.int_trading_days where is_open order by dt"
JUDGED = "select run_id, dt, n_names from mart.daily_ic where origin = 'live' order by dt"
BUILD = ("run", "--select", "models_out_of_sample", "live_preds", "preds_scored", "daily_ic")


@pytest.mark.slow
def test_a_model_is_judged_on_whole_days_that_it_had_not_seen(trained_sandbox: Sandbox) -> None:
    sandbox = trained_sandbox
    days = [day for (day,) in sandbox.rows(DAYS)][-N_DAYS:]
    ((run_id, ticker),) = sandbox.rows(
        "select min(run_id), min(ticker) from ml.cv_preds where horizon = 1"
    )
    # As if trained on the first of these days, whose return ends on the second.
    sandbox.execute(
        f"update ml.cv_folds set dt_to = '{days[0]}' "
        f"where run_id = '{run_id}' and dt_to > '{days[0]}'"
    )
    sandbox.run_mlx("infer", "--start", str(days[0])).ok()
    sandbox.run_dbt(*BUILD).ok()
    names = _names(sandbox, days)
    flags = sandbox.rows("select distinct dt, is_out_of_sample from mart.live_preds order by dt")
    assert flags == [(day, day >= days[1]) for day in days]
    judged = [(run_id, day, names[day]) for day in days[1:-1]]
    assert sandbox.rows(JUDGED) == judged

    sandbox.run_mlx("infer", "--start", str(days[0]), "--tickers", ticker, "--level", "0.9").ok()
    of_day = f"from mart.live_preds where dt = '{days[1]}'"
    assert sandbox.rows(f"select count(distinct published_by) {of_day}") == [(2,)]
    sandbox.run_dbt(*BUILD).ok()
    assert sandbox.rows(JUDGED) == judged, "a day does not fall apart when some are renewed"


def _names(sandbox: Sandbox, days: list[date]) -> dict[date, int]:
    """Count the returns that came true of each day."""
    return dict(
        sandbox.rows(
            "select dt, count(label_ret_1d) from mart.training_set "
            f"where dt >= '{days[0]}' group by dt"
        )
    )
