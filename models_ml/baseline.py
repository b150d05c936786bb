"""The ridge baseline that every training run is shown beside."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from models_ml.crossval import OnProgress
from models_ml.learners.catalogue import LearnerOptions, build_learner
from models_ml.metrics import Scores
from models_ml.train_plan import TrainPlan
from models_ml.validate import fit_folds, score_folds

BASELINE = "ridge"


@dataclass(frozen=True)
class Baseline:
    """Scores of the baseline on the folds of a run.

    Attributes
    ----------
    scores
        Over the test days of all folds.
    folds
        Number of each fold, and the scores on its test days.
    """

    scores: Scores
    folds: tuple[tuple[int, Scores], ...]

    def to_json(self) -> dict[str, Any]:
        """One document."""
        return {
            "learner": BASELINE,
            "overall": asdict(self.scores),
            "folds": [{"fold": number, **asdict(scores)} for number, scores in self.folds],
        }


def fit_baseline(plan: TrainPlan, on_progress: OnProgress) -> Baseline | None:
    """Cross-validate ridge, with its default penalty, on the folds and weights of a run.

    Beside a continued model it is trained on all rows before the gap, as a full retrain is.

    Only the scores are kept: no model, no forecasts. It is not a trial either, since nobody
    chooses it for its result.

    Returns
    -------
    Baseline or None
        None where the run's own learner is ridge, or it asks for no baseline.
    """
    config = plan.config
    if not config.baseline or config.learner == BASELINE:
        return None
    results = fit_folds(
        plan,
        build_learner(BASELINE, LearnerOptions()),
        plan.folds if plan.parent is None else plan.retrain_folds(),
        on_progress=lambda stage, done, total: on_progress(f"{BASELINE} {stage}", done, total),
    )
    scores, _ = score_folds(plan, results)
    return Baseline(scores, tuple((result.fold.index, result.scores) for result in results))
