"""Combinatorial purged cross-validation: counts, purge on both sides, paths."""

from collections import Counter
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.errors import UsageError
from models_ml.splits import CombinatorialPurged

# Weekdays of January 2024, 23 of them, with 1 January open for simplicity.
ALL_DAYS = np.arange("2024-01-01", "2024-02-01", dtype="datetime64[D]")
JANUARY = ALL_DAYS[np.is_busday(ALL_DAYS)]


@st.composite
def cases(draw: st.DrawFn) -> tuple[CombinatorialPurged, int]:
    """A splitter and a number of days long enough that no split is left without training."""
    n_groups = draw(st.integers(2, 7))
    options: dict[str, Any] = {
        "n_groups": n_groups,
        "n_test_groups": draw(st.integers(1, n_groups - 1)),
        "horizon": draw(st.integers(1, 10)),
        "entry_lag": draw(st.integers(0, 2)),
        "purge_days": draw(st.none() | st.integers(0, 14)),
        "embargo_days": draw(st.integers(0, 5)),
        "min_train_days": 1,
    }
    splitter = CombinatorialPurged(**options)
    shortest_group = 2 * splitter.purge + splitter.embargo_days + 1
    return splitter, n_groups * shortest_group + draw(st.integers(0, 20))


def calendar_of(n_days: int) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    return np.datetime64("2001-01-01") + np.arange(n_days)


def test_a_split_as_dates() -> None:
    """Groups of 5, 5, 5, 4 and 4 days; two-day label: purge 2 both sides, embargo 1 after."""
    splitter = CombinatorialPurged(5, 2, horizon=2, embargo_days=1, min_train_days=1)
    fold = splitter.folds(JANUARY)[5]
    assert fold.groups == (1, 3)
    assert [(role, str(b.first_day), str(b.last_day)) for role, b in fold.parts()] == [
        ("train", "2024-01-01", "2024-01-03"),
        ("test", "2024-01-08", "2024-01-12"),
        ("test", "2024-01-22", "2024-01-25"),
        ("train", "2024-01-31", "2024-01-31"),
    ]


@given(cases())
def test_counts_of_splits_and_paths(case: tuple[CombinatorialPurged, int]) -> None:
    """P13: C(N, k) splits, C(N-1, k-1) paths, each group tested that many times."""
    splitter, n_days = case
    n, k = splitter.n_groups, splitter.n_test_groups
    folds = splitter.folds(calendar_of(n_days))
    tested = Counter(group for fold in folds for group in fold.groups)
    assert len(folds) == splitter.get_n_splits() == comb(n, k)
    assert tested == {group: comb(n - 1, k - 1) for group in range(n)}
    assert splitter.paths().shape == (splitter.n_paths, n) == (comb(n - 1, k - 1), n)


@given(cases())
def test_paths_use_every_tested_group_of_every_split_once(
    case: tuple[CombinatorialPurged, int],
) -> None:
    splitter, n_days = case
    folds = splitter.folds(calendar_of(n_days))
    used = Counter(
        (int(split), group) for path in splitter.paths() for group, split in enumerate(path)
    )
    assert used == Counter((fold.index, group) for fold in folds for group in fold.groups)


@given(cases())
def test_groups_tile_the_calendar_and_differ_by_a_day_at_most(
    case: tuple[CombinatorialPurged, int],
) -> None:
    splitter, n_days = case
    groups = splitter.groups(calendar_of(n_days))
    assert [day for g in groups for day in range(g.start, g.stop)] == list(range(n_days))
    assert max(g.n_days for g in groups) - min(g.n_days for g in groups) <= 1


@given(cases())
def test_no_closed_label_interval_of_training_meets_one_of_the_test(
    case: tuple[CombinatorialPurged, int],
) -> None:
    """P13 by brute force: intervals from row day to label end, three cases, closed bounds."""
    splitter, n_days = case
    label = splitter.entry_lag + splitter.horizon
    for fold in splitter.folds(calendar_of(n_days)):
        train = np.concatenate([np.arange(b.start, b.stop) for b in fold.train_blocks])
        for block in fold.test_blocks:
            test_end = block.stop - 1 + label
            starts_inside = (train >= block.start) & (train <= test_end)
            ends_inside = (train + label >= block.start) & (train + label <= test_end)
            envelops = (train <= block.start) & (train + label >= test_end)
            assert not np.any(starts_inside | ends_inside | envelops)


@given(cases())
def test_exactly_purge_before_and_purge_plus_embargo_after(
    case: tuple[CombinatorialPurged, int],
) -> None:
    """P13: a day is missing from training if and only if one of the three rules takes it."""
    splitter, n_days = case
    before, after = splitter.purge, splitter.purge + splitter.embargo_days
    for fold in splitter.folds(calendar_of(n_days)):
        trained = {day for b in fold.train_blocks for day in range(b.start, b.stop)}
        expected = {
            day
            for day in range(n_days)
            if all(day < b.start - before or day >= b.stop + after for b in fold.test_blocks)
        }
        assert trained == expected


@given(cases(), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_rows_follow_their_day_in_any_order(
    case: tuple[CombinatorialPurged, int], seed: int
) -> None:
    """P3: the split of a shuffled ragged panel is the fold table, row by row."""
    splitter, n_days = case
    calendar = calendar_of(n_days)
    random = np.random.default_rng(seed)
    extra = random.choice(calendar, size=n_days)
    row_days = random.permutation(np.concatenate([calendar, extra]))
    ordered = np.sort(row_days)
    for fold, (train, test) in zip(
        splitter.folds(calendar), splitter.split(row_days, groups=row_days), strict=True
    ):
        train_slices, test_slices = fold.slices(ordered)
        for rows, slices in ((train, train_slices), (test, test_slices)):
            expected = np.concatenate([ordered[part] for part in slices])
            assert np.array_equal(np.sort(row_days[rows]), expected)


def test_paths_of_six_groups_taken_two_at_a_time() -> None:
    """The table of the textbook example: fifteen splits, five paths."""
    assert CombinatorialPurged(6, 2).paths().tolist() == [
        [0, 0, 1, 2, 3, 4],
        [1, 5, 5, 6, 7, 8],
        [2, 6, 9, 9, 10, 11],
        [3, 7, 10, 12, 12, 13],
        [4, 8, 11, 13, 14, 14],
    ]


def test_neighbouring_test_groups_are_purged_as_one() -> None:
    """Nothing is trained on between them, and nothing is dropped twice."""
    splitter = CombinatorialPurged(4, 2, horizon=1, embargo_days=1, min_train_days=1)
    fold = splitter.folds(calendar_of(20))[3]
    assert fold.groups == (1, 2)
    assert [(b.start, b.stop) for b in fold.train_blocks] == [(0, 4), (17, 20)]
    assert [(b.start, b.stop) for b in fold.test_blocks] == [(5, 10), (10, 15)]


def test_the_picture() -> None:
    splitter = CombinatorialPurged(4, 1, horizon=1, embargo_days=1, min_train_days=1)
    assert splitter.draw(calendar_of(20)).splitlines()[1:5] == [
        "  0 |#####..=============|",
        "  1 |====.#####..========|",
        "  2 |=========.#####..===|",
        "  3 |==============.#####|",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_groups": 1}, "n_groups must be a whole number of at least 2, not 1"),
        ({"n_test_groups": 0}, "n_test_groups must be a whole number of at least 1, not 0"),
        ({"n_groups": 3, "n_test_groups": 3}, "3 test groups of 3 leave none to train on"),
        ({"horizon": 0}, "horizon must be a whole number of at least 1"),
    ],
)
def test_wrong_options_are_named(options: dict[str, int], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        CombinatorialPurged(**options)


def test_days_that_purge_and_embargo_eat_up_are_refused() -> None:
    with pytest.raises(UsageError, match="leave 50 training days to a split; at least 60"):
        CombinatorialPurged(2, 1, horizon=7, embargo_days=3).folds(calendar_of(120))
    with pytest.raises(UsageError, match="3 trading days cannot form 6 groups"):
        CombinatorialPurged().folds(calendar_of(3))
