"""Marts as Parquet files, built once a session on each engine; nobody opens their databases."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.dbt.reference import fill_reference
from tests.postgres import Server
from tests.sandbox import Sandbox
from tests.template import build_template


@pytest.fixture(scope="session")
def reference(
    built_once: Callable[..., Sandbox], shared_dir: Path, engine: str, server: Server | None
) -> Path:
    """Folder of the marts of the golden files and of real prices."""
    fill = partial(fill_reference, shared=shared_dir)
    return built_once("reference", engine, server, fill).folder


@pytest.fixture(scope="session")
def both_references(
    built_once: Callable[..., Sandbox], shared_dir: Path, postgres_server: Server
) -> tuple[Path, Path]:
    """Folders of the marts of the golden files and of real prices, on DuckDB and PostgreSQL."""
    fill = partial(fill_reference, shared=shared_dir)
    return (
        built_once("reference", "duckdb", None, fill).folder,
        built_once("reference", "postgres", postgres_server, fill).folder,
    )


@pytest.fixture(scope="session")
def both_templates(
    built_once: Callable[..., Sandbox], postgres_server: Server
) -> tuple[Sandbox, Sandbox]:
    """Databases that the sandboxes are copies of, on DuckDB and PostgreSQL; never change them."""
    return (
        built_once("template", "duckdb", None, build_template),
        built_once("template", "postgres", postgres_server, build_template),
    )
