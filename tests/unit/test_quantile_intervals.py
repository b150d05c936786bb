"""mlx train --uncertainty cqr: stored with the model, published by inference, reproduced."""

import hashlib
import json
from typing import Any

import numpy as np
import pytest

from models_ml.learners.quantiles import QuantileModels
from tests.inprocess import mlx
from tests.sandbox import Sandbox
from tests.tables import read_table

FLAGS = (
    *("--learner", "ridge", "--n-splits", "2", "--test-days", "40", "--n-estimators", "2"),
    *("--max-plausible-ic", "1", "--uncertainty", "cqr", "--json"),
)


@pytest.fixture(scope="module")
def model(module_sandbox: Sandbox) -> dict[str, Any]:
    """Train ridge with the models of two quantiles beside it; return its row."""
    mlx(module_sandbox, "train", *FLAGS).ok()
    (row,) = read_table(module_sandbox, "select * from ml.models").to_pylist()
    return dict(row)


def test_the_quantiles_are_stored_with_the_model_under_one_hash(model: dict[str, Any]) -> None:
    assert hashlib.sha256(model["model"].encode()).hexdigest() == model["sha256"]
    texts = json.loads(model["model"])
    assert json.loads(texts["model"])["features"] == json.loads(model["features"])
    assert "[objective: quantile]" in texts["lower"]
    assert "[alpha: 0.1]" in texts["lower"]
    assert "[alpha: 0.9]" in texts["upper"]


def test_inference_publishes_from_them(module_sandbox: Sandbox, model: dict[str, Any]) -> None:
    day = "2024-12-02"
    found = mlx(module_sandbox, "infer", "--date", day, "--json").ok().json()["predictions"]
    names = ", ".join(json.loads(model["features"]))
    query = f"select ticker, {names} from mart.training_set where dt = '{day}' order by ticker"
    rows = read_table(module_sandbox, query).to_pandas()
    quantiles, _ = QuantileModels.from_text(model["model"])
    low, high = quantiles.predict(rows.drop(columns="ticker").to_numpy(np.float32))
    state = json.loads(model["uncertainty"])
    scores = state["beyond_quantiles"]
    level = np.clip(1 - state["adaptive"]["alpha"], 0, 0.999)
    reach = scores[int(np.ceil(round(level * 1000, 6))) - 1]
    by_ticker = {row["ticker"]: row for row in found}
    published = [by_ticker[ticker] for ticker in rows["ticker"]]
    np.testing.assert_allclose([row["yhat_lo"] for row in published], low - reach, rtol=1e-12)
    np.testing.assert_allclose([row["yhat_hi"] for row in published], high + reach, rtol=1e-12)
    std = (high - low + 2 * scores[799]) / (2 * 1.2815515655446004)
    np.testing.assert_allclose([row["yhat_std"] for row in published], std, rtol=1e-12)
    assert {row["level"] for row in found} == {0.8}


def test_the_model_is_reproduced_with_them(module_sandbox: Sandbox, model: dict[str, Any]) -> None:
    again = mlx(module_sandbox, "models", "reproduce", model["model_id"], "--json").ok().json()
    assert again["is_equal"]


def test_an_exported_model_publishes_the_same(
    module_sandbox: Sandbox, model: dict[str, Any]
) -> None:
    day = ("--date", "2024-12-03", "--json")
    stored = mlx(module_sandbox, "infer", *day).ok().json()["predictions"]
    folder = str(module_sandbox.folder / "exported")
    path = mlx(module_sandbox, "models", "export", "champion", folder).ok().stdout.strip()
    assert mlx(module_sandbox, "infer", path, *day).ok().json()["predictions"] == stored


def test_shares_are_of_the_model_of_the_forecast(
    module_sandbox: Sandbox, model: dict[str, Any]
) -> None:
    day = ("--date", "2024-12-04", "--json")
    explained = mlx(module_sandbox, "explain", "--top", "158", *day).ok().json()["forecasts"]
    inferred = mlx(module_sandbox, "infer", *day).ok().json()["predictions"]
    yhat = {row["ticker"]: row["yhat"] for row in inferred}
    for forecast in explained:
        total = forecast["base"] + sum(each["contribution"] for each in forecast["features"])
        assert total == pytest.approx(yhat[forecast["ticker"]], abs=1e-9)
