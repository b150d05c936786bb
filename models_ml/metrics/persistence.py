"""How long forecasts stay the same and stay useful: turnover, autocorrelation, decay."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models_ml.metrics.daily import MIN_NAMES, N_QUANTILES, daily_rank_ic
from models_ml.metrics.matrix import PanelIndex
from models_ml.metrics.panel import Floats
from models_ml.metrics.ranks import order_within_day, quantile_bins


def quantile_matrix(yhat: Floats, n_quantiles: int) -> NDArray[np.intp]:
    """Bin of every forecast inside its day, from 0; -1 where there is none.

    Parameters
    ----------
    yhat : ndarray of float64, shape (n_days, n_names)
        NaN where a name has no forecast.
    n_quantiles : int
        Number of bins, cut as by `daily_scores`.
    """
    present = ~np.isnan(yhat)
    values, counts = yhat[present], present.sum(axis=1)
    bins = np.full(yhat.shape, -1, dtype=np.intp)
    bins[present] = quantile_bins(values, counts, order_within_day(values, counts), n_quantiles)
    return bins


def top_turnover(
    yhat: ArrayLike,
    day: ArrayLike,
    name: ArrayLike,
    *,
    n_quantiles: int = N_QUANTILES,
    lag: int = 1,
) -> Floats:
    """Share of each day's top bin that was not in the top bin ``lag`` days before.

    Defined as alphalens defines `quantile_turnover`.

    Parameters
    ----------
    yhat : array-like of float, shape (n_rows,)
    day, name : array-like, shape (n_rows,)
        Key of every row, in any order.
    n_quantiles : int, default=5
        Number of bins.
    lag : int, default=1
        Trading days between the two looks.

    Returns
    -------
    ndarray of float64, shape (n_days,)
        NaN on the first ``lag`` days and on days with an empty top bin.
    """
    bins = quantile_matrix(PanelIndex.of(day, name).matrix(yhat), n_quantiles)
    top = bins == n_quantiles - 1
    size = top[lag:].sum(axis=1)
    new = (top[lag:] & ~top[: max(top.shape[0] - lag, 0)]).sum(axis=1)
    turnover = np.full(top.shape[0], np.nan)
    np.divide(new, size, out=turnover[lag:], where=size > 0)
    return turnover


def rank_autocorrelation(
    yhat: ArrayLike,
    day: ArrayLike,
    name: ArrayLike,
    *,
    lag: int = 1,
    min_names: int = MIN_NAMES,
) -> Floats:
    """Rank correlation of each day's forecasts with those ``lag`` days before.

    Ranks are taken among the names that have both forecasts.

    Parameters
    ----------
    yhat, day, name
        As for `top_turnover`.
    lag : int, default=1
        Trading days between the two forecasts.
    min_names : int, default=20
        Days with fewer common names give NaN.

    Returns
    -------
    ndarray of float64, shape (n_days,)
        NaN on the first ``lag`` days.
    """
    matrix = PanelIndex.of(day, name).matrix(yhat)
    correlation = np.full(matrix.shape[0], np.nan)
    correlation[lag:] = _shifted_rank_ic(matrix, matrix, lag, min_names)
    return correlation


@dataclass(frozen=True, slots=True)
class Decay:
    """Mean RankIC of forecasts with the labels of later days.

    Attributes
    ----------
    shifts : ndarray of int, shape (n_shifts,)
        Trading days by which the label is later than the forecast.
    rank_ic : ndarray of float64, shape (n_shifts,)
        Mean of the daily RankIC; NaN if no day has one.
    """

    shifts: NDArray[np.intp]
    rank_ic: Floats

    @property
    def half_life(self) -> float:
        """Days until the RankIC first falls to half its value at the first shift.

        Linear between shifts; NaN if it never falls that far or does not start above zero.
        """
        half = self.rank_ic[0] / 2
        below = np.flatnonzero(self.rank_ic <= half)
        if not half > 0 or below.size == 0:
            return float("nan")
        first = below[0]
        (x0, x1), (y0, y1) = self.shifts[first - 1 : first + 1], self.rank_ic[first - 1 : first + 1]
        return float(x0 + (y0 - half) / (y0 - y1) * (x1 - x0) - self.shifts[0])


def ic_decay(
    yhat: ArrayLike,
    label: ArrayLike,
    day: ArrayLike,
    name: ArrayLike,
    *,
    shifts: Sequence[int] = range(21),
    min_names: int = MIN_NAMES,
) -> Decay:
    """Measure how fast forecasts go stale.

    For shift ``k`` the forecast of day ``t`` meets the same name's label of day ``t + k``.
    Labels of several days overlap, so their RankIC falls slowly at first whatever the signal:
    use the one-day label to see the decay of the information itself.

    Parameters
    ----------
    yhat, label : array-like of float, shape (n_rows,)
        NaN where there is no forecast, or no label yet.
    day, name : array-like, shape (n_rows,)
        Key of every row, in any order; the distinct days are taken as consecutive.
    shifts : sequence of int, default=range(21)
        Shifts ``k`` in trading days, ascending.
    min_names : int, default=20
        Names a day needs for a RankIC.
    """
    index = PanelIndex.of(day, name)
    forecasts, labels = index.matrix(yhat), index.matrix(label)
    means = []
    for shift in shifts:
        daily = _shifted_rank_ic(labels, forecasts, shift, min_names)
        present = daily[~np.isnan(daily)]
        means.append(present.mean() if present.size else np.nan)
    return Decay(np.array(shifts, dtype=np.intp), np.array(means))


def _shifted_rank_ic(later: Floats, earlier: Floats, shift: int, min_names: int) -> Floats:
    """RankIC of every day from ``shift`` on with the day ``shift`` before it."""
    n_days, n_names = later.shape
    day = np.repeat(np.arange(max(n_days - shift, 0)), n_names)
    return daily_rank_ic(
        earlier[: n_days - shift].ravel() if shift < n_days else [],
        later[shift:].ravel(),
        day,
        min_names=min_names,
    )
