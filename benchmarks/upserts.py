"""A million predictions into PostgreSQL: our upsert beside COPY and one INSERT … ON CONFLICT."""

from functools import partial

from benchmarks.context import Context
from benchmarks.ledger import Figures
from benchmarks.results import table, write_section
from benchmarks.workplace import ROOT, Workplace

SCRIPT = ROOT / "benchmarks" / "own_scripts" / "upserts.py"
WAYS = {"mlx": "upsert", "COPY and INSERT": "copy"}
ROWS = 1_000_000


def run(context: Context) -> None:
    """Measure both ways, and write the section."""
    ledger = context.ledger("upserts")
    n_rows = context.limit or ROWS
    with context.workplace("postgres", "upserts") as place:
        place.dbt("run-operation", "create_source_tables")
        found = {
            name: ledger.measure(name, partial(_write, place, way, n_rows))
            for name, way in WAYS.items()
        }
    bare = found["COPY and INSERT"]["first"]
    rows = [
        (name, got["first"], got["first"] / bare, got["second"], int(got["again"]))
        for name, got in found.items()
    ]
    text = f"{n_rows:,} rows into an empty `ml.preds`, and the same rows once more.\n\n"
    header = ("way", "first, s", "times COPY's", "again, s", "rows written again")
    write_section("upserts", text + table(header, rows))
    ledger.close()


def _write(place: Workplace, way: str, n_rows: int) -> Figures:
    answer, _ = place.script(SCRIPT, way, f"--rows={n_rows}")
    return {name: float(value) for name, value in answer.items()}
