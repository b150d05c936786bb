"""Combinatorial purged cross-validation: many test paths through one history."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models_ml.errors import UsageError
from models_ml.splits.blocks import Block, check_sorted
from models_ml.splits.panel_splitter import PanelSplitter, at_least
from models_ml.splits.trading_days import Days, as_days, check_calendar


@dataclass(frozen=True, slots=True)
class CombinatorialFold:
    """One split: some groups tested, the rest trained on after purge and embargo.

    Attributes
    ----------
    index : int
        Number of the split, from 0, in lexicographic order of ``groups``.
    groups : tuple of int
        Numbers of the tested groups, ascending.
    train_blocks : tuple of Block
        Disjoint runs of training days, in the order of time.
    test_blocks : tuple of Block
        One block per tested group, in the order of time; neighbours are not joined, so that
        ``test_blocks[i]`` holds the days of group ``groups[i]``.
    """

    index: int
    groups: tuple[int, ...]
    train_blocks: tuple[Block, ...]
    test_blocks: tuple[Block, ...]

    def parts(self) -> list[tuple[str, Block]]:
        """Roles and blocks in the order of time, as they are drawn and stored."""
        parts = [("train", block) for block in self.train_blocks]
        parts += [("test", block) for block in self.test_blocks]
        return sorted(parts, key=lambda part: part[1].start)

    def slices(self, row_days: ArrayLike) -> tuple[list[slice], list[slice]]:
        """Training and test rows in a panel sorted by day, one slice per block.

        Raises
        ------
        UsageError
            If the rows are not sorted by day.
        """
        days = as_days(row_days)
        check_sorted(days)
        train = [block.rows(days) for block in self.train_blocks]
        return train, [block.rows(days) for block in self.test_blocks]

    def __str__(self) -> str:
        """One line: the days of every part."""
        return f"fold {self.index}: " + ", ".join(f"{role} {b}" for role, b in self.parts())


class CombinatorialPurged(PanelSplitter):
    """Combinatorial purged cross-validation of a panel over trading days.

    The calendar is cut into ``n_groups`` groups of consecutive days, as equal as can be (the
    first ones hold one day more). Every choice of ``n_test_groups`` of them is a test set once,
    which makes C(N, k) splits; each group is tested in C(N-1, k-1) of them, and as many
    complete out-of-sample paths can be put together (`paths`).

    Parameters
    ----------
    n_groups : int, default=6
        Number of groups N.
    n_test_groups : int, default=2
        Number of tested groups k in a split, fewer than ``n_groups``.
    horizon : int, default=1
        Trading days over which the label's return runs.
    entry_lag : int, default=0
        Trading days between a row's day and the start of its label.
    purge_days : int, optional
        Takes the place of ``entry_lag + horizon`` on both sides of a test block where it is
        larger; it cannot reduce it.
    embargo_days : int, default=2
        Days dropped from training after the purge that follows a test block.
    min_train_days : int, default=60
        A split that would train on fewer days is an error.

    Notes
    -----
    Let a test block run from ``s`` to ``e`` and let ``p = max(entry_lag + horizon,
    purge_days)``. A row of day ``i`` stands for the closed interval from ``i`` to the end of
    its label, ``i + entry_lag + horizon``; the test block stands for ``s`` to ``e + entry_lag +
    horizon``. A training row is dropped when the two intervals share a day.

    * Before the block they do not when ``i + p < s``: the days ``s - p`` to ``s - 1`` go.
    * After it they do not when ``i > e + p``: labels of the last test days run on into the days
      ``e + 1`` to ``e + p``, whose features would tell the model how those labels turned out.
      These go too.
    * Behind the purge the ``embargo_days`` that follow go as well, because features look back
      and returns are serially dependent. Before the block there is no embargo: information
      does not flow backwards from the test to earlier training rows.

    Source: Lopez de Prado, Advances in Financial Machine Learning, 2018, sections 7.4 and 12.4.
    The future of a tested day is in the training set, so a path is no simulation of trading;
    it shows how much a result owes to the order of events. `WalkForward` is the simulation.
    """

    def __init__(
        self,
        n_groups: int = 6,
        n_test_groups: int = 2,
        *,
        horizon: int = 1,
        entry_lag: int = 0,
        purge_days: int | None = None,
        embargo_days: int = 2,
        min_train_days: int = 60,
    ) -> None:
        super().__init__(horizon, entry_lag, purge_days, embargo_days)
        self.n_groups = at_least("n_groups", n_groups, 2)
        self.n_test_groups = at_least("n_test_groups", n_test_groups, 1)
        self.min_train_days = at_least("min_train_days", min_train_days, 1)
        if n_test_groups >= n_groups:
            raise UsageError(
                f"{n_test_groups} test groups of {n_groups} leave none to train on",
                hint="choose fewer test groups than groups",
            )

    @property
    def n_paths(self) -> int:
        """Number of complete test paths, C(n_groups - 1, n_test_groups - 1)."""
        return comb(self.n_groups - 1, self.n_test_groups - 1)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return C(n_groups, n_test_groups); scikit-learn's arguments are not looked at."""
        return comb(self.n_groups, self.n_test_groups)

    def groups(self, days: ArrayLike) -> list[Block]:
        """Cut a calendar into its ``n_groups`` groups, in the order of time.

        Raises
        ------
        UsageError
            If the days are no calendar, or fewer than the groups.
        """
        calendar = check_calendar(days)
        if calendar.size < self.n_groups:
            raise UsageError(f"{calendar.size} trading days cannot form {self.n_groups} groups")
        size, longer = divmod(calendar.size, self.n_groups)
        starts = [size * number + min(number, longer) for number in range(self.n_groups + 1)]
        return [Block.of(calendar, start, stop) for start, stop in pairwise(starts)]

    def folds(self, days: ArrayLike) -> list[CombinatorialFold]:
        """Make the splits of a calendar, in lexicographic order of their test groups.

        Parameters
        ----------
        days : array-like of dates, shape (n_days,)
            The calendar, as `WalkForward.folds` takes it.

        Raises
        ------
        UsageError
            If the days are no calendar, or purge and embargo leave a split fewer than
            ``min_train_days`` training days.
        """
        calendar = check_calendar(days)
        groups = self.groups(calendar)
        folds = []
        for index, tested in enumerate(combinations(range(self.n_groups), self.n_test_groups)):
            test_blocks = tuple(groups[number] for number in tested)
            train_blocks = self._train_blocks(calendar, test_blocks)
            self._check_length(calendar.size, train_blocks)
            folds.append(CombinatorialFold(index, tested, train_blocks, test_blocks))
        return folds

    def paths(self) -> NDArray[np.intp]:
        """For every path and every group, the split whose test forecasts fill it.

        Path ``j`` takes group ``g`` from the ``j``-th split that tests ``g``, so every tested
        group of every split is used in exactly one path.

        Returns
        -------
        ndarray of int, shape (n_paths, n_groups)
            Entry ``[j, g]`` is a `CombinatorialFold.index`.
        """
        splits_of: list[list[int]] = [[] for _ in range(self.n_groups)]
        for index, tested in enumerate(combinations(range(self.n_groups), self.n_test_groups)):
            for group in tested:
                splits_of[group].append(index)
        return np.array(splits_of, dtype=np.intp).T

    def _train_blocks(self, calendar: Days, test_blocks: Sequence[Block]) -> tuple[Block, ...]:
        """Find the runs of days that no test block, purge or embargo covers."""
        kept = np.ones(calendar.size, dtype=bool)
        for block in test_blocks:
            kept[max(block.start - self.purge, 0) : block.stop + self.purge + self.embargo_days] = (
                False
            )
        edges = np.flatnonzero(np.diff(kept, prepend=False, append=False)).reshape(-1, 2)
        return tuple(Block.of(calendar, int(start), int(stop)) for start, stop in edges)

    def _check_length(self, n_days: int, train_blocks: Sequence[Block]) -> None:
        kept = sum(block.n_days for block in train_blocks)
        if kept < self.min_train_days:
            raise UsageError(
                f"{n_days} trading days in {self.n_groups} groups, purged by {self.purge} days "
                f"and embargoed by {self.embargo_days}, leave {kept} training days to a split; "
                f"at least {self.min_train_days} are needed",
                hint="use more history, or fewer groups or test groups",
            )
