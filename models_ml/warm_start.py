"""Online learning: a stored model goes on with newer rows, measured against a full retrain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from models_ml.crossval import FoldResult
from models_ml.dbt import changed_names
from models_ml.errors import MlxError, UsageError
from models_ml.learners.base import FittedModel, Learner
from models_ml.metrics import Scores
from models_ml.registry import StoredModel, find_model
from models_ml.train_config import TrainConfig
from models_ml.warehouse import Warehouse

# What it knows comes from its parent: the first fold needs a month of new days, not a quarter.
MIN_NEW_DAYS = 20


@runtime_checkable
class Continues(Protocol):
    """A learner that can add to a model instead of beginning anew."""

    def continuing(self, model: FittedModel) -> Learner:
        """Return the learner that adds its rounds to those of a model."""
        ...


@dataclass(frozen=True)
class Parent:
    """The model that a training run continues.

    Attributes
    ----------
    fitted_to
        Last day of the rows that it was fitted on. Later days alone are trained, validated and
        tested on: no forecast of a day is scored that it knows the return of.
    """

    model_id: str
    model: FittedModel
    fitted_to: np.datetime64

    def continued_by(self, learner: Learner) -> Learner:
        """Return the learner that goes on from here.

        Raises
        ------
        UsageError
            The learner begins anew with every fit.
        """
        if isinstance(learner, Continues):
            return learner.continuing(self.model)
        raise UsageError(
            f"learner {learner.name} cannot continue a model: it has no rounds to add",
            hint="leave --warm-start out, or continue a model of lightgbm, xgboost or catboost",
        )


@dataclass(frozen=True)
class Retrained:
    """What models fitted anew forecast for the test days of a continued one.

    Attributes
    ----------
    results
        The folds, with all rows up to the same day to train on, the same validation and the same
        test days.
    scores
        Of all folds together.
    """

    results: tuple[FoldResult, ...]
    scores: Scores

    def to_json(self) -> dict[str, Any]:
        """Scores overall and by fold."""
        return {
            "overall": asdict(self.scores),
            "folds": [
                {
                    "fold": result.fold.index,
                    "n_rows": result.n_rows,
                    "best_iteration": result.best_iteration,
                    **asdict(result.scores),
                }
                for result in self.results
            ],
        }


def find_parent(
    warehouse: Warehouse, ml_schema: str, config: TrainConfig, features: Sequence[str]
) -> Parent | None:
    """Find the model that ``config.warm_start`` names; None where it names none.

    Raises
    ------
    MlxError
        There is no such model, it is damaged, or it was trained on other features.
    UsageError
        It is of another horizon, target or learner, or of one that cannot go on, or the run has
        several horizons or asks for quantiles.
    """
    if config.warm_start is None:
        return None
    if config.horizons is not None:
        raise UsageError(
            "--warm-start continues one model, and --horizons asks for several",
            hint="mlx train --warm-start champion --horizon N, one horizon after the other",
        )
    if config.uncertainty == "cqr":
        raise UsageError(
            "--warm-start continues the forecast's model, not those of two quantiles",
            hint="--uncertainty local",
        )
    stored = find_model(warehouse, ml_schema, config.warm_start, horizon=config.horizon)
    _refuse_another_kind(stored, config)
    if stored.features != tuple(features):
        raise MlxError(
            f"model {stored.model_id} was trained on other features: "
            f"{changed_names(stored.features, features)}",
            hint="mlx train without --warm-start, or dbt build with the model's feature_sets",
        )
    parent = Parent(stored.model_id, stored.load(), stored.uncertainty.fitted_to)
    parent.continued_by(config.build_learner())
    return parent


def _refuse_another_kind(stored: StoredModel, config: TrainConfig) -> None:
    kinds = (
        ("horizon", stored.horizon, config.horizon),
        ("target", stored.target, config.target),
        ("learner", stored.learner, config.learner),
    )
    for name, theirs, asked in kinds:
        if theirs != asked:
            raise UsageError(
                f"model {stored.model_id} is of {name} {theirs}, not {asked}",
                hint=f"mlx train --warm-start {stored.model_id} --{name} {theirs}",
            )
