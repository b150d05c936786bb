"""The 158 features over the same prices: this project on both engines, Qlib, polars, pandas."""

import json
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.agreement import refuse_disagreement
from benchmarks.context import Context
from benchmarks.ledger import Figures, Ledger
from benchmarks.peers import Peer
from benchmarks.results import table, write_section
from benchmarks.workplace import Workplace

MODELS = ("int_price_grid", "features_alpha158")
SLICE = (250, 2520)
ALL = (491, 1320)
PIECE = 504
CORES = 2
SAMPLE_TICKERS = 8
PEERS = {
    "qlib": ("qlib_features.py", "--kernels", str(CORES)),
    "polars": ("polars_alpha158.py",),
    "pandas": ("pandas_alpha158.py",),
}


def run(context: Context) -> None:
    """Measure 630,000 rows of few, of all and of very many tickers; write the section."""
    ledger = context.ledger("alpha158")
    tickers, days = SLICE
    panels = {
        "slice": context.prices.slice(*SLICE),
        "all": context.prices.slice(*ALL),
        "pieces": context.prices.cut(*SLICE, PIECE),
    }
    text = [
        "Time of the models `int_price_grid` and `features_alpha158` (a full refresh, written to "
        "the database) beside Qlib's `D.features` of the same expressions and our own polars and "
        f"pandas code (all in memory), {CORES} cores. Every peer's values are compared with ours "
        f"before it is timed. The slice: {tickers} tickers and {days:,} days; all: {ALL[0]} "
        f"tickers and {ALL[1]:,} days; the pieces: the slice's rows, cut into "
        f"{tickers * days // PIECE:,} tickers of {PIECE} days.",
    ]
    for panel, query in list(panels.items())[: context.limit]:
        text.append(_measure_panel(context, ledger, panel, query))
    write_section("alpha158", "\n\n".join(text))
    ledger.close()


def _measure_panel(context: Context, ledger: Ledger, panel: str, query: str) -> str:
    """Measure one set of prices; a Markdown table."""
    grid = context.folder / f"grid-{panel}.parquet"
    seconds: dict[str, Figures] = {}
    for engine in ("duckdb", *(e for e in context.engines if e != "duckdb")):
        with context.workplace(engine, f"alpha158-{panel}") as place:
            n_rows = place.fill(query)
            place.dbt("run", "--select", f"+{MODELS[0]}", "--exclude", MODELS[0])
            seconds[engine] = ledger.measure(f"{panel} {engine}", partial(_ours, place))
            if engine == "duckdb":
                _ours(place)
                sample = _export(place, grid)
    for peer, (script, *options) in PEERS.items():
        runner = context.peer(peer)
        out = context.folder / f"{peer}.parquet"
        tickers = ",".join(json.loads(sample.with_suffix(".json").read_text()))
        runner.run(script, str(grid), "--tickers", tickers, "--out", str(out))
        refuse_disagreement(sample, out, peer)

        def theirs(
            runner: Peer = runner, script: str = script, options: list[str] = options
        ) -> Figures:
            answer, done = runner.run(script, str(grid), *options, cores=CORES)
            return {"seconds": answer["seconds"], "peak GB": done.peak_mb / 1e3}

        seconds[peer] = ledger.measure(f"{panel} {peer}", theirs)
    rows = [
        (name, got["seconds"], got["seconds"] / seconds["duckdb"]["seconds"], got["peak GB"])
        for name, got in seconds.items()
    ]
    header = (f"{panel}: {n_rows:,} rows", "seconds", "times DuckDB's", "peak GB")
    return table(header, rows)


def _ours(place: Workplace) -> Figures:
    done = place.dbt("run", "--full-refresh", "--select", *MODELS, cores=CORES)
    seconds = place.node_seconds(lambda node: node.rpartition(".")[2] in MODELS)
    return {"seconds": seconds, "peak GB": done.peak_mb / 1e3}


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
