"""An incremental build leaves what a full one makes, whatever the feed did in between."""

import os
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.dbt.feed_events import EVERY_KIND, FIRST_DAYS, first_feed, sequences
from tests.dbt.forecasts import (
    forget_forecasts,
    store_backfill,
    store_live,
    store_model,
    store_run,
)
from tests.dbt.price_feed import SCHEMA, Event, Feed
from tests.dbt.recorded_build import (
    OF_PRICES,
    Panels,
    RecordedBuild,
    disagreements,
    read_panels,
    record_builds,
)
from tests.sandbox import Sandbox
from tests.tables import insert

# Shrinking rebuilds hundreds of times: it is for exploring.
EXPLORING = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
EXAMPLES = int(os.environ.get("MLX_INCREMENTAL_EXAMPLES", "5"))
PHASES = [Phase.explicit, Phase.generate, *([Phase.shrink] if EXPLORING else [])]
RAW_TABLES = ("raw.prices", "raw.universe", "raw.securities")
# One ticker alone must not make a trading day, and few of them a cross-section. Labels
# that are entered a day later reach back further than their horizon.
ENTRY_LAG = 1
VARS = {"calendar_quorum": 0.5, "min_names": 4, "entry_lag": ENTRY_LAG}
LONGEST_HORIZON = 20
FEED_FILE = "us_pit_feed_sp500_2015_2016.parquet"
FEED_TICKERS = ("AAPL", "AIG", "BAC", "GE", "NFLX", "XOM")
FEED_DELIVERIES = int(os.environ.get("MLX_FEED_DELIVERIES", "60"))


@pytest.fixture(scope="module")
def recorded(module_sandbox: Sandbox) -> RecordedBuild:
    """The statements of a full and an incremental build, in a database of their own."""
    for table in RAW_TABLES:
        module_sandbox.execute(f"delete from {table}")
    insert(module_sandbox, "raw.prices", first_feed().deliver())
    return record_builds(module_sandbox, VARS)


def start_again(recorded: RecordedBuild, rows: pa.Table) -> None:
    """Build everything from one delivery, without universe and securities, and forecast it."""
    forget_forecasts(recorded.sandbox)
    for table in RAW_TABLES:
        recorded.sandbox.execute(f"delete from {table}")
    insert(recorded.sandbox, "raw.prices", rows)
    recorded.build(full_refresh=True)
    store_run(recorded.sandbox, 0)
    store_live(recorded.sandbox, 0, n_days=FIRST_DAYS)


def choose_members(sandbox: Sandbox, days: list[date]) -> None:
    """All but T5 and later ones; T1 leaves, T2 enters, and two sectors share four of them."""
    sandbox.execute(
        "insert into raw.universe values ('T0', '2000-01-01', null), "
        f"('T1', '2000-01-01', '{days[60]}'), ('T2', '{days[30]}', null), "
        "('T3', '2000-01-01', null), ('T4', '2000-01-01', null)"
    )
    sandbox.execute(
        "insert into raw.securities values ('T0', 'Zero', 'Energy'), ('T1', 'One', 'Energy'), "
        "('T2', 'Two', 'Utilities'), ('T3', 'Three', 'Utilities')"
    )


def evaluated(recorded: RecordedBuild) -> Panels:
    """Panels after one more build, for what was forecast since; what it mends counts as wrong."""
    built = read_panels(recorded.sandbox, OF_PRICES)
    recorded.build()
    return {**read_panels(recorded.sandbox), **built}


def assert_full_refresh_equals(recorded: RecordedBuild, incremental: Panels) -> None:
    recorded.build(full_refresh=True)
    found = disagreements(incremental, read_panels(recorded.sandbox))
    assert not found, "\n".join(found)


@settings(
    max_examples=EXAMPLES,
    phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@example(sequence=EVERY_KIND, has_members=True)
@given(sequence=sequences, has_members=st.booleans())
def test_incremental_equals_full_refresh(
    recorded: RecordedBuild, sequence: list[list[Event]], has_members: bool
) -> None:
    """Members and sectors, where there are any, come with the second delivery."""
    feed = first_feed()
    # Closing DuckDB's file between statements would cost as much as they do.
    with recorded.sandbox.connect():
        start_again(recorded, feed.deliver())
        for number, happenings in enumerate(sequence, start=1):
            for event in happenings:
                feed.happen(event)
            insert(recorded.sandbox, "raw.prices", feed.deliver())
            if has_members and number == 2:
                choose_members(recorded.sandbox, feed.open_days())
            recorded.build(number)
            store_live(recorded.sandbox, number)
            if number % 3 == 2:
                store_run(recorded.sandbox, number, horizon=5)
        assert_full_refresh_equals(recorded, evaluated(recorded))


@pytest.mark.slow
def test_incremental_equals_full_refresh_on_a_real_feed(
    recorded: RecordedBuild, shared_dir: Path
) -> None:
    """Real restatements, late rows and a 7-for-1 split, one build after each delivery.

    The first build has the deliveries of some weeks, so that all windows are full afterwards.
    """
    versions = real_versions(shared_dir / "data" / FEED_FILE)
    loads = pc.unique(versions["loaded_at"]).sort()
    assert len(loads) > FEED_DELIVERIES
    begin = 46
    first = versions.filter(pc.less_equal(versions["loaded_at"], loads[begin - 1]))
    with recorded.sandbox.connect():
        start_again(recorded, first)
        for number, load in enumerate(loads[begin : begin + FEED_DELIVERIES], start=1):
            delivered = versions.filter(pc.equal(versions["loaded_at"], load))
            insert(recorded.sandbox, "raw.prices", delivered)
            recorded.build(number)
            store_live(recorded.sandbox, number)
        assert_full_refresh_equals(recorded, evaluated(recorded))


def real_versions(path: Path) -> pa.Table:
    """The feed as ingest stores it: a row of a delivery where it differs from the one before."""
    feed = pq.read_table(path, filters=[("ticker", "in", FEED_TICKERS)]).to_pandas()
    feed = feed.sort_values(["ticker", "date", "as_of_date"], kind="stable")
    values = ["open", "high", "low", "close", "volume", "adj_close"]
    previous = feed.groupby(["ticker", "date"])[values].shift()
    feed = feed[(feed[values] != previous).any(axis=1)]
    feed["loaded_at"] = pd.to_datetime(feed["as_of_date"]) + pd.Timedelta(hours=22)
    feed = feed.rename(columns={"date": "dt"}).assign(dividend=None, split_ratio=None)
    return pa.Table.from_pandas(feed[SCHEMA.names], SCHEMA, preserve_index=False)


def test_a_changed_universe_and_changed_sectors_reach_the_labels(recorded: RecordedBuild) -> None:
    """No price comes with them, and every day's cross-section may be another one.

    The features stay: on a member's first day, too, windows see the days before it.
    """
    feed = first_feed()
    start_again(recorded, feed.deliver())
    alone = read_panels(recorded.sandbox, ["features_alpha158"])
    assert alone["features_alpha158"].num_rows == 6 * FIRST_DAYS
    day_5, day_6, day_7 = feed.open_days()[4:7]
    changes = [
        f"insert into raw.universe values ('T0', '{day_5}', '{day_6}'), ('T1', '2000-01-01', null)",
        "insert into raw.securities values ('T0', 'Zero', 'Energy'), ('T1', 'One', 'Energy')",
        f"update raw.universe set end_dt = '{day_7}' where ticker = 'T0'",
        "update raw.securities set sector = 'Utilities' where ticker = 'T1'",
        "delete from raw.universe",
    ]
    states = []
    for change in changes:
        recorded.sandbox.execute(change)
        recorded.build()
        states.append(membership(recorded.sandbox))
        before = read_panels(recorded.sandbox)
        recorded.build(full_refresh=True)
        assert disagreements(before, read_panels(recorded.sandbox)) == []
        assert disagreements(alone, before) == []
    assert states[0] == {"T0": (day_5, day_6, 2, None), "T1": (*ends(feed), FIRST_DAYS, None)}
    assert states[1]["T0"] == (day_5, day_6, 2, "Energy")
    assert states[2]["T0"] == (day_5, day_7, 3, "Energy")
    assert states[3]["T1"] == (*ends(feed), FIRST_DAYS, "Utilities")
    assert len(states[4]) == 6


def test_only_what_a_restated_price_reaches_is_built_again(recorded: RecordedBuild) -> None:
    """Its ticker from that day on, and the labels over its step or that of the day after."""
    feed = first_feed()
    start_again(recorded, feed.deliver())
    days = feed.open_days()
    feed.happen(Event("restate", ticker=1, days_back=9, amount=3))
    insert(recorded.sandbox, "raw.prices", feed.deliver())
    recorded.build()
    later = {("T1", day) for day in days[-10:]}
    assert newest_rows(recorded.sandbox, "int_price_grid") == later
    assert newest_rows(recorded.sandbox, "features_alpha158") == later
    reached = days[-10 - ENTRY_LAG - LONGEST_HORIZON : -8]
    assert newest_rows(recorded.sandbox, "labels") == set(product(feed.tickers, reached))


def newest_rows(sandbox: Sandbox, table: str) -> set[tuple[object, ...]]:
    newest = f"select max(changed_at) from mart.{table}"
    rows = sandbox.rows(f"select ticker, dt from mart.{table} where changed_at = ({newest})")
    return {tuple(row) for row in rows}


def test_a_day_that_turns_behind_a_model_moves_its_first_day(recorded: RecordedBuild) -> None:
    """What it forecast for the old first day is judged no more, though no label there changed."""
    feed, horizon = first_feed(), 5
    start_again(recorded, feed.deliver())
    days = feed.open_days()
    store_model(recorded.sandbox, "near", horizon, days[39])
    store_backfill(recorded.sandbox, "near", horizon)
    recorded.build()
    first_day = "select first_dt from mart.models_out_of_sample where model_id = 'near'"
    judged = "select min(dt) from mart.daily_ic where run_id = 'near'"
    found = [recorded.sandbox.rows(first_day)]
    saturday = next(day for day in days[40:] if day.weekday() == 4) + timedelta(days=1)
    closes = Event("close", days_back=len(days) - 42, amount=2)
    for event in (closes, Event("open", days_back=(feed.today - saturday).days)):
        feed.happen(event)
        insert(recorded.sandbox, "raw.prices", feed.deliver())
        recorded.build()
        found.append(recorded.sandbox.rows(first_day))
        assert recorded.sandbox.rows(judged) == found[-1]
        assert_full_refresh_equals(recorded, read_panels(recorded.sandbox))
    later = days[days.index(found[0][0][0]) + 1]
    assert found == [found[0], [(later,)], found[0]], "one day closed, another opened"
    assert days[40] < saturday < found[0][0][0]


def membership(sandbox: Sandbox) -> dict[str, tuple[object, ...]]:
    """First and last day as a member, number of such days, and the sector, by ticker."""
    rows = sandbox.rows(
        "select ticker, min(dt), max(dt), count(*), min(sector) from mart.labels where is_member "
        "group by ticker"
    )
    return {ticker: tuple(values) for ticker, *values in rows}


def ends(feed: Feed) -> tuple[object, object]:
    days = feed.open_days()
    return days[0], days[-1]


def test_prices_that_come_after_a_first_build_without_any_are_found(
    recorded: RecordedBuild,
) -> None:
    recorded.sandbox.execute("delete from raw.prices")
    recorded.build(full_refresh=True)
    insert(recorded.sandbox, "raw.prices", first_feed().deliver())
    recorded.build()
    assert recorded.sandbox.rows("select count(*) from mart.labels") == [(6 * FIRST_DAYS,)]
    assert_full_refresh_equals(recorded, read_panels(recorded.sandbox))
