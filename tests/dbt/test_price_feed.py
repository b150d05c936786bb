"""The feed that the incremental builds are tried on does what its events say."""

from datetime import timedelta
from itertools import pairwise

from tests.dbt.feed_events import EVERY_KIND, KINDS, first_feed
from tests.dbt.price_feed import Feed


def test_everything_that_can_happen_happens_in_the_first_example() -> None:
    feed = first_feed()
    feed.deliver()
    for happenings in EVERY_KIND:
        for event in happenings:
            before = state(feed)
            feed.happen(event)
            assert state(feed) != before, event
        feed.deliver()
    assert {event.kind for happenings in EVERY_KIND for event in happenings} == set(KINDS)
    days = [day for ticker, day in sorted(feed.rows) if ticker == "T0"]
    gaps = [later - day for day, later in pairwise(days)]
    assert max(gaps) > timedelta(days=45)


def state(feed: Feed) -> tuple[object, ...]:
    return dict(feed.rows), set(feed.ended), dict(feed.suspended)
