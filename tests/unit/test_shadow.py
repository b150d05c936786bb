"""Challengers forecast what the champion forecasts, and cannot keep it from being published."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from tests.inprocess import mlx
from tests.sandbox import Sandbox
from tests.tables import read_table
from tests.unit.test_aliases import add_models

OTHER_FEATURES = ["ma5", "kmid"]


def other_model() -> str:
    """Return the text of a model of two features only, in an order of its own."""
    rng = np.random.default_rng(1)
    matrix = rng.normal(1.0, 0.05, (400, 2))
    rows = lgb.Dataset(matrix, matrix[:, 0] - matrix[:, 1], feature_name=OTHER_FEATURES)
    params = {"verbosity": -1, "num_threads": 1}
    return lgb.train(params, rows, 3).model_to_string()


def with_one_scale(sandbox: Sandbox) -> dict[str, Any]:
    """Return the champion's uncertainty without the features that the other model lacks."""
    ((state,),) = sandbox.rows("select uncertainty from ml.models where alias = 'champion'")
    uncertainty: dict[str, Any] = json.loads(state)
    scale = uncertainty["scale"]
    uncertainty["scale"] = {name: value if name == "std" else [] for name, value in scale.items()}
    return uncertainty


@pytest.fixture(scope="module")
def shadowed(
    trained_template: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """Database with a champion, the challengers b and c, and the model d without alias."""
    sandbox = trained_template.copy(tmp_path_factory.mktemp("shadow"))
    add_models(sandbox, "b", "c", "d")
    text = other_model()
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    sandbox.execute(
        f"update ml.models set model = '{text}', sha256 = '{sha256}', "
        f"features = '{json.dumps(OTHER_FEATURES)}', "
        f"uncertainty = '{json.dumps(with_one_scale(sandbox))}' where model_id = 'c'"
    )
    sandbox.execute("update ml.models set alias = 'challenger' where model_id in ('b', 'c')")
    yield sandbox
    sandbox.close()


def rows(sandbox: Sandbox, table: str, day: str) -> list[dict[str, Any]]:
    query = f"select * from ml.{table} where dt = '{day}' order by model_id, ticker"
    found: list[dict[str, Any]] = read_table(sandbox, query).to_pylist()
    return found


def test_challengers_are_logged_but_not_published(shadowed: Sandbox) -> None:
    day = "2024-03-04"
    document = mlx(shadowed, "infer", "--shadow", "--date", day, "--json").ok().json()
    champion, n_rows = document["model_id"], document["n_rows"]
    assert document["shadows"] == [
        {"model_id": "b", "n_rows": n_rows, "error": None},
        {"model_id": "c", "n_rows": n_rows, "error": None},
    ]
    assert {row["model_id"] for row in rows(shadowed, "preds", day)} == {champion}
    log = rows(shadowed, "preds_log", day)
    assert [row["model_id"] for row in log] == sorted([champion, "b", "c"] * n_rows)
    assert {row["run_id"] for row in log} == {document["run_id"]}
    by_model = {
        name: [row["yhat"] for row in log if row["model_id"] == name]
        for name in (champion, "b", "c")
    }
    assert by_model["b"] == by_model[champion], "a copy of the champion"
    features = read_table(
        shadowed, f"select ma5, kmid from mart.training_set where dt = '{day}' order by ticker"
    ).to_pandas()
    wanted = lgb.Booster(model_str=other_model()).predict(features.to_numpy(np.float32))
    np.testing.assert_array_equal(by_model["c"], wanted)
    ((config,),) = shadowed.rows(
        f"select config from ml.runs where run_id = '{document['run_id']}'"
    )
    assert json.loads(config)["shadows"] == ["b", "c"]


def test_a_run_again_writes_nothing(shadowed: Sandbox) -> None:
    day = ("--date", "2024-03-05")
    mlx(shadowed, "infer", *day).ok()
    added = mlx(shadowed, "infer", *day, "--shadow").ok()
    assert "forecasts of challenger b logged" in added.stdout
    again = mlx(shadowed, "infer", *day, "--shadow", "--json").ok().json()
    assert (again["n_written"], again["run_id"]) == (0, None)


def test_without_the_option_challengers_rest(shadowed: Sandbox) -> None:
    document = mlx(shadowed, "infer", "--date", "2024-03-06", "--json").ok().json()
    assert document["shadows"] == []
    assert {row["model_id"] for row in rows(shadowed, "preds_log", "2024-03-06")} == {
        document["model_id"]
    }


def test_a_challenger_that_is_published_itself_is_logged_once(shadowed: Sandbox) -> None:
    document = mlx(shadowed, "infer", "b", "--shadow", "--date", "2024-03-07", "--json").ok().json()
    assert document["model_id"] == "b"
    assert [shadow["model_id"] for shadow in document["shadows"]] == ["c"]


def test_a_broken_challenger_does_not_stop_the_champion(shadowed: Sandbox) -> None:
    day = "2024-03-08"
    shadowed.execute("update ml.models set sha256 = 'other' where model_id = 'b'")
    try:
        result = mlx(shadowed, "infer", "--shadow", "--date", day, "--json").ok()
    finally:
        shadowed.execute(
            "update ml.models set sha256 = (select sha256 from ml.models where model_id = 'd') "
            "where model_id = 'b'"
        )
    assert "warning: challenger b is left out: model b is damaged" in result.stderr
    broken, sound = result.json()["shadows"]
    assert (broken["n_rows"], "is damaged" in broken["error"]) == (0, True)
    assert sound["error"] is None
    log = rows(shadowed, "preds_log", day)
    assert {row["model_id"] for row in log} == {result.json()["model_id"], "c"}


def test_nor_does_one_whose_text_its_library_cannot_parse(shadowed: Sandbox) -> None:
    day, text = "2024-03-11", "rubbish"
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    shadowed.execute(
        f"update ml.models set model = '{text}', sha256 = '{sha256}' where model_id = 'b'"
    )
    try:
        result = mlx(shadowed, "infer", "--shadow", "--date", day, "--json").ok()
    finally:
        sound = "(select {0} from ml.models where model_id = 'd')"
        shadowed.execute(
            f"update ml.models set model = {sound.format('model')}, "
            f"sha256 = {sound.format('sha256')} where model_id = 'b'"
        )
    assert "warning: challenger b is left out: LightGBMError: " in result.stderr
    assert [shadow["n_rows"] for shadow in result.json()["shadows"]] == [0, result.json()["n_rows"]]
    published = {row["model_id"] for row in rows(shadowed, "preds", day)}
    assert published == {result.json()["model_id"]}
