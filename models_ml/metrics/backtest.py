"""Long-short backtest of forecasts with costs: research, not a simulation of execution."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models_ml.errors import UsageError
from models_ml.metrics.daily import MIN_NAMES, N_QUANTILES
from models_ml.metrics.matrix import PanelIndex
from models_ml.metrics.panel import Floats
from models_ml.metrics.persistence import quantile_matrix

TRADING_DAYS_PER_YEAR = 252


@dataclass(frozen=True, slots=True)
class Performance:
    """Summary of a series of daily returns.

    Attributes
    ----------
    annual_return : float
        Geometric, per year of 252 days; -1 if the capital is lost.
    annual_volatility : float
        Standard deviation (ddof 1) times ``sqrt(252)``.
    sharpe : float
        Mean over standard deviation (ddof 1) times ``sqrt(252)``; no interest is subtracted,
        because a long-short book ties up no capital of its own.
    max_drawdown : float
        Largest loss from a former peak of the compounded capital, between 0 and 1.
    """

    annual_return: float
    annual_volatility: float
    sharpe: float
    max_drawdown: float

    @classmethod
    def of(cls, returns: Floats) -> "Performance":
        """Summarise daily returns, shape (n_days,); all NaN if there are fewer than two."""
        if returns.size < 2:
            nan = float("nan")
            return cls(nan, nan, nan, nan)
        wealth = np.cumprod(np.maximum(1 + returns, 0.0))
        peak = np.maximum.accumulate(np.concatenate(([1.0], wealth)))[1:]
        volatility = float(returns.std(ddof=1))
        year = TRADING_DAYS_PER_YEAR
        return cls(
            float(wealth[-1] ** (year / returns.size) - 1),
            volatility * year**0.5,
            float(returns.mean()) / volatility * year**0.5 if volatility > 0 else float("nan"),
            float(np.max(1 - wealth / peak)),
        )


@dataclass(frozen=True, slots=True)
class LongShort:
    """Daily results of a long-short book, per unit of capital.

    Attributes
    ----------
    days : ndarray, shape (n_days,)
        Days of the forecasts; a day's return is earned by the book formed on it.
    gross, net : ndarray of float64, shape (n_days,)
        Return before and after costs.
    turnover : ndarray of float64, shape (n_days,)
        Value bought plus value sold; replacing both legs completely is 4.
    short : ndarray of float64, shape (n_days,)
        Value held short.
    unpriced : int
        Positions (name-days) whose return is unknown and was taken as zero.
    """

    days: NDArray[Any]
    gross: Floats
    net: Floats
    turnover: Floats
    short: Floats
    unpriced: int

    @property
    def gross_performance(self) -> Performance:
        """Before costs."""
        return Performance.of(self.gross)

    @property
    def net_performance(self) -> Performance:
        """After trading costs and borrow."""
        return Performance.of(self.net)


def long_short(
    yhat: ArrayLike,
    one_day_return: ArrayLike,
    day: ArrayLike,
    name: ArrayLike,
    *,
    n_quantiles: int = N_QUANTILES,
    holding_days: int = 1,
    cost_bps: float = 5.0,
    borrow_bps: float = 50.0,
    min_names: int = MIN_NAMES,
) -> LongShort:
    """Hold the top bin long and the bottom bin short, equally weighted, and pay for it.

    Each day's target is long 1 and short 1 per unit of capital. With ``holding_days`` of h the
    book is the mean of the last h targets (h overlapping tranches, Jegadeesh and Titman,
    Journal of Finance 48(1), 1993), which suits forecasts of h days. Trading takes the book of
    the day before, moved by its returns, to the new one and costs ``cost_bps`` of the value
    bought or sold; shorts pay ``borrow_bps`` a year. Profits are not reinvested.

    Parameters
    ----------
    yhat : array-like of float, shape (n_rows,)
        Forecasts of any horizon; NaN for names not to be traded.
    one_day_return : array-like of float, shape (n_rows,)
        Raw **one-day** return that a position taken on the row's day earns next, whatever the
        horizon of the forecast: the one-day label with the same entry lag.
    day, name : array-like, shape (n_rows,)
        Key of every row, in any order; the distinct days are taken as consecutive. Include
        rows without a forecast if they have a return, so that open positions are priced.
    n_quantiles : int, default=5
        Number of bins.
    holding_days : int, default=1
        Days a tranche is held.
    cost_bps : float, default=5.0
        Cost per side in basis points of the value traded.
    borrow_bps : float, default=50.0
        Cost of borrowing in basis points of the value short, per year.
    min_names : int, default=20
        On days with fewer forecasts, or only equal ones, the target is no position.

    Notes
    -----
    Research, not execution: no market impact, no limits on size or borrow, every order filled
    at the close that starts the return. A position whose return is missing (suspended or
    delisted) earns zero and is counted in ``unpriced``; losses of delistings are not in the
    data. The book is not sold at the end.

    Raises
    ------
    UsageError
        If lengths differ, a name has two rows on a day, or an option is out of range.
    """
    if holding_days < 1 or cost_bps < 0 or borrow_bps < 0:
        raise UsageError("holding_days must be at least 1, and costs must not be negative")
    index = PanelIndex.of(day, name)
    returns = index.matrix(one_day_return)
    book = _average_of_last(_targets(index.matrix(yhat), n_quantiles, min_names), holding_days)
    unpriced = int(np.count_nonzero((book != 0) & np.isnan(returns)))
    returns = np.nan_to_num(returns, nan=0.0)
    drifted = np.vstack([np.zeros_like(book[:1]), (book * (1 + returns))[:-1]])
    turnover = np.abs(book - drifted).sum(axis=1)
    short = -np.minimum(book, 0.0).sum(axis=1)
    gross = (book * returns).sum(axis=1)
    borrow = borrow_bps / 1e4 / TRADING_DAYS_PER_YEAR * short
    return LongShort(
        index.days, gross, gross - cost_bps / 1e4 * turnover - borrow, turnover, short, unpriced
    )


def _targets(yhat: Floats, n_quantiles: int, min_names: int) -> Floats:
    """Weights of each day: the top bin sums to 1, the bottom bin to -1, or all are zero."""
    bins = quantile_matrix(yhat, n_quantiles)
    top, bottom = bins == n_quantiles - 1, bins == 0
    n_top, n_bottom = top.sum(axis=1), bottom.sum(axis=1)
    traded = ((bins >= 0).sum(axis=1) >= min_names) & (n_top > 0) & (n_bottom > 0)
    long_weight = traded / np.maximum(n_top, 1)
    short_weight = traded / np.maximum(n_bottom, 1)
    targets: Floats = top * long_weight[:, None] - bottom * short_weight[:, None]
    return targets


def _average_of_last(targets: Floats, n_days: int) -> Floats:
    """Mean of each day's and the preceding targets; days before the first hold nothing."""
    total = np.zeros_like(targets)
    for age in range(min(n_days, targets.shape[0])):
        total[age:] += targets[: targets.shape[0] - age]
    return total / n_days
