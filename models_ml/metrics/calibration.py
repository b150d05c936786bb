"""Quality of forecast probabilities: Brier score, log loss, calibration error."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models_ml.errors import UsageError
from models_ml.metrics.panel import Floats
from models_ml.metrics.ranks import order_within_day, quantile_bins


@dataclass(frozen=True, slots=True)
class Reliability:
    """Forecast and observed frequency in bins of equal mass.

    Attributes
    ----------
    n_rows : ndarray of int, shape (n_bins,)
        Rows of each bin, lowest probabilities first. Ties can leave a bin empty.
    mean_probability, frequency : ndarray of float64, shape (n_bins,)
        Mean forecast and share of events; NaN in an empty bin.
    """

    n_rows: NDArray[np.intp]
    mean_probability: Floats
    frequency: Floats

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: mean of ``|forecast - frequency|``, weighted by rows."""
        filled = self.n_rows > 0
        gap = np.abs(self.mean_probability - self.frequency)[filled]
        return float(np.average(gap, weights=self.n_rows[filled]))


def brier_score(probability: ArrayLike, event: ArrayLike) -> float:
    """Mean squared error of probabilities, ``mean((p - y)^2)`` (Brier, 1950).

    Parameters
    ----------
    probability : array-like of float, shape (n_rows,)
        Forecast probability of the event, in [0, 1].
    event : array-like of bool or 0/1, shape (n_rows,)

    Raises
    ------
    UsageError
        Here and below: if lengths differ, there are no rows, a probability is outside [0, 1]
        or missing, or an event is neither 0 nor 1.
    """
    p, y = _checked(probability, event)
    return float(np.mean((p - y) ** 2))


def log_loss(probability: ArrayLike, event: ArrayLike) -> float:
    """Mean negative log likelihood, ``-mean(y ln p + (1 - y) ln(1 - p))``, in nats.

    Infinite if an event came that was given probability 0, or stayed away at probability 1.

    Parameters
    ----------
    probability, event
        As for `brier_score`.
    """
    p, y = _checked(probability, event)
    with np.errstate(divide="ignore"):
        return float(-np.mean(np.log(np.where(y == 1, p, 1 - p))))


def reliability(probability: ArrayLike, event: ArrayLike, *, n_bins: int = 10) -> Reliability:
    """Compare forecast and observed frequency in bins of equal mass.

    Bins are closed on the right at the quantiles of the forecasts, so every bin holds about
    the same number of rows wherever the forecasts lie; equal forecasts share a bin.

    Parameters
    ----------
    probability, event
        As for `brier_score`.
    n_bins : int, default=10
        Number of bins; a calibration error is comparable only at the same number.
    """
    p, y = _checked(probability, event)
    counts = np.array([p.size])
    bins = quantile_bins(p, counts, order_within_day(p, counts), n_bins)
    n_rows = np.bincount(bins, minlength=n_bins)
    return Reliability(n_rows, _bin_means(bins, p, n_rows), _bin_means(bins, y, n_rows))


def _bin_means(bins: NDArray[np.intp], values: Floats, n_rows: NDArray[Any]) -> Floats:
    means = np.full(n_rows.size, np.nan)
    total = np.bincount(bins, values, minlength=n_rows.size)
    np.divide(total, n_rows, out=means, where=n_rows > 0)
    return means


def _checked(probability: ArrayLike, event: ArrayLike) -> tuple[Floats, Floats]:
    p = np.asarray(probability, dtype=np.float64)
    y = np.asarray(event, dtype=np.float64)
    if p.ndim != 1 or p.shape != y.shape or p.size == 0:
        raise UsageError(
            f"probabilities and events must be two equally long lists, not {p.shape} and {y.shape}"
        )
    if not np.all((p >= 0) & (p <= 1)) or not np.all((y == 0) | (y == 1)):
        raise UsageError("probabilities must lie in [0, 1] and events must be 0 or 1")
    return p, y
