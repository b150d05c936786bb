"""An incremental build leaves what a full one makes, whatever the feed did in between."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dbt.panels import assert_same_panels, read_panels
from tests.dbt.price_feed import COLUMNS, Event, Feed
from tests.dbt.recorded_build import RecordedBuild, record_builds
from tests.postgres import Server
from tests.sandbox import open_sandbox

EXAMPLES = int(os.environ.get("MLX_INCREMENTAL_EXAMPLES", "8"))
FIRST_DAYS = 75
# One ticker alone must not make a trading day.
QUORUM = '{"calendar_quorum": 0.5}'

KINDS = (
    "append restate split dividend level spoil late weekend list delist suspend open close".split()
)
events = st.builds(
    Event,
    kind=st.sampled_from(KINDS),
    ticker=st.integers(0, 7),
    days_back=st.one_of(st.integers(0, 6), st.integers(0, FIRST_DAYS)),
    amount=st.integers(1, 6),
)
deliveries = st.lists(st.lists(events, min_size=1, max_size=3), min_size=2, max_size=7)


@pytest.fixture(scope="module")
def recorded(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RecordedBuild]:
    """The statements of a full and an incremental build, in a database of their own."""
    server: Server | None = (
        request.getfixturevalue("postgres_server") if engine == "postgres" else None
    )
    sandbox = open_sandbox(engine, tmp_path_factory.mktemp("recorded"), server)
    sandbox.run_dbt("run-operation", "create_source_tables").ok()
    feed = first_feed()
    load(sandbox, feed.deliver())
    yield record_builds(sandbox, "--vars", QUORUM)
    sandbox.close()


def first_feed() -> Feed:
    feed = Feed()
    for _ in range(6):
        feed.list_ticker()
    feed.append_days(FIRST_DAYS)
    return feed


def load(sandbox: Any, rows: pd.DataFrame) -> None:
    """Insert a delivery as it is."""
    if rows.empty:
        return
    values = ", ".join(
        "("
        + ", ".join("null" if pd.isna(value) else f"'{value}'" for value in row)
        + ")"
        for row in rows.itertuples(index=False)
    )
    sandbox.execute(f"insert into raw.prices ({', '.join(COLUMNS)}) values {values}")


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(deliveries)
def test_incremental_equals_full_refresh(
    recorded: RecordedBuild, deliveries: list[list[Event]]
) -> None:
    feed = first_feed()
    recorded.sandbox.execute("delete from raw.prices")
    load(recorded.sandbox, feed.deliver())
    recorded.build(full_refresh=True)
    for happenings in deliveries:
        for event in happenings:
            feed.happen(event)
        load(recorded.sandbox, feed.deliver())
        recorded.build()
    incremental = read_panels(recorded.sandbox)
    recorded.build(full_refresh=True)
    assert_same_panels(incremental, read_panels(recorded.sandbox))
