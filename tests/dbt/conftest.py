"""Marts as Parquet files, built once a session on each engine, and the two engines side by side."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.dbt.reference import fill_reference
from tests.postgres import Server
from tests.sandbox import Sandbox, open_sandbox
from tests.template import build_template

BuiltOnce = Callable[..., Sandbox]


def reference_marts(
    built_once: BuiltOnce, engine: str, server: Server | None, shared: Path
) -> Path:
    start = partial(open_sandbox, engine, server=server)
    fill = partial(fill_reference, shared=shared)
    return built_once(f"reference-{engine}", start, fill).folder


@pytest.fixture(scope="session")
def reference(built_once: BuiltOnce, engine: str, server: Server | None, shared_dir: Path) -> Path:
    """Folder of the marts of the golden files and of real prices."""
    return reference_marts(built_once, engine, server, shared_dir)


@pytest.fixture(scope="session")
def both_references(
    built_once: BuiltOnce, postgres_server: Server, shared_dir: Path
) -> tuple[Path, Path]:
    """Folders of the marts of the golden files and of real prices, on DuckDB and PostgreSQL."""
    return (
        reference_marts(built_once, "duckdb", None, shared_dir),
        reference_marts(built_once, "postgres", postgres_server, shared_dir),
    )


@pytest.fixture(scope="session")
def both_templates(built_once: BuiltOnce, postgres_server: Server) -> tuple[Sandbox, Sandbox]:
    """What the sandboxes are copies of, on DuckDB and PostgreSQL; never change them."""
    servers = {"duckdb": None, "postgres": postgres_server}
    one, other = (
        built_once(f"filled-{engine}", partial(open_sandbox, engine, server=server), build_template)
        for engine, server in servers.items()
    )
    return one, other
