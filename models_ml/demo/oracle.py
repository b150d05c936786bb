"""What a forecaster who knows the true expected returns would reach."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models_ml.demo.tape import Tape

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def next_returns(tape: Tape, usable: BoolArray) -> FloatArray:
    """Return the total return from each close to the next day's close.

    Parameters
    ----------
    tape : Tape
        Prices and corporate actions, arrays of shape (n_days, n_tickers).
    usable : ndarray of bool, shape (n_days, n_tickers)
        Where there is a sound price row.

    Returns
    -------
    ndarray, shape (n_days, n_tickers)
        ``(close * split_ratio + dividend) / previous close - 1`` of the next day; NaN on the last
        day and wherever one of the two rows is missing or bad.
    """
    value = tape.close * tape.split_ratio + tape.dividend
    returns = np.full(value.shape, np.nan)
    returns[:-1] = value[1:] / tape.close[:-1] - 1.0
    returns[:-1][~(usable[1:] & usable[:-1])] = np.nan
    return returns


def daily_ic(forecast: FloatArray, realised: FloatArray) -> FloatArray:
    """Return the Pearson correlation over tickers of forecast and realised return, day by day.

    Parameters
    ----------
    forecast : ndarray, shape (n_days, n_tickers)
        Expected returns.
    realised : ndarray, shape (n_days, n_tickers)
        Realised returns; NaN cells are left out.

    Returns
    -------
    ndarray, shape (n_days,)
        NaN on days without three returns and on days on which all forecasts are the same.
    """
    known = ~np.isnan(realised)
    count = known.sum(axis=1, keepdims=True)
    x, y = (np.where(known, values, 0.0) for values in (forecast, realised))
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y = (np.where(known, v - v.sum(axis=1, keepdims=True) / count, 0.0) for v in (x, y))
        ic = (x * y).sum(axis=1) / np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    constant = np.ptp(forecast, axis=1) == 0.0
    ic[constant | (count[:, 0] < 3)] = np.nan
    return np.asarray(ic)
