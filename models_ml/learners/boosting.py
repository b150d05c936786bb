"""What the gradient-boosting learners share: their options, and the rounds of the final fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np

from models_ml.errors import UsageError
from models_ml.learners.base import FittedModel, Vector
from models_ml.learners.fitting import Fitting, ModelT

_STAGES = 10
_PLACE_IN_CODE = re.compile(r"^(\[[\d:]+\] )?\S+:\d+: ")
_LONGEST = 200


@dataclass(frozen=True)
class BoostingLearner(Fitting[ModelT]):
    """Options of gradient-boosted trees, under names that hold for every library.

    Attributes
    ----------
    n_estimators
        Boosting rounds at the most.
    learning_rate
        Shrinkage of every tree.
    num_leaves
        Leaves a tree; a library that grows by levels takes the next depth.
    early_stopping_rounds
        Rounds without a better validation score after which fitting ends; 0 never stops early.
    seed
        Of everything random.
    extra
        Further parameters of the library; they take precedence, except over determinism.
    start
        A model of the same library: its rounds come first, and ``n_estimators`` are added.

    Raises
    ------
    UsageError
        ``extra`` sets the number of rounds, which has options of its own: the final fit sets it.
    """

    n_estimators: int = 100
    learning_rate: float = 0.05
    num_leaves: int = 31
    early_stopping_rounds: int = 50
    seed: int = 7
    extra: Mapping[str, Any] = field(default_factory=dict)
    start: FittedModel | None = field(default=None, repr=False)

    rounds_parameters: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what would override the number of rounds."""
        if rounds := sorted(self.rounds_parameters & set(self.extra)):
            raise UsageError(
                f"the parameters set {rounds[0]}, which is an option of its own",
                hint="use --n-estimators and --early-stopping-rounds",
            )

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters handed to the library."""
        raise NotImplementedError

    def description(self) -> Mapping[str, Any]:
        """Parameters and rounds, as ``ml.models`` keeps them."""
        return {**self.params, "n_estimators": self.n_estimators}

    def settled(self, models: Sequence[FittedModel]) -> Self:
        """Return the learner with the mean of the rounds that its models stopped at."""
        mean = round(float(np.mean([model.best_iteration for model in models])))
        before = 0 if self.start is None else self.start.best_iteration
        return replace(self, n_estimators=max(1, mean - before))

    def continuing(self, model: FittedModel) -> Self:
        """Return the learner that adds its rounds to those of a model."""
        return replace(self, start=model)


def spread_over_rounds(predict: Callable[[int], Vector], last: int) -> Vector:
    """Spread of the forecasts over the last half of the boosting rounds.

    A heuristic: trees are corrections of each other, so this says how far the forecast still
    moved, not how large its error is (LightGBM discussions 1815 and 6382 warn of it).

    Parameters
    ----------
    predict
        Forecasts, shape (n_rows,), of the first so many rounds.
    last
        Rounds in use.
    """
    rounds = np.unique(np.linspace(max(1, last // 2), last, _STAGES).astype(int))
    return np.asarray(np.std(np.stack([predict(int(n)) for n in rounds]), axis=0))


def refused(library: str, error: Exception) -> UsageError:
    """Return the error of a parameter that a library does not accept.

    Only the first line of its message is told, without the place in the library's code.
    """
    lines = str(error).strip().splitlines() or [type(error).__name__]
    reason = _PLACE_IN_CODE.sub("", lines[0])
    shown = reason if len(reason) <= _LONGEST else reason[:_LONGEST] + "…"
    return UsageError(f"{library} refused: {shown}", hint="change --params")
