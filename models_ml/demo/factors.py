"""Random ingredients of a simulated market, drawn before the first day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

TAIL_DF = 5.0
MARKET_VOL = 0.007
SECTOR_VOL = 0.004
OWN_VOL = (0.013, 0.021)
BETA = (0.6, 1.4)
START_PRICE = (15.0, 110.0)
SPLIT_ABOVE = (120.0, 260.0)
TURNOVER = (5e6, 5e8)
MAX_DIVIDEND_YIELD = 0.04
SECTORS = (
    "Consumer Goods",
    "Energy",
    "Finance",
    "Health Care",
    "Industrials",
    "Materials",
    "Technology",
    "Utilities",
)


@dataclass(frozen=True)
class Draws:
    """Everything random about prices and volumes; nothing here knows the planted signal.

    Attributes
    ----------
    noise : ndarray, shape (n_days, n_tickers)
        Daily returns without signal: market, sector and own part, mean zero.
    volatility : ndarray, shape (n_days, n_tickers)
        Standard deviation of the own part of that day's return.
    overnight, upper, lower, activity : ndarray, shape (n_days, n_tickers)
        Standard normal draws for the open, the wicks (absolute values) and the volume.
    start_price, split_above : ndarray, shape (n_tickers,)
        First close and the price at which the ticker splits, in dollars.
    dividend_yield : ndarray, shape (n_tickers,)
        Dividends of a year as a share of the price; 0 for a quarter of the tickers.
    dividend_phase : ndarray of int, shape (n_tickers,)
        Day of the quarter on which the ticker goes ex dividend.
    turnover : ndarray, shape (n_tickers,)
        Usual dollar volume of a day.
    """

    noise: FloatArray
    volatility: FloatArray
    overnight: FloatArray
    upper: FloatArray
    lower: FloatArray
    activity: FloatArray
    start_price: FloatArray
    split_above: FloatArray
    dividend_yield: FloatArray
    dividend_phase: npt.NDArray[np.int64]
    turnover: FloatArray


def draw_market(n_days: int, n_tickers: int, quarter: int, rng: np.random.Generator) -> Draws:
    """Draw a market of `n_days` days.

    Returns are ``beta * market + sector + own``, each a Student t with 5 degrees of freedom. One
    log-volatility, an AR(1), moves all three together, a second one each ticker alone: calm and
    rough times cluster.

    Parameters
    ----------
    n_days, n_tickers : int
        Size of the market.
    quarter : int
        Trading days between two dividends.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    Draws
        Arrays of shape (n_days, n_tickers) and (n_tickers,).
    """
    shape = (n_days, n_tickers)
    common = np.exp(_log_volatility((n_days, 1), 0.97, 0.25, rng))
    own = common * np.exp(_log_volatility(shape, 0.95, 0.20, rng))
    volatility = own * rng.uniform(*OWN_VOL, n_tickers)
    beta = rng.uniform(*BETA, n_tickers)
    market = MARKET_VOL * common * _student((n_days, 1), rng)
    sector = SECTOR_VOL * common * _student((n_days, len(SECTORS)), rng)
    noise = beta * market + sector[:, sector_numbers(n_tickers)] + volatility * _student(shape, rng)
    pays = rng.random(n_tickers) < 0.75
    return Draws(
        noise=noise,
        volatility=volatility,
        overnight=rng.standard_normal(shape),
        upper=np.abs(rng.standard_normal(shape)),
        lower=np.abs(rng.standard_normal(shape)),
        activity=rng.standard_normal(shape),
        start_price=_log_uniform(START_PRICE, n_tickers, rng),
        split_above=rng.uniform(*SPLIT_ABOVE, n_tickers),
        dividend_yield=pays * rng.uniform(0.01, MAX_DIVIDEND_YIELD, n_tickers),
        dividend_phase=rng.integers(0, quarter, n_tickers),
        turnover=_log_uniform(TURNOVER, n_tickers, rng),
    )


def sector_numbers(n_tickers: int) -> npt.NDArray[np.int64]:
    """Return the position in `SECTORS` of every ticker, shape (n_tickers,)."""
    return np.arange(n_tickers) % len(SECTORS)


def _log_uniform(bounds: tuple[float, float], size: int, rng: np.random.Generator) -> FloatArray:
    low, high = bounds
    draws: FloatArray = low * (high / low) ** rng.random(size)
    return draws


def _student(shape: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    draws: FloatArray = rng.standard_t(TAIL_DF, shape) * np.sqrt((TAIL_DF - 2.0) / TAIL_DF)
    return draws


def _log_volatility(
    shape: tuple[int, int], persistence: float, spread: float, rng: np.random.Generator
) -> FloatArray:
    steps = spread * rng.standard_normal(shape)
    steps[1:] *= np.sqrt(1.0 - persistence**2)
    for day in range(1, shape[0]):
        steps[day] += persistence * steps[day - 1]
    # Minus the variance, so that the mean of the squared volatility does not depend on spread.
    return steps - spread**2
