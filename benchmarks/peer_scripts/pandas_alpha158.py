"""Alpha158 as a careful pandas user would write it: one pass of groupby and rolling windows."""

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

WINDOWS = (5, 10, 20, 30, 60)
TINY = 1e-12
FLAT = 2e-5

warnings.simplefilter("ignore")


def first_best(values: np.ndarray, best: str) -> float:
    """Return the position of the best value from 1, the oldest of equals; of a gap if any."""
    missing = np.isnan(values)
    if missing.all():
        return np.nan
    place = missing.argmax() if missing.any() else getattr(values, f"arg{best}")()
    return float(place + 1)


def bars(x: pd.DataFrame) -> dict[str, pd.Series]:
    span, top, low = x.high - x.low + TINY, x[["open", "close"]].max(axis=1), x[["open", "close"]]
    low = low.min(axis=1)
    shift = 2 * x.close - x.high - x.low
    return {
        "kmid": (x.close - x.open) / x.open,
        "klen": (x.high - x.low) / x.open,
        "kmid2": (x.close - x.open) / span,
        "kup": (x.high - top) / x.open,
        "kup2": (x.high - top) / span,
        "klow": (low - x.low) / x.open,
        "klow2": (low - x.low) / span,
        "ksft": shift / x.open,
        "ksft2": shift / span,
        **{f"{name}0": x[name] / x.close for name in ("open", "high", "low", "vwap")},
    }


def derived(x: pd.DataFrame) -> pd.DataFrame:
    by_ticker = x.groupby("ticker", sort=False)
    previous = by_ticker[["close", "volume"]].shift()
    x["log_volume"] = np.log(x.volume + 1)
    x["close_ratio"] = x.close / previous.close
    x["volume_ratio"] = np.log((x.volume / previous.volume).replace(np.inf, np.nan) + 1)
    x["rise"] = (x.close > previous.close).astype(float)
    x["fall"] = (x.close < previous.close).astype(float)
    change = x.close - previous.close
    x["gain"], x["loss"] = change.clip(lower=0), (-change).clip(lower=0)
    change = x.volume - previous.volume
    x["volume_gain"], x["volume_loss"] = change.clip(lower=0), (-change).clip(lower=0)
    x["move"] = (x.close_ratio - 1).abs() * x.volume
    x["day"] = by_ticker.cumcount().astype(float)
    for left, right in (("close", "day"), ("close", "log_volume"), ("close_ratio", "volume_ratio")):
        both = x[left].notna() & x[right].notna()
        x[f"{left}_with_{right}"], x[f"{right}_with_{left}"] = (
            x[left].where(both),
            x[right].where(both),
        )
    return x


def windows(x: pd.DataFrame, d: int) -> dict[str, pd.Series]:
    rolling = x.groupby("ticker", sort=False).rolling(d, min_periods=1)

    def over(column: str, how: str, *args: object, **kwargs: object) -> pd.Series:
        found = getattr(rolling[column], how)(*args, **kwargs)
        return found.reset_index(level=0, drop=True)

    def pairs(left: str, right: str) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
        a, b = f"{left}_with_{right}", f"{right}_with_{left}"
        x["product"] = (x[a] - x[a].mean()) * (x[b] - x[b].mean())
        n = over(a, "count")
        mean_a, mean_b = over(a, "mean") - x[a].mean(), over(b, "mean") - x[b].mean()
        covariance = over_product() / n - mean_a * mean_b
        std_a = over(a, "std", ddof=0)
        return covariance, std_a, over(b, "std", ddof=0), n

    def over_product() -> pd.Series:
        product = x.groupby("ticker", sort=False)["product"].rolling(d, min_periods=1).sum()
        return product.reset_index(level=0, drop=True)

    def correlation(left: str, right: str) -> pd.Series:
        covariance, std_a, std_b, n = pairs(left, right)
        found = (covariance / (std_a * std_b)).where(n > 1)
        return found.replace([np.inf, -np.inf], np.nan).clip(-1, 1)

    close, volume = x.close, x.volume + TINY
    std, high, low = over("close", "std"), over("high", "max"), over("low", "min")
    covariance, _, std_day, n = pairs("close", "day")
    slope = (covariance / std_day**2).where(n > 1)
    days = over("day_with_close", "mean")
    r_squared = correlation("close", "day") ** 2
    to_log_volume = correlation("close", "log_volume")
    of_ratios = correlation("close_ratio", "volume_ratio")
    by_ticker = x.groupby("ticker", sort=False)["close"]
    top = over("high", "apply", first_best, raw=True, args=("max",)) / d
    bottom = over("low", "apply", first_best, raw=True, args=("min",)) / d
    up, down = over("rise", "mean"), over("fall", "mean")
    gain, loss = over("gain", "sum"), over("loss", "sum")
    more, less = over("volume_gain", "sum"), over("volume_loss", "sum")
    return {
        "roc": by_ticker.shift(d) / close,
        "ma": over("close", "mean") / close,
        "std": std / close,
        "beta": slope / close,
        "rsqr": r_squared.where(std > FLAT),
        "resi": (close - over("close", "mean") - slope * (x.day - days)) / close,
        "max": high / close,
        "min": low / close,
        "qtlu": over("close", "quantile", 0.8) / close,
        "qtld": over("close", "quantile", 0.2) / close,
        "rank": over("close", "rank", pct=True),
        "rsv": (close - low) / (high - low + TINY),
        "imax": top,
        "imin": bottom,
        "imxd": top - bottom,
        "corr": to_log_volume.where((std > FLAT) & (over("log_volume", "std") > FLAT)),
        "cord": of_ratios.where(
            (over("close_ratio", "std") > FLAT) & (over("volume_ratio", "std") > FLAT)
        ),
        "cntp": up,
        "cntn": down,
        "cntd": up - down,
        "sump": gain / (gain + loss + TINY),
        "sumn": loss / (gain + loss + TINY),
        "sumd": (gain - loss) / (gain + loss + TINY),
        "vma": over("volume", "mean") / volume,
        "vstd": over("volume", "std") / volume,
        "wvma": over("move", "std") / (over("move", "mean") + TINY),
        "vsump": more / (more + less + TINY),
        "vsumn": less / (more + less + TINY),
        "vsumd": (more - less) / (more + less + TINY),
    }


def alpha158(grid: pd.DataFrame) -> pd.DataFrame:
    x = derived(grid.sort_values(["ticker", "dt"], ignore_index=True))
    columns = bars(x)
    for d in WINDOWS:
        columns |= {
            f"{name}{d}": values.astype("float32") for name, values in windows(x, d).items()
        }
    return pd.DataFrame({"ticker": x.ticker, "dt": x.dt, **columns})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("grid", type=Path)
    parser.add_argument("--tickers")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    begin = time.perf_counter()
    grid = pd.read_parquet(options.grid)
    if options.tickers:
        grid = grid[grid["ticker"].isin(options.tickers.split(","))]
    values = alpha158(grid)
    seconds = time.perf_counter() - begin
    if options.out:
        values.to_parquet(options.out)
    print(json.dumps({"seconds": seconds, "rows": len(values), "columns": values.shape[1] - 2}))


if __name__ == "__main__":
    main()
