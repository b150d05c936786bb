"""Day-by-day simulation of the tape: closes, corporate actions, bars and volumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models_ml.demo.factors import Draws
from models_ml.demo.signal import SIGNAL_DAYS, planted_signal

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

DRIFT = 0.0002
RETURN_BOUNDS = (-0.6, 1.5)
QUARTER = 63
REVERSE_SPLIT_BELOW = 10.0
REVERSE_SPLIT_RATIO = 0.2


@dataclass(frozen=True)
class Tape:
    """What was printed, and what only the simulator knows; arrays of (n_days, n_tickers).

    Attributes
    ----------
    open, high, low, close, vwap : ndarray
        Prices as traded, in dollars; all but vwap in whole cents.
    volume : ndarray
        Shares, whole numbers.
    dividend, split_ratio : ndarray
        Dollars a share and new shares per old share on the ex day; 0 and 1 on other days.
    expected : ndarray
        Expected total return from this day's close to the next, given all prices so far.
    """

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    vwap: FloatArray
    dividend: FloatArray
    split_ratio: FloatArray
    expected: FloatArray


def print_tape(draws: Draws, actions_allowed: BoolArray, scale: float) -> Tape:
    """Simulate the prices of all days.

    The signal is read from the printed prices, cents and all, not from a hidden path; it is
    exactly what features can see wherever no row is missing.

    Parameters
    ----------
    draws : Draws
        Random ingredients.
    actions_allowed : ndarray of bool, shape (n_days, n_tickers)
        False where a split or dividend must not fall, because nobody would see it.
    scale : float
        Expected daily return per unit of planted signal; 0 for a market of pure noise.

    Returns
    -------
    Tape
        Nine arrays of shape (n_days, n_tickers).
    """
    shape = draws.noise.shape
    tape = Tape(*(np.empty(shape) for _ in range(9)))
    history = tuple(np.empty(shape) for _ in range(3))
    previous, factor = draws.start_price.round(2), np.ones(shape[1])
    expected = np.full(shape[1], DRIFT)
    for day in range(shape[0]):
        split, dividend = _actions(draws, day, previous, actions_allowed[day])
        change = np.clip(expected + draws.noise[day], *RETURN_BOUNDS)
        close = np.maximum(np.round(previous * (1.0 + change) / split - dividend, 2), 0.01)
        bar = _bar(draws, day, previous / split - dividend, close)
        factor *= split + dividend / close
        for adjusted, price in zip(history, bar[1:4], strict=True):
            adjusted[day] = price * factor
        expected = DRIFT + scale * _signal_on(day, *history)
        row = (*bar, dividend, split, expected)
        for column, values in zip(vars(tape).values(), row, strict=True):
            column[day] = values
        previous = close
    return tape


def _actions(
    draws: Draws, day: int, previous: FloatArray, allowed: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return the split ratio and the dividend of the day, never both for one ticker."""
    forward = previous > draws.split_above
    # The first ticker always splits, so that even a small market has a split.
    forward[0] |= day == len(draws.noise) // 2
    split = np.where(forward, 2.0, np.where(previous < REVERSE_SPLIT_BELOW, REVERSE_SPLIT_RATIO, 1))
    split = np.where(allowed, split, 1.0)
    ex_day = (day % QUARTER == draws.dividend_phase) & allowed & (split == 1.0)
    return split, np.where(ex_day, np.round(previous * draws.dividend_yield / 4.0, 2), 0.0)


def _bar(
    draws: Draws, day: int, reference: FloatArray, close: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return open, high, low, close, volume and vwap around yesterday's close, `reference`."""
    vol, change = draws.volatility[day], close / reference - 1.0
    opening = reference * (1.0 + 0.3 * change + 0.35 * vol * draws.overnight[day])
    opening = np.maximum(np.round(opening, 2), 0.01)
    high = np.maximum(opening, close) * (1.0 + 0.45 * vol * draws.upper[day])
    low = np.minimum(opening, close) * (1.0 - 0.45 * vol * draws.lower[day])
    high, low = np.round(high, 2), np.maximum(np.round(low, 2), 0.01)
    vwap = np.clip(np.round((opening + high + low + close) / 4.0, 4), low, high)
    busy = np.exp(0.6 * np.minimum(np.abs(change) / vol, 5.0) + 0.3 * draws.activity[day])
    volume = np.maximum(np.round(draws.turnover * busy / close), 1.0)
    return opening, high, low, close, volume, vwap


def _signal_on(day: int, high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    window = slice(max(0, day - SIGNAL_DAYS + 1), day + 1)
    return planted_signal(high[window], low[window], close[max(0, day - SIGNAL_DAYS) : day + 1])
