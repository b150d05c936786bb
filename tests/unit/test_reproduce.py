"""A model is trained again to the same bytes, and what has changed is named."""

import json
from typing import Any

import pytest

from models_ml import reproduce
from tests.inprocess import mlx
from tests.sandbox import Sandbox


def champion(sandbox: Sandbox) -> tuple[str, str, str]:
    ((model_id, run_id, sha256),) = sandbox.rows(
        "select model_id, run_id, sha256 from ml.models where alias = 'champion'"
    )
    return model_id, run_id, sha256


def differences(document: Any) -> list[str]:
    """Return what differs but for the code: a work tree in the making always does."""
    return [text for text in document["differences"] if not text.startswith("code")]


def counts(sandbox: Sandbox) -> list[tuple[Any, ...]]:
    return sandbox.rows("select (select count(*) from ml.runs), (select count(*) from ml.models)")


def test_nothing_changed_gives_the_same_bytes(trained: Sandbox) -> None:
    model_id, _, sha256 = champion(trained)
    before = counts(trained)
    document = mlx(trained, "models", "reproduce", model_id, "--json").ok().json()
    assert document["is_equal"]
    assert document["sha256"] == document["recorded_sha256"] == sha256
    assert differences(document) == []
    assert counts(trained) == before


def test_later_days_do_not_matter_but_an_earlier_label_does(trained: Sandbox) -> None:
    """A model trained before the labels of the last weeks were known, and again afterwards."""
    later = "dt > '2024-11-29'"
    kept = f"select ticker, dt, label_ret_1d from mart.labels where {later}"
    trained.execute(f"create table kept as {kept}")
    trained.execute(f"update mart.labels set label_ret_1d = null where {later}")
    small = ("--n-splits", "2", "--n-estimators", "3", "--test-days", "40", "--json")
    model_id = mlx(trained, "train", *small).ok().json()["model_id"]
    trained.execute(
        "update mart.labels set label_ret_1d = kept.label_ret_1d from kept "
        "where labels.ticker = kept.ticker and labels.dt = kept.dt"
    )
    trained.execute("drop table kept")
    again = mlx(trained, "models", "reproduce", model_id, "--json").ok().json()
    assert again["is_equal"]
    assert differences(again) == []

    ((cutoff, fingerprint),) = trained.rows(
        "select data_cutoff, data_fingerprint from ml.runs inner join ml.models using (run_id) "
        f"where model_id = '{model_id}'"
    )
    row = "ticker = 'AAA' and dt = (select max(dt) from mart.labels where dt < '2024-06-01')"
    trained.execute(f"update mart.labels set label_ret_1d = label_ret_1d + 1 where {row}")
    try:
        result = mlx(trained, "models", "reproduce", model_id, "--json")
    finally:
        trained.execute(f"update mart.labels set label_ret_1d = label_ret_1d - 1 where {row}")
    assert result.exit_code == 1
    document = result.json()
    assert not document["is_equal"]
    (difference,) = differences(document)
    assert difference.startswith(f"data fingerprint: {fingerprint}, now ")
    assert difference.endswith(f"rows, features or labels up to {cutoff} changed")


def test_packages_code_and_features_are_named(
    trained: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_id, *_ = champion(trained)
    ((packages, features, commit),) = trained.rows(
        "select packages, features, git_sha from ml.runs inner join ml.models using (run_id) "
        f"where model_id = '{model_id}'"
    )
    names = json.loads(features)
    monkeypatch.setattr(reproduce, "git_sha", lambda root: "abc")
    monkeypatch.setattr(
        reproduce, "package_versions", lambda: {**json.loads(packages), "lightgbm": "9.9"}
    )
    other = json.dumps([*names[1:], "gone"])
    trained.execute(f"update ml.models set features = '{other}' where model_id = '{model_id}'")
    try:
        result = mlx(trained, "models", "reproduce", model_id)
    finally:
        restored = f"features = '{json.dumps(names)}'"
        trained.execute(f"update ml.models set {restored} where model_id = '{model_id}'")
    version = json.loads(packages)["lightgbm"]
    assert result.exit_code == 0, "the same bytes all the same"
    lines = result.stdout.splitlines()
    assert lines[0] == "the same model"
    assert lines[3:] == [
        "differs   features: gone: gone; new: kmid",
        f"differs   package lightgbm: {version}, now 9.9",
        f"differs   code: {commit}, now abc",
    ]


def test_a_configuration_of_another_version_is_refused(trained: Sandbox) -> None:
    model_id, run_id, _ = champion(trained)
    ((config,),) = trained.rows(f"select config from ml.runs where run_id = '{run_id}'")
    other = json.dumps({**json.loads(config), "surprise": 1})
    trained.execute(f"update ml.runs set config = '{other}' where run_id = '{run_id}'")
    try:
        result = mlx(trained, "models", "reproduce", model_id)
    finally:
        trained.execute(f"update ml.runs set config = '{config}' where run_id = '{run_id}'")
    assert result.exit_code == 1
    assert f"another version of mlx trained {model_id}: its configuration has surprise" in (
        result.stderr
    )
