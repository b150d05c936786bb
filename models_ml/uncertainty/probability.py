"""The probability of a rise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from models_ml.uncertainty.even_odds import towards_even_odds
from models_ml.uncertainty.forecast import Vector

PROB_MIN, PROB_MAX = 0.01, 0.99
_N_BINS = 500
_MIN_BINS = 20
_LATE = 1 / 3


@dataclass(frozen=True)
class Sigmoid:
    """The logistic function of yhat / yhat_std: a rule of thumb, fitted on nothing."""

    method: ClassVar[str] = "sigmoid"

    def __call__(self, ratio: Vector) -> Vector:
        """Probabilities, not clipped."""
        return _logistic(ratio)


@dataclass(frozen=True)
class Platt:
    """``1 / (1 + exp(-(intercept + slope * ratio)))`` with slope >= 0.

    Platt, Probabilistic Outputs for Support Vector Machines, 1999.
    """

    intercept: float
    slope: float
    method: ClassVar[str] = "platt"

    def __call__(self, ratio: Vector) -> Vector:
        """Probabilities, not clipped."""
        return _logistic(self.intercept + self.slope * ratio)

    def shifted(self, log_odds: float) -> Platt:
        """Return the map with all log odds moved by an amount."""
        return Platt(self.intercept + log_odds, self.slope)


@dataclass(frozen=True)
class Isotonic:
    """The best rising function, linear between its knots and constant outside them.

    Zadrozny and Elkan, Transforming Classifier Scores into Accurate Multiclass Probability
    Estimates, KDD 2002.
    """

    ratios: tuple[float, ...]
    probabilities: tuple[float, ...]
    method: ClassVar[str] = "isotonic"

    def __call__(self, ratio: Vector) -> Vector:
        """Probabilities, not clipped."""
        return np.asarray(np.interp(ratio, self.ratios, self.probabilities))

    def shifted(self, log_odds: float) -> Isotonic:
        """Return the map with all log odds moved by an amount; clipped, to have some."""
        moved = _logistic(_log_odds(np.array(self.probabilities)) + log_odds)
        return Isotonic(self.ratios, tuple(moved.tolist()))


ProbabilityMap = Sigmoid | Platt | Isotonic


@dataclass(frozen=True)
class _Bins:
    """Rises and falls in bins of about equal mass, lowest ratios first; empty bins left out."""

    ratio: Vector
    n_up: Vector
    n_down: Vector

    def log_loss(self, fitted: ProbabilityMap) -> float:
        probability = np.clip(fitted(self.ratio), PROB_MIN, PROB_MAX)
        total = self.n_up @ np.log(probability) + self.n_down @ np.log1p(-probability)
        return float(-total / (self.n_up.sum() + self.n_down.sum()))


def fit_probability(
    ratio: Vector,
    label: Vector,
    dt: npt.NDArray[np.datetime64],
    label_end: npt.NDArray[np.datetime64],
) -> ProbabilityMap:
    """Fit the probability of a rise on forecasts of days the model did not train on.

    Isotonic or Platt, whichever has the smaller log loss on the last third of the days when
    fitted on the labels that ended before it; then fitted on all days. Both are fitted on 500
    bins of equal mass. Their level, the log odds at a forecast of zero, moves towards even odds as
    far as so few days leave it open (:func:`~models_ml.uncertainty.even_odds.towards_even_odds`).
    The sigmoid where there is too little to fit.

    Parameters
    ----------
    ratio
        yhat / yhat_std, shape (n_rows,).
    label
        Returns; a rise is a positive one. Rows without are left out.
    dt, label_end
        Day of each row, and the day on which its label was known.
    """
    known = np.isfinite(ratio) & np.isfinite(label)
    ratio, up, dt, label_end = ratio[known], label[known] > 0, dt[known], label_end[known]
    edges = np.unique(_bin_edges(ratio)) if ratio.size else ratio
    if edges.size < _MIN_BINS or up.all() or not up.any():
        return Sigmoid()
    bin_no = np.searchsorted(edges, ratio, side="right")
    days = np.unique(dt)
    first_late = days[days.size - max(1, int(days.size * _LATE))]
    early, late = label_end < first_late, dt >= first_late
    fit: Callable[[_Bins], Platt | Isotonic] = _fit_platt
    if 0 < up[early].sum() < early.sum():
        fitted_on, judged_on = (_bins(bin_no, ratio, up, rows) for rows in (early, late))
        losses = [judged_on.log_loss(one(fitted_on)) for one in (_fit_platt, _fit_isotonic)]
        fit = _fit_isotonic if losses[1] < losses[0] else _fit_platt
    fitted = fit(_bins(bin_no, ratio, up, np.ones(up.size, dtype=bool)))
    level = float(_log_odds(fitted(np.zeros(1)))[0])
    return fitted.shifted(towards_even_odds(level, up, dt, label_end) - level)


def probability_of_rise(fitted: ProbabilityMap, yhat: Vector, yhat_std: Vector) -> Vector:
    """Probability at yhat / yhat_std, clipped to [0.01, 0.99]; the ratio is 0 at a scale of 0."""
    return np.asarray(np.clip(fitted(signal_ratio(yhat, yhat_std)), PROB_MIN, PROB_MAX))


def signal_ratio(yhat: Vector, yhat_std: Vector) -> Vector:
    """Return yhat / yhat_std, zero where the scale is zero or missing."""
    with np.errstate(over="ignore"):
        return np.divide(yhat, yhat_std, out=np.zeros_like(yhat), where=yhat_std > 0)


def probability_to_json(fitted: ProbabilityMap) -> dict[str, Any]:
    """Entries for ``ml.models.uncertainty``."""
    return {"method": fitted.method, **asdict(fitted)}


def probability_from_json(state: dict[str, Any]) -> ProbabilityMap:
    """Read the entries back; equal to what was written, bit for bit.

    Raises
    ------
    KeyError
        There is no such method, or an entry is missing.
    """
    method = state["method"]
    if method == Isotonic.method:
        return Isotonic(tuple(state["ratios"]), tuple(state["probabilities"]))
    if method == Platt.method:
        return Platt(float(state["intercept"]), float(state["slope"]))
    return {Sigmoid.method: Sigmoid()}[method]


def _logistic(x: Vector) -> Vector:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -50.0, 50.0))))


def _log_odds(probability: Vector) -> Vector:
    clipped = np.clip(probability, PROB_MIN, PROB_MAX)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def _bin_edges(ratio: Vector) -> Vector:
    """Ratios at which a bin ends and the next begins."""
    n_bins = min(_N_BINS, ratio.size)
    ordered = np.sort(ratio)
    return ordered[np.arange(1, n_bins) * ordered.size // n_bins]


def _bins(
    bin_no: npt.NDArray[np.intp],
    ratio: Vector,
    up: npt.NDArray[np.bool_],
    rows: npt.NDArray[np.bool_],
) -> _Bins:
    bin_no, ratio, up = bin_no[rows], ratio[rows], up[rows]
    n_rows = np.bincount(bin_no).astype(np.float64)
    filled = n_rows > 0
    n_up = np.bincount(bin_no, up)[filled].astype(np.float64)
    mean = np.bincount(bin_no, ratio)[filled] / n_rows[filled]
    return _Bins(mean, n_up, n_rows[filled] - n_up)


def _fit_isotonic(bins: _Bins) -> Isotonic:
    from sklearn.isotonic import IsotonicRegression

    n_rows = bins.n_up + bins.n_down
    fitted = IsotonicRegression().fit(bins.ratio, bins.n_up / n_rows, sample_weight=n_rows)
    return Isotonic(tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist()))


def _fit_platt(bins: _Bins) -> Platt:
    from sklearn.linear_model import LogisticRegression

    size = float(np.abs(bins.ratio).mean()) or 1.0
    rows = np.tile(bins.ratio / size, 2)[:, None]
    event = np.repeat([1, 0], bins.ratio.size)
    weights = np.r_[bins.n_up, bins.n_down]
    fitted = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(rows, event, weights)
    slope, intercept = float(fitted.coef_[0, 0]) / size, float(fitted.intercept_[0])
    if slope > 0:
        return Platt(intercept, slope)
    return Platt(float(np.log(bins.n_up.sum() / bins.n_down.sum())), 0.0)
