from collections.abc import Iterator

import pytest

from models_ml.warehouse import Warehouse, open_warehouse
from tests.inprocess import project_of
from tests.postgres import Server
from tests.sandbox import Sandbox, open_sandbox

IMPATIENT = {"MLX_LOCK_TIMEOUT": "0.5"}


@pytest.fixture(scope="module")
def place(
    engine: str, server: Server | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """Database that the tests of a module share, on each engine."""
    opened = open_sandbox(engine, tmp_path_factory.mktemp("place"), server)
    yield opened
    opened.close()


@pytest.fixture
def warehouse(place: Sandbox) -> Warehouse:
    """Database with one empty table; it waits half a second for its lock."""
    place.execute("drop table if exists t")
    place.execute("create table t (k integer primary key, v varchar)")
    return open_warehouse(project_of(place, IMPATIENT))
