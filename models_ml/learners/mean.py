"""The mean of several learners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models_ml.learners.base import FittedModel, Vector
from models_ml.learners.ensemble import EnsembleLearner
from models_ml.learners.fitting import Fit


@dataclass(frozen=True)
class MeanLearner(EnsembleLearner):
    """The mean of the members' forecasts."""

    name: ClassVar[str] = "mean"

    def _weigh(self, models: tuple[FittedModel, ...], fit: Fit) -> tuple[float, Vector]:
        return 0.0, np.full(len(models), 1 / len(models))
