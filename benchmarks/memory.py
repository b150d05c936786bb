"""The panel under more and more names: seconds and peak memory of a full build on DuckDB."""

import numpy as np

from benchmarks.context import Context
from benchmarks.ledger import Figures, Ledger
from benchmarks.results import table, write_section
from benchmarks.workplace import ROOT, Workplace

TIMES = (1, 2, 5, 10)
MEMORY_LIMIT = "8GB"
SETTING = "TimeZone: UTC"


def run(context: Context) -> None:
    """Measure each multiple of the panel, and write the section with the exponent."""
    ledger = context.ledger("memory")
    sizes = [times for times in TIMES if times <= (context.limit or TIMES[-1])]
    found = [_measure(context, ledger, times) for times in sizes]
    seconds = [figures["seconds"] for figures in found]
    n_rows = [figures["rows"] for figures in found]
    exponent = np.polyfit(np.log(n_rows), np.log(seconds), 1)[0] if len(found) > 1 else np.nan
    text = (
        f"Full refresh of all models up to `training_set` with DuckDB's memory_limit at "
        f"{MEMORY_LIMIT}; the panel again and again under other names. Seconds grow with the rows "
        f"to the power of {exponent:.2f}.\n\n"
    )
    rows = [(int(got["rows"]), got["seconds"], got["command"], got["peak GB"]) for got in found]
    header = ("rows", "models, s", "command, s", "peak GB")
    write_section("memory", text + table(header, rows))
    ledger.close()


def _measure(context: Context, ledger: Ledger, times: int) -> Figures:
    if not ledger.has(f"{times}x"):
        with context.workplace("duckdb", f"memory-{times}x") as place:
            n_rows = place.fill(context.prices.renamed(times))
            _limit_memory(place)

            def build() -> Figures:
                done = place.dbt("run", "--full-refresh", "--select", "+training_set")
                return {
                    "seconds": place.node_seconds(lambda node: node.startswith("model.")),
                    "command": done.wall,
                    "peak GB": done.peak_mb / 1e3,
                    "rows": float(n_rows),
                }

            ledger.measure(f"{times}x", build)
    return ledger.measure(f"{times}x", dict)


def _limit_memory(place: Workplace) -> None:
    """Give dbt the project's profile with the limit in it."""
    profile = (ROOT / "profiles.yml").read_text()
    limited = f"{SETTING}\n        memory_limit: {MEMORY_LIMIT}"
    (place.sandbox.folder / "profiles.yml").write_text(profile.replace(SETTING, limited))
    place.sandbox.env["DBT_PROFILES_DIR"] = str(place.sandbox.folder)
