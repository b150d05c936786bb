"""XGBoost's histogram trees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xgboost as xgb

from models_ml.learners.base import Importance, Matrix, OnIteration, Vector
from models_ml.learners.boosting import BoostingLearner, refused, spread_over_rounds
from models_ml.learners.fitting import Fit
from models_ml.learners.validation import Validation

_FIXED: Mapping[str, Any] = {"verbosity": 0}
_ROUNDS = frozenset({"early_stopping_rounds", "n_estimators", "num_boost_round", "num_round"})
# LightGBM's default of the rows in a leaf, so that both grow trees of like size.
_ROWS_IN_LEAF = 20


@dataclass(frozen=True)
class XGBoostLearner(BoostingLearner["XGBoostModel"]):
    """Gradient-boosted trees on squared error, grown leaf by leaf as LightGBM's are.

    The options are those of :class:`~models_ml.learners.boosting.BoostingLearner`; ``extra`` has
    XGBoost's parameters (``max_depth``, ``reg_lambda`` …). Early stopping follows the IC of the
    validation days, or the ``eval_metric`` that ``extra`` names.
    """

    name: str = "xgboost"

    rounds_parameters: ClassVar[frozenset[str]] = _ROUNDS

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters handed to ``xgboost.train``."""
        own = {
            "objective": "reg:squarederror",
            "tree_method": "hist",
            "grow_policy": "lossguide",
            "max_depth": 0,
            "max_leaves": self.num_leaves,
            "min_child_weight": _ROWS_IN_LEAF,
            "learning_rate": self.learning_rate,
            "seed": self.seed,
        }
        return {**own, **self.extra, **_FIXED}

    def _fit(self, fit: Fit) -> XGBoostModel:
        """Fit on rows; XGBoost keeps their bins, not the rows."""
        valid, names = fit.valid, list(fit.feature_names)
        rounds = fit.n_estimators or self.n_estimators
        stopping = self.early_stopping_rounds if valid is not None else 0
        params = dict(self.params)
        try:
            rows = self._rows(fit.matrix, fit.target, names, weight=fit.weight)
            evals, custom_metric = [], None
            if valid is not None and stopping:
                held_out = self._rows(valid.matrix, valid.target, names, ref=rows)
                evals = [(held_out, "valid")]
                if "eval_metric" not in self.extra:
                    params["disable_default_eval_metric"] = True
                    custom_metric = _daily_ic(valid)
            booster = xgb.train(
                params,
                rows,
                rounds,
                xgb_model=None if self.start is None else _booster_of(self.start.to_text()),
                evals=evals,
                early_stopping_rounds=stopping or None,
                custom_metric=custom_metric,
                maximize=custom_metric is not None,
                verbose_eval=False,
                callbacks=[_Progress(fit.on_iteration, rounds)] if fit.on_iteration else None,
            )
        except (xgb.core.XGBoostError, TypeError, ValueError) as error:
            raise refused("XGBoost", error) from error
        return XGBoostModel(booster[: booster.best_iteration + 1] if stopping else booster)

    def _rows(
        self,
        matrix: Matrix,
        target: Vector,
        names: list[str],
        *,
        weight: Vector | None = None,
        ref: xgb.DMatrix | None = None,
    ) -> xgb.DMatrix:
        """Rows as bins; as they are where trees with other bins have to be applied to them."""
        if self.start is not None:
            return xgb.DMatrix(matrix, target, weight=weight, feature_names=names)
        bins = int(self.params.get("max_bin", 256))
        return xgb.QuantileDMatrix(
            matrix, target, weight=weight, feature_names=names, ref=ref, max_bin=bins
        )


def _booster_of(text: str) -> xgb.Booster:
    return xgb.Booster(model_file=bytearray(text.encode()))


def _daily_ic(valid: Validation) -> Callable[..., tuple[str, float]]:
    def score(predicted: Vector, _: xgb.DMatrix) -> tuple[str, float]:
        return "ic", valid.mean_ic(predicted)

    return score


class XGBoostModel:
    """A fitted booster, cut at its best iteration."""

    def __init__(self, booster: xgb.Booster) -> None:
        self._booster = booster

    @classmethod
    def from_text(cls, text: str) -> XGBoostModel:
        """Load XGBoost's JSON, only where its SHA-256 was checked."""
        return cls(_booster_of(text))

    @property
    def best_iteration(self) -> int:
        """Rounds in use."""
        return int(self._booster.num_boosted_rounds())

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the matrix' columns."""
        return tuple(self._booster.feature_names or ())

    def predict(self, matrix: Matrix) -> Vector:
        """Forecasts; XGBoost computes them in float32."""
        return self._predict(matrix, self.best_iteration)

    def iteration_std(self, matrix: Matrix) -> Vector:
        """Spread of the forecasts over the last half of the boosting rounds, a heuristic."""
        return spread_over_rounds(lambda n: self._predict(matrix, n), self.best_iteration)

    def contributions(self, matrix: Matrix) -> Vector:
        """Shares of the features and, last, the base; shape (n_rows, n_features + 1).

        TreeSHAP, as for LightGBM; XGBoost computes it in float32.
        """
        rows = xgb.DMatrix(matrix, feature_names=list(self.feature_names))
        return np.asarray(self._booster.predict(rows, pred_contribs=True), dtype=np.float64)

    def importance(self) -> Importance:
        """Total gain and number of splits of each feature."""
        gain = self._booster.get_score(importance_type="total_gain")
        splits = self._booster.get_score(importance_type="weight")
        return Importance(
            gain=np.array([gain.get(name, 0.0) for name in self.feature_names]),
            splits=np.array([splits.get(name, 0) for name in self.feature_names], dtype=np.int64),
        )

    def to_text(self) -> str:
        """Return XGBoost's JSON."""
        return bytes(self._booster.save_raw("json")).decode()

    def _predict(self, matrix: Matrix, n_rounds: int) -> Vector:
        predicted = self._booster.inplace_predict(matrix, iteration_range=(0, n_rounds))
        return np.asarray(predicted, dtype=np.float64)


class _Progress(xgb.callback.TrainingCallback):
    """Reports every round."""

    def __init__(self, report: OnIteration, rounds: int) -> None:
        super().__init__()
        self._report, self._rounds = report, rounds

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Report; never stop."""
        self._report(epoch + 1, self._rounds)
        return False
