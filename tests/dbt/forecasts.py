"""Forecasts without a model: what `mlx train` and `mlx infer` store, written by hand."""

from datetime import date, datetime, timedelta

from tests.sandbox import Sandbox

FIRST_FORECAST = datetime(2030, 1, 1)
TABLES = ("ml.cv_preds", "ml.cv_folds", "ml.preds_log")
# Differs between tickers and days, and comes with ties.
FORECAST = """
    ticker, dt, {horizon} as horizon, yhat, 0.008 + abs(yhat) as yhat_std,
    0.5 + 10 * yhat as prob_up, yhat - 0.01 as yhat_lo, yhat + 0.01 as yhat_hi, 0.8 as level
"""
CROSS_SECTIONS = """
    select
        ticker, dt,
        mod(ascii(substr(ticker, 2, 1)) * 7 + extract(day from dt) * {number}, 11) * 0.001 - 0.005
            as yhat
    from mart.int_price_grid
"""
COLUMNS = "ticker, dt, horizon, yhat, yhat_std, prob_up, yhat_lo, yhat_hi, level"


def forget_forecasts(sandbox: Sandbox) -> None:
    """Delete all runs and forecasts."""
    for table in TABLES:
        sandbox.execute(f"delete from {table}")


def store_run(sandbox: Sandbox, number: int, horizon: int = 1) -> None:
    """A run whose one fold tests on all days of the grid but the first ten."""
    days = CROSS_SECTIONS.format(number=number)
    first_day = "(select min(dt) + 14 from mart.int_price_grid)"
    sandbox.execute(
        f"insert into ml.cv_preds (run_id, fold, {COLUMNS}) "
        f"select 'run{number}', 0, {FORECAST.format(horizon=horizon)} from ({days}) as days "
        f"where dt >= {first_day}"
    )
    sandbox.execute(
        "insert into ml.cv_folds (run_id, horizon, fold, role, dt_from, dt_to, n_dates, n_rows) "
        f"select 'run{number}', {horizon}, 0, 'test', min(dt), max(dt), count(distinct dt), "
        f"count(*) from mart.int_price_grid where dt >= {first_day}"
    )


def store_model(sandbox: Sandbox, name: str, horizon: int, cutoff: date) -> None:
    """Store a model of that name, and of a run of that name, that learned up to a day."""
    sandbox.execute(
        "insert into ml.runs (run_id, kind, status, started_at, data_cutoff) "
        f"values ('{name}', 'train', 'done', timestamp '{FIRST_FORECAST}', date '{cutoff}') "
        "on conflict (run_id) do nothing"
    )
    sandbox.execute(
        "insert into ml.models (model_id, run_id, learner, horizon, target, features, params, "
        f"uncertainty, model, sha256, created_at) values ('{name}', '{name}', 'none', {horizon}, "
        f"'raw', '[]', '{{}}', '{{}}', '', '', timestamp '{FIRST_FORECAST}') "
        "on conflict (model_id) do nothing"
    )


def store_backfill(sandbox: Sandbox, name: str, horizon: int) -> None:
    """Forecasts of a model for all days of the grid."""
    sandbox.execute(
        f"insert into ml.preds_log (model_id, run_id, created_at, {COLUMNS}) "
        f"select '{name}', 'infer', timestamp '{FIRST_FORECAST}', "
        f"{FORECAST.format(horizon=horizon)} from ({CROSS_SECTIONS.format(number=1)}) as days"
    )


def store_live(sandbox: Sandbox, number: int, n_days: int = 3) -> None:
    """A run of forecasts of the newest days in the grid, two days after those stored before.

    They take the place of earlier runs' forecasts; every other run renews but some tickers.
    """
    # It learned long before: all of its forecasts are out of sample.
    store_model(sandbox, "live", 1, date(1999, 1, 1))
    days = CROSS_SECTIONS.format(number=number)
    stamp = FIRST_FORECAST + timedelta(days=2 * number)
    newest = f"select distinct dt from mart.int_price_grid order by dt desc limit {n_days}"
    sandbox.execute(
        f"insert into ml.preds_log (model_id, run_id, created_at, {COLUMNS}) "
        f"select 'live', 'live{number}', timestamp '{stamp}', {FORECAST.format(horizon=1)} "
        f"from ({days}) as days where dt in ({newest}) "
        f"and ({number % 2} = 0 or mod(ascii(ticker) + ascii(substr(ticker, 2, 1)), 2) = 0) "
        "on conflict (model_id, ticker, dt, horizon) do update set "
        "yhat = excluded.yhat, run_id = excluded.run_id, created_at = excluded.created_at"
    )
