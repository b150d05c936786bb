"""The panel under more and more names: seconds and peak memory of a full build."""

import numpy as np

from benchmarks.context import Context
from benchmarks.ledger import Figures, Ledger
from benchmarks.results import table, write_section
from benchmarks.workplace import ROOT, Workplace

TIMES = {"duckdb": (1, 2, 5, 10), "postgres": (1, 2)}
# The process needs room beside what DuckDB counts: 8 GB in all.
MEMORY_LIMIT, SPILL_LIMIT = "6GB", "30GB"
SETTING = "TimeZone: UTC"


def run(context: Context) -> None:
    """Measure each multiple of the panel once, and write the section with the exponents."""
    ledger = context.ledger("memory")
    rows, exponents = [], []
    for engine in context.engines:
        sizes = [times for times in TIMES[engine] if times <= (context.limit or TIMES[engine][-1])]
        found = [_measure(context, ledger, engine, times) for times in sizes]
        rows += [
            (engine, int(got["rows"]), got["seconds"], got["command"], got["peak GB"])
            for got in found
        ]
        if len(found) > 1:
            exponents.append(f"{_exponent(found):.2f} on {engine}")
    text = (
        f"Full refresh of all models up to `training_set`, with DuckDB's memory_limit at "
        f"{MEMORY_LIMIT}; the panel again and again under other names, each size once. Peak is "
        "that of dbt's process, in which DuckDB works and PostgreSQL does not. Seconds grow with "
        f"the rows to the power of {', '.join(exponents) or 'what one size does not tell'}.\n\n"
    )
    header = ("engine", "rows", "models, s", "command, s", "peak GB")
    write_section("memory", text + table(header, rows))
    ledger.close()


def _exponent(found: list[Figures]) -> float:
    """Slope of the logarithm of the seconds over that of the rows."""
    n_rows, seconds = ([got[name] for got in found] for name in ("rows", "seconds"))
    return float(np.polyfit(np.log(n_rows), np.log(seconds), 1)[0])


def _measure(context: Context, ledger: Ledger, engine: str, times: int) -> Figures:
    title = f"{engine} {times}x"
    if not ledger.has(title, repeats=1):
        with context.workplace(engine, f"memory-{times}x") as place:
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

            ledger.measure(title, build, repeats=1)
    return ledger.measure(title, dict, repeats=1)


def _limit_memory(place: Workplace) -> None:
    """Give dbt the project's profile with limits of DuckDB's memory and of what it spills."""
    limits = {"memory_limit": MEMORY_LIMIT, "max_temp_directory_size": SPILL_LIMIT}
    lines = [SETTING, *(f"{name}: {limit}" for name, limit in limits.items())]
    profile = (ROOT / "profiles.yml").read_text().replace(SETTING, f"\n{' ' * 8}".join(lines))
    (place.sandbox.folder / "profiles.yml").write_text(profile)
    place.sandbox.env["DBT_PROFILES_DIR"] = str(place.sandbox.folder)
