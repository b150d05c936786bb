"""Stacking: weights of the members, fitted on forecasts that none of them was trained for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np
from scipy.optimize import nnls

from models_ml.errors import UsageError
from models_ml.learners.base import FittedModel, LabelSpan, Matrix, Vector
from models_ml.learners.ensemble import EnsembleLearner
from models_ml.learners.fitting import Fit

N_BLOCKS = 4


@dataclass(frozen=True)
class StackLearner(EnsembleLearner):
    """Non-negative weights of the members (Breiman, Stacked regressions, 1996).

    The training days are cut into blocks of equal length. Every block but the first is forecast
    by members fitted once more on the blocks before it, without the rows whose labels end in it
    or later. On these out-of-fold forecasts the target is regressed, with an intercept and with
    weights that cannot be negative. The weights need not add up to one: members that promise
    more than they keep are held back. Where no member helps, all weigh the same.

    No test day moves a weight. Validation days do so only by the rounds at which the members'
    first fits stopped, which their second fits take over.
    """

    name: ClassVar[str] = "stack"

    def _weigh(self, models: tuple[FittedModel, ...], fit: Fit) -> tuple[float, Vector]:
        if fit.span is None:
            raise UsageError("stack needs the days of the rows", hint="give fit a LabelSpan")
        blocks = list(purged_blocks(fit.span))
        forecasts = [
            self._out_of_fold(models, fit.of_rows(train), fit.matrix[test])
            for train, test in blocks
        ]
        rows = np.r_[tuple(test for _, test in blocks)]
        weight = None if fit.weight is None else fit.weight[rows]
        return non_negative_weights(np.concatenate(forecasts), fit.target[rows], weight)

    def _out_of_fold(self, models: tuple[FittedModel, ...], train: Fit, test: Matrix) -> Vector:
        """Forecasts of a block by members of the rows before it, shape (n_rows, n_members)."""
        return np.column_stack(
            [
                replace(train, n_estimators=model.best_iteration).by(member).predict(test)
                for member, model in zip(self.members, models, strict=True)
            ]
        )


def purged_blocks(span: LabelSpan) -> Iterator[tuple[slice, slice]]:
    """Yield training and test rows of every block of days but the first.

    The training rows begin with the first row and end before the first one whose label ends on
    or after the block's first day.

    Raises
    ------
    UsageError
        The days are so few that a block has no training rows.
    """
    days = np.unique(span.dt)
    edges = np.linspace(0, days.size, N_BLOCKS + 1).astype(int)
    for start, stop in pairwise(edges[1:]):
        first = int(np.searchsorted(span.dt, days[start]))
        last = int(np.searchsorted(span.dt, days[stop - 1], side="right"))
        unknown = np.flatnonzero(span.label_end[:first] >= days[start])
        known = int(unknown[0]) if unknown.size else first
        if known == 0:
            raise UsageError(
                f"{days.size} training days are too few to stack learners",
                hint="use --learner mean, more history, or fewer splits",
            )
        yield slice(0, known), slice(first, last)


def non_negative_weights(
    forecasts: Vector, target: Vector, weight: Vector | None = None
) -> tuple[float, Vector]:
    """Least squares with an intercept and weights of at least zero.

    Parameters
    ----------
    forecasts, target
        Shapes (n_rows, n_members) and (n_rows,).
    weight
        Of each row; equal by default.

    Returns
    -------
    intercept, weights
        Equal weights that add up to one where none of them would be positive.
    """
    weight = np.ones(target.size) if weight is None else weight
    means = np.einsum("i,ik->k", weight, forecasts) / weight.sum()
    level = float(np.einsum("i,i->", weight, target) / weight.sum())
    centred, aim = forecasts - means, target - level
    gram = np.einsum("i,ik,il->kl", weight, centred, centred)
    moment = np.einsum("i,ik,i->k", weight, centred, aim)
    # Any root of the Gram matrix has the same least squares as all the rows.
    values, vectors = np.linalg.eigh(gram)
    root = np.sqrt(np.clip(values, 0.0, None))[:, None] * vectors.T
    weights = np.asarray(nnls(root, np.linalg.pinv(root.T) @ moment)[0])
    if not weights.any():
        weights = np.full(weights.size, 1 / weights.size)
    return level - float(weights @ means), weights
