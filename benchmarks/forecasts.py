"""Forecasts of all days or of one, without a model: of folds, live ones, and two explanations."""

from datetime import date

from tests.dbt.forecasts import COLUMNS, store_backfill, store_live, store_model, store_run
from tests.sandbox import Sandbox

MODEL = "live"
HORIZON = 1
# Shares that add up to the forecast, for the first ticker and the last.
SHARES = """
    select model_id, ticker, dt, horizon, feature, yhat / n_shares, created_at
    from ml.preds_log
    cross join (
        select feature, count(*) over () as n_shares
        from (select feature from mart.feature_docs union all select '(base)') as features
    ) as shares
    where {days} and ticker in (
        select min(ticker) from ml.preds_log union all select max(ticker) from ml.preds_log
    )
"""


def store_history(sandbox: Sandbox) -> None:
    """Forecast each day of the grid in folds and live, and explain two names of each."""
    # It learned long before: all of its forecasts are out of sample.
    store_model(sandbox, MODEL, HORIZON, date(1900, 1, 1))
    store_run(sandbox, 0, HORIZON)
    store_backfill(sandbox, MODEL, HORIZON)
    _publish_and_explain(sandbox, "dt is not null")


def store_newest_day(sandbox: Sandbox, number: int) -> None:
    """Forecast the newest day of the grid live, later with every number, and explain two names."""
    store_live(sandbox, 2 * number, n_days=1)
    _publish_and_explain(sandbox, "dt = (select max(dt) from mart.int_price_grid)")


def _publish_and_explain(sandbox: Sandbox, days: str) -> None:
    sandbox.execute(
        f"insert into ml.preds (model_id, run_id, created_at, {COLUMNS}) "
        f"select model_id, run_id, created_at, {COLUMNS} from ml.preds_log where {days}"
    )
    sandbox.execute(
        "insert into ml.explanations (model_id, ticker, dt, horizon, feature, contribution, "
        f"created_at) {SHARES.format(days=days)}"
    )
