"""`pip install` of the package alone gives a working, quick `mlx`."""

import resource
import statistics
import zipfile
from pathlib import Path

import pytest

from tests.installed import Installation, build_wheel, install

HELP_SECONDS = 0.5
DEV_ONLY = ("hypothesis", "mypy", "pytest", "sqlfluff")
EXTRAS = ("catboost", "mlflow", "optuna", "xgboost")
HEAVY = {"dbt", "duckdb", "lightgbm", "numpy", "pandas", "plotly", "psycopg2", "pyarrow", "sklearn"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return install(wheel, tmp_path_factory.mktemp("installation"))


def test_the_wheel_holds_the_dbt_project(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    project = "models_ml/_project"
    assert f"{project}/dbt_project.yml" in names
    assert f"{project}/profiles.yml" in names
    assert f"{project}/selectors.yml" in names
    assert f"{project}/dbt_project/models/labels/labels.sql" in names
    assert "models_ml/report/template.html" in names
    assert not [name for name in names if name.startswith("tests/") or name.endswith(".duckdb")]


@pytest.mark.parametrize("module", DEV_ONLY + EXTRAS)
def test_development_packages_and_extras_are_hidden(
    installation: Installation, module: str
) -> None:
    done = installation.run(str(installation.python), "-c", f"import {module}")
    assert "ModuleNotFoundError" in done.stderr


def test_mlx_answers_without_a_checkout(installation: Installation) -> None:
    done = installation.run(str(installation.mlx), "--help").ok()
    for command in ("ingest", "train", "infer"):
        assert command in done.stdout


def test_help_is_quick(installation: Installation) -> None:
    """CPU time, so that what else runs on the machine does not count."""
    installation.run(str(installation.mlx), "--help").ok()
    seconds = [cpu_seconds(installation) for _ in range(5)]
    assert statistics.median(seconds) < HELP_SECONDS


def cpu_seconds(installation: Installation) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    installation.run(str(installation.mlx), "--help").ok()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def test_help_loads_nothing_heavy(installation: Installation) -> None:
    code = "import sys, models_ml.cli.app; print(*{name.split('.')[0] for name in sys.modules})"
    done = installation.run(str(installation.python), "-c", code).ok()
    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.slow
def test_the_demo_runs_without_a_checkout(installation: Installation, tmp_path: Path) -> None:
    """The whole job on the project inside the wheel, in an empty folder."""
    demo = ("demo", "--tickers", "24", "--years", "2.5", "--json")
    report = installation.run(str(installation.mlx), *demo, cwd=tmp_path).ok().json()
    assert report["n_forecasts"] > 0
    assert (tmp_path / "mlx.duckdb").is_file()
    assert not list(installation.folder.rglob("*.duckdb"))
