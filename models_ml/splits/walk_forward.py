"""Walk-forward folds: train on the past, leave a gap, test on the days that follow."""

from typing import Any, Literal

from numpy.typing import ArrayLike

from models_ml.errors import UsageError
from models_ml.splits.blocks import Block
from models_ml.splits.fold import Fold
from models_ml.splits.panel_splitter import PanelSplitter, at_least, optional_at_least
from models_ml.splits.trading_days import Days, check_calendar

_TRADING_YEAR = 252


class WalkForward(PanelSplitter):
    """Walk-forward cross-validation of a panel over blocks of consecutive trading days.

    The test blocks are the last ``n_splits * test_days`` days of the calendar, one after the
    other. Before each lie `gap` dropped days, before them the validation days, then the same
    gap again, then the training days::

        train | gap | valid | gap | test

    Everything is counted in trading days, never in rows: adding tickers or shuffling rows
    moves no boundary, and a gap over a weekend is no shorter than any other.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds.
    horizon : int, default=1
        Trading days over which the label's return runs.
    entry_lag : int, default=0
        Trading days between a row's day and the start of its label. It must be the lag the
        labels were built with: stated too low, training labels reach into the test block.
    test_days : int, optional
        Days of a test block. Default: ``n_days // (n_splits + 1)``, scikit-learn's rule: the
        days before the first test block are at least as many as those of a block.
    embargo_days : int, default=2
        Days of extra safety in every gap.
    purge_days : int, optional
        Takes the place of ``entry_lag + horizon`` in the gap where it is larger; it cannot
        reduce it.
    window : {"expanding", "rolling"}, default="expanding"
        Whether training starts at the first day in every fold, or keeps a constant length.
    train_days : int, optional
        Training days of a rolling window. Default: as many as the first fold has before it.
    min_train_days : int, default=60
        A fold that would train on fewer days is an error.
    valid_days : int, optional
        Days for early stopping; 0 for none. Default: a fifth of the days before the first
        test day, at least 1 and at most 252 (a year). The same in every fold.

    Notes
    -----
    The label of the last training day ``T`` ends on ``T + entry_lag + horizon``. The gap of
    ``max(entry_lag + horizon, purge_days) + embargo_days`` days puts the next block after that
    end, and after the embargo. As no training day of a fold comes after its test block, the
    embargo of Lopez de Prado has no object here; `embargo_days` is a plain addition to the gap.

    `split` yields training days, inner gap and validation days together as the training set,
    because scikit-learn knows two sets only. Whoever stops early takes them apart by `folds`.

    Examples
    --------
    >>> import numpy as np
    >>> calendar = np.arange("2024-01-01", "2024-01-21", dtype="datetime64[D]")
    >>> splitter = WalkForward(2, test_days=4, embargo_days=1, valid_days=0, min_train_days=5)
    >>> print(splitter.folds(calendar)[1])
    fold 1: train 2024-01-01 .. 2024-01-14 (14 days), test 2024-01-17 .. 2024-01-20 (4 days)
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        horizon: int = 1,
        entry_lag: int = 0,
        test_days: int | None = None,
        embargo_days: int = 2,
        purge_days: int | None = None,
        window: Literal["expanding", "rolling"] = "expanding",
        train_days: int | None = None,
        min_train_days: int = 60,
        valid_days: int | None = None,
    ) -> None:
        super().__init__(horizon, entry_lag, purge_days, embargo_days)
        if window not in ("expanding", "rolling"):
            raise UsageError(f"window must be 'expanding' or 'rolling', not {window!r}")
        if train_days is not None and window == "expanding":
            raise UsageError(
                "an expanding window has no train_days",
                hint="choose the rolling window, or leave train_days out",
            )
        self.n_splits = at_least("n_splits", n_splits, 1)
        self.test_days = optional_at_least("test_days", test_days, 1)
        self.window = window
        self.min_train_days = at_least("min_train_days", min_train_days, 1)
        self.train_days = optional_at_least("train_days", train_days, self.min_train_days)
        self.valid_days = optional_at_least("valid_days", valid_days, 0)

    @property
    def gap(self) -> int:
        """Trading days dropped before every validation block and every test block."""
        return self.purge + self.embargo_days

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds; the arguments are scikit-learn's and are not looked at."""
        return self.n_splits

    def folds(self, days: ArrayLike) -> list[Fold]:
        """Cut a calendar into folds, in the order of time.

        Parameters
        ----------
        days : array-like of dates, shape (n_days,)
            Every trading day of the exchange from the first to the last, once and ascending.
            Leave out the last days, whose labels have not matured. A trading day missing inside
            makes the gap around it wider than asked. A date that was no trading day (a weekend
            quote) makes it narrower, so such dates must be removed first.

        Raises
        ------
        UsageError
            If the days are no calendar, or too few for the folds asked.
        """
        calendar = check_calendar(days)
        test_days = self.test_days or calendar.size // (self.n_splits + 1)
        first_test = calendar.size - self.n_splits * test_days
        first_train = first_test - self._days_after_training(first_test)
        if test_days == 0 or first_train < (self.train_days or self.min_train_days):
            raise self._too_few(calendar.size)
        return [
            self._fold(calendar, index, first_train, first_test, test_days)
            for index in range(self.n_splits)
        ]

    def _fold(
        self, calendar: Days, index: int, first_train: int, first_test: int, test_days: int
    ) -> Fold:
        moved = index * test_days
        train_stop, test_start = first_train + moved, first_test + moved
        rolling_start = train_stop - (self.train_days or first_train)
        valid_stop = test_start - self.gap
        n_valid = self._n_valid(first_test)
        return Fold(
            index,
            Block.of(calendar, rolling_start if self.window == "rolling" else 0, train_stop),
            Block.of(calendar, valid_stop - n_valid, valid_stop) if n_valid else None,
            Block.of(calendar, test_start, test_start + test_days),
        )

    def _n_valid(self, first_test: int) -> int:
        if self.valid_days is not None:
            return self.valid_days
        return max(1, min(first_test // 5, _TRADING_YEAR))

    def _days_after_training(self, first_test: int) -> int:
        """Days from the end of training to the test: one gap, or validation and two gaps."""
        n_valid = self._n_valid(first_test)
        return self.gap + (n_valid + self.gap if n_valid else 0)

    def _too_few(self, n_days: int) -> UsageError:
        lowest = self.train_days or self.min_train_days
        return UsageError(
            f"{n_days} trading days are too few for {self.n_splits} folds: {self.days_needed} "
            f"are needed (at least {lowest} training days, a gap of {self.gap} days before "
            "validation and test)",
            hint="use more history, fewer splits, or smaller test_days, valid_days or "
            "min_train_days",
        )

    @property
    def days_needed(self) -> int:
        """Length from which on every calendar is long enough for the folds."""
        first_test = train_days = self.train_days or self.min_train_days
        while first_test - self._days_after_training(first_test) < train_days:
            first_test += 1
        if self.test_days is None:
            return first_test * (self.n_splits + 1)
        return first_test + self.n_splits * self.test_days
