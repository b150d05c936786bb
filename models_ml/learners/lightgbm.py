"""LightGBM, the default learner."""

from __future__ import annotations

import os

# Threads without work sleep instead of spinning: where others use the cores, too, spinning
# multiplied the time of a fit by four. Read once, when the library is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np

from models_ml.errors import UsageError
from models_ml.learners.base import Importance, Matrix, Vector

_STEPS = 10
_FIXED: Mapping[str, Any] = {
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
# Every name LightGBM has for the number of rounds (its parameter list, num_iterations and
# early_stopping_round): the final fit sets the number, which one of these would override.
_ROUNDS = frozenset(
    """num_iterations num_iteration n_iter num_tree num_trees num_round num_rounds nrounds
    num_boost_round n_estimators max_iter early_stopping_round early_stopping_rounds
    early_stopping n_iter_no_change""".split()
)


@dataclass(frozen=True)
class LightGBMLearner:
    """Gradient-boosted trees on squared error, deterministic whatever the number of threads.

    Attributes
    ----------
    n_estimators
        Boosting rounds at the most.
    early_stopping_rounds
        Rounds without a better validation score after which fitting ends; 0 never stops early.
    extra
        Further LightGBM parameters; they take precedence, except over determinism.

    Raises
    ------
    UsageError
        ``extra`` sets the number of rounds, which has options of its own.
    """

    n_estimators: int = 100
    learning_rate: float = 0.05
    num_leaves: int = 31
    early_stopping_rounds: int = 50
    seed: int = 7
    extra: Mapping[str, Any] = field(default_factory=dict)
    name: str = "lightgbm"

    def __post_init__(self) -> None:
        """Refuse what would override the number of rounds."""
        if rounds := sorted(_ROUNDS & set(self.extra)):
            raise UsageError(
                f"the parameters set {rounds[0]}, which is an option of its own",
                hint="use --n-estimators and --early-stopping-rounds",
            )

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters handed to ``lightgbm.train``."""
        own = {
            "objective": "regression",
            "metric": "l2",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "seed": self.seed,
        }
        return {**own, **self.extra, **_FIXED}

    def fit(
        self,
        matrix: Matrix,
        target: Vector,
        *,
        feature_names: tuple[str, ...],
        valid: tuple[Matrix, Vector] | None = None,
        n_estimators: int | None = None,
        on_iteration: Callable[[int, int], None] | None = None,
    ) -> LightGBMModel:
        """Fit on C-contiguous float32 rows; no copy of them is made here.

        Parameters
        ----------
        matrix, target
            Shapes (n_rows, n_features) and (n_rows,).
        feature_names
            Names stored in the model, to be checked before it predicts.
        valid
            Matrix and target for early stopping.
        n_estimators
            Rounds in place of the learner's own, for the final fit.
        on_iteration
            Called with the rounds done and the rounds at the most.

        Raises
        ------
        UsageError
            LightGBM does not accept a parameter.
        """
        rounds = n_estimators or self.n_estimators
        names = list(feature_names)
        train_set = lgb.Dataset(matrix, target, feature_name=names, params=dict(self.params))
        callbacks: list[Callable[..., Any]] = []
        if on_iteration is not None:
            callbacks.append(_progress(on_iteration))
        valid_sets = []
        if valid is not None and self.early_stopping_rounds:
            valid_sets = [lgb.Dataset(*valid, reference=train_set, feature_name=names)]
            callbacks.append(lgb.early_stopping(self.early_stopping_rounds, verbose=False))
        try:
            booster = lgb.train(
                dict(self.params), train_set, rounds, valid_sets=valid_sets, callbacks=callbacks
            )
        except (lgb.basic.LightGBMError, TypeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UsageError(f"LightGBM refused: {reason}", hint="change --params") from error
        return LightGBMModel(booster)


class LightGBMModel:
    """A fitted booster."""

    def __init__(self, booster: lgb.Booster) -> None:
        self._booster = booster

    @classmethod
    def from_text(cls, text: str) -> LightGBMModel:
        """Load a model file. Only for text whose SHA-256 was checked: damaged text kills Python."""
        return cls(lgb.Booster(model_str=text))

    @property
    def best_iteration(self) -> int:
        """Rounds in use."""
        best = self._booster.best_iteration
        return best if best > 0 else self._booster.current_iteration()

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the matrix' columns."""
        return tuple(self._booster.feature_name())

    def predict(self, matrix: Matrix) -> Vector:
        """Forecasts with the best iteration."""
        predicted = self._booster.predict(matrix, num_iteration=self.best_iteration)
        return np.asarray(predicted, dtype=np.float64)

    def iteration_std(self, matrix: Matrix) -> Vector:
        """Spread of the forecasts over the last half of the boosting rounds.

        A heuristic: trees are corrections of each other, so this says how far the forecast still
        moved, not how large its error is (LightGBM discussions 1815 and 6382 warn of it).
        """
        last = self.best_iteration
        rounds = np.unique(np.linspace(max(1, last // 2), last, _STEPS).astype(int))
        staged = [
            np.asarray(self._booster.predict(matrix, num_iteration=int(n)), dtype=np.float64)
            for n in rounds
        ]
        return np.asarray(np.std(np.stack(staged), axis=0))

    def contributions(self, matrix: Matrix) -> Vector:
        """Shares of the features and, last, the base; shape (n_rows, n_features + 1).

        TreeSHAP (Lundberg et al., Nature Machine Intelligence 2, 2020): exact Shapley values of
        the trees. The base is the mean forecast over the rows that the model was fitted on.
        """
        best = self.best_iteration
        shares = self._booster.predict(matrix, num_iteration=best, pred_contrib=True)
        return np.asarray(shares, dtype=np.float64)

    def importance(self) -> Importance:
        """Total gain and number of splits of each feature."""
        best = self.best_iteration
        return Importance(
            gain=np.asarray(self._booster.feature_importance("gain", best), dtype=np.float64),
            splits=np.asarray(self._booster.feature_importance("split", best), dtype=np.int64),
        )

    def to_text(self) -> str:
        """Return LightGBM's text format, cut at the best iteration."""
        return str(self._booster.model_to_string(num_iteration=self.best_iteration))


def _progress(report: Callable[[int, int], None]) -> Callable[[Any], None]:
    def after_iteration(env: Any) -> None:
        report(env.iteration + 1, env.end_iteration)

    return after_iteration
