"""Tests of a mean of daily values that allow for days depending on each other."""

from dataclasses import dataclass
from math import erfc, floor, pow, sqrt

import numpy as np
from numpy.typing import ArrayLike

from models_ml.errors import UsageError
from models_ml.metrics.panel import Floats

# 97.5 % quantiles: fixed-b's as a cubic in b, highest power first, and the normal distribution's.
_CRITICAL = (-0.5324, 0.4160, 2.9694, 1.9600)
_NORMAL = 1.96


@dataclass(frozen=True, slots=True)
class MeanTest:
    """Mean of a daily series with its naive and its Newey-West t statistic.

    Attributes
    ----------
    n_days : int
        Days with a value.
    mean, std : float
        Mean and standard deviation (ddof 1) of the values.
    information_ratio : float
        ``mean / std`` per day, not annualised; of a daily IC this is the ICIR.
    t_naive : float
        ``mean / (std / sqrt(n_days))``: right only if days are independent.
    lag : int
        Days of dependence allowed for.
    t_newey_west : float
        Mean over its Newey-West standard error.
    """

    n_days: int
    mean: float
    std: float
    information_ratio: float
    t_naive: float
    lag: int
    t_newey_west: float


def mean_test(values: ArrayLike, *, horizon: int = 1, lag: int | None = None) -> MeanTest:
    """Test the mean of a daily series, such as the IC, against zero.

    Labels of ``horizon`` days overlap, so daily ICs depend on each other up to lag
    ``horizon - 1``, and the naive t is too large by about ``sqrt(horizon)``. The Newey-West
    variance of the mean is ``(c_0 + 2 sum_{l=1..L} (1 - l/(L+1)) c_l) / n`` with the
    autocovariances ``c_l = sum_t e_t e_{t-l} / n`` of the deviations from the mean (Newey and
    West, Econometrica 55(3), 1987). Days of NaN keep their place: they join no product, so a
    lag is always a number of days.

    Parameters
    ----------
    values : array-like of float, shape (n_days,)
        One value per consecutive trading day; NaN for days without one.
    horizon : int, default=1
        Horizon of the labels in trading days.
    lag : int, optional
        ``L``, at least ``horizon - 1``. Default: the larger of ``2 (horizon - 1)`` and
        ``floor(4 (n/100)^(2/9))``, the rule of Newey and West (Review of Economic Studies
        61(4), 1994). Twice the overlap, because with ``L = horizon - 1`` the falling weights
        see but two thirds of the variance that the overlap makes.

    Raises
    ------
    UsageError
        If ``lag`` is less than ``horizon - 1``.
    """
    series = np.asarray(values, dtype=np.float64)
    present = series[~np.isnan(series)]
    chosen = _default_lag(present.size, horizon) if lag is None else lag
    if chosen < horizon - 1:
        raise UsageError(
            f"a lag of {chosen} days ignores that labels of {horizon} days overlap; "
            f"it must be at least {horizon - 1}"
        )
    if present.size < 2:
        nan = float("nan")
        mean = float(present[0]) if present.size else nan
        return MeanTest(int(present.size), mean, nan, nan, nan, chosen, nan)
    mean, std = float(present.mean()), float(present.std(ddof=1))
    deviations = np.where(np.isnan(series), 0.0, series - mean)
    error = sqrt(max(_long_run_variance(deviations, present.size, chosen), 0.0) / present.size)
    return MeanTest(
        int(present.size),
        mean,
        std,
        _ratio(mean, std),
        _ratio(mean, std / sqrt(present.size)),
        chosen,
        _ratio(mean, error),
    )


@dataclass(frozen=True, slots=True)
class DieboldMariano:
    """Test that two forecasts are equally good.

    Attributes
    ----------
    mean_difference : float
        Mean of loss A minus loss B; positive if B is better.
    statistic : float
        The mean over its Newey-West standard error.
    p_value : float
        Two-sided, by the fixed-b distribution.
    n_days : int
        Days on which both losses are known.
    """

    mean_difference: float
    statistic: float
    p_value: float
    n_days: int


def diebold_mariano(
    loss_a: ArrayLike, loss_b: ArrayLike, *, horizon: int = 1, lag: int | None = None
) -> DieboldMariano:
    """Diebold-Mariano test with a Newey-West variance.

    Names of a day move together, so the losses are means over the names of a day and the test
    counts days, not rows (Diebold and Mariano, Journal of Business & Economic Statistics 13(3),
    1995, equation 2 on the daily loss difference). A loss may be the squared error or a
    negative IC.

    A lag that is long beside the days leaves the variance uncertain, and the statistic is wider
    than normal. It is divided by the ratio of its 5 % critical value to the normal one: the cubic
    in ``b = (lag + 1) / n_days`` of Kiefer and Vogelsang (Econometric Theory 21, 2005, table 1,
    Bartlett kernel). The p-value is exact at 5 %, and near it elsewhere.

    Parameters
    ----------
    loss_a, loss_b : array-like of float, shape (n_days,)
        Loss of each forecast per consecutive trading day; NaN for days without one.
    horizon, lag
        As for `mean_test`.

    Raises
    ------
    UsageError
        If the series differ in length, or ``lag`` is less than ``horizon - 1``.
    """
    first, second = np.asarray(loss_a, dtype=np.float64), np.asarray(loss_b, dtype=np.float64)
    if first.shape != second.shape:
        raise UsageError(f"the losses have different lengths: {first.size} and {second.size} days")
    test = mean_test(first - second, horizon=horizon, lag=lag)
    return DieboldMariano(test.mean, test.t_newey_west, _p_value(test), test.n_days)


def _p_value(test: MeanTest) -> float:
    """Two-sided p-value of the mean, with the uncertainty of its variance."""
    if not test.n_days:
        return float("nan")
    critical = np.polyval(_CRITICAL, min((test.lag + 1) / test.n_days, 1.0))
    return erfc(abs(test.t_newey_west) * _NORMAL / float(critical) / sqrt(2))


def _default_lag(n_days: int, horizon: int) -> int:
    automatic = floor(4 * pow(n_days / 100, 2 / 9))
    return max(2 * (horizon - 1), automatic)


def _long_run_variance(deviations: Floats, n_days: int, lag: int) -> float:
    variance = float(deviations @ deviations)
    for step in range(1, min(lag, deviations.size - 1) + 1):
        weight = 1 - step / (lag + 1)
        variance += 2 * weight * float(deviations[step:] @ deviations[:-step])
    return variance / n_days


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else float("nan")
