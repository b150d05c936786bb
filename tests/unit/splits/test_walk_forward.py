"""Walk-forward folds as dates, and every way of asking for them wrongly."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score

from models_ml.errors import UsageError
from models_ml.splits import Block, Fold, WalkForward

# New York trading days of the first quarter of 2024: weekends, 15 January (Martin Luther
# King), 19 February (Presidents' Day) and 29 March (Good Friday) are closed.
Q1_2024 = np.array(
    [
        day
        for day in np.arange("2024-01-02", "2024-04-01", dtype="datetime64[D]")
        if np.is_busday(day) and str(day) not in ("2024-01-15", "2024-02-19", "2024-03-29")
    ]
)


def dates(block: Block | None) -> tuple[str, str] | None:
    return None if block is None else (str(block.first_day), str(block.last_day))


def table(folds: list[Fold]) -> list[tuple[tuple[str, str] | None, ...]]:
    return [(dates(fold.train), dates(fold.valid), dates(fold.test)) for fold in folds]


def test_the_quarter_has_61_trading_days() -> None:
    assert Q1_2024.size == 61


def test_expanding_folds_as_dates() -> None:
    """Label of two days, entered a day later: purge 3, embargo 1, so four days between."""
    splitter = WalkForward(
        3, horizon=2, entry_lag=1, embargo_days=1, test_days=10, valid_days=5, min_train_days=10
    )
    assert splitter.gap == 4
    assert table(splitter.folds(Q1_2024)) == [
        (("2024-01-02", "2024-01-26"), ("2024-02-02", "2024-02-08"), ("2024-02-15", "2024-02-29")),
        (("2024-01-02", "2024-02-09"), ("2024-02-16", "2024-02-23"), ("2024-03-01", "2024-03-14")),
        (("2024-01-02", "2024-02-26"), ("2024-03-04", "2024-03-08"), ("2024-03-15", "2024-03-28")),
    ]


def test_rolling_folds_as_dates() -> None:
    """Next-day label, purge 1 and embargo 2: three days dropped, over the weekend too."""
    splitter = WalkForward(
        2, test_days=8, window="rolling", train_days=20, min_train_days=5, valid_days=0
    )
    assert table(splitter.folds(Q1_2024)) == [
        (("2024-02-02", "2024-03-01"), None, ("2024-03-07", "2024-03-18")),
        (("2024-02-14", "2024-03-13"), None, ("2024-03-19", "2024-03-28")),
    ]


def test_defaults_on_seventeen_years() -> None:
    """Five folds of a sixth of the days; a fifth of the first sixth, 145 days, validates."""
    calendar = np.arange("2000-01-01", "2011-11-09", dtype="datetime64[D]")
    folds = WalkForward().folds(calendar)
    assert calendar.size == 4330
    assert [(f.test.start, f.test.stop) for f in folds] == [
        (725, 1446),
        (1446, 2167),
        (2167, 2888),
        (2888, 3609),
        (3609, 4330),
    ]
    assert folds[0].valid is not None
    assert (folds[0].train.stop, folds[0].valid.start, folds[0].valid.stop) == (574, 577, 722)


def test_validation_is_a_year_at_most() -> None:
    calendar = np.arange("1970-01-01", "2010-01-01", dtype="datetime64[D]")
    first = WalkForward().folds(calendar)[0]
    assert first.valid is not None
    assert first.valid.n_days == 252


def test_purge_days_add_but_never_reduce() -> None:
    assert WalkForward(horizon=5, entry_lag=1, purge_days=0, embargo_days=0).gap == 6
    assert WalkForward(horizon=5, entry_lag=1, purge_days=6, embargo_days=0).gap == 6
    assert WalkForward(horizon=5, entry_lag=1, purge_days=9, embargo_days=2).gap == 11


def test_train_blocks_join_training_and_validation() -> None:
    """scikit-learn sees one training set, up to the gap before the test."""
    fold = WalkForward(1, test_days=10, valid_days=5, min_train_days=10).folds(Q1_2024)[0]
    [history] = fold.train_blocks
    assert (history.start, history.stop) == (0, 48)
    assert dates(history) == ("2024-01-02", "2024-03-11")
    assert (fold.train.stop, fold.test.start) == (40, 51)


def test_too_few_days_say_how_many_there_are_and_are_needed() -> None:
    with pytest.raises(UsageError, match="61 trading days are too few for 5 folds: 492 are needed"):
        WalkForward().folds(Q1_2024)
    assert len(WalkForward().folds(np.arange(492).astype("datetime64[D]"))) == 5


def test_a_rolling_window_longer_than_the_history_is_refused() -> None:
    splitter = WalkForward(2, test_days=5, window="rolling", train_days=60)
    with pytest.raises(UsageError, match="at least 60 training days"):
        splitter.folds(Q1_2024)


def test_an_empty_calendar_is_too_few_days() -> None:
    with pytest.raises(UsageError, match="0 trading days are too few"):
        WalkForward().folds(np.array([], dtype="datetime64[D]"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_splits": 0}, "n_splits must be a whole number of at least 1, not 0"),
        ({"n_splits": True}, "n_splits must be a whole number"),
        ({"n_splits": 2.0}, "n_splits must be a whole number"),
        ({"horizon": 0}, "horizon must be a whole number of at least 1"),
        ({"entry_lag": -1}, "entry_lag must be a whole number of at least 0"),
        ({"embargo_days": -1}, "embargo_days must be a whole number of at least 0"),
        ({"purge_days": -1}, "purge_days must be a whole number of at least 0"),
        ({"test_days": 0}, "test_days must be a whole number of at least 1"),
        ({"valid_days": -1}, "valid_days must be a whole number of at least 0"),
        ({"window": "sliding"}, "window must be 'expanding' or 'rolling', not 'sliding'"),
        ({"train_days": 100}, "an expanding window has no train_days"),
        (
            {"window": "rolling", "train_days": 59},
            "train_days must be a whole number of at least 60, not 59",
        ),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        WalkForward(**options)  # type: ignore[arg-type]


def test_rows_are_no_calendar() -> None:
    with pytest.raises(UsageError, match="every trading day once, in ascending order"):
        WalkForward().folds(np.repeat(Q1_2024, 2))
    with pytest.raises(UsageError, match="every trading day once, in ascending order"):
        WalkForward().folds(Q1_2024[::-1])


def test_split_needs_a_day_for_every_row() -> None:
    splitter = WalkForward(2, test_days=5, min_train_days=5)
    with pytest.raises(UsageError, match="needs the trading day of every row"):
        next(splitter.split(np.zeros((61, 1))))
    with pytest.raises(UsageError, match="X has 60 rows, but groups has 61 days"):
        next(splitter.split(np.zeros((60, 1)), groups=Q1_2024))


def test_slices_refuse_unsorted_rows() -> None:
    fold = WalkForward(1, test_days=5, min_train_days=5).folds(Q1_2024)[0]
    with pytest.raises(UsageError, match="not sorted by trading day"):
        fold.slices(Q1_2024[[1, 0, 2]])


def test_slices_are_views_on_the_matrix() -> None:
    fold = WalkForward(1, test_days=5, min_train_days=5).folds(Q1_2024)[0]
    matrix = np.zeros((Q1_2024.size * 3, 2), dtype=np.float32)
    part = matrix[fold.slices(np.repeat(Q1_2024, 3)).train]
    assert part.base is matrix


def test_it_is_a_scikit_learn_splitter() -> None:
    """cross_val_score and a grid search take it as cv, with the days as groups."""
    frame = pd.DataFrame({"dt": np.tile(Q1_2024, 3), "x": 1.0, "y": np.arange(183.0)})
    splitter = WalkForward(3, test_days=8, min_train_days=5)
    scores = cross_val_score(
        DummyRegressor(), frame[["x"]], frame["y"], groups=frame["dt"], cv=splitter
    )
    assert scores.shape == (3,)
    search = GridSearchCV(DummyRegressor(), {"strategy": ["mean", "median"]}, cv=splitter)
    search.fit(frame[["x"]], frame["y"], groups=frame["dt"])
    assert search.n_splits_ == 3
    assert repr(splitter).startswith("WalkForward(embargo_days=2, entry_lag=0, horizon=1")


def test_metadata_routing_hands_it_the_days() -> None:
    frame = pd.DataFrame({"dt": Q1_2024, "x": 1.0, "y": np.arange(61.0)})
    with sklearn.config_context(enable_metadata_routing=True):
        scores = cross_val_score(
            DummyRegressor(),
            frame[["x"]],
            frame["y"],
            params={"groups": frame["dt"]},
            cv=WalkForward(3, test_days=8, min_train_days=5),
        )
    assert scores.shape == (3,)


def test_the_picture_of_a_short_calendar_has_one_character_a_day() -> None:
    splitter = WalkForward(
        2, test_days=6, valid_days=3, min_train_days=5, window="rolling", train_days=6
    )
    picture = splitter.draw(Q1_2024[:30], np.tile(Q1_2024[:30], 4))
    assert picture.splitlines() == [
        "2 folds over 30 trading days, 2024-01-02 .. 2024-02-13   "
        "= train  v valid  # test  . dropped",
        "  0 |   ======...vvv...######      |",
        "  1 |         ======...vvv...######|",
        "     part  from        to             days        rows",
        "  0  train 2024-01-05  2024-01-12        6          24",
        "     valid 2024-01-19  2024-01-23        3          12",
        "     test  2024-01-29  2024-02-05        6          24",
        "  1  train 2024-01-16  2024-01-23        6          24",
        "     valid 2024-01-29  2024-01-31        3          12",
        "     test  2024-02-06  2024-02-13        6          24",
    ]


def test_the_picture_of_a_long_calendar_shows_gaps_that_would_vanish() -> None:
    calendar = np.arange("2000-01-01", "2011-11-09", dtype="datetime64[D]")
    lines = WalkForward(2, valid_days=0).draw(calendar, width=30).splitlines()
    assert lines[1:3] == [
        "  0 |=========.##########          |",
        "  1 |===================.##########|",
    ]
    assert "rows" not in lines[3]


def test_a_fold_prints_as_one_line() -> None:
    fold = WalkForward(1, test_days=5, valid_days=0, min_train_days=5).folds(Q1_2024)[0]
    assert str(fold) == (
        "fold 0: train 2024-01-02 .. 2024-03-18 (53 days), test 2024-03-22 .. 2024-03-28 (5 days)"
    )
    assert isinstance(fold.test.first_day, dt.date)
