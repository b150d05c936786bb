"""Champions and challengers: one champion a horizon, changes that are logged and can be undone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models_ml.registry import MANIFEST, aliases
from models_ml.registry.stored import StoredModel, find_model
from tests.inprocess import mlx
from tests.sandbox import Result, Sandbox

COPIED = {"runs": "run_id", "cv_metrics": "run_id", "cv_folds": "run_id", "models": "model_id"}
ALIASES = "select model_id, alias from ml.models where alias is not null order by model_id"


def add_models(sandbox: Sandbox, *names: str) -> str:
    """Add copies of the one trained model with runs of their own; return the model's id."""
    ((first,),) = sandbox.rows("select model_id from ml.models")
    for name in names:
        for table in COPIED:
            columns = sandbox.columns(f"select * from ml.{table} limit 0")
            new = {"run_id": f"'run-{name}'", "model_id": f"'{name}'", "alias": "null"}
            values = ", ".join(new.get(column, column) for column in columns)
            where = f"run_id = (select run_id from ml.models where model_id = '{first}')"
            sandbox.execute(f"insert into ml.{table} select {values} from ml.{table} where {where}")
    return str(first)


@pytest.fixture(scope="module")
def shared(
    trained_template: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Sandbox, str]]:
    """Database with the trained champion and the models b and c, and the champion's id."""
    sandbox = trained_template.copy(tmp_path_factory.mktemp("aliases"))
    yield sandbox, add_models(sandbox, "b", "c")
    sandbox.close()


@pytest.fixture
def first(shared: tuple[Sandbox, str]) -> str:
    return shared[1]


@pytest.fixture
def registry(shared: tuple[Sandbox, str], first: str) -> Iterator[Sandbox]:
    """The shared database; afterwards its aliases are as training left them."""
    sandbox = shared[0]
    log = sandbox.rows("select * from ml.alias_log")
    assert len(log) == 1
    yield sandbox
    sandbox.execute("delete from ml.alias_log where change_no > 1")
    sandbox.execute("update ml.models set alias = null")
    sandbox.execute(f"update ml.models set alias = 'champion' where model_id = '{first}'")


def log_of(sandbox: Sandbox) -> list[tuple[Any, ...]]:
    return sandbox.rows(
        "select change_no, model_id, alias, action, reason from ml.alias_log "
        "order by change_no, alias nulls first"
    )


def test_training_logs_the_first_champion(registry: Sandbox, first: str) -> None:
    assert log_of(registry) == [(1, first, "champion", "train", "first model of its horizon")]


def test_a_promotion_is_undone_step_by_step(registry: Sandbox, first: str) -> None:
    promoted = mlx(registry, "models", "promote", "b", "--reason", "it's better", "--json").ok()
    assert promoted.json() == {
        "model_id": "b", "horizon": 1, "alias": "champion", "replaced": first, "changed": True,
    }  # fmt: skip
    assert registry.rows(ALIASES) == [("b", "champion")]
    mlx(registry, "models", "promote", "c").ok()
    assert registry.rows(ALIASES) == [("c", "champion")]
    back = mlx(registry, "models", "rollback").ok()
    assert back.stdout == "b: champion, horizon 1, in the place of c\n"
    assert registry.rows(ALIASES) == [("b", "champion")]
    mlx(registry, "models", "rollback").ok()
    assert registry.rows(ALIASES) == [(first, "champion")]
    assert mlx(registry, "models", "rollback").exit_code == 1
    assert registry.rows(ALIASES) == [(first, "champion")]
    assert log_of(registry)[1:] == [
        (2, first, None, "promote", "it's better"), (2, "b", "champion", "promote", "it's better"),
        (3, "b", None, "promote", None), (3, "c", "champion", "promote", None),
        (4, "c", None, "rollback", None), (4, "b", "champion", "rollback", None),
        (5, "b", None, "rollback", None), (5, first, "champion", "rollback", None),
    ]  # fmt: skip


def test_inference_follows_the_champion(registry: Sandbox) -> None:
    mlx(registry, "models", "promote", "b").ok()
    assert mlx(registry, "infer", "--json").ok().json()["model_id"] == "b"


def test_a_promotion_again_writes_nothing(registry: Sandbox, first: str) -> None:
    again = mlx(registry, "models", "promote", first).ok()
    assert again.stdout == f"{first}: champion, horizon 1 (as before)\n"
    assert len(log_of(registry)) == 1


def test_challengers_stand_beside_the_champion(registry: Sandbox, first: str) -> None:
    for name in ("b", "c"):
        mlx(registry, "models", "promote", name, "--as", "challenger").ok()
    assert registry.rows(ALIASES) == [("b", "challenger"), ("c", "challenger"), (first, "champion")]
    mlx(registry, "models", "promote", "c", "--as", "none").ok()
    assert registry.rows(ALIASES) == [("b", "challenger"), (first, "champion")]
    mlx(registry, "models", "promote", "b").ok()
    assert registry.rows(ALIASES) == [("b", "champion")]
    mlx(registry, "models", "promote", first, "--as", "challenger").ok()
    mlx(registry, "models", "rollback").ok()
    assert registry.rows(ALIASES) == [(first, "champion")], "the restored one is no challenger"


@pytest.mark.parametrize("alias", ["challenger", "none"])
def test_a_champion_is_replaced_but_not_retired(registry: Sandbox, first: str, alias: str) -> None:
    result = mlx(registry, "models", "promote", first, "--as", alias)
    assert result.exit_code == 1
    assert f"model {first} is the champion of horizon 1, which would have none" in result.stderr
    assert registry.rows(ALIASES) == [(first, "champion")]


def test_a_rollback_undoes_what_it_has_seen_or_nothing(
    registry: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody promotes while the model before is being read."""
    mlx(registry, "models", "promote", "b").ok()

    def find_slowly(*arguments: Any, **options: Any) -> StoredModel:
        monkeypatch.setattr(aliases, "find_model", find_model)
        mlx(registry, "models", "promote", "c").ok()
        return find_model(*arguments, **options)

    monkeypatch.setattr(aliases, "find_model", find_slowly)
    refused = mlx(registry, "models", "rollback")
    assert refused.exit_code == 1
    assert "the champion of horizon 1 was just changed by somebody else" in refused.stderr
    assert registry.rows(ALIASES) == [("c", "champion")]
    assert max(log_of(registry))[0] == 3


def test_another_horizon_has_a_champion_of_its_own(registry: Sandbox, first: str) -> None:
    registry.execute("update ml.models set horizon = 5 where model_id = 'c'")
    try:
        mlx(registry, "models", "promote", "c").ok()
        assert registry.rows(ALIASES) == [("c", "champion"), (first, "champion")]
        assert mlx(registry, "models", "rollback", "--horizon", "5").exit_code == 1
    finally:
        registry.execute("update ml.models set horizon = 1 where model_id = 'c'")


def test_a_damaged_model_is_not_promoted(registry: Sandbox, first: str) -> None:
    registry.execute("update ml.models set sha256 = 'other' where model_id = 'b'")
    try:
        result = mlx(registry, "models", "promote", "b")
    finally:
        registry.execute(
            "update ml.models set sha256 = (select sha256 from ml.models where model_id = 'c') "
            "where model_id = 'b'"
        )
    assert (result.exit_code, "model b is damaged" in result.stderr) == (1, True)
    assert registry.rows(ALIASES) == [(first, "champion")]


def test_a_failure_half_way_leaves_the_old_champion(registry: Sandbox, first: str) -> None:
    registry.execute("alter table ml.alias_log rename to away")
    try:
        result = mlx(registry, "models", "promote", "b")
    finally:
        registry.execute("alter table ml.away rename to alias_log")
    assert result.exit_code == 1
    assert registry.rows(ALIASES) == [(first, "champion")]


def test_two_promotions_at_once_leave_one_champion(registry: Sandbox, first: str) -> None:
    command = [sys.executable, "-m", "models_ml.cli.app", "models", "promote"]
    both = [
        subprocess.Popen([*command, name], env=registry.env, cwd=registry.folder, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for name in ("b", "c")
    ]  # fmt: skip
    told = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    ((winner, alias),) = registry.rows(ALIASES)
    other = {"b": "c", "c": "b"}[winner]
    assert alias == "champion"
    assert [row[:3] for row in log_of(registry)[1:]] == [
        (2, first, None), (2, other, "champion"), (3, other, None), (3, winner, "champion"),
    ]  # fmt: skip


def test_the_list_has_every_model_with_its_scores(registry: Sandbox, first: str) -> None:
    found = {row["model_id"]: row for row in mlx(registry, "models", "list", "--json").ok().json()[
        "models"
    ]}  # fmt: skip
    assert set(found) == {first, "b", "c"}
    ((ic,),) = registry.rows(
        "select value from ml.cv_metrics where run_id = 'run-b' and fold = -1 and metric = 'ic'"
    )
    ((cutoff,),) = registry.rows("select data_cutoff from ml.runs where run_id = 'run-b'")
    row = found["b"]
    assert row["ic"] == pytest.approx(ic, rel=1e-12)
    assert (row["alias"], row["horizon"], row["learner"]) == (None, 1, "lightgbm")
    assert row["data_cutoff"] == str(cutoff)
    assert found[first]["alias"] == "champion"
    lines = mlx(registry, "models", "list").ok().stdout.splitlines()
    assert lines[0].split()[:3] == ["model", "alias", "horizon"]
    assert f"{ic:.4f}" in next(line for line in lines if line.startswith("b "))


def test_a_model_is_shown_with_its_run_and_folds(registry: Sandbox, first: str) -> None:
    document = mlx(registry, "models", "show", first, "--json").ok().json()
    assert document["run"]["config"]["n_splits"] == 3
    assert len(document["run"]["data_fingerprint"]) == 64
    assert [fold["fold"] for fold in document["metrics"]] == [-1, 0, 1, 2]
    assert document["gains"][0]["gain"] >= document["gains"][-1]["gain"]
    assert [change["action"] for change in document["alias_changes"]] == ["train"]
    text = mlx(registry, "models", "show", first).ok().stdout
    assert f"model     {first}\n" in text and document["sha256"] in text


def test_two_models_are_compared_fold_by_fold(registry: Sandbox, first: str) -> None:
    where = "where run_id = 'run-b' and fold = 1"
    registry.execute(f"update ml.cv_metrics set value = 0.5 {where} and metric = 'ic'")
    result = mlx(registry, "models", "compare", first, "b", "--json").ok()
    assert result.stderr == ""
    document = result.json()
    assert (document["models"], document["same_days"]) == ([first, "b"], True)
    one, other = document["folds"][2]["scores"]
    assert (document["folds"][2]["fold"], other["ic"]) == (1, 0.5)
    assert {**one, "ic": 0.5} == other
    assert " 0.5000 " in mlx(registry, "models", "compare", first, "b").ok().stdout
    registry.execute(
        f"update ml.cv_folds set dt_from = date '2020-01-01' {where} and role = 'test'"
    )
    other_days = mlx(registry, "models", "compare", first, "b", "--json").ok()
    assert not other_days.json()["same_days"]
    assert "test other days" in other_days.stderr


def test_an_exported_model_forecasts_like_the_stored_one(
    registry: Sandbox, first: str, tmp_path: Path
) -> None:
    path = mlx(registry, "models", "export", "champion", str(tmp_path / "out")).ok().stdout.strip()
    assert path == str(tmp_path / "out" / "model.txt")
    (trained,) = (registry.folder / "artifacts").glob(f"*/{MANIFEST}")
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text())
    of_training = json.loads(trained.read_text())
    assert manifest["files"] == {"model.txt": of_training["files"]["model.txt"]}
    assert {**manifest, "files": None} == {**of_training, "files": None}
    forecasts = [infer(registry, *model) for model in ((), (path,))]
    assert forecasts[0] == forecasts[1]


def infer(sandbox: Sandbox, *model: str) -> Any:
    result: Result = mlx(sandbox, "infer", *model, "--json").ok()
    document = result.json()
    return document["model_id"], document["predictions"]
