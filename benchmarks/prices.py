"""The prices that the benchmarks run on: a file, the simulator's where there is none, and more."""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.workplace import ROOT

REAL = "us_sp500_dev_1999_2016.parquet"
FEED = "us_pit_feed_sp500_2015_2016.parquet"
ALIASES = {"dt": "date", "split_ratio": "split"}
VALUES = ("open", "high", "low", "close", "volume", "vwap", "dividend", "split_ratio", "adj_close")
SIMULATED = (491, 17.0, 7)


def shared_file(name: str) -> Path | None:
    """Return a file of the shared market data, if it is there."""
    folder = Path(os.environ.get("MLX_SHARED_DIR") or ROOT.parent / "shared")
    path = folder / "data" / name
    return path.resolve() if path.is_file() else None


def default_prices(folder: Path) -> Path:
    """Return the real panel where it is, else simulated prices, made once in the folder."""
    if real := shared_file(REAL):
        return real
    path = folder / "simulated.parquet"
    if not path.exists():
        import pyarrow.parquet as pq

        from models_ml.demo import simulate_market

        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(simulate_market(*SIMULATED).prices, path)
    return path


@dataclass(frozen=True)
class Prices:
    """Rows of ``raw.prices`` as a DuckDB query over a Parquet file."""

    path: Path

    @property
    def source(self) -> str:
        """A query for the file's rows under our column names, loaded the day after the last."""
        with duckdb.connect() as connection:
            file = f"read_parquet('{self.path}')"
            there = {row[0] for row in connection.execute(f"describe from {file}").fetchall()}
        dt = _name("dt", there)
        values = ", ".join(
            f"cast({_name(column, there)} as double) as {column}" for column in VALUES
        )
        return (
            f"select ticker, cast({dt} as date) as dt, "
            f"(select cast(max({dt}) as date) from {file}) + interval '1 day' as loaded_at, "
            f"{values} from {file}"
        )

    def slice(self, tickers: int, days: int) -> str:
        """Return the query for the last days of the tickers with the most rows in them."""
        return f"""
            with source as ({self.source}),
            days as (select distinct dt from source order by dt desc limit {days}),
            recent as (select * from source where dt in (select dt from days)),
            longest as (
                select ticker from recent group by ticker order by count(*) desc, ticker
                limit {tickers}
            )
            select * from recent where ticker in (select ticker from longest)
        """

    def cut(self, tickers: int, days: int, length: int) -> str:
        """Return the query for the slice in pieces of so many days, each under a name of its own.

        All pieces stand on the days of the first: as many rows, of more tickers.
        """
        return f"""
            with long as ({self.slice(tickers, days)}),
            calendar as (
                select dt, row_number() over (order by dt) - 1 as n
                from (select distinct dt from long) as days
            )
            select long.* replace (
                long.ticker || '_' || here.n // {length} as ticker, there.dt as dt
            )
            from long
            inner join calendar as here on long.dt = here.dt
            inner join calendar as there on here.n % {length} = there.n
        """

    def renamed(self, times: int) -> str:
        """Return the query for the whole panel so many times, each under other names."""
        return (
            "select source.* replace (case when copy.n = 0 then ticker "
            "else ticker || '_' || copy.n end as ticker) "
            f"from ({self.source}) as source, range({times}) as copy(n)"
        )

    def longer(self, times: int) -> str:
        """Return the query for a history so many times as long: the same years again, before.

        Whole weeks lie between the copies, so that weekdays stay what they are.
        """
        with duckdb.connect() as connection:
            span = connection.execute(
                f"select max(dt) - min(dt) from ({self.source}) as source"
            ).fetchone()
        days = 7 * (int(span[0] if span else 0) // 7 + 1)
        return (
            f"select source.* replace (cast(dt - cast({days} * copy.n as integer) as date) as dt) "
            f"from ({self.source}) as source, range({times}) as copy(n)"
        )

    def tickers(self, wanted: int, first: str, last: str) -> str:
        """Return the query for so many tickers between two days, repeated under other names."""
        return f"""
            with source as (
                select * from ({self.source}) as source where dt between '{first}' and '{last}'
            ),
            names as (
                select names.ticker, copy.n,
                    row_number() over (order by copy.n, names.ticker) as place
                from (select distinct ticker from source) as names, range({wanted}) as copy(n)
            )
            select source.* replace (
                case when names.n = 0 then source.ticker else source.ticker || '_' || names.n end
                as ticker
            )
            from source inner join names using (ticker)
            where names.place <= {wanted}
        """


def _name(column: str, there: set[str]) -> str:
    if column in there:
        return column
    alias = ALIASES.get(column, "")
    return alias if alias in there else "null"
