"""RESULTS.md: one section a benchmark, with the machine that measured it."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
TITLE = (
    "# Measured by `python -m benchmarks`\n\nMedians of several runs, each a process of its own.\n"
)
PACKAGES = ("duckdb", "dbt-core", "lightgbm", "numpy", "pandas", "pyarrow")


def write_section(name: str, text: str, *, path: Path = RESULTS) -> None:
    """Put a benchmark's text into the file in place of its former one; others stay."""
    old = path.read_text() if path.exists() else TITLE
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{begin}\n## {name}\n\n{text.strip()}\n\n{machine()}\n{end}"
    former = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.S)
    if former.search(old):
        new = former.sub(lambda _: section, old)
    else:
        new = f"{old.rstrip()}\n\n{section}\n"
    path.write_text(new)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; numbers in three significant digits."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def machine() -> str:
    """Say what the figures were measured on, and when."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {packages}."
    )


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    return found[1].strip() if found else platform.machine()


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
