"""The var `as_of`: what was known on a day is rebuilt, whatever came later."""

from datetime import date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.sandbox import Sandbox
from tests.tables import differences, insert, read_table

KEYS = ["ticker", "dt"]
FORECAST_KEYS = [*KEYS, "horizon"]
NEWEST = """
    select ticker, open, high, low, close, volume, dividend, split_ratio, adj_close
    from mart.int_accepted_prices where dt = (select max(dt) from mart.int_accepted_prices)
"""
FORECASTS = "select ticker, dt, horizon, yhat, yhat_std, prob_up, yhat_lo, yhat_hi from {}.preds"
NEWEST_DAY = "(select max(dt) from mart.labels)"
TABLES = ("features_alpha158", "labels")
BOOKKEEPING = ["changed_at", "reference_version"]
TRAINING = ("train", "--n-splits", "2", "--n-estimators", "10")


def deliver_next_day(sandbox: Sandbox, factor: float) -> datetime:
    """Deliver a further trading day, a day after the newest load; its prices move by a factor."""
    ((last_dt, last_load),) = sandbox.rows("select max(dt), max(loaded_at) from raw.prices")
    day = last_dt + timedelta(days=3 if last_dt.weekday() == 4 else 1)
    loaded_at: datetime = last_load + timedelta(days=1)
    rows = read_table(sandbox, NEWEST)
    for name in ("open", "high", "low", "close", "adj_close"):
        rows = rows.set_column(
            rows.column_names.index(name), name, pc.multiply(rows[name], pa.scalar(factor))
        )
    rows = rows.append_column("dt", pa.repeat(pa.scalar(day, pa.date32()), rows.num_rows))
    stamp = pa.scalar(loaded_at, pa.timestamp("us"))
    insert(sandbox, "raw.prices", rows.append_column("loaded_at", pa.repeat(stamp, rows.num_rows)))
    return loaded_at


def restate(sandbox: Sandbox, loaded_at: datetime) -> None:
    """Deliver every fifth price of the last 30 days again, 10 % higher."""
    sandbox.execute(f"""
        insert into raw.prices (ticker, dt, loaded_at, open, high, low, close, volume,
            dividend, split_ratio, adj_close)
        select ticker, dt, timestamp '{loaded_at}',
            open * 1.1, high * 1.1, low * 1.1, close * 1.1, volume,
            dividend, split_ratio, adj_close * 1.1
        from mart.int_accepted_prices
        where dt > (select max(dt) from raw.prices) - 30
            and extract(day from dt) in (1, 6, 11, 16, 21, 26)
    """)


def change_everything(sandbox: Sandbox, midnight: datetime) -> None:
    """Restated prices, a further day, and a member that leaves."""
    restate(sandbox, midnight)
    deliver_next_day(sandbox, 0.98)
    sandbox.execute("""
        update raw.universe set end_dt = (select max(dt) from raw.prices)
        where end_dt is null and ticker = (select min(ticker) from raw.universe)
    """)


@pytest.mark.slow
def test_a_replay_equals_what_the_day_stored(sandbox: Sandbox) -> None:
    """Features, labels and forecasts are those of the day, whatever was delivered afterwards.

    The last instant of the day belongs to it, midnight to the next one.
    """
    day = deliver_next_day(sandbox, 1.01).date()
    schema = f"{day:%Y%m%d}"
    midnight = datetime.combine(day + timedelta(days=1), time())
    restate(sandbox, midnight - timedelta(microseconds=1))
    sandbox.run_dbt("run", "--select", "+training_set").ok()
    sandbox.run_mlx(*TRAINING).ok()
    sandbox.run_mlx("infer").ok()
    stored = {name: read_table(sandbox, f"select * from mart.{name}") for name in TABLES}
    forecasts = read_table(sandbox, FORECASTS.format("ml"))
    assert forecasts.num_rows > 10

    change_everything(sandbox, midnight)
    sandbox.run_dbt("run", "--select", "+training_set").ok()
    assert all(unlike(sandbox, stored, "mart").values())

    as_of = ("--vars", f"{{as_of: {day}}}")
    sandbox.run_dbt("build", *as_of, "--exclude-resource-type", "unit_test").ok()
    assert unlike(sandbox, stored, f"mart_as_of_{schema}") == {name: [] for name in TABLES}
    sandbox.run_mlx("--as-of", str(day), *TRAINING).ok()
    sandbox.run_mlx("--as-of", str(day), "infer").ok()
    replayed = read_table(sandbox, FORECASTS.format(f"ml_as_of_{schema}"))
    assert differences(forecasts, replayed, FORECAST_KEYS) == []
    published = read_table(sandbox, FORECASTS.format("ml"))
    assert differences(forecasts, published, FORECAST_KEYS) == []


def unlike(sandbox: Sandbox, stored: dict[str, pa.Table], schema: str) -> dict[str, list[str]]:
    """What the stored tables and those of a schema disagree on."""
    return {
        name: differences(
            table, read_table(sandbox, f"select * from {schema}.{name}"), KEYS, BOOKKEEPING
        )
        for name, table in stored.items()
    }


@pytest.mark.slow
def test_a_replay_forecasts_with_the_champion_of_its_day(trained_sandbox: Sandbox) -> None:
    """What was published comes out again, though a model was promoted and rows were logged later.

    The intervals had forecasts to adapt to: those of the template.
    """
    sandbox = trained_sandbox
    deliver_next_day(sandbox, 1.1)
    ((skipped,),) = sandbox.rows("select max(dt) from raw.prices")
    day = build_next_day(sandbox)
    sandbox.run_mlx("infer").ok()
    published = read_table(sandbox, f"{FORECASTS.format('ml')} where dt = {NEWEST_DAY}")
    build_next_day(sandbox)
    sandbox.run_mlx("infer", "--date", str(skipped)).ok()
    promote_later(sandbox, day + timedelta(days=1))

    as_of = ("--as-of", str(day))
    sandbox.run_dbt("run", "--select", "+training_set", "--vars", f"{{as_of: {day}}}").ok()
    sandbox.run_mlx(*as_of, "infer").ok()
    replayed = read_table(sandbox, FORECASTS.format(f"ml_as_of_{day:%Y%m%d}"))
    assert differences(published, replayed, FORECAST_KEYS) == []
    refused = sandbox.run_mlx(*as_of, "infer", "later")
    assert (refused.exit_code, f"later was created after {day}" in refused.stderr) == (1, True)
    refused = sandbox.run_mlx(*as_of, "infer", "--horizon", "5")
    assert f"horizon 5 had no champion on {day}" in refused.stderr


def build_next_day(sandbox: Sandbox) -> date:
    """Deliver and build a further trading day; the day on which it was loaded."""
    day = deliver_next_day(sandbox, 0.9).date()
    sandbox.run_dbt("run", "--select", "+training_set").ok()
    return day


def promote_later(sandbox: Sandbox, day: date) -> None:
    """A second model, created and promoted on a day."""
    columns = "run_id, learner, horizon, target, features, params, uncertainty, model, sha256"
    sandbox.execute("update ml.models set alias = null")
    sandbox.execute(
        f"insert into ml.models (model_id, {columns}, alias, created_at) "
        f"select 'later', {columns}, 'champion', timestamp '{day}' from ml.models"
    )
    sandbox.execute(
        "insert into ml.alias_log (change_no, model_id, horizon, alias, action, changed_at) "
        f"values (99, 'later', 1, 'champion', 'promote', timestamp '{day}')"
    )
