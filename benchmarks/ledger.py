"""Measured runs on disk, so that an interrupted benchmark goes on where it stopped."""

import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Figures = dict[str, float]


@dataclass(frozen=True)
class Ledger:
    """The runs of one benchmark so far, by what was measured."""

    path: Path
    repeats: int

    def runs(self) -> dict[str, list[Figures]]:
        """Return all runs by name."""
        found: dict[str, list[Figures]] = (
            json.loads(self.path.read_text()) if self.path.exists() else {}
        )
        return found

    def measure(self, name: str, action: Callable[[], Figures], *, repeats: int = 0) -> Figures:
        """Repeat an action until enough runs are on record; the median of each figure.

        Parameters
        ----------
        name
            What is measured; runs of the same name that are on record count.
        action
            Does the work once and returns its figures.
        repeats
            How many runs, where it differs from the ledger's own number.
        """
        wanted = repeats or self.repeats
        while len(done := self.runs().get(name, [])) < wanted:
            print(f"  {name}: run {len(done) + 1} of {wanted}", flush=True)
            figures = action()
            print(f"    {shown(figures)}", flush=True)
            self._append(name, figures)
        return {
            figure: statistics.median(run[figure] for run in done[:wanted]) for figure in done[0]
        }

    def has(self, name: str, *, repeats: int = 0) -> bool:
        """Return whether all runs of that name are on record, so that no preparation is needed."""
        return len(self.runs().get(name, [])) >= (repeats or self.repeats)

    def close(self) -> None:
        """Forget the runs: the benchmark is complete."""
        self.path.unlink(missing_ok=True)

    def _append(self, name: str, figures: Figures) -> None:
        runs = self.runs()
        runs.setdefault(name, []).append(figures)
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(json.dumps(runs))
        unfinished.replace(self.path)


def shown(figures: Figures) -> str:
    """Return figures as one line of text."""
    return ", ".join(f"{name} {value:,.4g}" for name, value in figures.items())
