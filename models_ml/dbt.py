"""dbt as a subprocess, and what its manifest says about the features.

dbt never runs inside mlx's own process: it would keep the DuckDB file locked, and it is not made
for several invocations in one process.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models_ml.errors import MlxError

if TYPE_CHECKING:
    from models_ml.project import Project

_RUN = "from dbt.cli.main import cli; cli()"
_NOT_FEATURES = {"ticker", "dt", "changed_at"}


@dataclass(frozen=True)
class FeatureList:
    """The documented columns of the feature models, in their order.

    Attributes
    ----------
    names
        Feature names, as the model matrix has them.
    invocation_id
        The dbt invocation that wrote the manifest they come from.
    dated
        The feature models whose rows say which load they rest on (``changed_at``).
    """

    names: tuple[str, ...]
    invocation_id: str
    dated: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Hash of the ordered names."""
        return hashlib.sha256("\n".join(self.names).encode()).hexdigest()


def run_dbt(
    project: Project,
    arguments: Sequence[str],
    *,
    variables: Mapping[str, Any] | None = None,
    quiet: bool = False,
) -> None:
    """Run dbt on the project's target; its log goes to stderr.

    Parameters
    ----------
    project
        Where, on which target, and as of which day.
    arguments
        dbt's command line, e.g. ``["build", "--select", "labels"]``.
    variables
        dbt vars to override.
    quiet
        Only warnings and errors.

    Raises
    ------
    MlxError
        dbt ended with an error.
    """
    command = [sys.executable, "-c", _RUN, *(["--quiet"] if quiet else []), *arguments]
    command += ["--project-dir", str(project.root), "--target", project.target]
    command += ["--target-path", str(project.dbt_target_path)]
    if not os.environ.get("DBT_PROFILES_DIR"):
        command += ["--profiles-dir", str(project.root)]
    overridden = dict(variables or {})
    if project.as_of:
        overridden["as_of"] = project.as_of.isoformat()
    if overridden:
        command += ["--vars", json.dumps(overridden)]
    environment = os.environ | {"DBT_LOG_PATH": str(project.work_dir / "logs")}
    if project.engine == "duckdb":
        environment["MLX_DUCKDB_PATH"] = str(project.connection["path"])
    result = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
    if result.returncode != 0:
        raise MlxError(
            f"dbt {arguments[0]} failed (exit {result.returncode})",
            hint=f"see above, or {project.work_dir / 'logs' / 'dbt.log'}",
        )


def read_features(project: Project) -> FeatureList:
    """Read the feature columns from the manifest that the last dbt command left.

    Raises
    ------
    MlxError
        There is no manifest yet, or it knows no features.
    """
    manifest = read_manifest(project)
    models = {
        name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"
    }
    features = next((node for node in models.values() if node["name"] == "features"), None)
    if features is None:
        raise MlxError("dbt's manifest has no model `features`", hint="dbt build")
    sets = [models[parent] for parent in features["depends_on"]["nodes"]]
    names = [name for each in sets for name in each["columns"] if name not in _NOT_FEATURES]
    if not names:
        raise MlxError("the feature models document no columns", hint="dbt build")
    dated = tuple(each["name"] for each in sets if "changed_at" in each["columns"])
    return FeatureList(tuple(names), manifest["metadata"]["invocation_id"], dated)


def read_manifest(project: Project) -> dict[str, Any]:
    """Read ``manifest.json``.

    Raises
    ------
    MlxError
        It is not there, because no dbt command ran yet, or it is not whole.
    """
    path = project.dbt_target_path / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise MlxError(f"there is no {path} yet", hint="dbt build") from None
    except ValueError as error:
        raise MlxError(f"{path} is damaged: {error}", hint="dbt build") from error
    return manifest


def changed_names(recorded: Sequence[str], present: Sequence[str]) -> str:
    """Say in words how two different lists of features differ."""
    gone = [name for name in recorded if name not in present]
    new = [name for name in present if name not in recorded]
    if not gone and not new:
        return "the same in another order"
    parts = [("gone", gone), ("new", new)]
    return "; ".join(f"{word}: {', '.join(names)}" for word, names in parts if names)
