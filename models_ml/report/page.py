"""A report as one HTML file that needs nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from models_ml.errors import MlxError
from models_ml.project import Project, load_project
from models_ml.report.sections import Costs, section_of
from models_ml.report.stored import StoredRun, find_run


@dataclass(frozen=True)
class ReportFile:
    """A report that was written."""

    run_id: str
    horizons: tuple[int, ...]
    path: Path
    n_bytes: int

    def to_json(self) -> dict[str, Any]:
        """One document."""
        return {
            "run_id": self.run_id,
            "horizons": list(self.horizons),
            "path": str(self.path),
            "n_bytes": self.n_bytes,
        }


def write_report(
    run_id: str | None = None,
    *,
    out: Path | None = None,
    horizon: int | None = None,
    cost_bps: float = 5.0,
    borrow_bps: float = 50.0,
    project: Project | None = None,
) -> ReportFile:
    """Write what is stored of a training run as one HTML file.

    Parameters
    ----------
    run_id
        The run; that of the champion by default.
    out
        File to write, replaced if it is there; ``report-RUN_ID.html`` here by default.
    horizon
        The one horizon to show; all of the run by default.
    cost_bps
        Cost per side of the long-short book, in basis points of the value traded.
    borrow_bps
        Cost of borrowing, in basis points of the value short, per year.

    Raises
    ------
    MlxError
        There is no such run, champion or horizon, or the file cannot be written.
    """
    project = project or load_project()
    run = find_run(project, run_id, horizon)
    path = out or Path(f"report-{run.run_id}.html")
    costs = Costs(cost_bps, borrow_bps)
    page = _render(run, costs).encode()
    try:
        path.write_bytes(page)
    except OSError as error:
        raise MlxError(
            f"cannot write {path}: {error.strerror}", hint="name a file in a folder of yours: --out"
        ) from error
    horizons = tuple(int(model["horizon"]) for model in run.models)
    return ReportFile(run.run_id, horizons, path, len(page))


def _render(run: StoredRun, costs: Costs) -> str:
    environment = Environment(
        loader=PackageLoader("models_ml.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "percent": _percent}
    return environment.get_template("template.html").render(
        run=run.run,
        config=json.dumps(run.config, indent=1, sort_keys=True),
        packages=json.loads(run.run["packages"]),
        sections=[section_of(run, model, costs) for model in run.models],
        costs=costs,
    )


def _number(value: float | None, digits: int = 4) -> str:
    return f"{value:.{digits}f}" if value is not None and isfinite(value) else "n/a"


def _percent(value: float | None, digits: int = 1) -> str:
    return f"{value:.{digits}%}" if value is not None and isfinite(value) else "n/a"
