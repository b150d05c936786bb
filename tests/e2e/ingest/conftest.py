"""Empty source tables for the tests of ingest."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.ingest.helpers import use_sandbox
from tests.postgres import Server
from tests.sandbox import Sandbox, open_sandbox


@pytest.fixture(scope="session")
def source_tables(
    built_once: Callable[..., Sandbox], engine: str, server: Server | None
) -> Sandbox:
    """Database with the empty source tables and nothing else; never change it."""
    return built_once(
        f"source-tables-{engine}",
        lambda folder: open_sandbox(engine, folder, server),
        lambda sandbox: sandbox.run_dbt("run-operation", "create_source_tables").ok(),
    )


@pytest.fixture
def tables(
    source_tables: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    """Empty source tables of the test's own; the library called in this process finds them."""
    copy = source_tables.copy(tmp_path)
    use_sandbox(copy, monkeypatch)
    yield copy
    copy.close()
