"""The simulated market as a vendor delivers it: a history, then a file every evening."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models_ml.demo.market import SimulatedMarket
from models_ml.errors import UsageError

PROVISIONAL_SHARE = 0.03
LATE_SHARE = 0.01
MAX_CORRECTION_DAYS = 5
MAX_LATE_DAYS = 3
DELIVERY_HOUR = np.timedelta64(22, "h")

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def simulate_deliveries(
    market: SimulatedMarket, n_days: int = 20, seed: int = 7
) -> tuple[pa.Table, ...]:
    """Cut the last days of a market into daily deliveries with restatements and late rows.

    Each delivery holds the rows of its day, corrections of rows delivered on the five days
    before (another close within the day's range, another volume), and rows that come one to three
    days late. The newest versions of all deliveries together are `market.prices`.

    Parameters
    ----------
    market : SimulatedMarket
        Source of the rows.
    n_days : int
        Number of daily deliveries, at least 1 and fewer than the market's trading days.
    seed : int
        Seed of the choice of late and restated rows.

    Returns
    -------
    tuple of pyarrow.Table
        The history up to the first delivery, then `n_days` deliveries, in order; columns of
        `market.prices` and loaded_at, the naive time of the delivery (22:00 of its day).

    Raises
    ------
    UsageError
        If the market has too few days.
    """
    days = np.unique(market.truth["dt"].to_numpy())
    if not 1 <= n_days < len(days):
        raise UsageError(
            f"A market of {len(days)} days cannot be cut into {n_days} deliveries.",
            f"Ask for 1 to {len(days) - 1} days.",
        )
    rng = np.random.Generator(np.random.PCG64(seed))
    evenings = days[-n_days - 1 :]
    oldest = days[max(0, len(days) - 1 - n_days - MAX_CORRECTION_DAYS)]
    due = np.searchsorted(evenings, market.prices["dt"].to_numpy())
    arrival = _with_late_rows(due, n_days, rng)
    correction = _corrections(arrival, _restatable(market, oldest), n_days, rng)
    first = _provisional(market.prices, correction >= 0, rng)
    loaded_at = evenings.astype("datetime64[us]") + DELIVERY_HOUR
    return tuple(
        _delivery(
            (first.filter(arrival == number), market.prices.filter(correction == number)),
            loaded_at[number],
        )
        for number in range(n_days + 1)
    )


def _with_late_rows(due: IntArray, n_days: int, rng: np.random.Generator) -> IntArray:
    """Return the number of the delivery in which each row arrives; history is never late."""
    delay = rng.integers(1, MAX_LATE_DAYS + 1, len(due))
    late = (rng.random(len(due)) < LATE_SHARE) & (due > 0) & (due + delay <= n_days)
    return due + np.where(late, delay, 0)


def _restatable(market: SimulatedMarket, oldest: np.datetime64) -> BoolArray:
    """Return True for sound rows since `oldest`; a bad row keeps the fault it is listed with."""
    bad = set(zip(*(market.bad_rows[name].to_pylist() for name in ("ticker", "dt")), strict=True))
    recent = market.prices["dt"].to_numpy() >= oldest
    keys = zip(*(market.prices[name].to_pylist() for name in ("ticker", "dt")), strict=True)
    sound = np.array([key not in bad for key in keys])
    return np.asarray(recent & sound, dtype=np.bool_)


def _corrections(
    arrival: IntArray, restatable: BoolArray, n_days: int, rng: np.random.Generator
) -> IntArray:
    """Return the number of the delivery that corrects each row, -1 for a row that stands."""
    number = arrival + rng.integers(1, MAX_CORRECTION_DAYS + 1, len(arrival))
    chosen = restatable & (rng.random(len(arrival)) < PROVISIONAL_SHARE) & (number <= n_days)
    return np.where(chosen, number, -1)


def _provisional(prices: pa.Table, chosen: BoolArray, rng: np.random.Generator) -> pa.Table:
    """Return the prices with another close and volume in the chosen rows, still sound ones."""
    close, low, high = (prices[name].to_numpy() for name in ("close", "low", "high"))
    moved = np.round(close * (1.0 + rng.uniform(-0.01, 0.01, len(close))), 2)
    volume = prices["volume"].to_numpy()
    fewer = np.round(volume * rng.uniform(0.8, 0.99, len(volume))).astype(np.int64)
    columns = {
        "close": np.where(chosen, np.clip(moved, low, high), close),
        "volume": np.where(chosen, fewer, volume),
    }
    for name, values in columns.items():
        prices = prices.set_column(prices.column_names.index(name), name, pa.array(values))
    return prices


def _delivery(parts: tuple[pa.Table, pa.Table], loaded_at: np.datetime64) -> pa.Table:
    rows = pa.concat_tables(parts).sort_by([("dt", "ascending"), ("ticker", "ascending")])
    stamps = pa.array(np.full(len(rows), loaded_at), pa.timestamp("us"))
    return rows.append_column("loaded_at", stamps).combine_chunks()
