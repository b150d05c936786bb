"""Ridge regression: the baseline that trees have to beat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from scipy import linalg
from threadpoolctl import threadpool_limits

from models_ml.errors import UsageError
from models_ml.learners.base import FittedModel, Importance, Matrix, Vector
from models_ml.learners.fitting import Fit, Fitting

_ROWS_AT_ONCE = 8192
_COLUMNS_AT_ONCE = 16


@dataclass(frozen=True)
class RidgeLearner(Fitting["RidgeModel"]):
    """Linear regression with an L2 penalty on median-imputed, standardised features.

    Equal to scikit-learn's ``SimpleImputer("median")``, ``StandardScaler`` and ``Ridge`` in a
    row, but in one pass over blocks of the float32 matrix: no imputed or scaled copy of it is
    made. Medians, means and deviations are those of the rows it is fitted on.

    Attributes
    ----------
    extra
        ``{"alpha": …}``: the penalty on the sum of squared coefficients of the standardised
        features, beside the sum of squared errors (Hoerl and Kennard, 1970).

    Raises
    ------
    UsageError
        ``extra`` holds anything else, or a penalty that is not positive.
    """

    extra: Mapping[str, Any] = field(default_factory=dict)
    name: str = "ridge"

    def __post_init__(self) -> None:
        """Refuse other parameters, and a penalty without which features of one line have no fit."""
        if unknown := sorted(set(self.extra) - {"alpha"}):
            raise UsageError(f"ridge has no parameter {unknown[0]}", hint='set {"alpha": 1000}')
        alpha = self.params["alpha"]
        if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not alpha > 0:
            raise UsageError(
                f"ridge's alpha must be a number above 0, not {alpha!r}", hint='set {"alpha": 1000}'
            )

    @property
    def params(self) -> Mapping[str, Any]:
        """The penalty."""
        return {"alpha": 1000.0, **self.extra}

    def description(self) -> Mapping[str, Any]:
        """Return the penalty, as ``ml.models`` keeps it."""
        return self.params

    def _fit(self, fit: Fit) -> RidgeModel:
        """Solve the normal equations; validation days are not used."""
        weight = np.ones(fit.target.size) if fit.weight is None else fit.weight
        median = _medians(fit.matrix)
        # On more threads the products would differ in their last bits.
        with threadpool_limits(1, "blas"):
            level = float(weight @ fit.target / weight.sum())
            moments = _Moments.of(fit.matrix, fit.target - level, weight, median)
            mean, std, coefficients = moments.solve(float(self.params["alpha"]))
        slope = coefficients / std
        if fit.on_iteration is not None:
            fit.on_iteration(1, 1)
        return RidgeModel(
            fit.feature_names,
            median,
            mean,
            slope,
            np.abs(coefficients),
            level - float(slope @ mean),
        )

    def settled(self, models: Sequence[FittedModel]) -> Self:
        """Return the learner itself: it has no rounds."""
        return self


@dataclass(frozen=True)
class RidgeModel:
    """A fitted line.

    Attributes
    ----------
    names
        Features, in order.
    median
        What takes the place of a missing feature, and the origin of the slopes.
    mean
        Of the training rows, as a distance from the median.
    slope
        Change of the forecast per unit of each feature.
    effect
        |coefficient| of the standardised feature, i.e. |slope| times its deviation.
    intercept
        Forecast where every feature is at its median.
    """

    names: tuple[str, ...]
    median: Vector
    mean: Vector
    slope: Vector
    effect: Vector
    intercept: float

    @classmethod
    def from_text(cls, text: str) -> RidgeModel:
        """Load the JSON of :meth:`to_text`."""
        document = json.loads(text)
        median, mean, slope, effect = (
            np.array(document[name]) for name in ("median", "mean", "slope", "effect")
        )
        names = tuple(document["features"])
        return cls(names, median, mean, slope, effect, float(document["intercept"]))

    @property
    def best_iteration(self) -> int:
        """One: there are no rounds."""
        return 1

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the matrix' columns."""
        return self.names

    def predict(self, matrix: Matrix) -> Vector:
        """Forecasts, summed feature by feature: a row's bits do not depend on its neighbours."""
        yhat = np.full(matrix.shape[0], self.intercept)
        for rows in _blocks(matrix.shape[0]):
            columns = np.ascontiguousarray(_from_median(matrix[rows], self.median).T)
            for slope, column in zip(self.slope, columns, strict=True):
                yhat[rows] += slope * column
        return yhat

    def iteration_std(self, matrix: Matrix) -> Vector:
        """Refuse: there are no rounds."""
        raise UsageError(
            "ridge has no boosting rounds to take a spread over",
            hint="mlx infer --uncertainty residuals",
        )

    def contributions(self, matrix: Matrix) -> Vector:
        """Shares of the features and, last, the base; shape (n_rows, n_features + 1).

        slope * (value - mean): the Shapley values of a line, where the features are taken for
        independent (Strumbelj and Kononenko, Knowledge and Information Systems 41, 2014). The
        base is the mean forecast over the training rows.
        """
        shares = np.empty((matrix.shape[0], self.slope.size + 1))
        shares[:, :-1] = self.slope * (_from_median(matrix, self.median) - self.mean)
        shares[:, -1] = self.intercept + float(np.sum(self.slope * self.mean))
        return shares

    def importance(self) -> Importance:
        """|slope| times the feature's deviation on the training rows; there are no splits."""
        return Importance(gain=self.effect, splits=np.zeros(self.effect.size, dtype=np.int64))

    def to_text(self) -> str:
        """JSON with every digit of every number."""
        document = {
            "effect": self.effect.tolist(),
            "features": list(self.names),
            "intercept": self.intercept,
            "mean": self.mean.tolist(),
            "median": self.median.tolist(),
            "slope": self.slope.tolist(),
        }
        return json.dumps(document, sort_keys=True, allow_nan=False)


@dataclass(frozen=True)
class _Moments:
    """Weighted sums over the rows of features (from their medians) and target (from its mean)."""

    total: float
    sums: Vector
    products: Vector
    with_target: Vector

    @classmethod
    def of(cls, matrix: Matrix, target: Vector, weight: Vector, median: Vector) -> _Moments:
        n_features = matrix.shape[1]
        sums, with_target = np.zeros(n_features), np.zeros(n_features)
        products = np.zeros((n_features, n_features))
        for rows in _blocks(matrix.shape[0]):
            block = _from_median(matrix[rows], median)
            weighted = block * weight[rows, None]
            sums += weighted.sum(axis=0)
            products += weighted.T @ block
            with_target += weighted.T @ target[rows]
        return cls(float(weight.sum()), sums, products, with_target)

    def solve(self, alpha: float) -> tuple[Vector, Vector, Vector]:
        """Mean and deviation of the features, and the coefficients of the standardised ones."""
        mean = self.sums / self.total
        covariance = self.products - self.total * np.outer(mean, mean)
        variance = np.clip(np.diag(covariance) / self.total, 0.0, None)
        varies = variance > 1e-12 * np.diag(self.products) / self.total
        std = np.where(varies, np.sqrt(variance), 1.0)
        scaled = np.where(np.outer(varies, varies), covariance / np.outer(std, std), 0.0)
        scaled[np.diag_indices_from(scaled)] += alpha
        moved = np.where(varies, self.with_target / std, 0.0)
        return mean, std, np.asarray(linalg.solve(scaled, moved, assume_a="pos"))


def _medians(matrix: Matrix) -> Vector:
    """Median of each feature where it is known; 0 where it never is."""
    medians = np.zeros(matrix.shape[1])
    for first in range(0, matrix.shape[1], _COLUMNS_AT_ONCE):
        columns = np.ascontiguousarray(matrix[:, first : first + _COLUMNS_AT_ONCE].T)
        for position, column in enumerate(columns, first):
            known = column[~np.isnan(column)].astype(np.float64)
            if known.size:
                medians[position] = np.median(known, overwrite_input=True)
    return medians


def _from_median(block: Matrix, median: Vector) -> Vector:
    """Distance of the features from their medians, float64; 0 where a feature is missing."""
    distance = block - median
    distance[np.isnan(distance)] = 0.0
    return distance


def _blocks(n_rows: int) -> Iterator[slice]:
    for first in range(0, n_rows, _ROWS_AT_ONCE):
        yield slice(first, first + _ROWS_AT_ONCE)
