"""What a run records of itself: identity, code, packages, configuration."""

from __future__ import annotations

import json
import math
import platform
import secrets
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from models_ml.dbt import FeatureList
    from models_ml.project import Project

_RECORDED = (
    *("mlx-returns", "dbt-core", "duckdb", "lightgbm", "numpy", "pandas", "pyarrow"),
    *("scikit-learn", "scipy", "sqlalchemy", "threadpoolctl"),
)
_RECORDED_IF_INSTALLED = ("catboost", "xgboost", "xgboost-cpu")
_CODE = ("models_ml", "dbt_project")


def utc_now() -> datetime:
    """Return the time in UTC without a zone, as the tables store it."""
    return datetime.now(UTC).replace(tzinfo=None)


def new_run_id(kind: str, started_at: datetime) -> str:
    """Return a sortable identifier, e.g. ``train-20240131-184502-9f3c1a``."""
    return f"{kind}-{started_at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def git_sha(root: Path) -> str | None:
    """Return the commit of the project, marked where the work tree differs; None without git.

    A project that a package brought along is not under the git of the folders around it. New
    files count where code lies, elsewhere they are the user's own affair.
    """
    try:
        _git(root, "ls-files", "--error-unmatch", "dbt_project.yml")
        commit = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no")
        new = _git(root, "ls-files", "--others", "--exclude-standard", "--", *_CODE)
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit + ("-dirty" if changed or new else "")


def package_versions() -> dict[str, str]:
    """Return versions of Python and of the packages that results depend on."""
    versions = {"python": platform.python_version()}
    for name in _RECORDED:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    for name in _RECORDED_IF_INSTALLED:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def provenance(project: Project, features: FeatureList) -> dict[str, Any]:
    """Columns of ``ml.runs`` that say by what code, with which packages, from what features."""
    return {
        "target": project.target,
        "git_sha": git_sha(project.root),
        "packages": package_versions(),
        "feature_hash": features.sha256,
        "dbt_invocation_id": features.invocation_id,
    }


def run_row(columns: Mapping[str, Any]) -> pa.Table:
    """One row of ``ml.runs``; mappings become JSON."""
    import pyarrow as pa

    types = {
        "started_at": pa.timestamp("us"),
        "finished_at": pa.timestamp("us"),
        "data_cutoff": pa.date32(),
    }
    values = {
        name: pa.array(
            [to_json(value) if isinstance(value, Mapping) else value],
            types.get(name, pa.string()),
        )
        for name, value in columns.items()
    }
    return pa.table(values)


def to_json(value: Any) -> str:
    """JSON with sorted keys; numbers that are not finite become null, dates ISO text."""
    return json.dumps(_plain(value), sort_keys=True, default=str, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _git(root: Path, *arguments: str) -> str:
    result = subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True
    )
    return result.stdout.strip()
