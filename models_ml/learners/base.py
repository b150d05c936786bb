"""What every learner offers: fit on matrices, predict, and a model file that is plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Importance:
    """Use of each feature by a fitted model, shape (n_features,) each."""

    gain: Vector
    splits: npt.NDArray[np.int64]


class FittedModel(Protocol):
    """A model that predicts."""

    @property
    def best_iteration(self) -> int:
        """Boosting rounds in use; after early stopping, those of the best validation score."""
        ...

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the matrix' columns, in order."""
        ...

    def predict(self, matrix: Matrix) -> Vector:
        """Forecasts, shape (n_rows,)."""
        ...

    def iteration_std(self, matrix: Matrix) -> Vector:
        """Spread of the forecasts over the last boosting rounds: a heuristic, no error estimate."""
        ...

    def importance(self) -> Importance:
        """Use of each feature."""
        ...

    def to_text(self) -> str:
        """Return the library's own text format; the same model gives the same bytes."""
        ...


@runtime_checkable
class Explains(Protocol):
    """A fitted model that can say what each feature adds to a forecast."""

    def contributions(self, matrix: Matrix) -> Vector:
        """Shares of the features and, last, the base; shape (n_rows, n_features + 1).

        In units of ``predict``, whose forecast is the sum of a row.
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

    def fit(
        self,
        matrix: Matrix,
        target: Vector,
        *,
        feature_names: tuple[str, ...],
        valid: tuple[Matrix, Vector] | None = None,
        n_estimators: int | None = None,
        on_iteration: Callable[[int, int], None] | None = None,
    ) -> FittedModel:
        """Fit on rows, stopping early on ``valid`` where it is given."""
        ...
