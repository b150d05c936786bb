"""Fixtures: both engines, a fresh database for each test, and what a session shares.

With pytest-xdist all workers share one PostgreSQL and one filled template for each engine: the
first worker that needs one builds it, the others wait.
"""

import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

# Workers share the cores, and numbers must not depend on threads: one each.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from tests import parses, postgres
from tests.sandbox import ROOT, Sandbox, open_sandbox
from tests.template import build_template, build_trained_template

settings.register_profile("suite", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

SHARED_FOLDER = pytest.StashKey[Path]()
SERVER = "postgres"


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that all workers of this session share, and let SIGINT interrupt.

    A script's background processes ignore SIGINT and hand that on to the commands under test.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    given = getattr(config, "workerinput", {}).get("session_folder")
    config.stash[SHARED_FOLDER] = Path(given or tempfile.mkdtemp(prefix="mlx-tests-"))
    os.environ[parses.FOLDER] = str(config.stash[SHARED_FOLDER])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the shared folder is, and who owns it."""
    node.workerinput["session_folder"] = str(node.config.stash[SHARED_FOLDER])
    node.workerinput["session_pid"] = os.getpid()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove the shared folder when the last worker is done."""
    if hasattr(config, "workerinput") or SHARED_FOLDER not in config.stash:
        return
    folder = config.stash[SHARED_FOLDER]
    state = _read_state(folder / f"{SERVER}.json")
    if "value" in state:
        postgres.stop(postgres.Server(**state["value"]))
    shutil.rmtree(folder, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say loudly when the tests ran without PostgreSQL."""
    state = _read_state(config.stash[SHARED_FOLDER] / f"{SERVER}.json")
    if "failure" in state:
        terminalreporter.section("NO POSTGRESQL", sep="!", red=True, bold=True)
        terminalreporter.line(f"Half of the tests did not run: {state['failure']}")


def _read_state(path: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return state


def once_per_session(folder: Path, name: str, make: Callable[[], Any]) -> Any:
    """Return what the first worker's `make` returned; its failure is everybody's failure."""
    path = folder / f"{name}.json"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = _read_state(path)
        if not state:
            try:
                state = {"value": make()}
            except Exception as error:
                state = {"failure": f"{type(error).__name__}: {error}"}
            path.write_text(json.dumps(state))
    if "failure" in state:
        raise RuntimeError(state["failure"])
    return state["value"]


@pytest.fixture(scope="session")
def session_folder(pytestconfig: pytest.Config) -> Path:
    """Folder shared by all workers of the session; removed at its end."""
    return pytestconfig.stash[SHARED_FOLDER]


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config, session_folder: Path) -> postgres.Server:
    """PostgreSQL of the session; the test is skipped where there is none, or fails if required."""
    owner = getattr(pytestconfig, "workerinput", {}).get("session_pid", os.getpid())
    try:
        state = once_per_session(
            session_folder, SERVER, lambda: asdict(postgres.find_or_start(owner))
        )
    except RuntimeError as error:
        if os.environ.get("MLX_REQUIRE_PG") == "1":
            pytest.fail(f"MLX_REQUIRE_PG=1, but there is no PostgreSQL: {error}")
        pytest.skip(f"no PostgreSQL: {error}")
    return postgres.Server(**state)


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn; a test that uses it runs once on each."""
    return str(request.param)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, engine: str) -> postgres.Server | None:
    """Server of the engine; None for DuckDB."""
    if engine != "postgres":
        return None
    found: postgres.Server = request.getfixturevalue("postgres_server")
    return found


def build_once(
    shared: Path, name: str, start: Callable[[Path], Sandbox], fill: Callable[[Sandbox], None]
) -> Sandbox:
    """Return the sandbox that the first worker started and filled in the shared folder."""

    def build() -> dict[str, Any]:
        folder = shared / name
        folder.mkdir()
        sandbox = start(folder)
        fill(sandbox)
        return sandbox.to_json()

    return Sandbox.from_json(once_per_session(shared, f"template-{name}", build))


@pytest.fixture(scope="session")
def built_once(session_folder: Path) -> Callable[..., Sandbox]:
    """``built_once(name, start, fill)``: what the first worker started and filled."""
    return partial(build_once, session_folder)


@pytest.fixture(scope="session")
def template(session_folder: Path, engine: str, server: postgres.Server | None) -> Sandbox:
    """Filled database that the sandboxes are copies of; never change it."""
    return build_once(
        session_folder,
        f"filled-{engine}",
        lambda folder: open_sandbox(engine, folder, server),
        build_template,
    )


@pytest.fixture(scope="session")
def trained_template(session_folder: Path, template: Sandbox) -> Sandbox:
    """Filled database with a champion and its forecasts; never change it."""
    name = f"trained-{template.engine}"
    return build_once(session_folder, name, template.copy, build_trained_template)


@pytest.fixture
def sandbox(template: Sandbox, tmp_path: Path) -> Iterator[Sandbox]:
    """Filled database of the test's own, on each engine."""
    copy = template.copy(tmp_path)
    yield copy
    copy.close()


@pytest.fixture
def trained_sandbox(trained_template: Sandbox, tmp_path: Path) -> Iterator[Sandbox]:
    """Filled database with a champion and its forecasts, of the test's own, on each engine."""
    copy = trained_template.copy(tmp_path)
    yield copy
    copy.close()


@pytest.fixture(scope="module")
def module_sandbox(
    template: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """Filled database that the tests of one module share, on each engine."""
    copy = template.copy(tmp_path_factory.mktemp("module"))
    yield copy
    copy.close()


@pytest.fixture
def empty_sandbox(engine: str, server: postgres.Server | None, tmp_path: Path) -> Iterator[Sandbox]:
    """Database in which nothing was ever run, on each engine."""
    empty = open_sandbox(engine, tmp_path, server)
    yield empty
    empty.close()


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder of the real market data; where it is absent the test is skipped."""
    folder = Path(os.environ.get("MLX_SHARED_DIR") or ROOT.parent / "shared").resolve()
    if not folder.is_dir():
        pytest.skip(f"no real market data: {folder} is not there (set MLX_SHARED_DIR)")
    return folder
