"""Alpha158 in polars expressions: everything lazy, one pass over all tickers."""

import argparse
import json
import time
from pathlib import Path

import polars as pl

WINDOWS = (5, 10, 20, 30, 60)
TINY = 1e-12
FLAT = 2e-5


def c(name: str) -> pl.Expr:
    return pl.col(name)


def shifted(name: str, days: int = 1) -> pl.Expr:
    return c(name).shift(days).over("ticker")


def rolled(name: str | pl.Expr, how: str, d: int, **kwargs: object) -> pl.Expr:
    column = c(name) if isinstance(name, str) else name
    method = getattr(column, f"rolling_{how}")
    if how == "quantile":
        found = method(interpolation="linear", window_size=d, min_samples=1, **kwargs)
    else:
        found = method(window_size=d, min_samples=1, **kwargs)
    return found.over("ticker")


def bars() -> list[pl.Expr]:
    x = {name: c(name) for name in ("open", "high", "low", "close")}
    span = x["high"] - x["low"] + TINY
    top = pl.when(x["open"] > x["close"]).then(x["open"]).otherwise(x["close"])
    low = pl.when(x["open"] < x["close"]).then(x["open"]).otherwise(x["close"])
    body, shift = x["close"] - x["open"], 2 * x["close"] - x["high"] - x["low"]
    named = {
        "kmid": body / x["open"],
        "klen": (x["high"] - x["low"]) / x["open"],
        "kmid2": body / span,
        "kup": (x["high"] - top) / x["open"],
        "kup2": (x["high"] - top) / span,
        "klow": (low - x["low"]) / x["open"],
        "klow2": (low - x["low"]) / span,
        "ksft": shift / x["open"],
        "ksft2": shift / span,
        **{f"{name}0": c(name) / x["close"] for name in ("open", "high", "low", "vwap")},
    }
    return [values.cast(pl.Float32).alias(name) for name, values in named.items()]


def with_series(grid: pl.LazyFrame) -> pl.LazyFrame:
    x = grid.sort("ticker", "dt").with_columns(
        pl.int_range(pl.len()).over("ticker").cast(pl.Float64).alias("day"),
        (c("volume") + 1).log().alias("log_volume"),
        (c("close") / shifted("close")).alias("close_ratio"),
        pl.when(shifted("volume") > 0)
        .then((c("volume") / shifted("volume") + 1).log())
        .alias("volume_ratio"),
        (c("close") - shifted("close")).alias("change"),
        (c("volume") - shifted("volume")).alias("volume_change"),
    )
    x = x.with_columns(
        (c("change") > 0).fill_null(False).cast(pl.Float64).alias("rise"),
        (c("change") < 0).fill_null(False).cast(pl.Float64).alias("fall"),
        c("change").clip(lower_bound=0).alias("gain"),
        (-c("change")).clip(lower_bound=0).alias("loss"),
        c("volume_change").clip(lower_bound=0).alias("volume_gain"),
        (-c("volume_change")).clip(lower_bound=0).alias("volume_loss"),
        ((c("close_ratio") - 1).abs() * c("volume")).alias("move"),
    )
    return x.with_columns(
        *pair_columns("close", "day"),
        *pair_columns("close", "log_volume"),
        *pair_columns("close_ratio", "volume_ratio"),
    )


def pair_columns(left: str, right: str) -> list[pl.Expr]:
    """Both series where both are there, around their ticker's mean, and their products."""
    both = c(left).is_not_null() & c(right).is_not_null()
    a = pl.when(both).then(c(left))
    b = pl.when(both).then(c(right))
    a, b = a - a.mean().over("ticker"), b - b.mean().over("ticker")
    return [
        a.alias(f"{left}_by_{right}"),
        b.alias(f"{right}_by_{left}"),
        (a * b).alias(f"{left}_times_{right}"),
    ]


def pair(left: str, right: str, d: int) -> tuple[pl.Expr, pl.Expr, pl.Expr, pl.Expr]:
    a, b = f"{left}_by_{right}", f"{right}_by_{left}"
    n = rolled(c(a).is_not_null().cast(pl.Float64), "sum", d)
    mean_a, mean_b = rolled(a, "mean", d), rolled(b, "mean", d)
    covariance = rolled(f"{left}_times_{right}", "mean", d) - mean_a * mean_b
    return covariance, rolled(a, "std", d, ddof=0), rolled(b, "std", d, ddof=0), n


def correlation(left: str, right: str, d: int) -> pl.Expr:
    covariance, std_a, std_b, n = pair(left, right, d)
    usable = (n > 1) & (std_a > 0) & (std_b > 0)
    return pl.when(usable).then(covariance / (std_a * std_b))


def first_best(name: str, best: str, d: int) -> pl.Expr:
    """Position of the best value from 1, the oldest of equals; of the first gap if there is one."""
    extreme = rolled(name, best, d)
    rows = pl.min_horizontal(c("day") + 1, pl.lit(float(d)))
    gap, found = pl.lit(None, pl.Float64), pl.lit(None, pl.Float64)
    for ago in range(d):
        value, there = shifted(name, ago), c("day") >= ago
        gap = pl.when(there & value.is_null()).then(rows - ago).otherwise(gap)
        found = pl.when(value == extreme).then(rows - ago).otherwise(found)
    return pl.when(extreme.is_not_null()).then(pl.coalesce(gap, found))


def rank(d: int) -> pl.Expr:
    below = pl.lit(0.0)
    for ago in range(1, d):
        earlier = shifted("close", ago)
        lower = (earlier < c("close")).fill_null(False).cast(pl.Float64)
        below = below + lower + (earlier <= c("close")).fill_null(False).cast(pl.Float64)
    n = rolled(c("close").is_not_null().cast(pl.Float64), "sum", d)
    return pl.when(c("close").is_not_null()).then((below + 2) / 2 / n)


def windows(d: int) -> list[pl.Expr]:
    close, volume = c("close"), c("volume") + TINY
    std, high, low = rolled("close", "std", d), rolled("high", "max", d), rolled("low", "min", d)
    covariance, _, std_day, n = pair("close", "day", d)
    slope = pl.when(n > 1).then(covariance / std_day**2)
    day = c("day") - c("day").filter(close.is_not_null()).mean().over("ticker")
    line = rolled("close", "mean", d) + slope * (day - rolled("day_by_close", "mean", d))
    top, bottom = first_best("high", "max", d), first_best("low", "min", d)
    up, down = rolled("rise", "mean", d), rolled("fall", "mean", d)
    gain, loss = rolled("gain", "sum", d), rolled("loss", "sum", d)
    more, less = rolled("volume_gain", "sum", d), rolled("volume_loss", "sum", d)
    named = {
        "roc": shifted("close", d) / close,
        "ma": rolled("close", "mean", d) / close,
        "std": std / close,
        "beta": slope / close,
        "rsqr": pl.when(std > FLAT).then(correlation("close", "day", d) ** 2),
        "resi": (close - line) / close,
        "max": high / close,
        "min": low / close,
        "qtlu": rolled("close", "quantile", d, quantile=0.8) / close,
        "qtld": rolled("close", "quantile", d, quantile=0.2) / close,
        "rank": rank(d),
        "rsv": (close - low) / (high - low + TINY),
        "imax": top / d,
        "imin": bottom / d,
        "imxd": (top - bottom) / d,
        "corr": pl.when((std > FLAT) & (rolled("log_volume", "std", d) > FLAT)).then(
            correlation("close", "log_volume", d)
        ),
        "cord": pl.when(
            (rolled("close_ratio", "std", d) > FLAT) & (rolled("volume_ratio", "std", d) > FLAT)
        ).then(correlation("close_ratio", "volume_ratio", d)),
        "cntp": up,
        "cntn": down,
        "cntd": up - down,
        "sump": gain / (gain + loss + TINY),
        "sumn": loss / (gain + loss + TINY),
        "sumd": (gain - loss) / (gain + loss + TINY),
        "vma": rolled("volume", "mean", d) / volume,
        "vstd": rolled("volume", "std", d) / volume,
        "wvma": rolled("move", "std", d) / (rolled("move", "mean", d) + TINY),
        "vsump": more / (more + less + TINY),
        "vsumn": less / (more + less + TINY),
        "vsumd": (more - less) / (more + less + TINY),
    }
    return [values.cast(pl.Float32).alias(f"{name}{d}") for name, values in named.items()]


def alpha158(grid: pl.LazyFrame) -> pl.DataFrame:
    """Return the features; one window at a time, which holds the memory down."""
    x = with_series(grid).collect()
    parts = [x.select("ticker", "dt", *bars())]
    parts += [x.select(windows(d)) for d in WINDOWS]
    return pl.concat(parts, how="horizontal")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("grid", type=Path)
    parser.add_argument("--tickers")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    begin = time.perf_counter()
    grid = pl.scan_parquet(options.grid)
    if options.tickers:
        grid = grid.filter(c("ticker").is_in(options.tickers.split(",")))
    values = alpha158(grid)
    seconds = time.perf_counter() - begin
    if options.out:
        values.write_parquet(options.out)
    print(json.dumps({"seconds": seconds, "rows": values.height, "columns": values.width - 2}))


if __name__ == "__main__":
    main()
