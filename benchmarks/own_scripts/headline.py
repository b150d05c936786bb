"""Time the 14 features as one query over the grid, written to a table."""

import argparse
import json
import os
import time

import duckdb

QUERY = """
create or replace table mart.headline as
with steps as (
    select *,
        row_number() over by_day as day,
        close - lag(close) over by_day as change,
        ln(volume + 1) as log_volume
    from mart.int_price_grid
    window by_day as (partition by ticker order by dt)
),
rolled as (
    select *,
        lag(close, 5) over by_day as close_5_ago,
        avg(close) over last_5 as mean_5,
        avg(close) over last_20 as mean_20,
        stddev_samp(close) over last_20 as std_20,
        case when count(close) over last_20 > 1 then regr_slope(close, day) over last_20 end
            as slope_20,
        max(high) over last_20 as max_20,
        min(low) over last_20 as min_20,
        nullif(corr(close, log_volume) over last_20, 'NaN') as corr_20,
        stddev_samp(log_volume) over last_20 as log_volume_std_20,
        avg(case when change > 0 then 1.0 else 0.0 end) over last_20 as rises_20,
        sum(greatest(change, 0)) filter (where change is not null) over last_20 as gain_20,
        sum(abs(change)) over last_20 as path_20,
        avg(volume) over last_20 as volume_mean_20,
        stddev_samp(volume) over last_20 as volume_std_20
    from steps
    window
        by_day as (partition by ticker order by dt),
        last_5 as (partition by ticker order by dt rows 4 preceding),
        last_20 as (partition by ticker order by dt rows 19 preceding)
)
select
    ticker,
    dt,
    cast((close - open) / open as real) as kmid,
    cast((high - low) / open as real) as klen,
    cast(close_5_ago / close as real) as roc5,
    cast(mean_5 / close as real) as ma5,
    cast(mean_20 / close as real) as ma20,
    cast(std_20 / close as real) as std20,
    cast(slope_20 / close as real) as beta20,
    cast(max_20 / close as real) as max20,
    cast(min_20 / close as real) as min20,
    cast(case when std_20 > 2e-5 and log_volume_std_20 > 2e-5 then corr_20 end as real) as corr20,
    cast(rises_20 as real) as cntp20,
    cast(gain_20 / (path_20 + 1e-12) as real) as sump20,
    cast(volume_mean_20 / (volume + 1e-12) as real) as vma20,
    cast(volume_std_20 / (volume + 1e-12) as real) as vstd20
from rolled
"""


def main() -> None:
    """Run the query once; its seconds as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    with duckdb.connect(os.environ["MLX_DUCKDB_PATH"]) as connection:
        connection.execute(f"set threads = {options.threads}")
        begin = time.perf_counter()
        connection.execute(QUERY)
        seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
