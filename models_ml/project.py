"""The dbt project that mlx works in, and the warehouse its profile points at.

``profiles.yml`` is the one place for connection parameters: mlx reads the same profile and target
as dbt.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined, TemplateError

from models_ml.errors import UsageError
from models_ml.settings import Settings, load_settings

_PROJECT_FILE = "dbt_project.yml"
_BUNDLED = Path(__file__).parent / "_project"


@dataclass(frozen=True)
class Project:
    """A dbt project with one target chosen.

    Attributes
    ----------
    root
        Folder of ``dbt_project.yml``; dbt runs there.
    work_dir
        Folder of the DuckDB file, the artefacts and dbt's target folder: the root, or the current
        directory where the package's own copy of the project is used.
    target
        Name of the target in ``profiles.yml``.
    connection
        The target's rendered entries; holds the password, so it is never printed.
    as_of
        Replay: everything as it was known at the end of this day.
    """

    root: Path
    work_dir: Path
    target: str
    connection: Mapping[str, Any]
    artifacts_dir: Path
    lock_timeout: float
    as_of: date | None = None

    def __repr__(self) -> str:
        """Show the project without its connection, which holds a password."""
        return f"Project(root={self.root}, target={self.target!r}, as_of={self.as_of})"

    @property
    def engine(self) -> str:
        """Kind of warehouse: ``duckdb`` or ``postgres``."""
        return str(self.connection["type"])

    @property
    def _suffix(self) -> str:
        return f"_as_of_{self.as_of:%Y%m%d}" if self.as_of else ""

    @property
    def mart(self) -> str:
        """Schema of the dbt models (macro ``generate_schema_name``)."""
        return str(self.connection["schema"]) + self._suffix

    @property
    def ml(self) -> str:
        """Schema of the tables that mlx writes (macro ``ml_schema``)."""
        return "ml" + self._suffix

    @property
    def known_before(self) -> datetime:
        """End of the replayed day; the end of time where everything is known."""
        if self.as_of is None:
            return datetime.max
        return datetime.combine(self.as_of + timedelta(days=1), time())

    @property
    def dbt_target_path(self) -> Path:
        """Folder where dbt leaves its manifest."""
        return Path(os.environ.get("DBT_TARGET_PATH") or self.work_dir / "target")


def load_project(*, target: str | None = None, as_of: date | None = None) -> Project:
    """Find the project and render the chosen target of its profile.

    Raises
    ------
    UsageError
        There is no project, no such target, or an environment variable is missing.
    """
    settings = load_settings()
    root = _find_root(settings)
    work_dir = Path.cwd() if root == _BUNDLED else root
    own_profiles = os.environ.get("DBT_PROFILES_DIR")
    environment = _profile_environment(own_profiles or str(work_dir))
    profile_name = _read_yaml(root / _PROJECT_FILE)["profile"]
    profiles_path = Path(own_profiles or root) / "profiles.yml"
    profile = _read_yaml(profiles_path).get(profile_name, {})
    chosen = target or settings.target or _render(environment, profile.get("target", "default"))
    outputs = profile.get("outputs", {})
    if chosen not in outputs:
        raise UsageError(
            f"profiles.yml has no target {chosen!r}, only {', '.join(sorted(outputs))}",
            hint="set MLX_TARGET to one of them",
        )
    connection = {key: _render(environment, value) for key, value in outputs[chosen].items()}
    if connection.get("type") not in {"duckdb", "postgres"}:
        raise UsageError(
            f"target {chosen!r} is of type {connection.get('type')!r}; "
            "mlx works on duckdb and postgres",
            hint="set MLX_TARGET to another one",
        )
    if connection["type"] == "duckdb":
        connection["path"] = str(work_dir / str(connection["path"]))
    return Project(
        root=root,
        work_dir=work_dir,
        target=chosen,
        connection=connection,
        artifacts_dir=settings.artifacts_dir or work_dir / "artifacts",
        lock_timeout=settings.lock_timeout,
        as_of=as_of or settings.as_of,
    )


def _find_root(settings: Settings) -> Path:
    if settings.project_dir is not None:
        if not (settings.project_dir / _PROJECT_FILE).is_file():
            raise UsageError(
                f"MLX_PROJECT_DIR={settings.project_dir} holds no {_PROJECT_FILE}",
                hint="set it to the project's folder, or unset it",
            )
        return settings.project_dir.resolve()
    current = Path.cwd()
    checkout = Path(__file__).parents[1]
    for folder in (current, *current.parents, checkout, _BUNDLED):
        if (folder / _PROJECT_FILE).is_file() and (folder / "dbt_project" / "models").is_dir():
            return folder
    raise UsageError(
        f"no {_PROJECT_FILE} in {current} or above it",
        hint="set MLX_PROJECT_DIR to the project's folder",
    )


def _profile_environment(profiles_dir: str) -> Environment:
    """Jinja as dbt offers it to profiles: env_var, flags and the as_* filters."""
    environment = Environment(undefined=StrictUndefined)
    environment.globals["env_var"] = _env_var
    environment.globals["flags"] = SimpleNamespace(PROFILES_DIR=profiles_dir)
    environment.filters["as_number"] = _as_number
    for name in ("as_bool", "as_native", "as_text"):
        environment.filters[name] = str
    return environment


def _as_number(value: str) -> str:
    if not value.isdigit():
        raise UsageError(
            f"profiles.yml wants a number where it finds {value!r}", hint="set another value"
        )
    return value


def _env_var(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise UsageError(
            f"profiles.yml wants the environment variable {name}, which is not set",
            hint=f"export {name}=…",
        )
    return value


def _render(environment: Environment, value: object) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return environment.from_string(value).render()
    except TemplateError as error:
        raise UsageError(
            f"profiles.yml: {error.message} in {value!r}", hint="mend it; dbt debug checks it"
        ) from error


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise UsageError(
            f"there is no {path}", hint="set DBT_PROFILES_DIR or run in the project"
        ) from None
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path} is not valid YAML: {reason}", hint="mend it") from error
    return content or {}
