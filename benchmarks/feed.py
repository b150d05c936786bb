"""Real deliveries one by one with a build after each, then cell by cell against a full refresh."""

import time
from pathlib import Path

import duckdb

from benchmarks.context import Context
from benchmarks.ledger import Figures, Ledger
from benchmarks.measure import FailedRunError
from benchmarks.prices import FEED, shared_file
from benchmarks.results import table, write_section
from benchmarks.workplace import Workplace
from tests.dbt.forecasts import store_live, store_run
from tests.dbt.recorded_build import (
    SELECTION,
    RecordedBuild,
    disagreements,
    read_panels,
    record_builds,
)

# Deliveries between two runs of walk-forward forecasts over all days so far.
RUN_EVERY = 100


def run(context: Context) -> None:
    """Build after each delivery, compare, and write the section; skipped without the feed."""
    path = shared_file(FEED)
    if path is None:
        print(f"  {FEED} is not there (MLX_SHARED_DIR): left out")
        return
    rows = [_replay(context, engine, path) for engine in context.engines]
    header = ("engine", "deliveries", "first ten, s", "median, s", "last ten, s", "differing cells")
    text = (
        "Every delivery of a real feed that restates prices, and new forecasts; after each the "
        "statements of an incremental `dbt run` (recorded once, repeated without dbt). At the end "
        "all panels and their evaluation against those of a full refresh, cell by cell.\n\n"
    )
    write_section("feed", text + table(header, rows))


def _replay(context: Context, engine: str, path: Path) -> tuple[object, ...]:
    """Return the engine's row of the table.

    Raises
    ------
    FailedRunError
        A cell differs from the full refresh.
    """
    loads = _deliveries(path)[: context.limit]
    ledger = context.ledger(f"feed-{engine}")
    ledger.close()
    with context.workplace(engine, "feed") as place:
        recorded = _first_build(place, _versions(path, loads[0]))
        seconds = [
            _deliver(ledger, place, recorded, number, _versions(path, load))
            for number, load in enumerate(loads[1:], start=1)
        ]
        recorded.build()
        incremental = read_panels(place.sandbox)
        recorded.build(full_refresh=True)
        differing = disagreements(incremental, read_panels(place.sandbox))
    if differing:
        raise FailedRunError(f"{engine}: incremental differs from full: {'; '.join(differing)}")
    ledger.close()
    return engine, len(loads), *map(_median, (seconds[:10], seconds, seconds[-10:])), len(differing)


def _first_build(place: Workplace, rows: str) -> RecordedBuild:
    place.dbt("run-operation", "create_source_tables")
    place.append(rows)
    place.dbt("run", *SELECTION)
    return record_builds(place.sandbox, {})


def _deliver(
    ledger: Ledger, place: Workplace, recorded: RecordedBuild, number: int, rows: str
) -> float:
    """Return the seconds of the build after a delivery."""
    place.append(rows)

    def build() -> Figures:
        begin = time.perf_counter()
        recorded.build()
        return {"seconds": time.perf_counter() - begin}

    seconds = ledger.measure(f"delivery {number:03}", build, repeats=1)["seconds"]
    store_live(place.sandbox, number)
    if number % RUN_EVERY == 0:
        store_run(place.sandbox, number)
    return seconds


def _median(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]


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
