"""Qlib's headline task: 14 features of 800 tickers from 2007 to 2020, this project and Qlib.

Qlib publishes the task's size, not its expressions; these 14 are Alpha158's own, one of each kind.
"""

import json

import duckdb

from benchmarks.agreement import refuse_disagreement
from benchmarks.context import Context
from benchmarks.ledger import Figures
from benchmarks.results import table, write_section
from benchmarks.workplace import ROOT, Workplace

TICKERS = 800
SPAN = ("2003-01-01", "2016-12-31")
CORES = (1, 2)
SCRIPT = ROOT / "benchmarks" / "own_scripts" / "headline.py"
EXPRESSIONS = {
    "KMID": "($close-$open)/$open",
    "KLEN": "($high-$low)/$open",
    "ROC5": "Ref($close, 5)/$close",
    "MA5": "Mean($close, 5)/$close",
    "MA20": "Mean($close, 20)/$close",
    "STD20": "Std($close, 20)/$close",
    "BETA20": "Slope($close, 20)/$close",
    "MAX20": "Max($high, 20)/$close",
    "MIN20": "Min($low, 20)/$close",
    "CORR20": "Corr($close, Log($volume+1), 20)",
    "CNTP20": "Mean($close>Ref($close, 1), 20)",
    "SUMP20": "Sum(Greater($close-Ref($close, 1), 0), 20)"
    "/(Sum(Abs($close-Ref($close, 1)), 20)+1e-12)",
    "VMA20": "Mean($volume, 20)/($volume+1e-12)",
    "VSTD20": "Std($volume, 20)/($volume+1e-12)",
}


def run(context: Context) -> None:
    """Measure with one core and with two, and write the section."""
    ledger = context.ledger("headline")
    grid, expressions = context.folder / "headline.parquet", context.folder / "expressions.json"
    query = context.prices.tickers(TICKERS, *SPAN)
    rows = []
    with context.workplace("duckdb", "headline") as place:
        place.fill(query)
        place.dbt("run", "--select", "+int_price_grid")
        n_rows = export_grid(place, str(grid))
        expressions.write_text(json.dumps(EXPRESSIONS))
        _compare(context, place, str(grid), str(expressions))
        for cores in CORES:

            def ours(cores: int = cores) -> Figures:
                answer, done = place.script(SCRIPT, "--cores", str(cores), cores=cores)
                return {**answer, "peak GB": done.peak_mb / 1e3}

            def theirs(cores: int = cores) -> Figures:
                arguments = ("--kernels", str(cores), "--expressions", str(expressions))
                answer, done = context.peer("qlib").run(
                    "qlib_features.py", str(grid), *arguments, cores=cores
                )
                return {"seconds": answer["seconds"], "peak GB": done.peak_mb / 1e3}

            own = ledger.measure(f"DuckDB, {cores}", ours)
            qlib = ledger.measure(f"Qlib, {cores}", theirs)["seconds"]
            in_memory, in_table = own["seconds"], own["written"]
            rows.append((cores, in_memory, qlib, qlib / in_memory, in_table, qlib / in_table))
    text = (
        f"{TICKERS} tickers, {SPAN[0]} to {SPAN[1]} (14 years; where the panel has fewer tickers, "
        f"they come again under other names), {n_rows:,} rows: "
        f"{', '.join(f'`{name}`' for name in EXPRESSIONS)}. From prices stored by ticker into "
        "memory: ours as Arrow, one query for each core, Qlib's by `D.features`. Then the seconds "
        "until ours are in a table of the database's file, where a dbt model would have them.\n\n"
    )
    header = ("cores", "DuckDB s", "Qlib s", "Qlib / DuckDB", "in a table, s", "Qlib / that")
    write_section("headline", text + table(header, rows))
    ledger.close()


def export_grid(place: Workplace, grid: str) -> int:
    """Store the price grid by ticker, as Qlib does, and for the peers; its number of rows."""
    with duckdb.connect(place.sandbox.env["MLX_DUCKDB_PATH"]) as connection:
        connection.execute(
            "create or replace table mart.bars as "
            "select ticker, dt, open, high, low, close, volume, vwap from mart.int_price_grid "
            "order by ticker, dt"
        )
        connection.execute(f"copy mart.bars to '{grid}'")
        ((count,),) = connection.execute("select count(*) from mart.bars").fetchall()
    return int(count)


def _compare(context: Context, place: Workplace, grid: str, expressions: str) -> None:
    """Refuse to time what does not give the same values."""
    ours, theirs = (context.folder / f"headline-{who}.parquet" for who in ("ours", "qlib"))
    place.script(SCRIPT, "--cores", "2")
    with duckdb.connect(place.sandbox.env["MLX_DUCKDB_PATH"]) as connection:
        names = [
            ticker
            for (ticker,) in connection.execute(
                "select ticker from mart.headline group by ticker order by hash(ticker) limit 8"
            ).fetchall()
        ]
        connection.execute(
            f"copy (select * from mart.headline where ticker = any({names!r})) to '{ours}'"
        )
    options = ("--tickers", ",".join(names), "--expressions", expressions, "--out", str(theirs))
    context.peer("qlib").run("qlib_features.py", grid, *options)
    refuse_disagreement(ours, theirs, "qlib")
