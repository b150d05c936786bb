"""Real prices, real deliveries, real index membership."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow.compute as pc
import pytest
from pyarrow import parquet

from models_ml.ingest import (
    RefusedError,
    ingest,
    ingest_securities,
    ingest_universe,
)
from tests.e2e.ingest.helpers import counts
from tests.sandbox import Sandbox


def test_real_prices_arrive_unchanged(tables: Sandbox, shared_dir: Path) -> None:
    file = shared_dir / "data" / "sample_us_100x8y.parquet"
    report = ingest(file)
    assert counts(report) == (201_400, 201_400, 0, 0, 0)
    assert (report.tickers, report.dt_from, report.dt_to) == (
        100,
        date(2009, 1, 2),
        date(2016, 12, 30),
    )
    totals = "count(*), sum(volume), min(close), max(adj_close), max(dividend), min(split{})"
    with duckdb.connect() as connection:
        expected = connection.sql(f"select {totals.format('')} from '{file}'").fetchall()
    assert tables.rows(f"select {totals.format('_ratio')} from raw.prices") == expected
    assert counts(ingest(file)) == (201_400, 0, 0, 201_400, 0)


def test_real_deliveries_are_replayed(tables: Sandbox, shared_dir: Path) -> None:
    """The feed's own errors are refused; new and changed rows equal what window functions find."""
    feed = parquet.read_table(shared_dir / "data" / "us_pit_feed_sp500_2015_2016.parquet")
    file = tables.folder / "feed.parquet"
    parquet.write_table(feed.filter(pc.less(feed["as_of_date"], date(2015, 6, 1))), file)
    with pytest.raises(RefusedError, match=r"9 of .* row 9085 contradicting_duplicate"):
        ingest(file, as_of_column="as_of_date")
    report = ingest(file, as_of_column="as_of_date", skip_bad=True)
    prices = "(open, high, low, close, volume, adj_close)"
    with duckdb.connect() as connection:
        expected = connection.sql(
            f"""
            with sound as (
                select ticker, date, as_of_date, any_value({prices}) as prices from '{file}'
                group by ticker, date, as_of_date having count(distinct {prices}) = 1
            ),
            compared as (
                select *, lag(prices) over per_day as before, row_number() over per_day as number
                from sound window per_day as (partition by ticker, date order by as_of_date)
            )
            select
                count(*) filter (where number = 1),
                count(*) filter (where number > 1 and prices <> before),
                count(distinct as_of_date)
            from compared
            """
        ).fetchall()
    assert [(report.new, report.changed, report.deliveries)] == expected
    assert report.absent == ("vwap", "dividend", "split_ratio")
    assert tables.rows("select count(*) from raw.prices") == [(report.new + report.changed,)]


def test_real_universe_and_securities(tables: Sandbox, shared_dir: Path) -> None:
    folder = shared_dir / "data" / "ref"
    universe = ingest_universe(folder / "fja05680_sp500_ticker_start_end.csv")
    assert (universe.read, universe.new) == (1230, 1230)
    securities = ingest_securities(folder / "pooksoft_constituents.csv")
    assert (securities.read, securities.new, securities.tickers) == (505, 505, 505)
    assert tables.rows(
        "select sum(case when end_dt is null then 1 else 0 end), "
        "count(distinct ticker) from raw.universe"
    ) == [(503, 1181)]
