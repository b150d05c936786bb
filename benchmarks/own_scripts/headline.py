"""Time the 14 features of the daily bars, a query for each core: into memory, and on into a table.

A window without partition and order reads the rows as they come [1]_, so that the lag of a struct
costs little more than its copy. The rows come by ticker and day, and before a ticker's first come
twenty that add nothing. Sums and extremes of 20 rows are put together from those of 10, 5, 4 and 2.

.. [1] https://duckdb.org/docs/2.0/sql/dialect/order_preservation.html
"""

import argparse
import json
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import duckdb
import pyarrow as pa

CARRIED = "ticker, dt, is_day, open, high, low, close, volume, mean_5, close_5_ago"
SUMMED = {
    "close": "known_close",
    "close_squares": "known_close * known_close",
    "volume": "known_volume",
    "volume_squares": "known_volume * known_volume",
    "log_volume": "log_volume",
    "log_volume_squares": "log_volume * log_volume",
    "close_log_volume": "known_close * log_volume",
    "net": "known_change",
    "path": "abs(known_change)",
    "counts": " + ".join(
        f"(cast({condition} as bigint) << {6 * place})"
        for place, condition in enumerate(
            ("is_day", "volume is not null", "change is not null", "known_change > 0")
        )
    ),
}
ALL_SEEN = 2**20 - 1
SHARES = """
select min(ticker)
from (
    select ticker, ntile({cores}) over (order by ticker) as share
    from (select distinct ticker from mart.bars) as tickers
) as shares
group by share
order by share
"""
QUERY = """
with share as not materialized (
    select ticker, dt, open, high, low, close, volume, true as is_day
    from mart.bars
    where ticker >= $first and ($next is null or ticker < $next)
),
padded as (
    from share
    union all
    select ticker, date '0001-01-01' + cast(n as integer), null, null, null, null, null, false
    from (select distinct ticker from share) as tickers, range(20) as days (n)
),
ordered as (
    select * from padded order by ticker, dt
),
steps as (
    select *, close - lag(close) over () as change from ordered
),
known as (
    select
        *,
        coalesce(close, 0) as known_close,
        coalesce(volume, 0) as known_volume,
        ln(coalesce(volume, 0) + 1) as log_volume,
        coalesce(change, 0) as known_change
    from steps
),
last_1 as (
    select *, null as mean_5, null as close_5_ago, {row} as last from known
),
lagged_1 as (
    select *, lag(last, 1) over () as before, lag(last, 4) over () as fifth from last_1
),
last_2 as (
    select {carried}, fifth, {last_2} as last from lagged_1
),
lagged_2 as (
    select *, lag(last, 2) over () as before from last_2
),
last_5 as (
    select {carried}, {last_5} as last
    from (select * replace ({last_4} as last) from lagged_2) as last_4
),
lagged_5 as (
    select
        * replace (
            last.close / nullif(bit_count(last.seen), 0) as mean_5,
            before.today as close_5_ago
        )
    from (select *, lag(last, 5) over () as before from last_5) as fives
),
last_10 as (
    select {carried}, {last_10} as last from lagged_5
),
lagged_10 as (
    select *, lag(last, 10) over () as before from last_10
),
last_20 as (
    select {carried}, {last_20} as last from lagged_10
),
counted as (
    select
        *,
        cast(bit_count(last.seen) as double) as closes,
        {ages} as ages,
        {age_squares} as age_squares,
        cast(last.counts & 63 as double) as days,
        cast((last.counts >> 6) & 63 as double) as volumes,
        (last.counts >> 12) & 63 as changes,
        cast((last.counts >> 18) & 63 as double) as rises
    from last_20
    where is_day
),
moments as (
    select
        *,
        last.close / nullif(closes, 0) as mean_20,
        abs(last.close_squares - last.close * last.close / nullif(closes, 0)) as close_dev,
        abs(last.volume_squares - last.volume * last.volume / nullif(volumes, 0)) as volume_dev,
        abs(last.log_volume_squares - last.log_volume * last.log_volume / nullif(volumes, 0))
            as log_volume_dev
    from counted
),
features as (
    select
        ticker,
        dt,
        (close - open) / open as kmid,
        (high - low) / open as klen,
        close_5_ago / close as roc5,
        mean_5 / close as ma5,
        mean_20 / close as ma20,
        sqrt(close_dev / nullif(closes - 1, 0)) / close as std20,
        case when closes > 1 then (ages * mean_20 - last.age_close) end
            / (age_squares - ages * ages / closes) / close as beta20,
        last.high / close as max20,
        last.low / close as min20,
        case
            when close_dev > 4e-10 * (closes - 1) and log_volume_dev > 4e-10 * (volumes - 1)
                then (last.close_log_volume - last.close * last.log_volume / volumes)
                    / sqrt(close_dev * log_volume_dev)
        end as corr20,
        rises / days as cntp20,
        case when changes > 0 then (last.path + last.net) / 2 / (last.path + 1e-12) end as sump20,
        last.volume / nullif(volumes, 0) / (volume + 1e-12) as vma20,
        sqrt(volume_dev / nullif(volumes - 1, 0)) / (volume + 1e-12) as vstd20
    from moments
)
select ticker, dt, cast(columns(* exclude (ticker, dt)) as real) from features
"""


def row() -> str:
    """Return the struct of one row: what it adds to sums, whether it has a close, its extremes."""
    fields = {"age_close": "cast(0 as double)", "seen": "cast(close is not null as bigint)"}
    return _struct(SUMMED | fields | {"high": "high", "low": "low", "today": "close"})


def joined(rows: int, before: str) -> str:
    """Return the struct of the last rows together with the one of the rows before them."""
    fields = {name: f"last.{name} + {before}.{name}" for name in SUMMED}
    fields |= {
        "age_close": f"last.age_close + {before}.age_close + {rows} * {before}.close",
        "seen": f"last.seen | ({before}.seen << {rows})",
        "high": f"greatest(last.high, {before}.high)",
        "low": f"least(last.low, {before}.low)",
        "today": "last.today",
    }
    return _struct(fields)


def age_sum(power: int) -> str:
    """Return the sum of a power of the ages, rows before today, at which there is a close.

    Where one is missing, from the binary digits of the ages: each set of digits that all ages of
    some bits of ``seen`` have counts as often as there are such bits.
    """
    weights: Counter[int] = Counter()
    for digits in product(range(5), repeat=power):
        bits = sum(1 << age for age in range(20) if all(age >> digit & 1 for digit in digits))
        weights[bits] += 2 ** sum(digits)
    known = sum(age**power for age in range(20))
    counted = " + ".join(f"{n}e0 * bit_count(last.seen & {bits})" for bits, n in weights.items())
    return f"case when last.seen = {ALL_SEEN} then {known} else {counted} end"


def query() -> str:
    """Return the statement for the tickers from ``$first`` to before ``$next``."""
    return QUERY.format(
        carried=CARRIED,
        row=row(),
        last_2=joined(1, "before"),
        last_4=joined(2, "before"),
        last_5=joined(4, "fifth"),
        last_10=joined(5, "before"),
        last_20=joined(10, "before"),
        ages=age_sum(1),
        age_squares=age_sum(2),
    )


def features(connection: duckdb.DuckDBPyConnection, cores: int) -> pa.Table:
    """Return ticker, dt and the 14 features, each core's share of the tickers after the other's."""
    firsts = [first for (first,) in connection.execute(SHARES.format(cores=cores)).fetchall()]

    def share(first: str, following: str | None) -> pa.Table:
        with connection.cursor() as cursor:
            bounds = {"first": first, "next": following}
            return cursor.sql(query(), params=bounds).to_arrow_table()

    with ThreadPoolExecutor(cores) as threads:
        return pa.concat_tables(threads.map(share, firsts, [*firsts[1:], None]))


def _struct(fields: dict[str, str]) -> str:
    return "struct_pack(" + ", ".join(f"{name} := {term}" for name, term in fields.items()) + ")"


def main() -> None:
    """Compute the features once; the seconds until they are in memory, and in the file, as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cores", type=int, required=True)
    options = parser.parse_args()
    with duckdb.connect(os.environ["MLX_DUCKDB_PATH"]) as connection:
        connection.execute(f"set threads = {options.cores}")
        begin = time.perf_counter()
        table = features(connection, options.cores)
        computed = time.perf_counter()
        connection.register("computed", table)
        connection.execute("create or replace table mart.headline as from computed")
        written = time.perf_counter()
    print(json.dumps({"seconds": computed - begin, "written": written - begin}))


if __name__ == "__main__":
    main()
