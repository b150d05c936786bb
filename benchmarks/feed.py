"""Real deliveries one by one with a build after each, then cell by cell against a full refresh."""

from pathlib import Path

import duckdb

from benchmarks.context import Context
from benchmarks.ledger import Figures
from benchmarks.measure import FailedRunError
from benchmarks.prices import FEED, shared_file
from benchmarks.results import table, write_section
from tests.dbt.recorded_build import disagreements, read_panels

SELECTION = ("--select", "+labels.labels", "+features", "int_rejected_prices")
PANELS = (
    *("int_trading_days", "int_rejected_prices", "int_price_grid"),
    *("features_alpha158", "labels"),
)


def run(context: Context) -> None:
    """Build after each delivery, compare, and write the section; skipped without the feed."""
    path = shared_file(FEED)
    if path is None:
        print(f"  {FEED} is not there (MLX_SHARED_DIR): left out")
        return
    rows = [_replay(context, engine, path) for engine in context.engines]
    header = (
        "engine",
        "deliveries",
        "first, s",
        "median of a build, s",
        "last ten, s",
        "differing cells",
    )
    text = (
        "Every delivery of a real feed that restates prices, `dbt run` after each; then all panels "
        "against those of a full refresh, cell by cell.\n\n"
    )
    write_section("feed", text + table(header, rows))


def _replay(context: Context, engine: str, path: Path) -> tuple[object, ...]:
    """Return the engine's row of the table.

    Raises
    ------
    FailedRunError
        A cell differs from the full refresh.
    """
    ledger = context.ledger(f"feed-{engine}")
    loads = _deliveries(path)[: context.limit]
    ledger.close()
    with context.workplace(engine, "feed") as place:
        place.dbt("run-operation", "create_source_tables")
        seconds = []
        for number, load in enumerate(loads):
            place.append(_versions(path, load))

            def build() -> Figures:
                return {"seconds": place.dbt("run", *SELECTION).wall}

            seconds.append(ledger.measure(f"{number:03} {load}", build, repeats=1)["seconds"])
        incremental = read_panels(place.sandbox, PANELS)
        place.dbt("run", "--full-refresh", *SELECTION)
        differing = disagreements(incremental, read_panels(place.sandbox, PANELS))
    if differing:
        raise FailedRunError(f"{engine}: incremental differs from full: {'; '.join(differing)}")
    ledger.close()
    middle = sorted(seconds)[len(seconds) // 2]
    last = sorted(seconds[-10:])[len(seconds[-10:]) // 2]
    return engine, len(loads), seconds[0], middle, last, len(differing)


def _deliveries(path: Path) -> list[str]:
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select distinct cast(as_of_date as varchar) from '{path}' order by 1"
        ).fetchall()
    return [str(load) for (load,) in found]


def _versions(path: Path, load: str) -> str:
    """Return the query for a delivery's rows that differ from what was delivered before."""
    values = "open, high, low, close, volume, adj_close"
    return f"""
        with versions as (
            select ticker, date as dt, cast(as_of_date as date) as as_of, {values},
                lag(row({values})) over (partition by ticker, date order by as_of_date) as earlier
            from '{path}' where as_of_date <= '{load}'
        )
        select ticker, dt, as_of + interval '22 hours' as loaded_at, {values},
            null as vwap, null as dividend, null as split_ratio
        from versions
        where as_of = '{load}' and row({values}) is distinct from earlier
    """
