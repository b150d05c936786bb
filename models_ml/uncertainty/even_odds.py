"""How far a few days tell the probability of a rise at a forecast of zero."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models_ml.metrics.significance import mean_test

# What the log odds at a forecast of zero are like before any data: errors are nearly symmetric,
# so even, but for skewness and unchanged prices, some 0.0125 in probability.
PRIOR_STD = 0.05


def towards_even_odds(
    log_odds: float,
    rose: npt.NDArray[np.bool_],
    dt: npt.NDArray[np.datetime64],
    label_end: npt.NDArray[np.datetime64],
) -> float:
    """Return the posterior mean of log odds that were fitted on days which move as one.

    A hundred thousand returns of two hundred days are two hundred observations of the market: in a
    falling one most of them fall. The prior is normal about even odds, the fitted value normal
    with the standard error of the daily share of rises, so the posterior mean is
    ``log_odds * s0^2 / (s0^2 + s^2)`` (Gelman et al., Bayesian Data Analysis, section 2.5).

    The error is that of Newey and West. Of days that are not many times as many as a label spans it
    sees too little, so n shares of labels of h days are worth (n - h + 1) / h independent ones at
    the most, and none where n does not exceed h.

    Parameters
    ----------
    log_odds
        As fitted.
    rose, dt, label_end
        Whether each return was positive, its day (ascending), and the day its label was known;
        shape (n_rows,).
    """
    days, first = np.unique(dt, return_index=True)
    ends = np.searchsorted(days, label_end[first])
    horizon = max(1, int(np.max(ends - np.arange(days.size))))
    if days.size <= horizon:
        return 0.0
    shares = np.add.reduceat(rose.astype(np.float64), first) / np.diff(np.r_[first, dt.size])
    test = mean_test(shares, horizon=horizon)
    variance = 0.0 if np.isnan(test.t_newey_west) else (test.mean / test.t_newey_west) ** 2
    if horizon > 1:
        variance = max(variance, test.std**2 * horizon / (days.size - horizon + 1))
    # The derivative of the log odds by the probability, 1 / (p (1 - p)), turns it into log odds.
    variance /= (test.mean * (1 - test.mean)) ** 2
    return log_odds * PRIOR_STD**2 / (PRIOR_STD**2 + variance)
