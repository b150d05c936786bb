"""What ensembles share: their members, and a model that adds up its members' forecasts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, cast

import numpy as np

from models_ml.errors import MlxError, UsageError
from models_ml.learners.base import FittedModel, Importance, Learner, Matrix, Vector
from models_ml.learners.fitting import Fit, Fitting


@dataclass(frozen=True)
class EnsembleLearner(Fitting["EnsembleModel"]):
    """Members that are fitted on the same rows, and added up.

    Attributes
    ----------
    members
        At least two learners of different names, none of them an ensemble.

    Raises
    ------
    UsageError
        The members are fewer, or one is there twice.
    """

    members: tuple[Learner, ...]

    name: ClassVar[str]

    def __post_init__(self) -> None:
        """Refuse an ensemble of one."""
        names = [member.name for member in self.members]
        if len(names) < 2 or len(set(names)) < len(names):
            raise UsageError(
                f"--learner {self.name} needs two or more different members, "
                f"not {', '.join(names) or 'none'}",
                hint="--members lightgbm,ridge",
            )

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters of each member."""
        return {member.name: dict(member.params) for member in self.members}

    def description(self) -> Mapping[str, Any]:
        """Parameters and rounds of each member, as ``ml.models`` keeps them."""
        return {member.name: dict(member.description()) for member in self.members}

    def settled(self, models: Sequence[FittedModel]) -> Self:
        """Return the ensemble with every member settled by its own models of the folds."""
        ensembles = cast(Sequence[EnsembleModel], models)
        members = tuple(
            member.settled([ensemble.members[position] for ensemble in ensembles])
            for position, member in enumerate(self.members)
        )
        return replace(self, members=members)

    def _fit(self, fit: Fit) -> EnsembleModel:
        """Fit every member on all rows, then their weights."""
        models = tuple(fit.by(member) for member in self.members)
        names = tuple(member.name for member in self.members)
        intercept, weights = self._weigh(models, fit)
        return EnsembleModel(names, models, intercept, weights)

    def _weigh(self, models: tuple[FittedModel, ...], fit: Fit) -> tuple[float, Vector]:
        """Intercept and the weight of each member."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class EnsembleModel:
    """An intercept, plus the weighted sum of the members' forecasts.

    Attributes
    ----------
    names
        Learners of the members.
    members
        Their models, of the same features.
    intercept, weights
        The sum; shape (n_members,).
    """

    names: tuple[str, ...]
    members: tuple[FittedModel, ...]
    intercept: float
    weights: Vector

    @classmethod
    def from_text(cls, text: str, load: Callable[[str, str], FittedModel]) -> EnsembleModel:
        """Load the JSON of :meth:`to_text`.

        Raises
        ------
        MlxError
            The members are of different features.
        """
        document = json.loads(text)
        names = tuple(member["learner"] for member in document["members"])
        models = tuple(load(member["learner"], member["model"]) for member in document["members"])
        if len({model.feature_names for model in models}) != 1:
            raise MlxError("the members of the ensemble name different features", hint="mlx train")
        return cls(names, models, float(document["intercept"]), np.array(document["weights"]))

    @property
    def best_iteration(self) -> int:
        """The most rounds that a member has."""
        return max(member.best_iteration for member in self.members)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the matrix' columns."""
        return self.members[0].feature_names

    def predict(self, matrix: Matrix) -> Vector:
        """Forecasts."""
        yhat = np.full(matrix.shape[0], self.intercept)
        for weight, member in zip(self.weights, self.members, strict=True):
            yhat += weight * member.predict(matrix)
        return yhat

    def iteration_std(self, matrix: Matrix) -> Vector:
        """Refuse: the members' rounds are not the ensemble's."""
        raise UsageError(
            "an ensemble has no boosting rounds of its own to take a spread over",
            hint="mlx infer --uncertainty residuals",
        )

    def contributions(self, matrix: Matrix) -> Vector:
        """Weighted sums of the members' shares; the intercept goes to the base."""
        shares = np.zeros((matrix.shape[0], len(self.feature_names) + 1))
        shares[:, -1] = self.intercept
        for weight, member in zip(self.weights, self.members, strict=True):
            shares += weight * member.contributions(matrix)
        return shares

    def importance(self) -> Importance:
        """Share of the gain within each member, weighted; and the splits of all members."""
        total = max(float(self.weights.sum()), np.finfo(float).tiny)
        found = [member.importance() for member in self.members]
        shares = [one.gain / max(float(one.gain.sum()), np.finfo(float).tiny) for one in found]
        gain = sum(
            (weight / total * share for weight, share in zip(self.weights, shares, strict=True)),
            start=np.zeros(len(self.feature_names)),
        )
        return Importance(gain=gain, splits=np.sum([one.splits for one in found], axis=0))

    def to_text(self) -> str:
        """JSON that holds the members' own texts."""
        members = [
            {"learner": name, "model": model.to_text()}
            for name, model in zip(self.names, self.members, strict=True)
        ]
        document = {
            "intercept": self.intercept,
            "members": members,
            "weights": self.weights.tolist(),
        }
        return json.dumps(document, sort_keys=True, allow_nan=False)
