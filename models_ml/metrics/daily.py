"""Cross-sectional metrics of each trading day: IC, RankIC and quantile returns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models_ml.metrics.panel import DayPanel, Floats
from models_ml.metrics.ranks import average_ranks, order_within_day, quantile_bins

MIN_NAMES = 20
N_QUANTILES = 5


@dataclass(frozen=True, slots=True)
class DailyScores:
    """One value a day; NaN on days too thin or without a forecast that differs by name.

    Attributes
    ----------
    days : ndarray, shape (n_days,)
        Distinct days, ascending.
    n_names : ndarray of int, shape (n_days,)
        Names with forecast and label.
    ic : ndarray of float64, shape (n_days,)
        Pearson correlation of forecast and label across the names of the day.
    rank_ic : ndarray of float64, shape (n_days,)
        Spearman correlation, ties ranked by their average.
    quantile_returns : ndarray of float64, shape (n_days, n_quantiles)
        Mean label of each bin of the forecast, lowest bin first; NaN for a bin left empty.
    """

    days: NDArray[Any]
    n_names: NDArray[np.intp]
    ic: Floats
    rank_ic: Floats
    quantile_returns: Floats

    @property
    def spread(self) -> Floats:
        """Mean label of the top bin minus that of the bottom bin, shape (n_days,)."""
        spread: Floats = self.quantile_returns[:, -1] - self.quantile_returns[:, 0]
        return spread

    @property
    def n_excluded(self) -> int:
        """Days without an IC: too few names, or a constant forecast or label."""
        return int(np.count_nonzero(np.isnan(self.ic)))


def daily_scores(
    yhat: ArrayLike,
    label: ArrayLike,
    day: ArrayLike,
    *,
    min_names: int = MIN_NAMES,
    n_quantiles: int = N_QUANTILES,
) -> DailyScores:
    """Score the cross-section of every day.

    * IC: ``sum((x - mean x)(y - mean y)) / sqrt(sum((x - mean x)^2) sum((y - mean y)^2))`` over
      the names of the day (Grinold and Kahn, Active Portfolio Management, 2000, chapter 6).
    * RankIC: the same of the ranks.
    * Quantile returns and spread: bins as in alphalens (`factor_data` cut by `pandas.qcut` per
      day), spread top minus bottom. Qlib's long-short is half of that
      (qlib/contrib/eva/alpha.py, `calc_long_short_return`).

    Parameters
    ----------
    yhat, label : array-like of float, shape (n_rows,)
        NaN where there is no forecast, or no label yet; such rows are left out.
    day : array-like of dates or integers, shape (n_rows,)
        Trading day of each row, in any order.
    min_names : int, default=20
        Days with fewer names give NaN: a correlation of a handful of names is noise.
    n_quantiles : int, default=5
        Number of bins.

    Raises
    ------
    UsageError
        If the three arrays do not have the same length.
    """
    panel = DayPanel.of(yhat, label, day)
    order = order_within_day(panel.yhat, panel.counts)
    bins = quantile_bins(panel.yhat, panel.counts, order, n_quantiles)
    usable = (panel.counts >= min_names) & _varies(panel, panel.yhat)
    with_label = usable & _varies(panel, panel.label)
    return DailyScores(
        panel.days,
        panel.counts,
        np.where(with_label, _correlation(panel, panel.yhat, panel.label), np.nan),
        np.where(with_label, _rank_correlation(panel, order), np.nan),
        np.where(usable[:, None], _bin_means(panel, bins, n_quantiles), np.nan),
    )


def daily_rank_ic(
    yhat: ArrayLike, label: ArrayLike, day: ArrayLike, *, min_names: int = MIN_NAMES
) -> Floats:
    """RankIC of every day alone, where IC and quantile returns are not wanted.

    Parameters and NaN are those of `daily_scores`.

    Returns
    -------
    ndarray of float64, shape (n_days,)
    """
    panel = DayPanel.of(yhat, label, day)
    usable = (panel.counts >= min_names) & _varies(panel, panel.yhat) & _varies(panel, panel.label)
    order = order_within_day(panel.yhat, panel.counts)
    return np.where(usable, _rank_correlation(panel, order), np.nan)


def _varies(panel: DayPanel, values: Floats) -> NDArray[np.bool_]:
    return panel.per_day(np.maximum, values) > panel.per_day(np.minimum, values)


def _rank_correlation(panel: DayPanel, order: NDArray[np.intp]) -> Floats:
    label_order = order_within_day(panel.label, panel.counts)
    return _correlation(
        panel,
        average_ranks(panel.yhat, panel.counts, order),
        average_ranks(panel.label, panel.counts, label_order),
    )


def _correlation(panel: DayPanel, x: Floats, y: Floats) -> Floats:
    """Pearson correlation of each day, centred first so that nothing cancels."""
    dx, dy = _centred(panel, x), _centred(panel, y)
    covariance = panel.per_day(np.add, dx * dy)
    variances = panel.per_day(np.add, dx * dx) * panel.per_day(np.add, dy * dy)
    correlation = np.full(panel.days.size, np.nan)
    np.divide(covariance, np.sqrt(variances), out=correlation, where=variances > 0)
    return correlation


def _centred(panel: DayPanel, values: Floats) -> Floats:
    mean = panel.per_day(np.add, values) / np.maximum(panel.counts, 1)
    centred: Floats = values - np.repeat(mean, panel.counts)
    return centred


def _bin_means(panel: DayPanel, bins: NDArray[np.intp], n_quantiles: int) -> Floats:
    shape = (panel.days.size, n_quantiles)
    cell = panel.position * n_quantiles + bins
    total = np.bincount(cell, panel.label, minlength=shape[0] * shape[1]).reshape(shape)
    number = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    means = np.full(shape, np.nan)
    np.divide(total, number, out=means, where=number > 0)
    return means
