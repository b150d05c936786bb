"""Errors of single forecasts, pooled over all rows: RMSE, MAE, R2, direction."""

import numpy as np
from numpy.typing import ArrayLike

from models_ml.metrics.panel import Floats, same_length


def rmse(yhat: ArrayLike, label: ArrayLike) -> float:
    """Root mean squared error, ``sqrt(mean((yhat - label)^2))``, in units of the label.

    Rows without a finite forecast and label are left out here and in the functions below; with
    none left the result is NaN.

    Parameters
    ----------
    yhat, label : array-like of float, shape (n_rows,)
    """
    forecast, outcome = _finite(yhat, label)
    return float(np.sqrt(_mean((forecast - outcome) ** 2)))


def mae(yhat: ArrayLike, label: ArrayLike) -> float:
    """Mean absolute error, ``mean(|yhat - label|)``, in units of the label.

    Parameters
    ----------
    yhat, label : array-like of float, shape (n_rows,)
    """
    forecast, outcome = _finite(yhat, label)
    return _mean(np.abs(forecast - outcome))


def r2(yhat: ArrayLike, label: ArrayLike, *, benchmark: float = 0.0) -> float:
    """Out-of-sample R2 against a constant forecast, by default zero.

    ``1 - sum((label - yhat)^2) / sum((label - benchmark)^2)``. Zero is the honest opponent for
    returns: the mean of the test days is not known beforehand, and beating it would flatter a
    model (Gu, Kelly and Xiu, Empirical Asset Pricing via Machine Learning, Review of Financial
    Studies 33(5), 2020, equation 19). With ``benchmark=mean(label)`` it is the usual R2.

    Parameters
    ----------
    yhat, label : array-like of float, shape (n_rows,)
    benchmark : float, default=0.0
        The constant forecast, in units of the label.

    Returns
    -------
    float
        NaN if the benchmark has no error.
    """
    forecast, outcome = _finite(yhat, label)
    total = float(np.sum((outcome - benchmark) ** 2))
    residual = float(np.sum((outcome - forecast) ** 2))
    return 1.0 - residual / total if total > 0 else float("nan")


def direction_accuracy(yhat: ArrayLike, label: ArrayLike) -> float:
    """Share of rows whose forecast has the sign of the label.

    Labels of exactly zero have no direction and are left out; a forecast of exactly zero is
    counted as wrong.

    Parameters
    ----------
    yhat, label : array-like of float, shape (n_rows,)
    """
    forecast, outcome = _finite(yhat, label)
    moved = outcome != 0
    return _mean((np.sign(forecast[moved]) == np.sign(outcome[moved])).astype(np.float64))


def _finite(yhat: ArrayLike, label: ArrayLike) -> tuple[Floats, Floats]:
    forecast, outcome = same_length(yhat, label)
    kept = np.isfinite(forecast) & np.isfinite(outcome)
    return (forecast, outcome) if kept.all() else (forecast[kept], outcome[kept])


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")
