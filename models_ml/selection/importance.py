"""What features are worth on days that a fold's model does not know, and what chance gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models_ml.crossval import FoldResult
from models_ml.errors import UsageError
from models_ml.learners.base import LabelSpan, Learner
from models_ml.learners.catalogue import ENSEMBLES
from models_ml.learners.validation import Validation
from models_ml.train_plan import TrainPlan

Floats = npt.NDArray[np.float64]
OnStep = Callable[[], None]
_OF_SHARES = ("catboost", *ENSEMBLES)


@dataclass(frozen=True)
class FoldImportance:
    """Importances in one fold.

    Attributes
    ----------
    gain
        Use of each feature by the fold's model, shape (n_features,).
    null_gain
        The same of models fitted to shuffled targets, shape (n_repeats, n_features).
    permutation
        Loss of mean daily IC on the test days when a cluster is permuted, shape (n_clusters,).
    """

    gain: Floats
    null_gain: Floats
    permutation: Floats


def refuse_shares(learner: str) -> None:
    """Refuse a learner whose importances are shares of each model's own total.

    A model of shuffled targets has a hundred percent to give away, too, however little it learns.

    Raises
    ------
    UsageError
        It is such a learner.
    """
    if learner in _OF_SHARES:
        raise UsageError(
            f"learner {learner} measures features by their share in each model, which cannot be "
            "compared with chance",
            hint="--learner lightgbm, xgboost or ridge",
        )


def permutation_importance(
    plan: TrainPlan,
    result: FoldResult,
    clusters: npt.NDArray[np.int64],
    *,
    repeats: int,
    seed: int,
    on_step: OnStep,
) -> Floats:
    """Mean daily IC that a fold's model loses when the features of a cluster are permuted.

    All features of a cluster move together and within each day (Breiman, Random Forests, Machine
    Learning 45, 2001; by clusters: Lopez de Prado, Machine Learning for Asset Managers, 2020,
    section 6.5.2), so that what they say of the market as a whole stays.

    Returns
    -------
    ndarray of float64, shape (n_clusters,)
        Mean over the repeats; negative where the model does better without.
    """
    panel, rows = plan.panel, result.rows
    days = Validation(panel.matrix[rows], panel.label[rows], panel.dt[rows])
    matrix, base = days.matrix.copy(), days.mean_ic(result.predicted)
    lost = np.zeros((repeats, int(clusters.max()) + 1))
    for repeat in range(repeats):
        order = shuffled_within_days(days.dt, [seed, result.fold.index, repeat])
        for cluster in range(lost.shape[1]):
            columns = np.flatnonzero(clusters == cluster)
            matrix[:, columns] = days.matrix[order][:, columns]
            lost[repeat, cluster] = base - days.mean_ic(result.model.predict(matrix))
            matrix[:, columns] = days.matrix[:, columns]
            on_step()
    return np.asarray(lost.mean(axis=0))


def null_gains(
    plan: TrainPlan,
    result: FoldResult,
    learner: Learner,
    *,
    repeats: int,
    seed: int,
    on_step: OnStep,
) -> Floats:
    """Use of each feature by models whose targets were shuffled within each day.

    What a feature gains there it gains by chance, or by telling days apart (Altmann, Tolosi,
    Sander and Lengauer, Permutation importance: a corrected feature importance measure,
    Bioinformatics 26, 2010). They have the rounds that the fold's model stopped at.

    Returns
    -------
    ndarray of float64, shape (repeats, n_features)
    """
    panel, rows = plan.panel, result.fold.slices(plan.panel.dt).train
    target, dt = panel.target[rows], panel.dt[rows]
    weight = plan.weigh(rows)
    gains = []
    for repeat in range(repeats):
        model = learner.fit(
            panel.matrix[rows],
            target[shuffled_within_days(dt, [seed, result.fold.index, repeat, 1])],
            feature_names=panel.features,
            n_estimators=result.best_iteration,
            weight=weight,
            span=LabelSpan(dt, panel.label_end[rows]),
        )
        gains.append(model.importance().gain)
        on_step()
    return np.stack(gains)


def shuffled_within_days(dt: npt.NDArray[np.datetime64], seed: list[int]) -> npt.NDArray[np.intp]:
    """Row numbers in which rows change places within their days; ``dt`` is ascending."""
    return np.lexsort((np.random.default_rng(seed).random(dt.size), dt))
