"""What a run records of itself."""

import json
import re
import subprocess
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from models_ml.runs import git_sha, new_run_id, package_versions, run_row, to_json, utc_now


def test_a_run_id_says_what_and_when_and_sorts() -> None:
    early, late = datetime(2024, 1, 31, 18, 45, 2), datetime(2024, 2, 1)
    assert re.fullmatch(r"train-20240131-184502-[0-9a-f]{6}", new_run_id("train", early))
    assert new_run_id("train", early) < new_run_id("train", late)
    assert len({new_run_id("train", early) for _ in range(10)}) == 10


def test_now_is_utc_without_a_zone() -> None:
    now = utc_now()
    assert now.tzinfo is None
    assert abs((now - datetime.now(UTC).replace(tzinfo=None)).total_seconds()) < 5


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_git_sha_marks_a_changed_tree(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("one")
    (tmp_path / "dbt_project.yml").touch()
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "untracked").touch()
    assert git_sha(tmp_path) == commit
    (tmp_path / "file").write_text("two")
    assert git_sha(tmp_path) == f"{commit}-dirty"


def test_a_project_inside_of_somebody_elses_repository_has_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-qm", "first", "--allow-empty")
    installed = tmp_path / ".venv" / "project"
    installed.mkdir(parents=True)
    (installed / "dbt_project.yml").touch()
    assert git_sha(installed) is None


@pytest.mark.parametrize("path", ["models_ml/new.py", "dbt_project/models/new.sql"])
def test_git_sha_marks_new_code_that_is_not_ignored(tmp_path: Path, path: str) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("*.pyc\n")
    (tmp_path / "dbt_project.yml").touch()
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    new = tmp_path / path
    new.parent.mkdir(parents=True)
    new.with_suffix(".pyc").touch()
    assert git_sha(tmp_path) == commit
    new.touch()
    assert git_sha(tmp_path) == f"{commit}-dirty"


def test_git_sha_without_git_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git_sha(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_sha(tmp_path) is None


def test_package_versions_are_those_installed() -> None:
    versions = package_versions()
    assert versions["lightgbm"] == version("lightgbm")
    assert versions["catboost"] == version("catboost")
    assert re.fullmatch(r"3\.\d+\.\d+\S*", versions["python"])
    assert {"pandas", "scipy", "threadpoolctl"} <= set(versions)
    assert "not installed" not in versions.values()


def test_json_has_no_numbers_that_json_has_not() -> None:
    text = to_json(
        {"b": float("nan"), "a": [float("inf"), np.float64("-inf"), 1.5], "c": (1, None)}
    )
    assert text == '{"a": [null, null, 1.5], "b": null, "c": [1, null]}'


def test_json_keeps_every_digit_and_writes_days() -> None:
    document = to_json({"x": 0.1 + 0.2, "day": date(2024, 2, 29), "path": Path("a/b")})
    assert json.loads(document) == {"x": 0.30000000000000004, "day": "2024-02-29", "path": "a/b"}


def test_a_row_of_runs() -> None:
    table = run_row(
        {
            "run_id": "r",
            "started_at": datetime(2024, 1, 1),
            "finished_at": None,
            "data_cutoff": date(2024, 2, 29),
            "git_sha": None,
            "config": {"b": 1, "a": None},
        }
    )
    assert table.to_pylist() == [
        {
            "run_id": "r",
            "started_at": datetime(2024, 1, 1),
            "finished_at": None,
            "data_cutoff": date(2024, 2, 29),
            "git_sha": None,
            "config": '{"a": null, "b": 1}',
        }
    ]
    assert table.schema.field("finished_at").type == pa.timestamp("us")
    assert table.schema.field("git_sha").type == pa.string()
