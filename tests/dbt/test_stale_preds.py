"""Forecasts are stale when prices of their window were changed after they were made."""

from datetime import date, timedelta

import pytest

from tests.sandbox import Sandbox

N_FORECAST_DAYS = 5
LOOKBACK = 60
STALE = (
    "select ticker, dt, horizon, reason, changed_dt from mart.stale_preds order by 1, 2, 3, 4, 5"
)
MAKERS = "select ticker, dt, horizon, model_id, level from ml.preds order by ticker, dt, horizon"
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


def twin_of_champion(sandbox: Sandbox, horizon: int) -> str:
    """Store the champion once more as the model of a horizon, whose id is returned."""
    columns = "run_id, learner, target, features, params, uncertainty, model, sha256, created_at"
    sandbox.execute(
        f"insert into ml.models (model_id, horizon, {columns}) "
        f"select 'twin-h{horizon}', {horizon}, {columns} from ml.models where alias = 'champion'"
    )
    return f"twin-h{horizon}"


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
    twin, far = twin_of_champion(sandbox, 1), twin_of_champion(sandbox, 5)
    sandbox.run_mlx("infer", twin, "--start", str(forecast_days[0]), "--tickers", other).ok()
    wide = ("infer", far, "--date", str(forecast_days[4]), "--tickers", other, "--level", "0.9")
    sandbox.run_mlx(*wide).ok()
    assert sandbox.rows(STALE) == []

    deliver_day(sandbox, days[-1] + timedelta(days=3))
    assert sandbox.rows(STALE) == [], "a new day is in no earlier window"

    # The first forecast's window begins here, the second's a day later.
    first_of_window = days[-N_FORECAST_DAYS - LOOKBACK]
    restate(sandbox, one, first_of_window)
    restate(sandbox, one, days[-N_FORECAST_DAYS - LOOKBACK - 1])
    restate(sandbox, other, forecast_days[3])
    expected = [
        (one, forecast_days[0], 1, "price", first_of_window),
        (other, forecast_days[3], 1, "price", forecast_days[3]),
        (other, forecast_days[4], 1, "price", forecast_days[3]),
        (other, forecast_days[4], 5, "price", forecast_days[3]),
    ]
    assert sandbox.rows(STALE) == expected

    sandbox.run_dbt("run", "--full-refresh", "--select", "+stale_preds").ok()
    assert sandbox.rows(STALE) == expected, "a calendar counted anew turns no day"
    makers = sandbox.rows(MAKERS)
    renewals = sandbox.run_mlx("infer", "--stale-only", "--json").ok().json()["renewals"]
    rows = {
        renewal["model_id"]: [(row["ticker"], row["dt"]) for row in renewal["predictions"]]
        for renewal in renewals
    }
    champion = min(rows.keys() - {twin, far})
    assert rows == {
        champion: [(one, str(forecast_days[0]))],
        twin: [(other, str(forecast_days[3])), (other, str(forecast_days[4]))],
        far: [(other, str(forecast_days[4]))],
    }
    assert {renewal["model_id"]: renewal["n_written"] for renewal in renewals} == {
        champion: 1,
        twin: 2,
        far: 1,
    }
    assert sandbox.rows(MAKERS) == makers, "each by the model that made it, at its level"
    assert sandbox.rows(STALE) == []
    assert "no forecast is stale" in sandbox.run_mlx("infer", "--stale-only").ok().stdout

    saturday = forecast_days[0] - timedelta(days=(forecast_days[0].weekday() + 2) % 7)
    deliver_day(sandbox, saturday, without=third)
    sandbox.run_dbt("run", "--select", "+stale_preds").ok()
    reasons = dict(sandbox.rows("select ticker, min(reason) from mart.stale_preds group by ticker"))
    assert reasons[third] == "calendar"
    assert {reason for ticker, reason in reasons.items() if ticker != third} >= {"price"}
