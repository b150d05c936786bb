"""What must hold for walk-forward folds of any panel, horizon and gap."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models_ml.errors import UsageError
from models_ml.splits import Fold, WalkForward

FIRST_DAYS = np.arange("1999-01-01", "2001-01-01", dtype="datetime64[D]")


@dataclass(frozen=True)
class Case:
    """A splitter, a calendar it fits, and a ragged panel on it in random row order."""

    options: dict[str, Any]
    calendar: NDArray[np.datetime64]
    row_days: NDArray[np.datetime64]

    @property
    def splitter(self) -> WalkForward:
        return WalkForward(**self.options)

    @property
    def folds(self) -> list[Fold]:
        return self.splitter.folds(self.calendar)

    @property
    def label_end(self) -> int:
        return int(self.options["entry_lag"] + self.options["horizon"])

    @property
    def expected_gap(self) -> int:
        longest = max(self.label_end, self.options["purge_days"] or 0)
        return longest + int(self.options["embargo_days"])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any options, and a calendar with at least the days they ask for."""
    options: dict[str, Any] = {
        "n_splits": draw(st.integers(1, 6)),
        "horizon": draw(st.integers(1, 25)),
        "entry_lag": draw(st.integers(0, 3)),
        "embargo_days": draw(st.integers(0, 6)),
        "purge_days": draw(st.none() | st.integers(0, 35)),
        "test_days": draw(st.none() | st.integers(1, 30)),
        "valid_days": draw(st.none() | st.integers(0, 12)),
        "min_train_days": draw(st.integers(1, 20)),
        "window": draw(st.sampled_from(["expanding", "rolling"])),
    }
    if options["window"] == "rolling":
        lowest = options["min_train_days"]
        options["train_days"] = draw(st.none() | st.integers(lowest, lowest + 15))
    n_days = WalkForward(**options).days_needed + draw(st.integers(0, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    calendar = FIRST_DAYS[0] + np.cumsum(random.choice([1, 1, 1, 3, 4], size=n_days))
    return Case(options, calendar, ragged_rows(calendar, draw(st.integers(1, 5)), random))


def ragged_rows(
    calendar: NDArray[np.datetime64], n_tickers: int, random: np.random.Generator
) -> NDArray[np.datetime64]:
    """Days of a panel in which tickers come, go and pause, and every day has a row."""
    parts = [calendar]
    for _ in range(n_tickers):
        start, stop = np.sort(random.integers(0, calendar.size + 1, size=2))
        life = calendar[start:stop]
        parts.append(life[random.random(life.size) > 0.2])
    return random.permutation(np.concatenate(parts))


def blocks_in_order(fold: Fold) -> list[tuple[int, int]]:
    return [(block.start, block.stop) for _, block in fold.parts()]


@given(cases())
def test_every_training_label_ends_strictly_before_the_next_block(case: Case) -> None:
    """P1 and P6, on dates: train before valid, valid before test, train before test."""
    for fold in case.folds:
        parts = [block for _, block in fold.parts()]
        for earlier, later in pairwise(parts):
            last = int(np.searchsorted(case.calendar, np.datetime64(earlier.last_day)))
            assert case.calendar[last + case.label_end] < np.datetime64(later.first_day)


@given(cases())
def test_the_gap_is_exactly_purge_plus_embargo(case: Case) -> None:
    """P2: no day more and no day less, before validation as before the test."""
    for fold in case.folds:
        edges = blocks_in_order(fold)
        for (_, stop), (start, _) in pairwise(edges):
            assert start - stop == case.expected_gap


@given(cases())
def test_without_extra_days_the_gap_is_minimal(case: Case) -> None:
    """P2: one training day more, and its label would end on the first test day."""
    bare = WalkForward(**{**case.options, "purge_days": None, "embargo_days": 0})
    for fold in bare.folds(case.calendar):
        one_day_more = fold.train_blocks[0].stop
        assert one_day_more + case.label_end == fold.test.start


@given(cases())
def test_a_day_is_never_cut_and_row_order_changes_nothing(case: Case) -> None:
    """P3: rows of a day share their set, wherever they stand in the panel."""
    shuffled, ordered = case.row_days, np.sort(case.row_days)
    X = np.empty((shuffled.size, 0))
    for (train, test), (train_sorted, test_sorted) in zip(
        case.splitter.split(X, groups=shuffled),
        case.splitter.split(X, groups=ordered),
        strict=True,
    ):
        for rows, rows_sorted in ((train, train_sorted), (test, test_sorted)):
            days = np.unique(shuffled[rows])
            assert np.isin(shuffled, days).sum() == rows.size
            assert np.array_equal(np.sort(shuffled[rows]), ordered[rows_sorted])
        assert np.intersect1d(train, test).size == 0


@given(cases(), st.integers(0, 2**32 - 1))
def test_more_tickers_move_no_boundary(case: Case, seed: int) -> None:
    """P3: the folds depend on the days alone."""
    more = ragged_rows(case.calendar, 4, np.random.default_rng(seed))
    for (train, test), (train_more, test_more) in zip(
        case.splitter.split(case.row_days, groups=case.row_days),
        case.splitter.split(more, groups=more),
        strict=True,
    ):
        assert np.array_equal(np.unique(case.row_days[train]), np.unique(more[train_more]))
        assert np.array_equal(np.unique(case.row_days[test]), np.unique(more[test_more]))


@given(cases())
def test_test_blocks_tile_the_end_of_the_calendar(case: Case) -> None:
    """P4: disjoint, ordered, equally long, and together the last days without a hole."""
    folds = case.folds
    n_days = case.calendar.size
    length = case.options["test_days"] or n_days // (case.options["n_splits"] + 1)
    tested = [day for fold in folds for day in range(fold.test.start, fold.test.stop)]
    assert tested == list(range(n_days - len(folds) * length, n_days))
    assert {fold.test.n_days for fold in folds} == {length}
    assert [fold.index for fold in folds] == list(range(case.splitter.get_n_splits()))


@given(cases())
def test_each_row_of_the_test_range_is_tested_once(case: Case) -> None:
    """P4: one out-of-sample forecast a row, none before the first test day."""
    times = np.zeros(case.row_days.size, dtype=int)
    for _, test in case.splitter.split(case.row_days, groups=case.row_days):
        times[test] += 1
    in_range = case.row_days >= np.datetime64(case.folds[0].test.first_day)
    assert np.array_equal(times, in_range.astype(int))


@given(cases())
def test_training_grows_or_keeps_its_length(case: Case) -> None:
    """P5: expanding from the first day, or rolling with one length; never a short fold."""
    trains = [fold.train for fold in case.folds]
    assert all(train.n_days >= case.options["min_train_days"] for train in trains)
    if case.options["window"] == "expanding":
        assert {train.start for train in trains} == {0}
        assert all(a.stop < b.stop for a, b in pairwise(trains))
    else:
        assert {train.n_days for train in trains} == {case.options["train_days"] or trains[0].stop}


@given(cases())
def test_validation_has_one_length_in_all_folds(case: Case) -> None:
    """P6: the days asked for, or one derived length."""
    lengths = {fold.valid.n_days if fold.valid else 0 for fold in case.folds}
    asked = case.options["valid_days"]
    first_test = case.folds[0].test.start
    assert lengths == {max(1, min(first_test // 5, 252)) if asked is None else asked}


@given(cases())
def test_one_day_fewer_than_needed_is_refused(case: Case) -> None:
    """P5: with stated lengths the number of days in the error is exact."""
    options = {**case.options, "test_days": 7}
    needed = WalkForward(**options).days_needed
    calendar = FIRST_DAYS[0] + np.arange(needed)
    WalkForward(**options).folds(calendar)
    message = f"{needed - 1} trading days are too few for .* folds: {needed} are needed"
    with pytest.raises(UsageError, match=message):
        WalkForward(**options).folds(calendar[1:])


@given(cases())
def test_slices_of_sorted_rows_are_the_rows_of_the_split(case: Case) -> None:
    """The trainer's slices and scikit-learn's row numbers name the same rows."""
    ordered = np.sort(case.row_days)
    numbers = np.arange(ordered.size)
    for fold, (train, test) in zip(
        case.folds, case.splitter.split(ordered, groups=ordered), strict=True
    ):
        slices = fold.slices(ordered)
        assert np.array_equal(numbers[slices.test], test)
        assert slices.train.start == train[0]
        last = slices.train if slices.valid is None else slices.valid
        assert last.stop == train[-1] + 1
        for role, block in fold.parts():
            days = ordered[getattr(slices, role)]
            inside = case.calendar[block.start : block.stop]
            assert np.array_equal(np.unique(days), inside)
            assert days.size == np.isin(case.row_days, inside).sum()


@given(cases())
@settings(max_examples=30)
def test_folds_are_a_function_of_calendar_and_options(case: Case) -> None:
    """P10: the fold table is the same in every call and for every kind of date."""
    as_objects = case.calendar.astype(object)
    as_text = case.calendar.astype(str)
    assert case.folds == case.splitter.folds(as_objects) == case.splitter.folds(as_text)


@given(st.integers(1, 6), st.integers(0, 3), st.integers(0, 5), st.sampled_from([0, 10]))
@settings(max_examples=30)
def test_horizon_20_trains_19_days_shorter_than_horizon_1(
    n_splits: int, entry_lag: int, embargo: int, valid_days: int
) -> None:
    """P12: each gap widens by 19 days and the test blocks stay."""
    calendar = FIRST_DAYS[0] + np.arange(400)
    short, long = (
        WalkForward(
            n_splits,
            horizon=horizon,
            entry_lag=entry_lag,
            embargo_days=embargo,
            valid_days=valid_days,
            test_days=20,
        ).folds(calendar)
        for horizon in (1, 20)
    )
    for one, twenty in zip(short, long, strict=True):
        assert one.test == twenty.test
        assert one.train_blocks[0].stop - twenty.train_blocks[0].stop == 19
        assert one.train.stop - twenty.train.stop == (38 if valid_days else 19)
