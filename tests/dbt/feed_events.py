"""Random and chosen sequences of what happens to a feed, by delivery."""

from hypothesis import strategies as st

from tests.dbt.price_feed import Event, Feed

FIRST_DAYS = 75
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
# Everything that can happen, and at last T0, which split before, back after more than a month.
EVERY_KIND = [
    [Event("split", 0, 5, 1), Event("suspend", 0, amount=12), Event("restate", 1, 40, 3)],
    [Event("append", amount=6), Event("dividend", 2, 10, 2), Event("level", 4, 8, 3)],
    [Event("append", amount=6), Event("spoil", 3, 3), Event("list", days_back=20)],
    [Event("append", amount=6), Event("late", 6, 3), Event("weekend", 1, 9)],
    [Event("append", amount=6), Event("delist", 5), Event("open", days_back=20)],
    [Event("append", amount=6), Event("close", 2, 30, 1)],
    [Event("append", amount=6)],
]
sequences = st.lists(st.lists(events, min_size=1, max_size=3), min_size=2, max_size=7)


def first_feed() -> Feed:
    """Six tickers of as many days."""
    feed = Feed()
    for _ in range(6):
        feed.list_ticker()
    feed.append_days(FIRST_DAYS)
    return feed
