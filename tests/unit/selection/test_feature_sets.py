"""Named feature sets on both engines: selected, trained on, and read by every later command."""

import json
from datetime import timedelta
from typing import Any

import pytest

from models_ml.dbt import read_features
from tests.inprocess import inside, mlx, project_of
from tests.sandbox import Result, Sandbox

FOLDS = ("--n-splits", "2", "--test-days", "40")
SMALL = ("--n-estimators", "5", *FOLDS)
SELECT = ("select-features", "--inner-splits", "2", "--repeats", "2", *SMALL)
TRAIN = ("train", "--max-plausible-ic", "1", *SMALL)


@pytest.fixture(scope="module")
def chosen(module_sandbox: Sandbox) -> Result:
    return mlx(module_sandbox, *SELECT, "--name", "lean", "--json").ok()


@pytest.fixture(scope="module")
def trained(module_sandbox: Sandbox, chosen: Result) -> dict[str, Any]:
    document: dict[str, Any] = (
        mlx(module_sandbox, *TRAIN, "--features", "lean", "--json").ok().json()
    )
    return document


def kept_of(chosen: Result) -> list[str]:
    return [row["feature"] for row in chosen.json()["features"] if row["kept"]]


def test_a_selection_is_a_run_and_every_feature_has_its_row(
    module_sandbox: Sandbox, chosen: Result
) -> None:
    document = chosen.json()
    (row,) = module_sandbox.rows(
        "select run_id, status, data_cutoff, config, metrics from ml.runs where kind = 'select'"
    )
    assert row[:2] == (document["run_id"], "done")
    assert json.loads(row[3])["feature_set"] == "lean"
    metrics = json.loads(row[4])
    assert (metrics["n_features"], metrics["n_kept"]) == (158, len(kept_of(chosen)))
    stored = module_sandbox.rows(
        "select feature, cluster_no, gain, null_gain, importance, kept, n_folds_positive, n_folds "
        f"from ml.feature_selections where name = 'lean' and run_id = '{row[0]}'"
    )
    assert {name: values for name, *values in stored} == {
        one["feature"]: [
            *(one["cluster_no"], one["gain"], one["null_gain"], one["importance"], one["kept"]),
            *(one["n_folds_positive"], one["n_folds"]),
        ]
        for one in document["features"]
    }
    assert 0 < metrics["n_kept"] < 158
    ((known_to,),) = module_sandbox.rows("select distinct known_to from ml.feature_selections")
    assert known_to > row[2]


def test_training_uses_the_kept_features_in_their_order(
    module_sandbox: Sandbox, chosen: Result, trained: dict[str, Any]
) -> None:
    features, config, feature_hash = module_sandbox.rows(
        "select features, config, feature_hash from ml.models inner join ml.runs using (run_id) "
        f"where model_id = '{trained['model_id']}'"
    )[0]
    with inside(module_sandbox):
        everything = read_features(project_of(module_sandbox))
    kept = kept_of(chosen)
    assert json.loads(features) == [name for name in everything.names if name in kept]
    assert json.loads(config)["features"] == "lean"
    assert feature_hash != everything.sha256


def test_the_days_of_the_selection_are_not_tested(
    module_sandbox: Sandbox, trained: dict[str, Any]
) -> None:
    ((known_to,),) = module_sandbox.rows("select distinct known_to from ml.feature_selections")
    ((first,),) = module_sandbox.rows(
        "select min(dt_from) from ml.cv_folds "
        f"where role = 'test' and run_id = '{trained['run_id']}'"
    )
    assert known_to < first <= known_to + timedelta(days=7)
    result = mlx(module_sandbox, *TRAIN, "--features", "lean", "--test-days", "42")
    assert result.exit_code == 2
    assert f"feature set lean knew days up to {known_to}, but the folds test from" in result.stderr


def test_later_commands_read_the_model_s_own_features(
    module_sandbox: Sandbox, chosen: Result, trained: dict[str, Any]
) -> None:
    model_id = trained["model_id"]
    forecasts = mlx(module_sandbox, "infer", model_id, "--json").ok().json()
    assert forecasts["n_rows"] > 20
    mlx(module_sandbox, "explain", model_id).ok()
    explained = module_sandbox.rows(
        f"select distinct feature from ml.explanations where model_id = '{model_id}'"
    )
    assert {name for (name,) in explained} == {*kept_of(chosen), "(base)"}
    again = mlx(module_sandbox, "models", "reproduce", model_id, "--json").ok().json()
    assert again["is_equal"]
    assert not [text for text in again["differences"] if text.startswith(("feature", "data"))]


@pytest.mark.parametrize(
    ("command", "fact"),
    [
        ((*TRAIN, "--features", "nosuch"), "there is no feature set 'nosuch', only lean"),
        ((*SELECT, "--name", "lean"), "there is a feature set lean already"),
        ((*SELECT, "--name", "../x"), "'../x' is no name of a feature set"),
    ],
)
def test_a_name_that_does_not_work(
    module_sandbox: Sandbox, chosen: Result, command: tuple[str, ...], fact: str
) -> None:
    result = mlx(module_sandbox, *command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert fact in result.stderr
