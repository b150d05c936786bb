"""dbt as a subprocess, and what its manifest says of the features."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models_ml import dbt
from models_ml.dbt import read_features, run_dbt
from models_ml.errors import MlxError
from models_ml.project import Project

INVOCATION = "7f0c"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("DBT_TARGET_PATH", raising=False)
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    return Project(
        root=tmp_path,
        work_dir=tmp_path,
        target="duckdb",
        connection={"type": "duckdb", "path": str(tmp_path / "x.duckdb"), "schema": "mart"},
        artifacts_dir=tmp_path / "artifacts",
        lock_timeout=1.0,
    )


@pytest.fixture
def write_manifest(project: Project) -> Callable[..., None]:
    def write(models: dict[str, tuple[list[str], list[str]]]) -> None:
        nodes = {
            f"model.mlx.{name}": {
                "resource_type": "model",
                "name": name,
                "columns": {column: {} for column in columns},
                "depends_on": {"nodes": [f"model.mlx.{parent}" for parent in parents]},
            }
            for name, (columns, parents) in models.items()
        }
        nodes["test.mlx.features"] = {"resource_type": "test", "name": "features"}
        project.dbt_target_path.mkdir(exist_ok=True)
        document = {"metadata": {"invocation_id": INVOCATION}, "nodes": nodes}
        (project.dbt_target_path / "manifest.json").write_text(json.dumps(document))

    return write


def test_features_are_the_described_columns_in_their_order(
    project: Project, write_manifest: Callable[..., None]
) -> None:
    write_manifest(
        {
            "features_b": (["ticker", "dt", "zeta", "alpha", "changed_at"], []),
            "features_a": (["ticker", "dt", "mid"], []),
            "features": (["ticker", "dt"], ["features_b", "features_a"]),
            "labels": (["label_ret_1d"], []),
        }
    )
    features = read_features(project)
    assert features.names == ("zeta", "alpha", "mid")
    assert features.invocation_id == INVOCATION
    assert features.sha256 == hashlib.sha256(b"zeta\nalpha\nmid").hexdigest()


@pytest.mark.parametrize(
    "models",
    [{"labels": (["dt"], [])}, {"features_a": (["ticker", "dt"], []), "features": ([], [])}],
)
def test_a_manifest_without_features_is_an_error(
    project: Project, write_manifest: Callable[..., None], models: dict[str, Any]
) -> None:
    write_manifest(models)
    with pytest.raises(MlxError, match=r"features|columns") as caught:
        read_features(project)
    assert caught.value.hint == "dbt build"


def test_no_manifest_is_an_error_that_says_so(project: Project) -> None:
    with pytest.raises(MlxError, match=r"there is no .*manifest\.json yet") as caught:
        read_features(project)
    assert caught.value.hint == "dbt build"


def test_a_manifest_cut_short_is_an_error_that_says_so(
    project: Project, write_manifest: Callable[..., None]
) -> None:
    write_manifest({})
    path = project.dbt_target_path / "manifest.json"
    path.write_text(path.read_text()[:-9])
    with pytest.raises(MlxError, match="is damaged") as caught:
        read_features(project)
    assert caught.value.hint == "dbt build"


RECORD = """
import json, os, sys
from pathlib import Path
keys = ("DBT_LOG_PATH", "MLX_DUCKDB_PATH")
seen = {"argv": sys.argv[1:], "env": {key: os.environ.get(key) for key in keys}}
Path("seen.json").write_text(json.dumps(seen))
print("a line of dbt's log")
sys.exit(int(os.environ.get("EXIT", "0")))
"""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Put a recorder in the place of dbt."""
    monkeypatch.setattr(dbt, "_RUN", RECORD)
    monkeypatch.chdir(tmp_path)
    return lambda: json.loads((tmp_path / "seen.json").read_text())


def test_dbt_is_told_where_to_work_and_what_as_of(
    project: Project, seen: Callable[[], Any], capfd: pytest.CaptureFixture[str]
) -> None:
    replay = replace(project, as_of=date(2016, 3, 2))
    run_dbt(replay, ["build", "--select", "labels"], variables={"horizons": [1, 5]}, quiet=True)
    argv = seen()["argv"]
    assert argv[:4] == ["--quiet", "build", "--select", "labels"]
    pairs = dict(zip(argv[4::2], argv[5::2], strict=True))
    assert json.loads(pairs.pop("--vars")) == {"horizons": [1, 5], "as_of": "2016-03-02"}
    assert pairs == {
        "--project-dir": str(project.root),
        "--profiles-dir": str(project.root),
        "--target": "duckdb",
        "--target-path": str(project.root / "target"),
    }
    assert seen()["env"] == {
        "DBT_LOG_PATH": str(project.root / "logs"),
        "MLX_DUCKDB_PATH": str(project.root / "x.duckdb"),
    }
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "a line of dbt's log\n"


def test_a_profile_of_the_users_own_is_left_to_dbt(
    project: Project, seen: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_PROFILES_DIR", "/own")
    run_dbt(project, ["parse"])
    assert "--profiles-dir" not in seen()["argv"]
    assert "--vars" not in seen()["argv"]


def test_the_failure_of_dbt_is_an_error_that_names_its_log(
    project: Project, seen: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXIT", "1")
    with pytest.raises(MlxError, match=r"dbt build failed \(exit 1\)") as caught:
        run_dbt(project, ["build"])
    assert str(project.root / "logs" / "dbt.log") in (caught.value.hint or "")
