"""Alpha158 in NumPy, a second implementation and the oracle of the SQL one.

Bars are float64 arrays of one ticker, one value for each trading day from its first to its last
price; NaN marks a suspended day. A window of d days is a row of a matrix, filled up with NaN from
the left where the ticker is younger than d days.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

WINDOWS = (5, 10, 20, 30, 60)
EPSILON = 1e-12
FLAT = 2e-5
K_BAR = ("kmid", "klen", "kmid2", "kup", "kup2", "klow", "klow2", "ksft", "ksft2")
PRICE = ("open0", "high0", "low0", "vwap0")
FAMILIES = (
    *("roc", "ma", "std", "beta", "rsqr", "resi", "max", "min", "qtlu", "qtld", "rank", "rsv"),
    *("imax", "imin", "imxd", "corr", "cord", "cntp", "cntn", "cntd", "sump", "sumn", "sumd"),
    *("vma", "vstd", "wvma", "vsump", "vsumn", "vsumd"),
)
NAMES = (*K_BAR, *PRICE, *(f"{family}{days}" for family in FAMILIES for days in WINDOWS))


def alpha158(bars: Mapping[str, Series]) -> dict[str, npt.NDArray[np.float32]]:
    """Return the features of one ticker by name, in column order, each of shape (n_days,).

    Parameters
    ----------
    bars
        open, high, low, close, volume, vwap; shape (n_days,), NaN where there is no value.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        values = {**_of_the_day(bars)}
        for days in WINDOWS:
            values |= {f"{name}{days}": x for name, x in _of_window(bars, days).items()}
    return {name: values[name].astype(np.float32) for name in NAMES}


def _of_the_day(bars: Mapping[str, Series]) -> dict[str, Series]:
    o, h, l, c = (bars[name] for name in ("open", "high", "low", "close"))  # noqa: E741
    # np.maximum and np.minimum propagate NaN, as Qlib's Greater and Less do.
    parts = {
        "mid": c - o,
        "up": h - np.maximum(o, c),
        "low": np.minimum(o, c) - l,
        "sft": 2 * c - h - l,
    }
    relative = {f"k{name}": part / o for name, part in parts.items()}
    shares = {f"k{name}2": part / (h - l + EPSILON) for name, part in parts.items()}
    prices = {f"{name}0": bars[name] / c for name in ("open", "high", "low", "vwap")}
    return {**relative, **shares, **prices, "klen": (h - l) / o}


def _of_window(bars: Mapping[str, Series], days: int) -> dict[str, Series]:
    close, volume = bars["close"], bars["volume"]
    change = close / before(close)
    moves = np.abs(change - 1) * volume
    log_volume = np.log(volume + 1)
    log_change = np.log(volume / before(volume) + 1)
    rising = (close > before(close)).astype(float)
    falling = (close < before(close)).astype(float)
    top, bottom = maximum(bars["high"], days), minimum(bars["low"], days)
    top_place = place_of(bars["high"], days, np.nanargmax)
    bottom_place = place_of(bars["low"], days, np.nanargmin)
    slope, fitted = line(close, days)
    return {
        "roc": before(close, days) / close,
        "ma": mean(close, days) / close,
        "std": deviation(close, days) / close,
        "beta": slope / close,
        "rsqr": r_squared(close, days),
        "resi": (close - fitted) / close,
        "max": top / close,
        "min": bottom / close,
        "qtlu": quantile(close, days, 0.8) / close,
        "qtld": quantile(close, days, 0.2) / close,
        "rank": rank_of_last(close, days),
        "rsv": (close - bottom) / (top - bottom + EPSILON),
        "imax": top_place / days,
        "imin": bottom_place / days,
        "imxd": (top_place - bottom_place) / days,
        "corr": correlation(close, log_volume, days),
        "cord": correlation(change, log_change, days),
        "cntp": mean(rising, days),
        "cntn": mean(falling, days),
        "cntd": mean(rising, days) - mean(falling, days),
        **_gains_and_losses("sum", close, days),
        "vma": mean(volume, days) / (volume + EPSILON),
        "vstd": deviation(volume, days) / (volume + EPSILON),
        "wvma": deviation(moves, days) / (mean(moves, days) + EPSILON),
        **_gains_and_losses("vsum", volume, days),
    }


def _gains_and_losses(name: str, x: Series, days: int) -> dict[str, Series]:
    change = x - before(x)
    gains, losses = total(np.maximum(change, 0), days), total(np.maximum(-change, 0), days)
    all_changes = total(np.abs(change), days) + EPSILON
    return {
        f"{name}p": gains / all_changes,
        f"{name}n": losses / all_changes,
        f"{name}d": (gains - losses) / all_changes,
    }


def before(x: Series, rows: int = 1) -> Series:
    """Return the value of so many rows ago, NaN where there is no such row."""
    return np.concatenate([np.full(min(rows, len(x)), np.nan), x[:-rows]])


def windows(x: Series, days: int) -> Matrix:
    """Return one row for each day: the last `days` values, infinities taken as missing."""
    usable = np.where(np.isfinite(x), x, np.nan)
    padded = np.concatenate([np.full(days - 1, np.nan), usable])
    return np.lib.stride_tricks.sliding_window_view(padded, days)


def count(x: Series, days: int) -> Series:
    return np.asarray(np.isfinite(windows(x, days)).sum(axis=1), dtype=np.float64)


def total(x: Series, days: int) -> Series:
    return np.where(count(x, days) > 0, np.nansum(windows(x, days), axis=1), np.nan)


def mean(x: Series, days: int) -> Series:
    return total(x, days) / count(x, days)


def maximum(x: Series, days: int) -> Series:
    return np.asarray(np.fmax.reduce(windows(x, days), axis=1))


def minimum(x: Series, days: int) -> Series:
    return np.asarray(np.fmin.reduce(windows(x, days), axis=1))


def deviation(x: Series, days: int) -> Series:
    """Return the sample standard deviation, NaN for fewer than two values."""
    rows, n = windows(x, days), count(x, days)
    centred = rows - mean(x, days)[:, None]
    return np.where(n > 1, np.sqrt(np.nansum(centred**2, axis=1) / (n - 1)), np.nan)


def quantile(x: Series, days: int, share: float) -> Series:
    """Return the quantile with linear interpolation between the sorted values."""
    rows, n = np.sort(windows(x, days), axis=1), count(x, days)
    position = share * np.maximum(n - 1, 0)
    below = np.floor(position).astype(int)
    above = np.minimum(below + 1, np.maximum(n - 1, 0).astype(int))
    day = np.arange(len(x))
    low, high = rows[day, below], rows[day, above]
    return np.asarray(low + (high - low) * (position - below))


def rank_of_last(x: Series, days: int) -> Series:
    """Return the average rank of the last value as a share of the number of values."""
    rows, n = windows(x, days), count(x, days)
    smaller = (rows < rows[:, -1:]).sum(axis=1)
    equal = (rows == rows[:, -1:]).sum(axis=1)
    return np.where(np.isfinite(x), (smaller + (equal + 1) / 2) / n, np.nan)


def place_of(x: Series, days: int, find: Callable[..., npt.NDArray[np.intp]]) -> Series:
    """Return the place of an extreme, from 1 for the window's oldest row; ties go to the oldest.

    A missing value wins, the first of them, unless all are missing.
    """
    rows = windows(x, days)
    any_value = np.asarray(np.isfinite(rows).any(axis=1))
    absent = np.maximum(days - 1 - np.arange(len(x)), 0)
    existing = np.arange(days) >= absent[:, None]
    missing = ~np.isfinite(rows) & existing
    extreme = find(np.where(any_value[:, None], rows, 0.0), axis=1)
    place = np.where(missing.any(axis=1), missing.argmax(axis=1), extreme)
    return np.where(any_value, place - absent + 1.0, np.nan)


def line(x: Series, days: int) -> tuple[Series, Series]:
    """Return slope and last fitted value of the regression on the row's place in the window."""
    rows, n = windows(x, days), count(x, days)
    places = np.where(np.isfinite(rows), np.arange(days, dtype=float), np.nan)
    centre_x = np.nansum(places, axis=1) / n
    centre_y = np.nansum(rows, axis=1) / n
    dx, dy = places - centre_x[:, None], rows - centre_y[:, None]
    slope = np.nansum(dx * dy, axis=1) / np.nansum(dx**2, axis=1)
    slope = np.where(n > 1, slope, np.nan)
    return slope, centre_y + slope * (days - 1 - centre_x)


def pearson(a: Matrix, b: Matrix) -> Series:
    """Return the correlation of each row over the pairs without a missing side, NaN if flat."""
    both = np.isfinite(a) & np.isfinite(b)
    n = both.sum(axis=1)
    da, db = (np.where(both, side, np.nan) for side in (a, b))
    varied = np.fmax.reduce(da, axis=1) > np.fmin.reduce(da, axis=1)
    varied &= np.fmax.reduce(db, axis=1) > np.fmin.reduce(db, axis=1)
    da = da - (np.nansum(da, axis=1) / n)[:, None]
    db = db - (np.nansum(db, axis=1) / n)[:, None]
    spread = np.sqrt(np.nansum(da**2, axis=1) * np.nansum(db**2, axis=1))
    return np.where(varied, np.nansum(da * db, axis=1) / spread, np.nan)


def r_squared(x: Series, days: int) -> Series:
    """Return the squared correlation with the row's place; NaN where the window is flat."""
    rows = windows(x, days)
    places = np.broadcast_to(np.arange(days, dtype=float), rows.shape)
    return np.where(deviation(x, days) > FLAT, pearson(rows, places) ** 2, np.nan)


def correlation(a: Series, b: Series, days: int) -> Series:
    """Return the correlation of two series; NaN where either is flat by its own values."""
    varied = (deviation(a, days) > FLAT) & (deviation(b, days) > FLAT)
    return np.where(varied, pearson(windows(a, days), windows(b, days)), np.nan)
