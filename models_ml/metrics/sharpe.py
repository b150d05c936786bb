"""How sure is a Sharpe ratio, and what is left of it after many trials."""

from dataclasses import dataclass
from math import e, nan, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from models_ml.errors import UsageError

_EULER_GAMMA = 0.5772156649015329
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class ReturnMoments:
    """What the distribution of a Sharpe ratio depends on.

    Attributes
    ----------
    n_periods : int
        Number of returns T.
    sharpe : float
        Mean over standard deviation (ddof 1) per period, **not** annualised.
    skewness : float
        Third standardised moment, 0 for a normal distribution.
    kurtosis : float
        Fourth standardised moment, **3** for a normal distribution (not the excess).
    """

    n_periods: int
    sharpe: float
    skewness: float
    kurtosis: float

    @classmethod
    def of(cls, returns: ArrayLike) -> "ReturnMoments":
        """Moments of a series of returns; NaN are left out.

        Parameters
        ----------
        returns : array-like of float, shape (n_periods,)
            Excess returns per period, for example daily.
        """
        values = np.asarray(returns, dtype=np.float64)
        values = values[~np.isnan(values)]
        if values.size < 2 or np.ptp(values) == 0:
            return cls(int(values.size), nan, nan, nan)
        deviation = values - values.mean()
        scaled = deviation / values.std()
        return cls(
            int(values.size),
            float(values.mean() / values.std(ddof=1)),
            float(np.mean(scaled**3)),
            float(np.mean(scaled**4)),
        )


def probabilistic_sharpe(moments: ReturnMoments, benchmark: float = 0.0) -> float:
    """Probability that the true Sharpe ratio exceeds a benchmark.

    ``PSR = Phi((SR - SR*) sqrt(T - 1) / sqrt(1 - g3 SR + (g4 - 1)/4 SR^2))`` with skewness g3
    and kurtosis g4 (Bailey and Lopez de Prado, The Sharpe Ratio Efficient Frontier, Journal of
    Risk 15(2), 2012). All Sharpe ratios are per period.

    Parameters
    ----------
    moments : ReturnMoments
        Of the strategy's returns.
    benchmark : float, default=0.0
        ``SR*``, per period.

    Returns
    -------
    float
        Between 0 and 1; NaN if the moments are.
    """
    ratio = moments.sharpe
    variance = 1 - moments.skewness * ratio + (moments.kurtosis - 1) / 4 * ratio**2
    if not variance > 0:
        return nan
    return _NORMAL.cdf((ratio - benchmark) * sqrt(moments.n_periods - 1) / sqrt(variance))


def expected_best_sharpe(variance_of_trials: float, n_trials: float) -> float:
    """Sharpe ratio to expect of the best of many trials without any skill.

    ``sqrt(V) ((1 - g) Phi^-1(1 - 1/N) + g Phi^-1(1 - 1/(N e)))`` with Euler's constant g
    (Bailey and Lopez de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management
    40(5), 2014).

    Parameters
    ----------
    variance_of_trials : float
        Variance V of the trials' Sharpe ratios, per period.
    n_trials : float
        Number N of *independent* trials; near copies of one another count once.

    Returns
    -------
    float
        Zero for one trial.

    Raises
    ------
    UsageError
        If there is less than one trial, or the variance is negative.
    """
    if not n_trials >= 1 or not variance_of_trials >= 0:
        raise UsageError(
            f"{n_trials} trials with a variance of {variance_of_trials} are no trials to deflate by"
        )
    if n_trials == 1:
        return 0.0
    return sqrt(variance_of_trials) * (
        (1 - _EULER_GAMMA) * _NORMAL.inv_cdf(1 - 1 / n_trials)
        + _EULER_GAMMA * _NORMAL.inv_cdf(1 - 1 / (n_trials * e))
    )


def deflated_sharpe(moments: ReturnMoments, *, variance_of_trials: float, n_trials: float) -> float:
    """Probability that the best of many trials has skill: PSR against `expected_best_sharpe`.

    Parameters
    ----------
    moments : ReturnMoments
        Of the returns of the trial that was chosen.
    variance_of_trials, n_trials
        As for `expected_best_sharpe`, over **all** trials ever run on the data.
    """
    return probabilistic_sharpe(moments, expected_best_sharpe(variance_of_trials, n_trials))
