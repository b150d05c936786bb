"""A place for one test: a database of its own, a folder, and dbt and mlx as processes in it."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.forked import run_forked
from tests.parses import kept_parse
from tests.postgres import Server

ROOT = Path(__file__).resolve().parents[1]
OWN_VARIABLES = ("MLX_", "DBT_", "PG")
TIMEOUT_SECONDS = 900


@dataclass(frozen=True)
class Result:
    """How a command ended, its answer (stdout) and its conversation (stderr)."""

    command: str
    exit_code: int
    stdout: str
    stderr: str

    def ok(self) -> "Result":
        """Return the result itself; an AssertionError with all output where the exit is not 0."""
        assert self.exit_code == 0, f"{self}"
        return self

    def json(self) -> Any:
        """Return the one JSON document that stdout must be."""
        return json.loads(self.stdout)

    def __str__(self) -> str:
        return (
            f"{self.command}\nexit code {self.exit_code}\n"
            f"--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"
        )


def project_environment(
    engine: str, folder: Path, server: Server | None = None, database: str | None = None
) -> dict[str, str]:
    """Return the whole environment of a dbt or mlx subprocess.

    Nothing of the caller's own project settings comes through, and everything that a command
    writes lands in `folder`.
    """
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)
    }
    python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    connection = server.environment(database or "") if server else {}
    return {
        **inherited,
        **connection,
        "PYTHONPATH": python_path,
        "MLX_TARGET": engine,
        "MLX_PROJECT_DIR": str(ROOT),
        "MLX_DUCKDB_PATH": str(folder / "mlx.duckdb"),
        "MLX_ARTIFACTS_DIR": str(folder / "artifacts"),
        "DBT_PROJECT_DIR": str(ROOT),
        "DBT_PROFILES_DIR": str(ROOT),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "NO_COLOR": "1",
        "DBT_USE_COLORS": "false",
        "COLUMNS": "200",
    }


@dataclass(frozen=True)
class Sandbox:
    """One database of one engine with the folder and the environment that belong to it."""

    engine: str
    folder: Path
    env: dict[str, str]
    server: Server | None = None
    database: str | None = None

    def run_dbt(self, *args: str, env: dict[str, str] | None = None) -> Result:
        """Run dbt, e.g. ``run_dbt("build", "--select", "labels")``."""
        # It parses anew where the profile differs from that of the parse it finds.
        path = os.path.relpath(self.env["MLX_DUCKDB_PATH"], self.folder)
        own = {"MLX_DUCKDB_PATH": path, **(env or {})}
        with kept_parse(args, {**self.env, **own}):
            return self._run("dbt", args, own)

    def run_mlx(self, *args: str, env: dict[str, str] | None = None) -> Result:
        """Run mlx, e.g. ``run_mlx("train", "--json")``."""
        return self._run("mlx", args, env or {})

    def _run(self, command: str, args: tuple[str, ...], env: dict[str, str]) -> Result:
        # A tenth of dbt's time goes into its debug log.
        whole = {**self.env, "DBT_LOG_LEVEL_FILE": "none", **env}
        done = run_forked(command, args, env=whole, folder=self.folder, timeout=TIMEOUT_SECONDS)
        return Result(" ".join(done.args), done.returncode, done.stdout, done.stderr)

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """Open a connection of the engine's own driver; changes are committed at the end."""
        if self.server is None:
            connection: Any = duckdb.connect(self.env["MLX_DUCKDB_PATH"])
        else:
            connection = self.server.connect(self.database)
        try:
            yield connection
        finally:
            connection.close()

    def execute(self, sql: str) -> None:
        """Run SQL for its effect."""
        with self.connect() as connection:
            connection.cursor().execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return a query's rows."""
        with self.connect() as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def columns(self, sql: str) -> list[str]:
        """Return the names of a query's columns."""
        with self.connect() as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return [column[0] for column in cursor.description]

    def copy(self, folder: Path) -> "Sandbox":
        """Return a sandbox in `folder` whose database and dbt state equal this one's."""
        for name in ("target", "artifacts"):
            if (self.folder / name).is_dir():
                shutil.copytree(self.folder / name, folder / name)
        if self.server is None:
            shutil.copyfile(self.env["MLX_DUCKDB_PATH"], folder / "mlx.duckdb")
        return open_sandbox(self.engine, folder, self.server, template=self.database)

    def to_json(self) -> dict[str, Any]:
        """Return what another process needs to use this sandbox."""
        return {**asdict(self), "folder": str(self.folder)}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Sandbox":
        """Return the sandbox that another process opened."""
        server = document["server"] and Server(**document["server"])
        return cls(**{**document, "folder": Path(document["folder"]), "server": server})

    def close(self) -> None:
        """Drop the database on the server; a DuckDB file goes with its folder."""
        if self.server is not None and self.database is not None:
            self.server.drop_database(self.database)


def open_sandbox(
    engine: str, folder: Path, server: Server | None = None, template: str | None = None
) -> Sandbox:
    """Make a sandbox in a folder, with a new database where the engine is a server."""
    database = server.create_database(template) if server else None
    env = project_environment(engine, folder, server, database)
    return Sandbox(engine, folder, env, server, database)
