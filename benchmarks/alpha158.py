"""The 158 features over the same prices: this project on both engines, Qlib, polars, pandas."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.agreement import refuse_disagreement
from benchmarks.context import Context
from benchmarks.ledger import Figures, Ledger
from benchmarks.measure import Run
from benchmarks.results import table, write_section
from benchmarks.workplace import ROOT, Workplace

MODELS = ("int_price_grid", "features_alpha158")
WHOLE = ((250, 2520), (491, 1320))
# Tickers, days, and the length of the pieces that they are cut into.
PIECES = ((290, 2172, 724), (250, 2520, 504))
CORES = 2
SAMPLE_TICKERS = 8
PLAIN = ROOT / "benchmarks" / "own_scripts" / "plain_windows.py"
PEERS = {
    "qlib": ("qlib_features.py", "--kernels", str(CORES)),
    "polars": ("polars_alpha158.py",),
    "pandas": ("pandas_alpha158.py",),
}


def run(context: Context) -> None:
    """Measure 630,000 rows of few, of all and of very many tickers; write the section."""
    ledger = context.ledger("alpha158")
    panels = {
        **{_named(*shape): context.prices.slice(*shape) for shape in WHOLE},
        **{
            _named(tickers * days // length, length): context.prices.cut(tickers, days, length)
            for tickers, days, length in PIECES
        },
    }
    text = [
        "Time of the models `int_price_grid` and `features_alpha158` (written to the database, in "
        "a full refresh of both and of what they are made from) beside Qlib's `D.features` of the "
        "same expressions and our own polars and pandas code (all in memory), "
        f"{CORES} cores. Every peer's values are compared with ours before it is timed. The plain "
        "query has a window for each of the 145 rolling features and writes a table, too; it keeps "
        "no promise about precision or gaps. The runs of a panel take turns, so that a slow minute "
        f"of the machine is everybody's. More than {WHOLE[-1][0]} tickers are pieces of longer "
        "histories.",
    ]
    for panel, query in list(panels.items())[: context.limit]:
        text.append(_measure_panel(context, ledger, panel, query))
    write_section("alpha158", "\n\n".join(text))
    ledger.close()


def _named(tickers: int, days: int) -> str:
    return f"{tickers:,} x {days:,}"


def _measure_panel(context: Context, ledger: Ledger, panel: str, query: str) -> str:
    """Measure one set of prices; a Markdown table."""
    folder = f"alpha158-{panel.replace(' ', '').replace(',', '')}"
    with ExitStack() as stack:
        places = {
            engine: stack.enter_context(context.workplace(engine, folder))
            for engine in dict.fromkeys(("duckdb", *context.engines))
        }
        for place in places.values():
            n_rows = place.fill(query)
            place.dbt("run", "--select", f"+{MODELS[-1]}")
        sample = _export(places["duckdb"], grid := context.folder / f"{folder}.parquet")
        programs: dict[str, Callable[[], Figures]] = {
            **{engine: partial(_ours, place) for engine, place in places.items()},
            "plain query": partial(_plain, places["duckdb"]),
            **{peer: _checked(context, peer, grid, sample) for peer in PEERS},
        }
        found: dict[str, Figures] = {}
        for turn in range(1, ledger.repeats + 1):
            for name, program in programs.items():
                found[name] = ledger.measure(f"{panel} {name}", program, repeats=turn)
    rows = [
        (name, got["seconds"], got["seconds"] / found["duckdb"]["seconds"], got["peak GB"])
        for name, got in found.items()
    ]
    return table((f"{panel}: {n_rows:,} rows", "seconds", "times DuckDB's", "peak GB"), rows)


def _ours(place: Workplace) -> Figures:
    done = place.dbt("run", "--full-refresh", "--select", f"+{MODELS[-1]}", cores=CORES)
    seconds = place.node_seconds(lambda node: node.rpartition(".")[2] in MODELS)
    return _figures(seconds, done)


def _figures(seconds: float, done: Run) -> Figures:
    return {"seconds": seconds, "peak GB": done.peak_mb / 1e3}


def _plain(place: Workplace) -> Figures:
    answer, done = place.script(PLAIN, cores=CORES)
    return _figures(answer["seconds"], done)


def _checked(context: Context, peer: str, grid: Path, sample: Path) -> Callable[[], Figures]:
    """Compare a peer's values of some tickers with ours; what runs it on all."""
    script, *options = PEERS[peer]
    runner = context.peer(peer)
    out = context.folder / f"{peer}.parquet"
    tickers = ",".join(json.loads(sample.with_suffix(".json").read_text()))
    runner.run(script, str(grid), "--tickers", tickers, "--out", str(out))
    refuse_disagreement(sample, out, peer)

    def measured() -> Figures:
        answer, done = runner.run(script, str(grid), *options, cores=CORES)
        return _figures(answer["seconds"], done)

    return measured


def _export(place: Workplace, grid: Path) -> Path:
    """Write the grid for the peers, and our features of some tickers to compare with."""
    sample = grid.with_name("sample.parquet")
    with duckdb.connect(place.sandbox.env["MLX_DUCKDB_PATH"]) as connection:
        connection.execute(
            "copy (select ticker, dt, open, high, low, close, volume, vwap "
            f"from mart.int_price_grid order by ticker, dt) to '{grid}'"
        )
        tickers = connection.execute(
            "select ticker from mart.int_price_grid group by ticker order by hash(ticker) limit ?",
            [SAMPLE_TICKERS],
        ).fetchall()
        names = [ticker for (ticker,) in tickers]
        connection.execute(
            "copy (select * exclude (changed_at) from mart.features_alpha158 "
            f"where ticker = any({names!r})) to '{sample}'"
        )
    sample.with_suffix(".json").write_text(json.dumps(names))
    return sample
