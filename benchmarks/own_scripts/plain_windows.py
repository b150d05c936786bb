"""Alpha158's 145 rolling features as one plain query, a window for each; its seconds as JSON.

The way one would write them first: no care for precision, gaps or flat windows. Features that
Alpha158 derives from others are windows of their own here.
"""

import json
import os
import time

import duckdb

WINDOWS = (5, 10, 20, 30, 60)
AGGREGATES = (
    *("avg(close)", "stddev_samp(close)", "max(high)", "min(low)", "rank(order by close)"),
    *("regr_slope(close, day)", "regr_r2(close, day)", "regr_intercept(close, day)"),
    *("quantile_cont(close, 0.2)", "quantile_cont(close, 0.8)"),
    *("arg_max(day, high)", "arg_min(day, low)"),
    *("corr(close, log_volume)", "corr(close_ratio, volume_ratio)"),
    *("avg(cast(rise > 0 as double))", "avg(cast(rise < 0 as double))", "avg(sign(rise))"),
    *("sum(greatest(rise, 0))", "sum(greatest(-rise, 0))", "sum(abs(rise))"),
    *("avg(volume)", "stddev_samp(volume)", "avg(move)", "stddev_samp(move)"),
    *("sum(greatest(volume_rise, 0))", "sum(greatest(-volume_rise, 0))", "sum(abs(volume_rise))"),
)
SERIES = """
    select
        *,
        cast(row_number() over by_day as double) as day,
        ln(volume + 1) as log_volume,
        close / lag(close) over by_day as close_ratio,
        ln(volume / nullif(lag(volume) over by_day, 0) + 1) as volume_ratio,
        close - lag(close) over by_day as rise,
        volume - lag(volume) over by_day as volume_rise,
        abs(close / lag(close) over by_day - 1) * volume as move
    from mart.int_price_grid
    window by_day as (partition by ticker order by dt)
"""


def query() -> str:
    """Return the query: ticker, dt and 145 columns of 32-bit floats."""
    columns = []
    for days in WINDOWS:
        frame = f"over (partition by ticker order by dt rows {days - 1} preceding)"
        columns += [f"{aggregate} {frame}" for aggregate in AGGREGATES]
        columns += [
            f"lag(close, {days}) over (partition by ticker order by dt)",
            f"(close - min(low) {frame}) / (max(high) {frame} - min(low) {frame})",
        ]
    named = ", ".join(f"cast({column} as real) as f{n}" for n, column in enumerate(columns))
    return f"with series as ({SERIES}) select ticker, dt, {named} from series"


def main() -> None:
    """Write the query's rows to a table, as dbt would; print how long that took."""
    with duckdb.connect(os.environ["MLX_DUCKDB_PATH"]) as connection:
        connection.execute("drop table if exists plain_windows")
        begin = time.perf_counter()
        connection.execute(f"create table plain_windows as {query()}")
        seconds = time.perf_counter() - begin
        connection.execute("drop table plain_windows")
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
