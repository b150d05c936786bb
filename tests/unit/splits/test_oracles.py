"""Other people's splitters as oracles, on dates, where their definitions are ours."""

import doctest
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.model_selection import TimeSeriesSplit

from models_ml.splits import CombinatorialPurged, WalkForward, walk_forward

DOCS = Path(__file__).parents[3] / "docs" / "splits.md"


def calendar_of(n_days: int) -> NDArray[np.datetime64]:
    return np.datetime64("2001-01-01") + np.arange(n_days)


@st.composite
def walk_forward_options(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "n_splits": draw(st.integers(2, 6)),
        "horizon": draw(st.integers(1, 8)),
        "entry_lag": draw(st.integers(0, 2)),
        "embargo_days": draw(st.integers(0, 4)),
        "test_days": draw(st.integers(1, 15)),
        "valid_days": 0,
        "min_train_days": draw(st.integers(1, 20)),
    }


def assert_same_rows(ours: Any, theirs: Any) -> None:
    for (train, test), (train_theirs, test_theirs) in zip(ours, theirs, strict=True):
        assert np.array_equal(train, train_theirs)
        assert np.array_equal(test, test_theirs)


@given(walk_forward_options(), st.integers(0, 30))
def test_scikit_learn_time_series_split_on_unique_days(options: dict[str, Any], more: int) -> None:
    """With one row a day and no validation, gap, test_size and train set coincide."""
    splitter = WalkForward(**options)
    days = calendar_of(splitter.days_needed + more)
    theirs = TimeSeriesSplit(options["n_splits"], test_size=options["test_days"], gap=splitter.gap)
    assert_same_rows(splitter.split(days, groups=days), theirs.split(days))


@given(walk_forward_options(), st.integers(0, 30))
def test_scikit_learn_rolling_window(options: dict[str, Any], more: int) -> None:
    length = options["min_train_days"]
    splitter = WalkForward(**options, window="rolling", train_days=length)
    days = calendar_of(splitter.days_needed + more)
    theirs = TimeSeriesSplit(
        options["n_splits"],
        test_size=options["test_days"],
        gap=splitter.gap,
        max_train_size=length,
    )
    assert_same_rows(splitter.split(days, groups=days), theirs.split(days))


@given(st.integers(2, 8), st.integers(60, 400))
def test_scikit_learn_default_test_size(n_splits: int, n_days: int) -> None:
    """The default length of a test block is theirs."""
    splitter = WalkForward(n_splits, embargo_days=0, valid_days=0, min_train_days=1)
    days = calendar_of(n_days)
    assert_same_rows(
        splitter.split(days, groups=days), TimeSeriesSplit(n_splits, gap=1).split(days)
    )


def test_time_series_split_on_rows_of_a_panel_cuts_days() -> None:
    """Where they differ: on a stacked panel their gap of five rows is less than a day."""
    days = np.repeat(calendar_of(41), 7)
    train, test = next(TimeSeriesSplit(3, gap=5).split(days))
    assert days[test[0]] - days[train[-1]] == np.timedelta64(1, "D")
    assert days[test[0]] == days[test[0] - 1], "the day before the boundary is the same day"
    ours_train, ours_test = next(
        WalkForward(3, embargo_days=4, valid_days=0, min_train_days=1).split(days, groups=days)
    )
    assert days[ours_test[0]] - days[ours_train[-1]] == np.timedelta64(6, "D")
    assert days[ours_test[0]] != days[ours_test[0] - 1]


@pytest.fixture(scope="module")
def skfolio() -> ModuleType:
    module: ModuleType = pytest.importorskip("skfolio.model_selection")
    return module


@pytest.mark.parametrize("window", ["expanding", "rolling"])
@pytest.mark.parametrize(("horizon", "embargo", "test_days"), [(1, 0, 10), (5, 2, 7), (20, 3, 15)])
def test_skfolio_walk_forward(
    skfolio: ModuleType, window: Any, horizon: int, embargo: int, test_days: int
) -> None:
    """Theirs counts from the front: same folds if train_size is what our first fold has."""
    days = calendar_of(200)
    splitter = WalkForward(
        4,
        horizon=horizon,
        embargo_days=embargo,
        test_days=test_days,
        window=window,
        valid_days=0,
    )
    theirs = skfolio.WalkForward(
        test_size=test_days,
        train_size=200 - 4 * test_days - splitter.gap,
        purged_size=splitter.gap,
        expand_train=window == "expanding",
    )
    assert_same_rows(splitter.split(days, groups=days), theirs.split(days[:, None]))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_skfolio_combinatorial(skfolio: ModuleType, data: st.DataObject) -> None:
    """Same splits and paths for groups of equal length; theirs needs the gap to fit a group."""
    n_groups = data.draw(st.integers(3, 7))
    n_test = data.draw(st.integers(2, n_groups - 1))
    horizon, embargo = data.draw(st.integers(1, 8)), data.draw(st.integers(0, 4))
    days = calendar_of(n_groups * (2 * horizon + embargo + data.draw(st.integers(2, 12))))
    splitter = CombinatorialPurged(
        n_groups, n_test, horizon=horizon, embargo_days=embargo, min_train_days=1
    )
    theirs = skfolio.CombinatorialPurgedCV(
        n_groups, n_test, purged_size=horizon, embargo_size=embargo
    )
    ours = list(splitter.split(days, groups=days))
    joined = [(train, np.concatenate(tests)) for train, tests in theirs.split(days[:, None])]
    assert_same_rows(ours, joined)
    paths = splitter.paths()
    for fold, path_ids in zip(splitter.folds(days), theirs.get_path_ids(), strict=True):
        for group, path in zip(fold.groups, path_ids, strict=True):
            assert paths[path, group] == fold.index


def test_skfolio_gives_the_remainder_to_the_last_group(skfolio: ModuleType) -> None:
    """Where they differ: 23 days in 4 groups are 5, 5, 5, 8 there and 6, 6, 6, 5 here."""
    days = calendar_of(23)
    ours = [group.n_days for group in CombinatorialPurged(4, 2).groups(days)]
    splits = skfolio.CombinatorialPurgedCV(4, 2).split(days[:, None])
    theirs = {int(t[0]): len(t) for _, tests in splits for t in tests}
    assert ours == [6, 6, 6, 5]
    assert [theirs[start] for start in sorted(theirs)] == [5, 5, 5, 8]


def test_examples_in_docs_and_docstrings_are_what_the_code_prints() -> None:
    for result in (
        doctest.testfile(str(DOCS), module_relative=False),
        doctest.testmod(walk_forward),
    ):
        assert result.attempted > 0
        assert result.failed == 0
