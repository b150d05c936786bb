"""Walk-forward validation as a plan asks for it: its folds, weights, target and scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from models_ml.crossval import FoldResult, OnProgress, cross_validate, overall_scores
from models_ml.learners.base import Learner
from models_ml.metrics import DailyScores, Scores
from models_ml.splits import Fold
from models_ml.train_plan import TrainPlan

if TYPE_CHECKING:
    from models_ml.learners.quantiles import QuantileLearner


def fit_folds(
    plan: TrainPlan,
    learner: Learner,
    folds: Sequence[Fold] | None = None,
    *,
    quantiles: QuantileLearner | None = None,
    on_progress: OnProgress | None = None,
) -> list[FoldResult]:
    """Fit folds of a plan, all by default; see :func:`~models_ml.crossval.cross_validate`."""
    config = plan.config
    return cross_validate(
        plan.panel,
        plan.folds if folds is None else folds,
        learner,
        horizon=config.horizon,
        target=config.target,
        min_names=config.min_names,
        weigh=plan.weigh,
        quantiles=quantiles,
        on_progress=on_progress,
    )


def score_folds(plan: TrainPlan, results: Sequence[FoldResult]) -> tuple[Scores, DailyScores]:
    """Score the forecasts of fitted folds together, and day by day."""
    config = plan.config
    return overall_scores(plan.panel, results, horizon=config.horizon, min_names=config.min_names)
