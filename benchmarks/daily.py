"""What one new day costs beside a full build, and with a history four times as long."""

import os
from functools import partial

from benchmarks.context import Context
from benchmarks.forecasts import store_history, store_newest_day
from benchmarks.ledger import Figures, Ledger
from benchmarks.results import table, write_section
from benchmarks.workplace import Workplace

LENGTHS = (1, 4)
MODELS = (
    *("stg_market__prices", "int_trading_days", "int_price_changes", "int_rejected_prices"),
    *("int_price_grid", "features_alpha158", "labels", "tested_builds"),
)
COMMENTS = "on-run-end"
# Days until the history's forecasts are not taken again: those of the last day always are.
SETTLING = (1, 2)
FIGURES = ("engine", "models", "tests", "command")
DAILY = ("ingest", *FIGURES)


def run(context: Context) -> None:
    """Measure both engines and both lengths of history, and write the section."""
    ledger = context.ledger("daily")
    rows = []
    for engine in context.engines:
        costs = {times: _measure(context, ledger, engine, times) for times in LENGTHS}
        for times, (full, day) in costs.items():
            share = day["engine"] / full["engine"]
            grown = day["engine"] / costs[LENGTHS[0]][1]["engine"]
            seconds = [*(full[figure] for figure in FIGURES), *(day[figure] for figure in DAILY)]
            rows.append((f"{engine}, {times}x", *seconds, f"{share:.2%}", grown))
    text = (
        "Seconds of the incremental models and of what looks after their comments, as the engine "
        "took for their statements and as dbt counts them with its own work; of the data tests; "
        "and of the whole command `dbt build`: with `--full-refresh`, and for one new day of all "
        "tickers, which `mlx ingest` had taken in as a file, in turns. The ratios are of engine "
        "seconds. The longer history is the same years again, before the first. Each day has a "
        "forecast of a fold and a live one for each ticker, and two explanations; a day's build "
        "evaluates and tests those of the day before.\n\n"
    )
    header = (
        *("history", "full: engine", "models", "tests", "command"),
        *("one day: ingest", "engine", "models", "tests", "command"),
        *("day / full", "day / day of 1x"),
    )
    write_section("daily", text + table(header, rows))
    ledger.close()


def _measure(context: Context, ledger: Ledger, engine: str, times: int) -> tuple[Figures, Figures]:
    """Return the medians of a full build and of a day's, measured in turns.

    Of a longer history the first build, from nothing, is measured once: its day is compared with
    the shorter one's.
    """
    full, day = (f"{engine} {times}x {what}" for what in ("full build", "one day"))
    builds = ledger.repeats if times == LENGTHS[0] else 1
    if not (ledger.has(full, repeats=builds) and ledger.has(day)):
        with context.workplace(engine, f"daily-{times}x") as place:
            place.fill(context.prices.longer(times))
            first = _build(place)
            store_history(place.sandbox)
            for number in SETTLING:
                _deliver_and_build(place, number)
            refresh = partial(_build, place, "--full-refresh")
            build = refresh if times == LENGTHS[0] else partial(dict, first)
            for turn in range(1, ledger.repeats + 1):
                ledger.measure(full, build, repeats=min(turn, builds))
                place.sandbox.execute("analyze")  # as PostgreSQL does by itself within minutes
                later = SETTLING[-1] + turn
                ledger.measure(day, partial(_deliver_and_build, place, later), repeats=turn)
    return ledger.measure(full, dict, repeats=builds), ledger.measure(day, dict)


def _deliver_and_build(place: Workplace, number: int) -> Figures:
    ingest = place.deliver_day().wall
    found = {"ingest": ingest, **_build(place)}
    store_newest_day(place.sandbox, number)
    return found


def _build(place: Workplace, *options: str) -> Figures:
    (place.sandbox.folder / "logs" / "dbt.log").unlink(missing_ok=True)
    os.sync()  # what the build before wrote is not written to disk beside this one
    command = ("--log-format-file", "json", "build", "--exclude-resource-type", "unit_test")
    done = place.dbt(*command, *options)
    return {
        "engine": place.engine_seconds(_is_incremental),
        "models": place.node_seconds(_is_incremental),
        "tests": place.node_seconds(lambda node: node.startswith("test.")),
        "command": done.wall,
    }


def _is_incremental(node: str) -> bool:
    return node.rpartition(".")[2] in MODELS or COMMENTS in node
