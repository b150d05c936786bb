"""Fitting the folds of a walk-forward: every forecast comes from a model that is older than it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models_ml.learners.base import FittedModel, Importance, LabelSpan, Learner, PreparesRows
from models_ml.learners.validation import Validation
from models_ml.metrics import DailyScores, Scores, score
from models_ml.panel import Panel
from models_ml.splits import Fold
from models_ml.uncertainty import Pair, ReturnScale

if TYPE_CHECKING:
    from models_ml.learners.quantiles import QuantileLearner, QuantileModels

OnProgress = Callable[[str, int, int], None]
Weigh = Callable[[slice], npt.NDArray[np.float64] | None]


@dataclass(frozen=True)
class FoldResult:
    """What one fold gave.

    Attributes
    ----------
    rows
        Test rows of the panel.
    predicted
        The learner's own output on them, before it is mapped to a return.
    yhat
        Forecasts of them in return units.
    calibration_rows, calibration_yhat
        Rows before the test days to calibrate the fold on, and its model's forecasts of them.
    model
        The fold's own model.
    seconds
        Time that fitting it took.
    quantiles, calibration_quantiles, quantile_models
        Forecasts of a lower and an upper quantile of the test and the calibration rows, and
        their models, where such are fitted.
    """

    fold: Fold
    rows: slice
    n_rows: dict[str, int]
    predicted: npt.NDArray[np.float64]
    yhat: npt.NDArray[np.float64]
    calibration_rows: slice
    calibration_yhat: npt.NDArray[np.float64]
    scores: Scores
    model: FittedModel
    seconds: float
    quantiles: Pair | None = None
    calibration_quantiles: Pair | None = None
    quantile_models: QuantileModels | None = None

    @property
    def best_iteration(self) -> int:
        """Boosting rounds of the model."""
        return self.model.best_iteration

    @cached_property
    def importance(self) -> Importance:
        """Use of each feature by the model."""
        return self.model.importance()


def cross_validate(
    panel: Panel,
    folds: Sequence[Fold],
    learner: Learner,
    *,
    horizon: int,
    target: str,
    min_names: int,
    weigh: Weigh | None = None,
    quantiles: QuantileLearner | None = None,
    on_progress: OnProgress | None = None,
) -> list[FoldResult]:
    """Fit every fold on contiguous views of the panel's matrix and score its test days.

    The map of excess and rank predictions to returns comes from a fold's validation days, which
    end before the test days begin; from its training days where there is no validation.

    Parameters
    ----------
    weigh
        Gives the weights of a fold's training rows; all rows are equal by default.
    quantiles
        Fits two quantiles of the return on the same rows.
    """
    results = [
        _fit_fold(panel, fold, learner, horizon, target, min_names, weigh, on_progress)
        for fold in folds
    ]
    if quantiles is None:
        return results
    return [_with_quantiles(panel, one, quantiles, weigh, on_progress) for one in results]


def prepare(learner: Learner, panel: Panel, folds: Sequence[Fold]) -> Learner:
    """Let a learner prepare the panel's rows for all folds at once, if it can.

    What it learns for that comes from the rows that every fold trains on, so no fold is told of
    days after its own training. Moving windows have no such rows.
    """
    trains = [fold.slices(panel.dt).train for fold in folds]
    seen = slice(max(rows.start for rows in trains), min(rows.stop for rows in trains))
    if not isinstance(learner, PreparesRows) or seen.start >= seen.stop:
        return learner
    return learner.prepared(panel.matrix, seen, feature_names=panel.features)


def overall_scores(
    panel: Panel, results: Sequence[FoldResult], *, horizon: int, min_names: int
) -> tuple[Scores, DailyScores]:
    """Score the out-of-sample forecasts of all folds together, and day by day."""
    rows = np.r_[tuple(result.rows for result in results)]
    yhat = np.concatenate([result.yhat for result in results])
    return score(yhat, panel.label[rows], panel.dt[rows], horizon=horizon, min_names=min_names)


def _fit_fold(
    panel: Panel,
    fold: Fold,
    learner: Learner,
    horizon: int,
    target: str,
    min_names: int,
    weigh: Weigh | None,
    on_progress: OnProgress | None,
) -> FoldResult:
    train, valid, test = fold.slices(panel.dt)

    def report(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(f"fold {fold.index}", done, total)

    begun = perf_counter()
    model = learner.fit(
        panel.matrix[train],
        panel.target[train],
        feature_names=panel.features,
        valid=None
        if valid is None
        else Validation(panel.matrix[valid], panel.target[valid], panel.dt[valid]),
        weight=None if weigh is None else weigh(train),
        span=LabelSpan(panel.dt[train], panel.label_end[train]),
        on_iteration=report,
    )
    seconds = perf_counter() - begun
    before = train if valid is None else valid
    to_return, calibration_yhat = _calibrate(panel, model, before, target)
    predicted = model.predict(panel.matrix[test])
    yhat = to_return(predicted)
    scores, _ = score(yhat, panel.label[test], panel.dt[test], horizon=horizon, min_names=min_names)
    return FoldResult(
        fold=fold,
        rows=test,
        n_rows={
            role: rows.stop - rows.start
            for role, rows in (("train", train), ("valid", valid), ("test", test))
            if rows is not None
        },
        predicted=predicted,
        yhat=yhat,
        calibration_rows=before,
        calibration_yhat=calibration_yhat,
        scores=scores,
        model=model,
        seconds=seconds,
    )


def _with_quantiles(
    panel: Panel,
    result: FoldResult,
    quantiles: QuantileLearner,
    weigh: Weigh | None,
    on_progress: OnProgress | None,
) -> FoldResult:
    train, valid, test = result.fold.slices(panel.dt)

    def report(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(f"fold {result.fold.index} quantiles", done, total)

    models = quantiles.fit(
        panel.matrix[train],
        panel.label[train],
        feature_names=panel.features,
        valid=None
        if valid is None
        else Validation(panel.matrix[valid], panel.label[valid], panel.dt[valid]),
        weight=None if weigh is None else weigh(train),
        on_iteration=report,
    )
    return replace(
        result,
        quantiles=models.predict(panel.matrix[test]),
        calibration_quantiles=models.predict(panel.matrix[result.calibration_rows]),
        quantile_models=models,
    )


def _calibrate(
    panel: Panel, model: FittedModel, rows: slice, target: str
) -> tuple[ReturnScale, npt.NDArray[np.float64]]:
    predicted = model.predict(panel.matrix[rows])
    to_return = ReturnScale.for_target(target, predicted, panel.label[rows])
    return to_return, to_return(predicted)
