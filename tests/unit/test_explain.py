"""What each feature adds to a forecast, against LightGBM on rows read by the driver."""

import json
import re
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pytest
import yaml

from models_ml.learners.lightgbm import LightGBMModel
from tests.inprocess import mlx
from tests.sandbox import ROOT, Sandbox
from tests.tables import read_table

SINGULAR = "target/compiled/mlx/dbt_project/tests/assert_contributions_add_up.sql"


def champion(sandbox: Sandbox) -> dict[str, Any]:
    (row,) = read_table(sandbox, "select * from ml.models where alias = 'champion'").to_pylist()
    return dict(row)


def stored(sandbox: Sandbox, day: str) -> list[dict[str, Any]]:
    query = f"select * from ml.explanations where dt = '{day}' order by ticker, feature"
    rows: list[dict[str, Any]] = read_table(sandbox, query).to_pylist()
    return rows


def matrix(sandbox: Sandbox, day: str) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Return tickers and features of a day, in the model's order."""
    names = ", ".join(json.loads(champion(sandbox)["features"]))
    query = f"select ticker, {names} from mart.training_set where dt = '{day}' order by ticker"
    rows = read_table(sandbox, query).to_pandas()
    return rows["ticker"].tolist(), rows.drop(columns="ticker").to_numpy(np.float32)


def failures(sandbox: Sandbox) -> list[tuple[Any, ...]]:
    """Run the singular test as dbt compiled it for the template, in this sandbox's database."""
    compiled = (sandbox.folder / SINGULAR).read_text()
    if sandbox.database:
        compiled = re.sub(r'"\w+"\."mart"', '"mart"', compiled)
    return sandbox.rows(compiled)


def test_shares_equal_those_of_lightgbm_and_add_up(trained: Sandbox) -> None:
    day = "2024-03-04"
    document = mlx(trained, "explain", "--date", day, "--top", "158", "--json").ok().json()
    model = champion(trained)
    features = json.loads(model["features"])
    tickers, values = matrix(trained, day)
    booster = lgb.Booster(model_str=model["model"])
    shares = np.asarray(booster.predict(values, pred_contrib=True))
    yhat = np.asarray(booster.predict(values))
    assert (document["model_id"], document["dt"]) == (model["model_id"], day)
    assert document["n_forecasts"] == len(tickers)
    assert document["n_written"] == len(tickers) * 159
    found = {forecast["ticker"]: forecast for forecast in document["forecasts"]}
    for row, ticker in enumerate(tickers):
        forecast = found[ticker]
        assert forecast["yhat"] == yhat[row]
        assert forecast["base"] == shares[row, -1]
        said = {share["feature"]: share for share in forecast["features"]}
        assert [said[name]["contribution"] for name in features] == shares[row, :-1].tolist()
        total = forecast["base"] + sum(share["contribution"] for share in said.values())
        assert total == pytest.approx(yhat[row], abs=1e-9)
    order = [forecast["yhat"] for forecast in document["forecasts"]]
    assert order == sorted(order, reverse=True)


def test_all_shares_are_stored_and_a_run_again_writes_nothing(trained: Sandbox) -> None:
    day = "2024-03-05"
    first = mlx(trained, "explain", "--date", day, "--top", "2", "--json").ok().json()
    rows = stored(trained, day)
    assert len(rows) == first["n_written"] == first["n_forecasts"] * 159
    again = mlx(trained, "explain", "--date", day, "--json").ok().json()
    assert again["n_written"] == 0
    assert stored(trained, day) == rows
    by_key = {(row["ticker"], row["feature"]): row for row in rows}
    forecast = first["forecasts"][0]
    assert [len(each["features"]) for each in first["forecasts"]] == [2] * first["n_forecasts"]
    largest = sorted(
        (row for row in rows if row["ticker"] == forecast["ticker"] and row["feature"] != "(base)"),
        key=lambda row: -abs(row["contribution"]),
    )
    assert [share["feature"] for share in forecast["features"]] == [
        row["feature"] for row in largest[:2]
    ]
    assert by_key[forecast["ticker"], "(base)"]["contribution"] == forecast["base"]
    assert by_key[forecast["ticker"], "(base)"]["value"] is None
    tickers, values = matrix(trained, day)
    kmid = values[tickers.index(forecast["ticker"]), 0]
    assert by_key[forecast["ticker"], "kmid"]["value"] == float(kmid)


def test_shares_are_in_return_units(trained: Sandbox) -> None:
    """A model of ranks: the slope goes to every share, the intercept to the base."""
    model, day = champion(trained), "2024-03-06"
    plain = mlx(trained, "explain", "--date", day, "--json").ok().json()["forecasts"][0]
    uncertainty = json.loads(model["uncertainty"])
    uncertainty["to_return"] |= {"intercept": 0.01, "slope": 3.0}
    trained.execute(f"update ml.models set uncertainty = '{json.dumps(uncertainty)}'")
    try:
        scaled = mlx(trained, "explain", "--date", day, "--json").ok().json()["forecasts"][0]
        inferred = mlx(trained, "infer", "--date", day, "--json").ok().json()["predictions"]
    finally:
        trained.execute(f"update ml.models set uncertainty = '{model['uncertainty']}'")
    assert scaled["ticker"] == plain["ticker"]
    assert scaled["base"] == pytest.approx(3 * plain["base"] + 0.01, rel=1e-12)
    for share, before in zip(scaled["features"], plain["features"], strict=True):
        assert share["contribution"] == pytest.approx(3 * before["contribution"], rel=1e-12)
    assert scaled["yhat"] in [row["yhat"] for row in inferred]


def test_dbt_finds_shares_that_do_not_add_up(trained: Sandbox) -> None:
    day = "2024-03-07"
    mlx(trained, "infer", "--date", day).ok()
    mlx(trained, "explain", "--date", day, "--tickers", "AAA,AAB").ok()
    assert failures(trained) == []
    row = f"dt = '{day}' and ticker = 'AAA' and feature = 'kmid'"
    trained.execute(f"update ml.explanations set contribution = contribution + 2e-6 where {row}")
    ((_, ticker, *_),) = failures(trained)
    assert ticker == "AAA"
    trained.execute(f"update ml.explanations set contribution = contribution - 1.5e-6 where {row}")
    assert failures(trained) == [], "within the tolerance"
    trained.execute(f"update ml.explanations set contribution = contribution + 1 where {row}")
    later = "set created_at = created_at + interval '1 day'"
    trained.execute(f"update ml.preds_log {later} where dt = '{day}'")
    assert failures(trained) == [], "an explanation of an earlier forecast"


def test_shares_stand_beside_the_documentation_of_their_features(trained: Sandbox) -> None:
    day = "2024-03-08"
    mlx(trained, "explain", "--date", day, "--tickers", "AAA").ok()
    query = f"select * from mart.explained_preds where dt = '{day}' and ticker = 'AAA'"
    rows = {row["feature"]: row for row in read_table(trained, query).to_pylist()}
    assert len(rows) == 159
    path = ROOT / "dbt_project" / "models" / "_panel__models.yml"
    models = {each["name"]: each for each in yaml.safe_load(path.read_text())["models"]}
    columns = {c["name"]: c for c in models["features_alpha158"]["columns"]}
    for name in ("kmid", "rsv5", "vsumd60"):
        assert rows[name]["description"] == " ".join(columns[name]["description"].split())
        assert rows[name]["feature_set"] == "alpha158"
    assert rows["(base)"]["contribution_rank"] is None
    assert "before any feature" in rows["(base)"]["description"]
    ranked = sorted(
        (row for row in rows.values() if row["contribution_rank"] is not None),
        key=lambda row: row["contribution_rank"],
    )
    assert len(ranked) == 158
    sizes = [abs(row["contribution"]) for row in ranked]
    assert sizes == sorted(sizes, reverse=True)


def test_the_screen_shows_the_highest_forecasts_or_those_asked(trained: Sandbox) -> None:
    shown = mlx(trained, "explain", "--date", "2024-03-11", "--top", "4").ok().stdout.splitlines()
    assert shown[0].split() == ["ticker", "feature", "value", "adds"]
    assert sum("yhat" in line for line in shown[1:-1]) == 3
    assert len(shown) == 1 + 3 * (2 + 4) + 1
    assert "forecasts of train-" in shown[-1]
    tickers, _ = matrix(trained, "2024-03-11")
    chosen = ("--tickers", ",".join(tickers[-4:]))
    asked = mlx(trained, "explain", "--date", "2024-03-11", *chosen).ok()
    assert asked.stdout.count("yhat ") == 4


def test_shares_that_do_not_add_up_are_not_written(
    trained: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = LightGBMModel.contributions
    monkeypatch.setattr(
        LightGBMModel, "contributions", lambda self, rows: shares(self, rows) + 1e-6
    )
    result = mlx(trained, "explain", "--date", "2024-03-12")
    assert (result.exit_code, "do not add up to yhat" in result.stderr) == (1, True)
    assert stored(trained, "2024-03-12") == []
