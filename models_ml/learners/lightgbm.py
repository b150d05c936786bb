"""LightGBM, the default learner."""

from __future__ import annotations

import os

# Threads without work sleep instead of spinning: where others use the cores, too, spinning
# multiplied the time of a fit by four. Read once, when the library is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import lightgbm as lgb
import numpy as np

from models_ml.learners.base import Importance, Matrix, OnIteration, Vector
from models_ml.learners.boosting import BoostingLearner, refused, spread_over_rounds
from models_ml.learners.fitting import Fit
from models_ml.learners.shared_bins import SharedBins, enough_for_bins
from models_ml.learners.validation import Validation

_FIXED: Mapping[str, Any] = {
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}
# Every name LightGBM has for the number of rounds (its parameter list, num_iterations and
# early_stopping_round): the final fit sets the number, which one of these would override.
_ROUNDS = frozenset(
    """num_iterations num_iteration n_iter num_tree num_trees num_round num_rounds nrounds
    num_boost_round n_estimators max_iter early_stopping_round early_stopping_rounds
    early_stopping n_iter_no_change""".split()
)
_METRICS = frozenset({"metric", "metrics", "metric_types"})
_REFUSALS = (lgb.basic.LightGBMError, TypeError, ValueError)


@dataclass(frozen=True)
class LightGBMLearner(BoostingLearner["LightGBMModel"]):
    """Gradient-boosted trees on squared error, deterministic whatever the number of threads.

    The options are those of :class:`~models_ml.learners.boosting.BoostingLearner`; ``extra`` has
    LightGBM's parameters. Early stopping follows the IC of the validation days, or the metric
    that ``extra`` names. ``bins`` come from :meth:`prepared`.
    """

    name: str = "lightgbm"
    bins: SharedBins | None = field(default=None, repr=False, compare=False)

    rounds_parameters: ClassVar[frozenset[str]] = _ROUNDS

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters handed to ``lightgbm.train``."""
        own = {
            "objective": "regression",
            "metric": "None",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "seed": self.seed,
        }
        return {**own, **self.extra, **_FIXED}

    def prepared(
        self, matrix: Matrix, seen: slice, *, feature_names: tuple[str, ...]
    ) -> LightGBMLearner:
        """Return the learner with the matrix binned once, by boundaries from the rows seen.

        Where these do not fill the sample that LightGBM draws for boundaries, or a model is to be
        continued, the learner stays as it is, and every fit bins its own rows. Parameters are
        those of :meth:`~models_ml.learners.base.PreparesRows.prepared`.

        Raises
        ------
        UsageError
            LightGBM does not accept a parameter.
        """
        if self.start or not enough_for_bins(seen.stop - seen.start, self.params):
            return self
        try:
            return replace(self, bins=SharedBins(matrix, seen, feature_names, self.params))
        except _REFUSALS as error:
            raise refused("LightGBM", error) from error

    def _fit(self, fit: Fit) -> LightGBMModel:
        """Fit on C-contiguous float32 rows; no copy of them is made here."""
        valid, names, params = fit.valid, fit.feature_names, dict(self.params)
        bins = self.bins if self.bins and self.bins.serve(fit.matrix) else None
        train_set = self._dataset(bins, fit.matrix, fit.target, names, weight=fit.weight)
        callbacks: list[Callable[..., Any]] = []
        if fit.on_iteration is not None:
            callbacks.append(_progress(fit.on_iteration))
        valid_sets, feval = [], None
        if valid is not None and self.early_stopping_rounds:
            valid_sets = [
                self._dataset(bins, valid.matrix, valid.target, names, reference=train_set)
            ]
            feval = None if _METRICS & set(self.extra) else _daily_ic(valid)
            callbacks.append(lgb.early_stopping(self.early_stopping_rounds, verbose=False))
        try:
            booster = lgb.train(
                params,
                train_set,
                fit.n_estimators or self.n_estimators,
                init_model=None if self.start is None else _booster_of(self.start.to_text()),
                valid_sets=valid_sets,
                feval=feval,
                callbacks=callbacks,
            )
        except _REFUSALS as error:
            raise refused("LightGBM", error) from error
        return LightGBMModel(booster)

    def _dataset(
        self,
        bins: SharedBins | None,
        matrix: Matrix,
        target: Vector,
        feature_names: tuple[str, ...],
        *,
        weight: Vector | None = None,
        reference: lgb.Dataset | None = None,
    ) -> lgb.Dataset:
        """Return rows of the shared bins, or a dataset of the rows' own."""
        if bins and (shared := bins.dataset(matrix, target, weight)):
            return shared
        return lgb.Dataset(
            matrix,
            target,
            reference=reference,
            weight=weight,
            feature_name=list(feature_names),
            params=None if reference else dict(self.params),
        )


class LightGBMModel:
    """A fitted booster."""

    def __init__(self, booster: lgb.Booster) -> None:
        self._booster = booster

    @classmethod
    def from_text(cls, text: str) -> LightGBMModel:
        """Load a model file. Only for text whose SHA-256 was checked: damaged text kills Python."""
        return cls(_booster_of(text))

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
        return self._predict(matrix, self.best_iteration)

    def iteration_std(self, matrix: Matrix) -> Vector:
        """Spread of the forecasts over the last half of the boosting rounds, a heuristic."""
        return spread_over_rounds(lambda n: self._predict(matrix, n), self.best_iteration)

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

    def _predict(self, matrix: Matrix, n_rounds: int) -> Vector:
        predicted = self._booster.predict(matrix, num_iteration=n_rounds)
        return np.asarray(predicted, dtype=np.float64)


def _booster_of(text: str) -> lgb.Booster:
    return lgb.Booster(model_str=text)


def _daily_ic(valid: Validation) -> Callable[..., tuple[str, float, bool]]:
    def score(predicted: Vector, _: lgb.Dataset) -> tuple[str, float, bool]:
        return "ic", valid.mean_ic(predicted), True

    return score


def _progress(report: OnIteration) -> Callable[[Any], None]:
    def after_iteration(env: Any) -> None:
        report(env.iteration + 1 - env.begin_iteration, env.end_iteration - env.begin_iteration)

    return after_iteration
