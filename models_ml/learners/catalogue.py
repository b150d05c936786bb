"""The learners by their names: how each is built, and how its models are read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from models_ml.errors import UsageError
from models_ml.learners.base import FittedModel, Learner

BOOSTERS: Mapping[str, str] = {
    "lightgbm": "LightGBM",
    "xgboost": "XGBoost",
    "catboost": "CatBoost",
}
ENSEMBLES = ("mean", "stack")
NAMES = (*BOOSTERS, "ridge", *ENSEMBLES)
DEFAULT_MEMBERS = ("lightgbm", "ridge")
_EXTRA = ("xgboost", "catboost")


@dataclass(frozen=True)
class LearnerOptions:
    """What a learner can be told; those without boosting rounds leave most of it unused.

    Attributes
    ----------
    params
        Further parameters of the learner; those of an ensemble under its members' names.
    members
        Learners of an ensemble; lightgbm and ridge by default.
    """

    n_estimators: int = 100
    learning_rate: float = 0.05
    num_leaves: int = 31
    early_stopping_rounds: int = 50
    seed: int = 7
    params: Mapping[str, Any] = field(default_factory=dict)
    members: tuple[str, ...] | None = None


def build_learner(name: str, options: LearnerOptions) -> Learner:
    """Return the learner of a name.

    Raises
    ------
    UsageError
        There is none of that name, its package is not installed, or an option does not suit it.
    """
    if name in ENSEMBLES:
        return _build_ensemble(name, options)
    if options.members is not None:
        raise UsageError(
            f"learner {name} has no members", hint="leave --members out, or --learner mean"
        )
    return _build_single(name, options, options.params)


def load_model(name: str, text: str) -> FittedModel:
    """Read a model's text, which must be one that a trusted model wrote: see the registry.

    Raises
    ------
    UsageError
        There is no learner of that name, or its package is not installed.
    """
    if name in ENSEMBLES:
        from models_ml.learners.ensemble import EnsembleModel

        return EnsembleModel.from_text(text, load_model)
    loader: Callable[[str], FittedModel] = _class(name, "Model").from_text
    return loader(text)


def _build_single(name: str, options: LearnerOptions, params: Mapping[str, Any]) -> Learner:
    learner: Learner
    if name not in BOOSTERS:
        learner = _class(name, "Learner")(extra=params)
        return learner
    learner = _class(name, "Learner")(
        n_estimators=options.n_estimators,
        learning_rate=options.learning_rate,
        num_leaves=options.num_leaves,
        early_stopping_rounds=options.early_stopping_rounds,
        seed=options.seed,
        extra=params,
    )
    return learner


def _build_ensemble(name: str, options: LearnerOptions) -> Learner:
    from models_ml.learners.mean import MeanLearner
    from models_ml.learners.stack import StackLearner

    names = options.members or DEFAULT_MEMBERS
    if nested := sorted(set(names) & set(ENSEMBLES)):
        raise UsageError(
            f"{nested[0]} cannot be a member of an ensemble", hint="--members lightgbm,ridge"
        )
    strangers = sorted(set(options.params) - set(names))
    if strangers or not all(isinstance(value, Mapping) for value in options.params.values()):
        raise UsageError(
            f"the parameters of {name} are objects by member, of {', '.join(names)}",
            hint='write e.g. {"lightgbm": {"max_depth": 6}}',
        )
    members = tuple(
        _build_single(member, options, options.params.get(member, {})) for member in names
    )
    return MeanLearner(members) if name == "mean" else StackLearner(members)


def _class(name: str, kind: str) -> Any:
    """Return the class of a learner or of its models; only now is its library loaded."""
    if name not in NAMES:
        raise UsageError(
            f"there is no learner {name!r}, only {', '.join(NAMES)}",
            hint="mlx train --learner lightgbm",
        )
    try:
        module = import_module(f"models_ml.learners.{name}")
    except ModuleNotFoundError as error:
        if name not in _EXTRA or error.name != name:
            raise
        raise UsageError(
            f"learner {name} needs the package {name}, which is not installed",
            hint="pip install 'mlx-returns[learners]'",
        ) from error
    return getattr(module, BOOSTERS.get(name, name.capitalize()) + kind)
