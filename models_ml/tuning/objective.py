"""What a trial does: fit the inner folds one after the other, and give up where it is hopeless."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import optuna

from models_ml.crossval import FoldResult, prepare
from models_ml.errors import MlxError
from models_ml.learners.space import Real, Space, Whole
from models_ml.metrics import DailyScores
from models_ml.runs import utc_now
from models_ml.train_plan import TrainPlan
from models_ml.validate import fit_folds, score_folds

Status = Literal["done", "pruned", "failed"]
ERROR = "error"


@dataclass
class Trial:
    """What a trial tried, and what came out on the inner test days.

    Attributes
    ----------
    ics
        Mean daily IC after each inner fold, over the folds so far; the last is the objective.
    daily
        Results of each inner test day of the folds that were fitted.
    error
        Why it failed.
    """

    study: str
    number: int
    params: Mapping[str, Any]
    started_at: datetime
    status: Status = "done"
    ics: list[float] = field(default_factory=list)
    daily: DailyScores | None = None
    error: str | None = None


class Failed(Exception):
    """A trial failed on its parameters; the study goes on."""


@dataclass(frozen=True)
class Objective:
    """Mean daily IC on the inner test days, as a function of a learner's parameters.

    Attributes
    ----------
    plan
        Inner rows and folds.
    record
        Keeps a finished trial, whatever its status.
    """

    plan: TrainPlan
    space: Space
    record: Callable[[Trial], None]

    def __call__(self, trial: optuna.Trial) -> float:
        """Run a trial.

        Raises
        ------
        TrialPruned
            After a fold it was worse than the median of the trials before it.
        Failed
            The library refused the parameters, or the forecasts do not vary.
        """
        params = {**suggest(trial, self.space), **self.space.fixed}
        made = Trial(trial.study.study_name, trial.number, params, utc_now())
        cause: Exception | None = None
        try:
            self._run(trial, made)
        except Exception as error:
            made.status, made.error, cause = "failed", str(error), error
        self.record(made)
        if cause is not None:
            trial.set_user_attr(ERROR, str(made.error))
            if isinstance(cause, MlxError):
                raise Failed(made.error) from cause
            raise cause
        if made.status == "pruned":
            raise optuna.TrialPruned
        return made.ics[-1]

    def _run(self, trial: optuna.Trial, made: Trial) -> None:
        plan, folds = self.plan, self.plan.folds
        learner = replace(plan.config, params=made.params).build_learner()
        learner = prepare(learner, plan.panel, folds)
        results: list[FoldResult] = []
        for fold in folds:
            results += fit_folds(plan, learner, [fold])
            scores, made.daily = score_folds(plan, results)
            made.ics.append(scores.ic)
            if math.isnan(scores.ic):
                raise MlxError("no day of its folds has an IC: too few names, or equal forecasts")
            trial.report(scores.ic, fold.index)
            if fold is not folds[-1] and trial.should_prune():
                made.status = "pruned"
                return


def suggest(trial: optuna.Trial, space: Space) -> dict[str, Any]:
    """Ask for a value of every dimension."""
    return {name: _ask(trial, name, where) for name, where in space.dimensions.items()}


def _ask(trial: optuna.Trial, name: str, where: Real | Whole) -> float | int:
    if isinstance(where, Whole):
        return trial.suggest_int(name, where.low, where.high, log=where.log)
    return trial.suggest_float(name, where.low, where.high, log=where.log)
