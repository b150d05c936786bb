"""The PostgreSQL of the tests: found where it should be, alone in its folder, gone at the end."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import postgres
from tests.sandbox import ROOT

NEEDS_POSTGRES = "tests/unit/test_postgres_server.py::test_the_server_is_ours"


def modes(paths: list[Path]) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mode, path.stat().st_uid) for path in paths}


def run_pytest_without_postgres(empty: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env.pop("MLX_TEST_PG_URL", None)
    env |= {"MLX_PG_BIN": str(empty), "MLX_REQUIRE_PG": "0"} | variables
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", NEEDS_POSTGRES]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_server_is_ours(postgres_server: postgres.Server) -> None:
    name = postgres_server.create_database()
    connection = postgres_server.connect(name)
    cursor = connection.cursor()
    cursor.execute("select current_database(), current_user, 1 / 2")
    assert cursor.fetchone() == (name, postgres_server.user, 0)
    connection.close()
    postgres_server.drop_database(name)


def test_a_copied_database_is_independent(postgres_server: postgres.Server) -> None:
    original = postgres_server.create_database()
    for statement in ("create table t (a int)", "insert into t values (7)"):
        connection = postgres_server.connect(original)
        connection.cursor().execute(statement)
        connection.close()
    copy = postgres_server.create_database(template=original)
    connection = postgres_server.connect(copy)
    connection.cursor().execute("update t set a = 8")
    connection.close()
    connection = postgres_server.connect(original)
    cursor = connection.cursor()
    cursor.execute("select a from t")
    assert cursor.fetchall() == [(7,)]
    connection.close()
    for name in (original, copy):
        postgres_server.drop_database(name)


def test_a_server_touches_nothing_outside_its_folder_and_ends_with_its_owner(
    postgres_server: postgres.Server,
) -> None:
    if postgres_server.binaries is None:
        pytest.skip("MLX_TEST_PG_URL names a server, so none is started")
    binaries = postgres.find_binaries()
    with subprocess.Popen(["sleep", "600"]) as owner:
        around = [*binaries.parents, Path(sys.prefix), *Path(sys.prefix).parents, Path.home(), ROOT]
        before = modes(around)
        server = postgres.start(binaries, owner.pid)
        home = Path(str(server.home))
        assert modes(around) == before
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        if os.geteuid() == 0:
            assert home.stat().st_uid != 0
        owner.kill()
    deadline = time.monotonic() + 30
    while home.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not home.exists()


def test_a_named_folder_without_the_programs_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLX_PG_BIN", str(tmp_path))
    with pytest.raises(postgres.NoServerError, match=str(tmp_path)):
        postgres.find_binaries()


def test_a_named_server_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLX_TEST_PG_URL", "postgresql://ann:p%40ss@db.example:6543/admin")
    server = postgres.find_or_start(os.getpid())
    assert server == postgres.Server("db.example", 6543, "ann", "p@ss", "admin")


def test_without_a_server_tests_are_skipped_loudly(tmp_path: Path) -> None:
    done = run_pytest_without_postgres(tmp_path)
    assert done.returncode == 0
    assert "1 skipped" in done.stdout
    assert "NO POSTGRESQL" in done.stdout
    assert str(tmp_path) in done.stdout


def test_a_required_server_that_is_missing_is_a_failure(tmp_path: Path) -> None:
    done = run_pytest_without_postgres(tmp_path, MLX_REQUIRE_PG="1")
    assert done.returncode == 1
    assert "MLX_REQUIRE_PG=1" in done.stdout
