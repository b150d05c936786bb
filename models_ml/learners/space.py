"""Where the parameters of each learner are looked for.

The ranges are those of the field for daily cross-sections, where the signal is a few hundredths
of the noise: shallow to middling trees, leaves of many rows, strong shrinkage. LightGBM's hold
Qlib's published ones for Alpha158 (210 leaves, L2 of 581, 0.89 of the columns and rows a tree).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models_ml.errors import UsageError


@dataclass(frozen=True)
class Real:
    """A real parameter between two bounds, both included; ``log`` where its size is unknown."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Whole:
    """A whole-number parameter between two bounds, both included."""

    low: int
    high: int
    log: bool = False


@dataclass(frozen=True)
class Space:
    """The parameters of a learner that are searched, under the library's own names.

    Attributes
    ----------
    dimensions
        Where each is looked for.
    start
        Values of the first trial: what ``mlx train`` takes without parameters, as near as the
        ranges allow. No study ends below them.
    fixed
        Further parameters, without which those searched would have no effect.
    """

    dimensions: Mapping[str, Real | Whole]
    start: Mapping[str, float | int]
    fixed: Mapping[str, Any] = field(default_factory=dict)


SPACES: Mapping[str, Space] = {
    "lightgbm": Space(
        {
            "learning_rate": Real(0.01, 0.2, log=True),
            "num_leaves": Whole(7, 255, log=True),
            "min_data_in_leaf": Whole(20, 2000, log=True),
            "feature_fraction": Real(0.3, 1.0),
            "bagging_fraction": Real(0.5, 1.0),
            "lambda_l2": Real(1e-3, 1e3, log=True),
        },
        start={
            "learning_rate": 0.05,
            "num_leaves": 31,
            "min_data_in_leaf": 20,
            "feature_fraction": 1.0,
            "bagging_fraction": 1.0,
            "lambda_l2": 1e-3,
        },
        fixed={"bagging_freq": 1},
    ),
    "xgboost": Space(
        {
            "learning_rate": Real(0.01, 0.2, log=True),
            "max_leaves": Whole(7, 255, log=True),
            "min_child_weight": Real(20, 2000, log=True),
            "colsample_bytree": Real(0.3, 1.0),
            "subsample": Real(0.5, 1.0),
            "reg_lambda": Real(1e-3, 1e3, log=True),
        },
        start={
            "learning_rate": 0.05,
            "max_leaves": 31,
            "min_child_weight": 20,
            "colsample_bytree": 1.0,
            "subsample": 1.0,
            "reg_lambda": 1.0,
        },
    ),
    "catboost": Space(
        {
            "learning_rate": Real(0.01, 0.2, log=True),
            "depth": Whole(3, 8),
            "l2_leaf_reg": Real(1.0, 1e3, log=True),
            "rsm": Real(0.3, 1.0),
            "subsample": Real(0.5, 1.0),
        },
        start={
            "learning_rate": 0.05,
            "depth": 5,
            "l2_leaf_reg": 3.0,
            "rsm": 1.0,
            "subsample": 1.0,
        },
        fixed={"bootstrap_type": "Bernoulli"},
    ),
    "ridge": Space({"alpha": Real(1.0, 1e6, log=True)}, start={"alpha": 1000.0}),
}


def space_of(learner: str) -> Space:
    """Return the search space of a learner.

    Raises
    ------
    UsageError
        It has none: ensembles are made of learners that are tuned by themselves.
    """
    if learner not in SPACES:
        raise UsageError(
            f"learner {learner} has no search space, only {', '.join(SPACES)}",
            hint="tune its members one by one",
        )
    return SPACES[learner]
