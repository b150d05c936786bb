"""The configuration of a training run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from models_ml.errors import UsageError
from models_ml.gates import MAX_PLAUSIBLE_IC
from models_ml.learners.base import Learner
from models_ml.learners.catalogue import LearnerOptions, build_learner
from models_ml.panel import Selection
from models_ml.weights import SampleWeights

if TYPE_CHECKING:
    from models_ml.learners.quantiles import QuantileLearner

Target = Literal["raw", "excess", "rank"]


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides what a training run does; see ``mlx train --help``.

    Attributes
    ----------
    params_known_to
        Last day that the search for the parameters knew of; None where they were not tuned.
    """

    horizon: int = 1
    horizons: tuple[int, ...] | None = None
    tickers: tuple[str, ...] | None = None
    start: date | None = None
    end: date | None = None
    n_splits: int = 5
    test_days: int | None = None
    embargo_days: int = 2
    window: Literal["expanding", "rolling"] = "expanding"
    features: str | None = None
    learner: str = "lightgbm"
    members: tuple[str, ...] | None = None
    warm_start: str | None = None
    n_estimators: int = 100
    learning_rate: float = 0.05
    num_leaves: int = 31
    early_stopping_rounds: int = 50
    seed: int = 7
    target: Target = "raw"
    level: float = 0.8
    uncertainty: Literal["local", "cqr"] = "local"
    half_life_days: float | None = None
    uniqueness: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    params_known_to: date | None = None
    min_names: int = 20
    max_plausible_ic: float = MAX_PLAUSIBLE_IC
    baseline: bool = True

    @property
    def selection(self) -> Selection:
        """The rows asked for."""
        return Selection(self.tickers, self.start, self.end)

    @property
    def weights(self) -> SampleWeights:
        """How training rows are weighted."""
        return SampleWeights(self.half_life_days, self.uniqueness)

    def each_horizon(self) -> tuple[TrainConfig, ...]:
        """Return a configuration for each model, by horizon.

        Raises
        ------
        UsageError
            ``horizons`` is empty, or a horizon is there twice.
        """
        if self.horizons is None:
            return (self,)
        if not self.horizons or len(set(self.horizons)) < len(self.horizons):
            raise UsageError("horizons must be different ones", hint="--horizons 1,5,20")
        return tuple(replace(self, horizon=horizon) for horizon in sorted(self.horizons))

    def build_learner(self) -> Learner:
        """Build the learner with these parameters.

        Raises
        ------
        UsageError
            There is no such learner, its package is not installed, or an option does not suit it.
        """
        options = LearnerOptions(**self._boosting(), params=self.params, members=self.members)
        return build_learner(self.learner, options)

    def build_quantiles(self) -> QuantileLearner | None:
        """Build the learner of the two quantiles of the level; None where none are asked."""
        if self.uncertainty != "cqr":
            return None
        from models_ml.learners.quantiles import QuantileLearner

        return QuantileLearner.of_level(self.level, **self._boosting())

    def _boosting(self) -> dict[str, Any]:
        return {
            "n_estimators": self.n_estimators,
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "early_stopping_rounds": self.early_stopping_rounds,
            "seed": self.seed,
        }
