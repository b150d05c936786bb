"""Forecasts are stale when prices of their window were changed after they were made."""

from datetime import date, timedelta

import pytest

from tests.sandbox import Sandbox

N_FORECAST_DAYS = 5
LOOKBACK = 60
STALE = "select ticker, dt, reason, changed_dt from mart.stale_preds order by ticker, dt"
MAKERS = "select ticker, dt, model_id from ml.preds order by ticker, dt"
DAYS = "select dt from mart.int_trading_days where is_open order by dt"


def restate(sandbox: Sandbox, ticker: str, day: date) -> None:
    """Deliver a day's row again, an hour after the newest load, with twice the volume."""
    sandbox.execute(f"""
        insert into raw.prices (ticker, dt, loaded_at, open, high, low, close, volume,
            dividend, split_ratio, adj_close)
        select ticker, dt, (select max(loaded_at) from raw.prices) + interval '1 hour',
            open, high, low, close, 2 * volume + 100, dividend, split_ratio, adj_close
        from mart.int_accepted_prices where ticker = '{ticker}' and dt = '{day}'
    """)


def second_model(sandbox: Sandbox) -> str:
    """Store the champion once more under another id, which is returned."""
    columns = "run_id, learner, horizon, target, features, params, uncertainty, model, sha256"
    sandbox.execute(
        f"insert into ml.models (model_id, {columns}, created_at) "
        f"select 'twin-h1', {columns}, created_at from ml.models where alias = 'champion'"
    )
    return "twin-h1"


def deliver_day(sandbox: Sandbox, day: date, without: str = "") -> None:
    """Deliver a date for everything that traded on the newest day, but not for one ticker."""
    sandbox.execute(f"""
        insert into raw.prices (ticker, dt, loaded_at, open, high, low, close, volume,
            dividend, split_ratio, adj_close)
        select ticker, date '{day}', (select max(loaded_at) from raw.prices) + interval '1 hour',
            open, high, low, close, volume, 0, 1, adj_close
        from mart.int_accepted_prices
        where dt = (select max(dt) from mart.int_accepted_prices) and ticker <> '{without}'
    """)


@pytest.mark.slow
def test_restated_windows_are_listed_and_renewed(trained_sandbox: Sandbox) -> None:
    sandbox = trained_sandbox
    days = [day for (day,) in sandbox.rows(DAYS)]
    forecast_days = days[-N_FORECAST_DAYS:]
    sandbox.run_mlx("infer", "--start", str(forecast_days[0])).ok()
    one, other, third = (
        ticker
        for (ticker,) in sandbox.rows(f"""
        select ticker from ml.preds where dt >= '{forecast_days[0]}'
        group by ticker having count(*) = {N_FORECAST_DAYS} order by ticker limit 3
    """)
    )
    twin = second_model(sandbox)
    sandbox.run_mlx("infer", twin, "--start", str(forecast_days[0]), "--tickers", other).ok()
    assert sandbox.rows(STALE) == []

    deliver_day(sandbox, days[-1] + timedelta(days=3))
    assert sandbox.rows(STALE) == [], "a new day is in no earlier window"

    # The first forecast's window begins here, the second's a day later.
    first_of_window = days[-N_FORECAST_DAYS - LOOKBACK]
    restate(sandbox, one, first_of_window)
    restate(sandbox, one, days[-N_FORECAST_DAYS - LOOKBACK - 1])
    restate(sandbox, other, forecast_days[3])
    expected = [
        (one, forecast_days[0], "price", first_of_window),
        (other, forecast_days[3], "price", forecast_days[3]),
        (other, forecast_days[4], "price", forecast_days[3]),
    ]
    assert sandbox.rows(STALE) == expected

    sandbox.run_dbt("run", "--full-refresh", "--select", "+stale_preds").ok()
    assert sandbox.rows(STALE) == expected, "a calendar counted anew turns no day"
    makers = sandbox.rows(MAKERS)
    renewals = sandbox.run_mlx("infer", "--stale-only", "--json").ok().json()["renewals"]
    rows = {
        renewal["model_id"] == twin: [(row["ticker"], row["dt"]) for row in renewal["predictions"]]
        for renewal in renewals
    }
    assert rows == {
        False: [(one, str(forecast_days[0]))],
        True: [(other, str(forecast_days[3])), (other, str(forecast_days[4]))],
    }
    assert [renewal["n_written"] for renewal in renewals] == [1, 2]
    assert sandbox.rows(MAKERS) == makers, "each by the model that made it before"
    assert sandbox.rows(STALE) == []
    assert "no forecast is stale" in sandbox.run_mlx("infer", "--stale-only").ok().stdout

    saturday = forecast_days[0] - timedelta(days=(forecast_days[0].weekday() + 2) % 7)
    deliver_day(sandbox, saturday, without=third)
    sandbox.run_dbt("run", "--select", "+stale_preds").ok()
    reasons = dict(sandbox.rows("select ticker, min(reason) from mart.stale_preds group by ticker"))
    assert reasons[third] == "calendar"
    assert {reason for ticker, reason in reasons.items() if ticker != third} >= {"price"}
