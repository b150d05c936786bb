"""What training fitted for one horizon, and what is to be said of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models_ml.baseline import Baseline
from models_ml.crossval import FoldResult
from models_ml.dbt import FeatureList
from models_ml.gates import too_good_to_be_true
from models_ml.learners.base import FittedModel, Learner
from models_ml.metrics import DailyScores, Scores
from models_ml.panel import Panel
from models_ml.train_config import TrainConfig
from models_ml.uncertainty import ModelUncertainty, PublishedFolds
from models_ml.warm_start import Retrained

if TYPE_CHECKING:
    from models_ml.learners.quantiles import QuantileModels


@dataclass(frozen=True)
class TrainOutcome:
    """What was fitted for one horizon, on what, and how well it did.

    Attributes
    ----------
    scores, daily
        Of the out-of-sample forecasts of all folds.
    baseline
        Ridge on the same folds; None where it is the learner, or was not asked for.
    learner
        That of the final model, with the rounds that the folds stopped at.
    model
        The final model.
    retrained
        Of a continued model, what it is measured against: a full retrain on the same days.
    quantiles
        Final models of two quantiles, where the intervals are to be around such.
    """

    config: TrainConfig
    panel: Panel
    features: FeatureList
    results: tuple[FoldResult, ...]
    published: PublishedFolds
    scores: Scores
    daily: DailyScores
    baseline: Baseline | None
    learner: Learner
    model: FittedModel
    fingerprint: str
    retrained: Retrained | None = None
    quantiles: QuantileModels | None = None

    def text(self) -> str:
        """Return what is stored: the final model's text, with its quantile models if any."""
        return (
            self.model.to_text() if self.quantiles is None else self.quantiles.text_with(self.model)
        )

    @property
    def n_iterations(self) -> int:
        """Mean of the folds' boosting rounds, which the final fit was given."""
        return max(1, round(float(np.mean([result.best_iteration for result in self.results]))))

    def without_matrix(self) -> TrainOutcome:
        """Return what is to be stored, without the rows' features: the next horizon needs room."""
        return replace(self, panel=replace(self.panel, matrix=self.panel.matrix[:0].copy()))

    def metrics(self) -> dict[str, Any]:
        """Overall and per-fold metrics, as ``metrics.json`` has them."""
        baseline = {"baseline": self.baseline.to_json()} if self.baseline else {}
        retrained = {} if self.retrained is None else {"retrained": self.retrained.to_json()}
        return {
            "overall": asdict(self.scores),
            "folds": [
                {
                    "fold": result.fold.index,
                    "test_from": str(result.fold.test.first_day),
                    "test_to": str(result.fold.test.last_day),
                    "n_rows": result.n_rows,
                    "best_iteration": result.best_iteration,
                    **asdict(result.scores),
                }
                for result in self.results
            ],
            "n_iterations": self.n_iterations,
            **baseline,
            **retrained,
        }

    def seconds(self) -> dict[str, Any]:
        """Time that fitting the folds took, where a continued model is measured by it, too."""
        if self.retrained is None:
            return {}
        both = (("continued", self.results), ("retrained", self.retrained.results))
        return {"seconds": {name: sum(one.seconds for one in results) for name, results in both}}

    def uncertainty(self) -> ModelUncertainty:
        """Calibration of the final model, from the forecasts of all folds."""
        adaptation = self.published.adaptation
        return ModelUncertainty(
            to_return=self.published.to_return,
            calibration=self.published.calibration,
            level=adaptation.level,
            alpha=adaptation.alpha,
            fitted_to=self.panel.dt[-1],
        )

    @property
    def refusal(self) -> str | None:
        """Why the model must not become champion by itself; None where nothing speaks against."""
        bound = self.config.max_plausible_ic
        return too_good_to_be_true(self.scores.ic, self.mean_gain(), bound=bound)

    def mean_gain(self) -> list[tuple[str, float]]:
        """Features by their gain, mean over the folds, largest first."""
        gain = np.mean([result.importance.gain for result in self.results], axis=0)
        order = np.argsort(-gain, kind="stable")
        return [(self.panel.features[position], float(gain[position])) for position in order]
