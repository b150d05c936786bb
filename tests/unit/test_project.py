"""Where mlx works: the project, its target, its connection."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from models_ml.errors import UsageError
from models_ml.project import Project, load_project
from tests.sandbox import OWN_VARIABLES, ROOT

PROFILES = """
mlx:
  target: "{{ env_var('MLX_TARGET', 'file') }}"
  outputs:
    file:
      type: duckdb
      path: "{{ env_var('MLX_DUCKDB_PATH', flags.PROFILES_DIR ~ '/own.duckdb') }}"
      schema: forecasts
    server:
      type: postgres
      host: db.example.org
      port: "{{ env_var('THE_PORT') | as_number }}"
      password: "{{ env_var('THE_PASSWORD') }}"
      schema: mart
    lake:
      type: snowflake
"""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import os

    for name in [name for name in os.environ if name.startswith(OWN_VARIABLES)]:
        monkeypatch.delenv(name)
    yield


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Project of its own, entered."""
    (tmp_path / "dbt_project" / "models").mkdir(parents=True)
    (tmp_path / "dbt_project.yml").write_text("name: mlx\nprofile: mlx\n")
    (tmp_path / "profiles.yml").write_text(PROFILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_project_of_this_checkout_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project = load_project()
    assert project.root == project.work_dir == ROOT
    assert (project.target, project.engine) == ("duckdb", "duckdb")
    assert project.connection["path"] == str(ROOT / "mlx.duckdb")
    assert (project.mart, project.ml) == ("mart", "ml")
    assert project.artifacts_dir == ROOT / "artifacts"
    assert project.dbt_target_path == ROOT / "target"


def test_dbt_by_hand_opens_the_file_that_mlx_opens(folder: Path) -> None:
    """In the project's folder, where no variable names another."""
    for name in ("profiles.yml", "dbt_project.yml"):
        shutil.copy(ROOT / name, folder)
    path = Path(load_project().connection["path"])
    assert path == folder / "mlx.duckdb"
    subprocess.run([sys.executable, "-m", "dbt.cli.main", "debug", "--quiet"], check=True)
    assert path.is_file()


def test_a_project_is_found_above_the_current_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "notes" / "deep").mkdir(parents=True)
    monkeypatch.chdir(folder / "notes" / "deep")
    project = load_project()
    assert project.root == folder
    assert project.connection["path"] == str(folder / "own.duckdb")
    assert project.mart == "forecasts"


@pytest.mark.parametrize("path", ["data/x.duckdb", "/elsewhere/x.duckdb"])
def test_a_relative_database_lies_in_the_project(
    folder: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("MLX_DUCKDB_PATH", path)
    assert load_project().connection["path"] == str(folder / path)


def test_the_target_is_the_argument_then_the_variable_then_the_profile(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_PORT", "5433")
    monkeypatch.setenv("THE_PASSWORD", "secret")
    assert load_project().target == "file"
    monkeypatch.setenv("MLX_TARGET", "server")
    project = load_project()
    assert (project.target, project.engine) == ("server", "postgres")
    assert project.connection["port"] == "5433"
    assert load_project(target="file").target == "file"


def test_a_replay_has_schemas_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = load_project(as_of=date(2016, 3, 2))
    assert (project.mart, project.ml) == ("forecasts_as_of_20160302", "ml_as_of_20160302")
    monkeypatch.setenv("MLX_AS_OF", "2015-01-02")
    assert load_project().ml == "ml_as_of_20150102"


def test_the_password_is_not_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_PORT", "1")
    monkeypatch.setenv("THE_PASSWORD", "correct-horse")
    project: Project = load_project(target="server")
    assert project.connection["password"] == "correct-horse"
    assert "correct-horse" not in f"{project} {project!r}"


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"MLX_TARGET": "nowhere"}, "no target 'nowhere', only file, lake, server"),
        ({"MLX_TARGET": "lake"}, "type 'snowflake'; mlx works on duckdb and postgres"),
        ({"MLX_TARGET": "server"}, "variable THE_PORT, which is not set"),
        ({"MLX_TARGET": "server", "THE_PORT": "x"}, "a number where it finds 'x'"),
        ({"MLX_TARGET": "server", "THE_PORT": "1"}, "variable THE_PASSWORD, which is not set"),
        ({"MLX_PROJECT_DIR": "/nowhere"}, "MLX_PROJECT_DIR=/nowhere holds no dbt_project.yml"),
        ({"DBT_PROFILES_DIR": "/nowhere"}, "there is no /nowhere/profiles.yml"),
    ],
)
def test_what_cannot_work_is_a_usage_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], message: str
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as caught:
        load_project()
    assert message in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("profiles", "message"),
    [
        ("mlx: [", "is not valid YAML"),
        ("", "no target 'default'"),
        (PROFILES.replace("flags.PROFILES_DIR", "flags.NOSUCH"), "NOSUCH"),
        (PROFILES.replace("flags.PROFILES_DIR", "flags.PROFILES_DIR("), "profiles.yml"),
    ],
)
def test_a_profile_that_cannot_be_read_is_a_usage_error(
    folder: Path, profiles: str, message: str
) -> None:
    (folder / "profiles.yml").write_text(profiles)
    with pytest.raises(UsageError, match=message):
        load_project()
