"""A simulated stock market whose forecastable part is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from models_ml.demo import tables
from models_ml.demo.factors import draw_market
from models_ml.demo.faults import choose_faults, spoil
from models_ml.demo.oracle import daily_ic, next_returns
from models_ml.demo.schedule import make_schedule
from models_ml.demo.signal import signal_scale
from models_ml.demo.tape import QUARTER, print_tape
from models_ml.errors import UsageError

MIN_TICKERS = 10
MIN_YEARS = 0.5
MAX_SIGNAL_IC = 0.5
DEFAULT_END = date(2024, 12, 30)


@dataclass(frozen=True)
class SimulatedMarket:
    """Prices as a vendor would deliver them, and the truth behind them.

    Attributes
    ----------
    prices : pyarrow.Table
        Columns of `raw.prices` but loaded_at and adj_close, the bad rows among them; one row per
        ticker and day, sorted by dt and ticker.
    bad_rows : pyarrow.Table
        ticker, dt and reason of every row that a pipeline must reject; the reasons are those of
        the model int_rejected_prices.
    truth : pyarrow.Table
        ticker, dt, expected_return of every good row: the expected total return from that day's
        close to the next day's, given all prices so far.
    daily_ic : pyarrow.Table
        dt, ic: correlation over tickers of expected and realised return of each day; NULL on the
        last day and in a market without signal.
    attainable_ic : float
        Mean of the daily ICs, the most that a forecast can hope for; 0 without signal.
    securities : pyarrow.Table
        ticker, name, sector.
    universe : pyarrow.Table
        ticker, start_dt, end_dt: spells of membership, both days included, NULL for a member of
        today.
    """

    prices: pa.Table
    bad_rows: pa.Table
    truth: pa.Table
    daily_ic: pa.Table
    attainable_ic: float
    securities: pa.Table
    universe: pa.Table


def simulate_market(
    tickers: int = 60,
    years: float = 6,
    seed: int = 7,
    signal_ic: float = 0.14,
    end: date = DEFAULT_END,
) -> SimulatedMarket:
    """Simulate daily prices with a weak planted signal of known strength.

    Returns follow a market and a sector factor with fat tails and clustered volatility; tomorrow's
    expected return falls with the place of today's close in the range of five days
    (`planted_signal`). There are splits, dividends, suspensions, a delisting, a late listing and a
    few bad rows. The same arguments give the same bytes.

    Parameters
    ----------
    tickers : int
        Number of tickers, at least 10.
    years : float
        Length in calendar years, at least 0.5.
    seed : int
        Seed of the one random generator (PCG64), not negative.
    signal_ic : float
        Strength of the signal: about the IC attainable on average over days, in [0, 0.5]; 0 is
        pure noise.
    end : date
        Last possible trading day.

    Returns
    -------
    SimulatedMarket
        Tables of prices, of what must be rejected and of the truth.

    Raises
    ------
    UsageError
        If an argument is out of its range.
    """
    _check(tickers, years, seed, signal_ic)
    rng = np.random.Generator(np.random.PCG64(seed))
    schedule = make_schedule(tickers, years, end, rng)
    faults = choose_faults(schedule, rng)
    good = schedule.traded & ~faults.mask(schedule.traded.shape)
    draws = draw_market(len(schedule.days), tickers, QUARTER, rng)
    seen = good & np.vstack([good[:1], good[:-1]])
    tape = print_tape(draws, seen, signal_scale(draws.noise, signal_ic))
    ic = daily_ic(tape.expected, next_returns(tape, good))
    spoil(tape, faults)
    return SimulatedMarket(
        prices=tables.price_table(tape, schedule, faults),
        bad_rows=tables.bad_row_table(schedule, faults),
        truth=tables.truth_table(tape, schedule, good),
        daily_ic=pa.table({"dt": schedule.days, "ic": pa.array(ic, from_pandas=True)}),
        attainable_ic=0.0 if np.isnan(ic).all() else float(np.nanmean(ic)),
        securities=tables.security_table(schedule),
        universe=tables.universe_table(schedule),
    )


def _check(tickers: int, years: float, seed: int, signal_ic: float) -> None:
    bounds = (
        (tickers >= MIN_TICKERS, f"{tickers} tickers are too few", f"--tickers {MIN_TICKERS}"),
        (years >= MIN_YEARS, f"{years} years are too short", f"--years {MIN_YEARS}"),
        (seed >= 0, f"the seed {seed} is negative", "--seed 7"),
        (0 <= signal_ic <= MAX_SIGNAL_IC, f"no market has an IC of {signal_ic}", "signal_ic 0.14"),
    )
    for holds, fact, instead in bounds:
        if not holds:
            raise UsageError(f"Cannot simulate a market: {fact}.", f"Try {instead}.")
