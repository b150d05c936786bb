"""The size of a forecast's error, from how much the price moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from models_ml.uncertainty.forecast import Vector

Matrix = npt.NDArray[np.floating[Any]]

VOLATILITY_FEATURES = ("klen", "std5", "std20", "std60")
_CLIP_STDS = 4.0
_FLOOR = 0.01
_MAX_ROWS = 200_000


@dataclass(frozen=True)
class LocalScale:
    """Standard deviation of the error, log-linear in the logarithms of volatility features.

    ``std * exp(sum_j slope_j * (log v_j - mean_j))``: multiplicative heteroscedasticity (Harvey,
    Estimating Regression Models with Multiplicative Heteroscedasticity, Econometrica 44, 1976).
    Without a volatility feature it is the constant ``std``.

    Attributes
    ----------
    std
        Makes the mean square of residual / scale one on the rows it was fitted on.
    features
        Names of the volatility features.
    slopes, means, stds
        Coefficient of each feature's logarithm, and the mean and standard deviation of that
        logarithm; values further than four of these from the mean are drawn in, a missing or
        non-positive feature counts as the mean.
    """

    std: float
    features: tuple[str, ...] = ()
    slopes: tuple[float, ...] = ()
    means: tuple[float, ...] = ()
    stds: tuple[float, ...] = ()

    @classmethod
    def fit(cls, features: Sequence[str], logs: Matrix, residual: Vector) -> LocalScale:
        """Regress the logarithm of the absolute residual on the features' logarithms.

        Parameters
        ----------
        features
            Names of the rows of ``logs``.
        logs
            Logarithms of the features as of :func:`log_volatility`, shape (n_features, n_rows).
        residual
            Label minus forecast of the same rows, on days that the model did not train on.
            Rows where it is not finite are left out. The slopes are fitted on every k-th row,
            so that there are at most 200,000.
        """
        known = np.isfinite(residual)
        logs, size = logs[:, known], np.abs(residual[known])
        if size.size == 0:
            return cls(float("nan"))
        if not features or not size.any():
            return cls(_root_mean_square(size))
        every = slice(None, None, -(-size.size // _MAX_ROWS))
        some, goal = logs[:, every], np.log(np.maximum(size[every], _FLOOR * size.mean()))
        known_logs = [column[np.isfinite(column)] for column in some]
        means = tuple(float(column.mean()) if column.size else 0.0 for column in known_logs)
        stds = tuple(float(column.std()) if column.size else 0.0 for column in known_logs)
        unscaled = cls(1.0, tuple(features), (0.0,) * len(features), means, stds)
        slopes = _least_squares(unscaled._centred(some), goal - goal.mean())
        shape = replace(unscaled, slopes=tuple(slopes.tolist()))
        return replace(shape, std=_root_mean_square(size / shape(logs)))

    def __call__(self, logs: Matrix) -> Vector:
        """Scale of rows.

        Parameters
        ----------
        logs
            Logarithms of ``self.features``, shape (n_features, n_rows).
        """
        scale = np.full(logs.shape[1], self.std)
        if self.features:
            scale *= np.exp(_weighted(self._centred(logs), self.slopes))
        return scale

    def to_json(self) -> dict[str, Any]:
        """Entries for ``ml.models.uncertainty``."""
        return asdict(self)

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> LocalScale:
        """Read the entries back; equal to what was written, bit for bit."""
        names = ("features", "slopes", "means", "stds")
        return cls(float(state["std"]), *(tuple(state[name]) for name in names))

    def _centred(self, logs: Matrix) -> Matrix:
        centred = np.empty(logs.shape)
        for row, log, mean, std in zip(centred, logs, self.means, self.stds, strict=True):
            np.subtract(log, mean, out=row)
            row[~np.isfinite(row)] = 0.0
            np.clip(row, -_CLIP_STDS * std, _CLIP_STDS * std, out=row)
        return centred


def log_volatility(
    matrix: Matrix, features: Sequence[str], names: Sequence[str] | None = None
) -> tuple[tuple[str, ...], Matrix]:
    """Return the names and the logarithms of volatility features in a matrix.

    Parameters
    ----------
    matrix, features
        Shape (n_rows, n_features), and the names of its columns.
    names
        Which ones; by default those of ``VOLATILITY_FEATURES`` that the matrix has.

    Returns
    -------
    names, logs
        The logarithms have the shape (n_features, n_rows); NaN where a feature is missing or not
        positive.
    """
    if names is None:
        names = [name for name in VOLATILITY_FEATURES if name in features]
    columns = [list(features).index(name) for name in names]
    logs = np.full((len(columns), len(matrix)), np.nan)
    for row, column in zip(logs, columns, strict=True):
        values = matrix[:, column].astype(np.float64)
        np.log(values, out=row, where=values > 0)
    return tuple(names), logs


def _root_mean_square(values: Vector) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _weighted(columns: Matrix, weights: Sequence[float]) -> Vector:
    """Sum columns times weights, in the same order whatever the number of threads."""
    total = np.zeros(columns.shape[1])
    for column, weight in zip(columns, weights, strict=True):
        total += weight * column
    return total


def _least_squares(columns: Matrix, goal: Vector) -> Vector:
    """Solve the normal equations, whose sums must not depend on the number of threads."""
    centred = [column - column.mean() for column in columns]
    gram = np.array([[np.sum(one * other) for other in centred] for one in centred])
    moments = np.array([np.sum(column * goal) for column in centred])
    return np.asarray(np.linalg.lstsq(gram, moments, rcond=1e-10)[0])
