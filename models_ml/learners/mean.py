"""The mean of several learners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models_ml.learners.base import FittedModel, LabelSpan, Matrix, Vector
from models_ml.learners.ensemble import EnsembleLearner


@dataclass(frozen=True)
class MeanLearner(EnsembleLearner):
    """The mean of the members' forecasts."""

    name: ClassVar[str] = "mean"

    def _weigh(
        self,
        models: tuple[FittedModel, ...],
        matrix: Matrix,
        target: Vector,
        weight: Vector | None,
        span: LabelSpan | None,
    ) -> tuple[float, Vector]:
        return 0.0, np.full(len(models), 1 / len(models))
