"""What every learner offers: fit on matrices, predict, and a model file that is plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from models_ml.learners.validation import Validation

Matrix = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
OnIteration = Callable[[int, int], None]


@dataclass(frozen=True)
class Importance:
    """Use of each feature by a fitted model, shape (n_features,) each.

    Attributes
    ----------
    gain
        The library's own measure of what a feature contributes; comparable within a model only.
    splits
        Splits on the feature; zero where the model has none.
    """

    gain: Vector
    splits: npt.NDArray[np.int64]


@dataclass(frozen=True)
class LabelSpan:
    """When rows happen, for a learner that splits its training rows once more.

    Attributes
    ----------
    dt
        Day of each row, ascending, shape (n_rows,).
    label_end
        Day on which the row's label is known, shape (n_rows,).
    """

    dt: Days
    label_end: Days

    def of_rows(self, rows: slice) -> LabelSpan:
        """Return the span of some of the rows."""
        return LabelSpan(self.dt[rows], self.label_end[rows])


class FittedModel(Protocol):
    """A model that predicts."""

    @property
    def best_iteration(self) -> int:
        """Boosting rounds in use; after early stopping, those of the best validation score.

        1 for a model without rounds; the most of its members' for an ensemble.
        """
        ...

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the matrix' columns, in order."""
        ...

    def predict(self, matrix: Matrix) -> Vector:
        """Forecasts, shape (n_rows,); a row's forecast does not depend on the other rows."""
        ...

    def iteration_std(self, matrix: Matrix) -> Vector:
        """Spread of the forecasts over the last boosting rounds: a heuristic, no error estimate.

        Raises
        ------
        UsageError
            The model has no rounds.
        """
        ...

    def importance(self) -> Importance:
        """Use of each feature."""
        ...

    def contributions(self, matrix: Matrix) -> Vector:
        """Shares of the features and, last, the base; shape (n_rows, n_features + 1).

        In units of ``predict``, whose forecast is the sum of a row.
        """
        ...

    def to_text(self) -> str:
        """Return the model as text; the same model gives the same bytes."""
        ...


@runtime_checkable
class PreparesRows(Protocol):
    """A learner that can do once what several fits on rows of one matrix have in common."""

    def prepared(self, matrix: Matrix, seen: slice, *, feature_names: tuple[str, ...]) -> Learner:
        """Return the learner with the matrix prepared for fits on views of its rows.

        Parameters
        ----------
        matrix
            All rows, shape (n_rows, n_features).
        seen
            Rows that every one of the fits trains on: nothing is learned from the others.
        feature_names
            Names of the matrix' columns.
        """
        ...


class Learner(Protocol):
    """A way to fit models, with its parameters."""

    @property
    def name(self) -> str:
        """Name of the learner in ``ml.models``."""
        ...

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters handed to the library."""
        ...

    def description(self) -> Mapping[str, Any]:
        """Parameters and rounds, as ``ml.models`` keeps them."""
        ...

    def fit(
        self,
        matrix: Matrix,
        target: Vector,
        *,
        feature_names: tuple[str, ...],
        valid: Validation | None = None,
        n_estimators: int | None = None,
        weight: Vector | None = None,
        span: LabelSpan | None = None,
        on_iteration: OnIteration | None = None,
    ) -> FittedModel:
        """Fit on rows, stopping early on ``valid`` where it is given.

        Parameters
        ----------
        matrix, target
            C-contiguous float32 of shape (n_rows, n_features), and float64 of shape (n_rows,).
        feature_names
            Names stored in the model, to be checked before it predicts.
        valid
            Rows for early stopping.
        n_estimators
            Rounds in place of the learner's own.
        weight
            Weight of each row, mean one; all equal by default.
        span
            When the rows happen; ``stack`` cannot do without.
        on_iteration
            Called with the rounds done and the rounds at the most.

        Raises
        ------
        UsageError
            The library does not accept a parameter.
        """
        ...

    def settled(self, models: Sequence[FittedModel]) -> Self:
        """Return the learner for a fit without validation days.

        Its rounds are the mean of those that its models (of the folds) stopped at.
        """
        ...
