"""The training matrix from either engine: seconds, and peak memory beside the matrix itself."""

from functools import partial

from benchmarks.context import Context
from benchmarks.ledger import Figures
from benchmarks.results import table, write_section
from benchmarks.workplace import ROOT, Workplace

SCRIPT = ROOT / "benchmarks" / "own_scripts" / "read_matrix.py"


def run(context: Context) -> None:
    """Measure each engine, and write the section."""
    ledger = context.ledger("reading")
    rows = []
    for engine in context.engines:
        bare = f"{engine} bare"
        if not (ledger.has(engine) and ledger.has(bare)):
            with context.workplace(engine, "reading") as place:
                place.fill(context.prices.source)
                place.dbt("run", "--select", "+training_set")
                ledger.measure(engine, partial(_read, place))
                ledger.measure(bare, partial(_stream, place))
        got = ledger.measure(engine, dict)
        rows.append(
            (
                engine,
                int(got["rows"]),
                got["seconds"],
                ledger.measure(bare, dict)["seconds"],
                got["matrix GB"],
                got["peak GB"],
                got["peak GB"] / got["matrix GB"],
            )
        )
    text = (
        "All labelled rows of `training_set` into one float32 matrix in key order, with keys and "
        "labels; bare: the features alone as float32 blocks, in any order and not kept. Peak is "
        "the whole process, interpreter and libraries included.\n\n"
    )
    header = ("engine", "rows", "seconds", "bare, s", "matrix GB", "peak GB", "peak / matrix")
    write_section("reading", text + table(header, rows))
    ledger.close()


def _read(place: Workplace) -> Figures:
    answer, done = place.script(SCRIPT)
    return {
        "seconds": answer["seconds"],
        "rows": float(answer["rows"]),
        "matrix GB": answer["bytes"] / 1e9,
        "peak GB": done.peak_mb / 1e3,
    }


def _stream(place: Workplace) -> Figures:
    answer, _ = place.script(SCRIPT, "--bare")
    return {"seconds": answer["seconds"]}
