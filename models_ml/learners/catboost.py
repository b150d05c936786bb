"""CatBoost's symmetric trees."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import catboost as cb
import numpy as np

from models_ml.learners.base import Importance, Matrix, OnIteration, Vector
from models_ml.learners.boosting import BoostingLearner, refused, spread_over_rounds
from models_ml.learners.fitting import Fit

_FIXED: Mapping[str, Any] = {"allow_writing_files": False, "logging_level": "Silent"}
_ROUNDS = frozenset(
    """iterations num_boost_round n_estimators num_trees early_stopping_rounds od_pval od_type
    od_wait use_best_model best_model_min_trees""".split()
)


@dataclass(frozen=True)
class CatBoostLearner(BoostingLearner["CatBoostModel"]):
    """Gradient-boosted symmetric trees on squared error.

    The options are those of :class:`~models_ml.learners.boosting.BoostingLearner`; ``extra`` has
    CatBoost's parameters. Symmetric trees have a depth, so ``num_leaves`` 31 becomes depth 5.
    """

    name: str = "catboost"

    rounds_parameters: ClassVar[frozenset[str]] = _ROUNDS

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters handed to ``catboost.CatBoost``."""
        own = {
            "loss_function": "RMSE",
            "learning_rate": self.learning_rate,
            "random_seed": self.seed,
        }
        depth = {"depth": max(1, round(float(np.log2(self.num_leaves))))}
        by_hand = {"depth", "max_depth", "grow_policy"} & set(self.extra)
        return {**own, **({} if by_hand else depth), **self.extra, **_FIXED}

    def _fit(self, fit: Fit) -> CatBoostModel:
        """Fit on rows; the model is the one that its text gives back."""
        valid, names = fit.valid, list(fit.feature_names)
        rounds = fit.n_estimators or self.n_estimators
        options: dict[str, Any] = {}
        try:
            if valid is not None and self.early_stopping_rounds:
                options["eval_set"] = cb.Pool(valid.matrix, valid.target, feature_names=names)
                options["early_stopping_rounds"] = self.early_stopping_rounds
                options["use_best_model"] = True
            if fit.on_iteration is not None:
                options["callbacks"] = [_Progress(fit.on_iteration, rounds)]
            if self.start is not None:
                options["init_model"] = _booster_of(self.start.to_text())
            booster = cb.CatBoost({**self.params, "iterations": rounds})
            rows = cb.Pool(fit.matrix, fit.target, weight=fit.weight, feature_names=names)
            booster.fit(rows, **options)
        except (cb.CatBoostError, TypeError, ValueError) as error:
            raise refused("CatBoost", error) from error
        return CatBoostModel(_text_of(booster))


class CatBoostModel:
    """A fitted booster, always read from its text.

    CatBoost writes leaf values with fewer digits than it holds, so that a model that was saved
    and loaded differs in the last bit. Here the text comes first: a model predicts the same
    before it is stored and after.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._booster = _booster_of(text)

    @classmethod
    def from_text(cls, text: str) -> CatBoostModel:
        """Load CatBoost's JSON, only where its SHA-256 was checked."""
        return cls(text)

    @property
    def best_iteration(self) -> int:
        """Rounds in use."""
        return int(self._booster.tree_count_)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the matrix' columns."""
        return tuple(self._booster.feature_names_)

    def predict(self, matrix: Matrix) -> Vector:
        """Forecasts."""
        return self._predict(matrix, self.best_iteration)

    def iteration_std(self, matrix: Matrix) -> Vector:
        """Spread of the forecasts over the last half of the boosting rounds, a heuristic."""
        return spread_over_rounds(lambda n: self._predict(matrix, n), self.best_iteration)

    def contributions(self, matrix: Matrix) -> Vector:
        """Shares of the features and, last, the base; shape (n_rows, n_features + 1).

        CatBoost's ShapValues, which are TreeSHAP's.
        """
        rows = cb.Pool(matrix, feature_names=list(self.feature_names))
        shares = self._booster.get_feature_importance(rows, type="ShapValues")
        return np.asarray(shares, dtype=np.float64)

    def importance(self) -> Importance:
        """Return CatBoost's own measure (PredictionValuesChange, in percent), and the splits."""
        gain = self._booster.get_feature_importance(type="PredictionValuesChange")
        return Importance(
            gain=np.asarray(gain, dtype=np.float64),
            splits=_count_splits(json.loads(self._text), len(self.feature_names)),
        )

    def to_text(self) -> str:
        """Return CatBoost's JSON, without the time of training and other accidents."""
        return self._text

    def _predict(self, matrix: Matrix, n_rounds: int) -> Vector:
        predicted = self._booster.predict(matrix, ntree_end=n_rounds)
        return np.asarray(predicted, dtype=np.float64)


class _Progress:
    """Reports every round."""

    def __init__(self, report: OnIteration, rounds: int) -> None:
        self._report, self._rounds = report, rounds

    def after_iteration(self, info: Any) -> bool:
        """Report, and go on."""
        self._report(info.iteration, self._rounds)
        return True


def _text_of(booster: cb.CatBoost) -> str:
    """Return the JSON of a booster, which CatBoost writes to files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        booster.save_model(str(path), format="json")
        document = json.loads(path.read_text())
    del document["model_info"]
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _booster_of(text: str) -> cb.CatBoost:
    booster = cb.CatBoost()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        path.write_text(text)
        booster.load_model(str(path), format="json")
    return booster


def _count_splits(node: Any, n_features: int) -> Any:
    """Count the splits on each feature, however deep they stand in the document."""
    counts = np.zeros(n_features, dtype=np.int64)
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            if "split_index" in node and "float_feature_index" in node:
                counts[node["float_feature_index"]] += 1
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)
    return counts
