"""Every learner goes the way of the default: folds, registry, forecasts, shares, the same bytes."""

import json
from typing import Any

import numpy as np
import pytest

from models_ml.learners.catalogue import NAMES, load_model
from models_ml.train_config import TrainConfig
from tests.inprocess import mlx
from tests.sandbox import Sandbox
from tests.tables import read_table

SMALL = ("--n-splits", "1", "--n-estimators", "3", "--test-days", "40", "--max-plausible-ic", "1")
DAY = "2024-11-04"


def rows(sandbox: Sandbox, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_table(sandbox, query).to_pylist()
    return found


# What is of the engine is tested with the default learner, on both.
@pytest.mark.parametrize("engine", ["duckdb"], indirect=True, scope="session")
@pytest.mark.parametrize("name", [name for name in NAMES if name != TrainConfig().learner])
def test_a_learner_is_trained_published_explained_and_reproduced(
    module_sandbox: Sandbox, name: str
) -> None:
    trained = mlx(module_sandbox, "train", "--learner", name, *SMALL, "--json").ok().json()
    model_id = trained["model_id"]
    (stored,) = rows(module_sandbox, f"select * from ml.models where model_id = '{model_id}'")
    assert stored["learner"] == name

    mlx(module_sandbox, "infer", model_id, "--date", DAY).ok()
    features = ", ".join(json.loads(stored["features"]))
    of_day = f"where dt = '{DAY}' order by ticker"
    matrix = read_table(module_sandbox, f"select {features} from mart.training_set {of_day}")
    wanted = load_model(name, stored["model"]).predict(matrix.to_pandas().to_numpy(np.float32))
    published = rows(module_sandbox, f"select * from ml.preds {of_day}")
    assert {row["model_id"] for row in published} == {model_id}
    np.testing.assert_array_equal([row["yhat"] for row in published], wanted)
    assert all(row["yhat_lo"] < row["yhat"] < row["yhat_hi"] for row in published)
    assert all(row["yhat_std"] > 0 and 0.01 <= row["prob_up"] <= 0.99 for row in published)

    shares = mlx(module_sandbox, "explain", model_id, "--date", DAY, "--json").ok().json()
    assert [one["yhat"] for one in shares["forecasts"]] == sorted(wanted, reverse=True)

    again = mlx(module_sandbox, "models", "reproduce", model_id, "--json").ok().json()
    assert again["is_equal"], again["differences"]
