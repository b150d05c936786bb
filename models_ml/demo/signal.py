"""The planted signal: short-term reversal, read from the prices of the last five days."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

SIGNAL_DAYS = 5
RANGE_WEIGHT = 0.6
# Measured on simulated markets. The signal itself spreads by 0.50 over the tickers, more on
# rough days than on calm ones; this is the constant spread that would give the same mean IC.
EFFECTIVE_SPREAD = 0.465


def planted_signal(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Return how strongly every ticker is pulled back tomorrow.

    The signal is minus a mean of two bounded, nearly linear terms: the place of the close in the
    range of the last five days, 2 RSV5 - 1, and the move of five days as a share of that range.
    Both are functions of Alpha158's RSV5, ROC5, MAX5 and MIN5 and correlate with KSFT, MA5, RANK5
    and SUMD5, so that no single column carries it. A signal that is bounded whatever the prices
    do keeps the market stable.

    Parameters
    ----------
    high, low : ndarray, shape (d, n_tickers)
        Adjusted prices of the last ``d <= 5`` days, the newest in the last row.
    close : ndarray, shape (d', n_tickers)
        Adjusted closes of the last ``d' <= 6`` days; the first row is where the move starts.

    Returns
    -------
    ndarray, shape (n_tickers,)
        Values in [-1, 1], positive after a fall.
    """
    lowest = low.min(axis=0)
    span = np.maximum(high.max(axis=0) - lowest, 1e-12)
    place = 2.0 * (close[-1] - lowest) / span - 1.0
    move = np.clip((close[-1] - close[0]) / span, -1.0, 1.0)
    signal: FloatArray = -(RANGE_WEIGHT * place + (1.0 - RANGE_WEIGHT) * move)
    return signal


def signal_scale(noise: FloatArray, signal_ic: float) -> float:
    """Return the expected return per unit of signal that makes the mean daily IC `signal_ic`.

    Where returns without signal spread by s over the tickers, expected returns of spread m have
    the correlation rho = m / sqrt(m^2 + s^2) with the returns, so m = s rho / sqrt(1 - rho^2);
    s is the harmonic mean over days, because the IC of a day goes with 1 / s.

    Parameters
    ----------
    noise : ndarray, shape (n_days, n_tickers)
        Daily returns without signal.
    signal_ic : float
        Wanted mean correlation of expected and realised return, 0 <= signal_ic < 1.

    Returns
    -------
    float
        Daily return per unit of signal.
    """
    inverse_spread = float(np.mean(1.0 / noise.std(axis=1)))
    return float(signal_ic / np.sqrt(1.0 - signal_ic**2) / inverse_spread / EFFECTIVE_SPREAD)
