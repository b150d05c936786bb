"""What a learner is asked to fit, as one value: the options of ``fit`` stand here alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from models_ml.learners.base import (
    FittedModel,
    LabelSpan,
    Learner,
    Matrix,
    OnIteration,
    Vector,
)
from models_ml.learners.validation import Validation

ModelT = TypeVar("ModelT", bound=FittedModel)


@dataclass(frozen=True, eq=False)
class Fit:
    """The arguments of one :meth:`~models_ml.learners.base.Learner.fit`, which documents them."""

    matrix: Matrix
    target: Vector
    feature_names: tuple[str, ...]
    valid: Validation | None = None
    n_estimators: int | None = None
    weight: Vector | None = None
    span: LabelSpan | None = None
    on_iteration: OnIteration | None = None

    def by(self, learner: Learner) -> FittedModel:
        """Let a learner fit."""
        return learner.fit(
            self.matrix,
            self.target,
            feature_names=self.feature_names,
            valid=self.valid,
            n_estimators=self.n_estimators,
            weight=self.weight,
            span=self.span,
            on_iteration=self.on_iteration,
        )

    def of_rows(self, rows: slice) -> Fit:
        """Return the fit of some of the rows alone: without validation, and in silence."""
        return Fit(
            self.matrix[rows],
            self.target[rows],
            self.feature_names,
            weight=None if self.weight is None else self.weight[rows],
            span=None if self.span is None else self.span.of_rows(rows),
        )


class Fitting(Generic[ModelT]):
    """A learner whose ``fit`` hands its arguments on as one :class:`Fit`."""

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
    ) -> ModelT:
        """Fit on rows.

        Parameters and errors are those of :meth:`~models_ml.learners.base.Learner.fit`.
        """
        return self._fit(
            Fit(matrix, target, feature_names, valid, n_estimators, weight, span, on_iteration)
        )

    def _fit(self, fit: Fit) -> ModelT:
        raise NotImplementedError
