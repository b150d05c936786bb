"""Two LightGBM models of a lower and an upper quantile, kept beside the model of the forecast."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models_ml.learners.base import FittedModel, Matrix, Vector
from models_ml.learners.lightgbm import LightGBMLearner, LightGBMModel


@dataclass(frozen=True)
class QuantileModels:
    """Fitted models of both quantiles."""

    lower: LightGBMModel
    upper: LightGBMModel

    def predict(self, matrix: Matrix) -> tuple[Vector, Vector]:
        """Lower and upper quantile, shape (n_rows,) each.

        Where they cross they change places (Chernozhukov, Fernández-Val and Galichon, Quantile
        and Probability Curves Without Crossing, Econometrica 78, 2010).
        """
        one, other = self.lower.predict(matrix), self.upper.predict(matrix)
        return np.minimum(one, other), np.maximum(one, other)

    def text_with(self, model: FittedModel) -> str:
        """JSON that holds LightGBM's text of both beside the text of a model."""
        texts = {
            "lower": self.lower.to_text(),
            "model": model.to_text(),
            "upper": self.upper.to_text(),
        }
        return json.dumps(texts, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> tuple[QuantileModels, str]:
        """Read the JSON of :meth:`text_with`, only where its SHA-256 was checked.

        Returns
        -------
        quantiles, text
            And the text of the model that they stand beside.
        """
        texts = json.loads(text)
        lower, upper = (LightGBMModel.from_text(texts[name]) for name in ("lower", "upper"))
        return cls(lower, upper), texts["model"]


@dataclass(frozen=True)
class QuantileLearner:
    """LightGBM on the pinball loss of two quantiles (Koenker and Bassett, Econometrica 46, 1978).

    Early stopping follows that loss on the validation days.
    """

    lower: LightGBMLearner
    upper: LightGBMLearner

    @classmethod
    def of_level(cls, level: float, **options: Any) -> QuantileLearner:
        """Return the learner of the quantiles with ``level`` of the returns between them.

        Parameters
        ----------
        level
            In (0, 1); half of the rest lies on each side.
        options
            Those of :class:`~models_ml.learners.boosting.BoostingLearner` but ``extra``.
        """
        rest = (1.0 - level) / 2
        lower, upper = (
            LightGBMLearner(
                **options, extra={"objective": "quantile", "alpha": q, "metric": "quantile"}
            )
            for q in (rest, 1.0 - rest)
        )
        return cls(lower, upper)

    def fit(self, matrix: Matrix, label: Vector, **options: Any) -> QuantileModels:
        """Fit both on returns; the options are those of ``Learner.fit``."""
        return QuantileModels(
            self.lower.fit(matrix, label, **options), self.upper.fit(matrix, label, **options)
        )

    def settled(self, models: Sequence[QuantileModels]) -> QuantileLearner:
        """Return the learner with the mean of the rounds that its models stopped at."""
        return QuantileLearner(
            self.lower.settled([pair.lower for pair in models]),
            self.upper.settled([pair.upper for pair in models]),
        )
