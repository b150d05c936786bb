"""One fold: the blocks it trains on and the blocks it tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from numpy.typing import ArrayLike

from models_ml.splits.blocks import Block, check_sorted
from models_ml.splits.trading_days import as_days


class PanelFold(Protocol):
    """What a splitter needs to know of a fold to find its rows and to draw it."""

    @property
    def index(self) -> int:
        """Number of the fold, from 0."""

    @property
    def train_blocks(self) -> Sequence[Block]:
        """Days that an estimator without early stopping trains on."""

    @property
    def test_blocks(self) -> Sequence[Block]:
        """Out-of-sample days."""

    def parts(self) -> list[tuple[str, Block]]:
        """Roles and blocks in the order of time."""


class FoldSlices(NamedTuple):
    """Contiguous rows of a fold in a panel sorted by day; ``matrix[slices.train]`` is a view."""

    train: slice
    valid: slice | None
    test: slice


@dataclass(frozen=True, slots=True)
class Fold:
    """One walk-forward fold.

    Attributes
    ----------
    index : int
        Number of the fold, from 0, in the order of time.
    train : Block
        Days the learner fits on.
    valid : Block or None
        Days for early stopping, after ``train`` and a gap; None without validation.
    test : Block
        Out-of-sample days, after ``valid`` (or ``train``) and a gap.
    """

    index: int
    train: Block
    valid: Block | None
    test: Block

    @property
    def train_blocks(self) -> Sequence[Block]:
        """Everything before the gap to the test: training, inner gap and validation days."""
        if self.valid is None:
            return [self.train]
        last = self.valid
        return [Block(self.train.start, last.stop, self.train.first_day, last.last_day)]

    @property
    def test_blocks(self) -> Sequence[Block]:
        """The test block alone."""
        return [self.test]

    def parts(self) -> list[tuple[str, Block]]:
        """Roles and blocks in the order of time, as they are drawn and stored."""
        valid = [] if self.valid is None else [("valid", self.valid)]
        return [("train", self.train), *valid, ("test", self.test)]

    def slices(self, row_days: ArrayLike) -> FoldSlices:
        """Rows of the fold in a panel sorted by day.

        Parameters
        ----------
        row_days : array-like of dates, shape (n_rows,)
            Ascending. Days of the calendar may lack rows, and rows may lie outside the calendar.

        Raises
        ------
        UsageError
            If the rows are not sorted by day.
        """
        days = as_days(row_days)
        check_sorted(days)
        valid = None if self.valid is None else self.valid.rows(days)
        return FoldSlices(self.train.rows(days), valid, self.test.rows(days))

    def __str__(self) -> str:
        """One line: the days of every part."""
        parts = ", ".join(f"{role} {block}" for role, block in self.parts())
        return f"fold {self.index}: {parts}"
