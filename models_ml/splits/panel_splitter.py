"""What walk-forward and combinatorial splitters share: the purge and the way to rows."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator

from models_ml.errors import UsageError
from models_ml.splits.blocks import Block
from models_ml.splits.fold import PanelFold
from models_ml.splits.picture import draw_folds
from models_ml.splits.trading_days import check_calendar, panel_days


def at_least(name: str, value: int, lowest: int) -> int:
    """Return ``value`` if it is a whole number of at least ``lowest``.

    Raises
    ------
    UsageError
        Otherwise; the message names the parameter.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < lowest:
        raise UsageError(f"{name} must be a whole number of at least {lowest}, not {value!r}")
    return int(value)


def optional_at_least(name: str, value: int | None, lowest: int) -> int | None:
    """Like `at_least`, where None stands for a default derived later."""
    return None if value is None else at_least(name, value, lowest)


class PanelSplitter(BaseCrossValidator):  # type: ignore[misc]
    """Base of the splitters over trading days.

    A label of day ``t`` with entry lag ``d`` and horizon ``h`` is known at the close of day
    ``t + d + h``. `purge` is therefore at least ``d + h``: with it the last label of a training
    block ends strictly before the first test day (closed intervals, Lopez de Prado, Advances
    in Financial Machine Learning, 2018, section 7.4.1). The user can add days, never take any.
    """

    # Under scikit-learn's metadata routing the days still reach split() as `groups`.
    __metadata_request__split = {"groups": True}  # noqa: RUF012

    def __init__(
        self, horizon: int, entry_lag: int, purge_days: int | None, embargo_days: int
    ) -> None:
        self.horizon = at_least("horizon", horizon, 1)
        self.entry_lag = at_least("entry_lag", entry_lag, 0)
        self.purge_days = optional_at_least("purge_days", purge_days, 0)
        self.embargo_days = at_least("embargo_days", embargo_days, 0)

    @property
    def purge(self) -> int:
        """Days from a row to the end of its label, or ``purge_days`` if that is more."""
        return max(self.entry_lag + self.horizon, self.purge_days or 0)

    @abstractmethod
    def folds(self, days: ArrayLike) -> Sequence[PanelFold]:
        """Cut a calendar (every trading day once, ascending) into folds."""

    def draw(self, days: ArrayLike, row_days: ArrayLike | None = None, *, width: int = 64) -> str:
        """Draw all folds as text: a bar each, then dates, days and rows of every part.

        Parameters
        ----------
        days : array-like of dates, shape (n_days,)
            The calendar, as `folds` takes it.
        row_days : array-like of dates, shape (n_rows,), optional
            The day of every row of the panel, in any order; with it rows are counted.
        width : int, default=64
            Characters of a bar.
        """
        calendar = check_calendar(days)
        rows = None if row_days is None else panel_days(row_days)
        return draw_folds(self.folds(calendar), calendar, rows, at_least("width", width, 1))

    def split(
        self, X: Any, y: Any = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Yield the row numbers of the training set and of the test set of every fold.

        The distinct days of the rows are taken as the trading calendar (see `folds`).

        Parameters
        ----------
        X : array-like, shape (n_rows, n_features)
            Only its length is looked at; rows may stand in any order.
        y : ignored
            Present for scikit-learn.
        groups : array-like of dates, shape (n_rows,)
            The trading day of every row.

        Yields
        ------
        train, test : ndarray of int, shapes (n_train,) and (n_test,)
            Ascending row numbers. All rows of a day are in the same set, or in neither.

        Raises
        ------
        UsageError
            If ``groups`` is missing, has another length than ``X``, is no array of dates,
            or the days are too few.
        """
        if groups is None:
            raise UsageError(
                f"{type(self).__name__}.split needs the trading day of every row",
                hint="pass it as groups, for example split(X, groups=frame['dt'])",
            )
        panel = panel_days(groups)
        n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
        if n_rows != panel.position.size:
            raise UsageError(f"X has {n_rows} rows, but groups has {panel.position.size} days")
        for fold in self.folds(panel.calendar):
            yield (
                _rows_in(panel.position, fold.train_blocks),
                _rows_in(panel.position, fold.test_blocks),
            )


def _rows_in(position: NDArray[np.int32], blocks: Sequence[Block]) -> NDArray[np.intp]:
    inside = np.zeros(position.size, dtype=bool)
    for block in blocks:
        inside |= (position >= block.start) & (position < block.stop)
    return np.flatnonzero(inside)
