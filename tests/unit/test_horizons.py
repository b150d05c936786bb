"""Several horizons in one run: one matrix, and for each the model that it alone would give."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models_ml.errors import UsageError
from models_ml.panel import Labels, SharedPanel
from models_ml.train_config import TrainConfig
from tests.inprocess import mlx
from tests.sandbox import Sandbox

# So few days may well have an IC beyond the bound.
FLAGS = ("--learner", "ridge", "--n-splits", "2", "--test-days", "40", "--max-plausible-ic", "1")
TABLES = {
    "cv_folds": "fold, role, dt_from, dt_to, n_dates, n_rows",
    "cv_preds": "fold, ticker, dt, yhat, yhat_std, prob_up, yhat_lo, yhat_hi, label",
    "cv_metrics": "fold, metric, value",
    "feature_importance": "fold, feature, gain, splits",
}
DAYS = np.arange("2024-01-01", "2024-01-07", dtype="datetime64[D]")


def shared_panel(targets: Mapping[int, list[float]]) -> SharedPanel:
    labels = {
        horizon: Labels(np.array(target) + 1, np.array(target), DAYS + horizon)
        for horizon, target in targets.items()
    }
    matrix = np.arange(12, dtype=np.float32).reshape(6, 2)
    return SharedPanel(("a", "b"), matrix, np.array(list("ABABAB"), dtype=object), DAYS, labels)


def test_a_horizon_has_the_rows_whose_target_is_known() -> None:
    nan = float("nan")
    shared = shared_panel({1: [1, 2, 3, 4, 5, nan], 2: [1, nan, 3, 4, nan, nan]})
    first, second = shared.panel(1), shared.panel(2)
    assert np.shares_memory(first.matrix, shared.matrix), "the first rows need no copy"
    assert second.dt.tolist() == DAYS[[0, 2, 3]].tolist()
    assert second.ticker.tolist() == ["A", "A", "B"]
    assert second.matrix.tolist() == [[0, 1], [4, 5], [6, 7]]
    assert second.matrix.flags.c_contiguous
    assert (second.target.tolist(), second.label.tolist()) == ([1, 3, 4], [2, 4, 5])
    assert second.label_end.tolist() == (DAYS[[0, 2, 3]] + 2).tolist()
    assert shared.panel(2, labelled=False).n_rows == 6


def test_each_horizon_is_a_configuration_of_its_own() -> None:
    config = TrainConfig(horizons=(20, 1, 5), seed=3)
    assert [one.horizon for one in config.each_horizon()] == [1, 5, 20]
    assert {one.seed for one in config.each_horizon()} == {3}
    assert TrainConfig(horizon=5).each_horizon() == (TrainConfig(horizon=5),)
    for horizons in ((), (5, 5)):
        with pytest.raises(UsageError, match="horizons must be different"):
            TrainConfig(horizons=horizons).each_horizon()


@pytest.fixture(scope="module")
def together(module_sandbox: Sandbox) -> dict[str, Any]:
    document: dict[str, Any] = (
        mlx(module_sandbox, "train", *FLAGS, "--horizons", "1,5", "--json").ok().json()
    )
    return document


def rows_of(sandbox: Sandbox, run_id: str, table: str, horizon: int) -> list[tuple[Any, ...]]:
    columns = TABLES[table]
    return sandbox.rows(
        f"select {columns} from ml.{table} where run_id = '{run_id}' and horizon = {horizon} "
        f"order by {columns}"
    )


def test_json_lists_a_model_of_each_horizon(
    module_sandbox: Sandbox, together: dict[str, Any]
) -> None:
    run_id = together["run_id"]
    assert [(one["horizon"], one["model_id"]) for one in together["models"]] == [
        (1, f"{run_id}-h1"),
        (5, f"{run_id}-h5"),
    ]
    assert all(one["is_champion"] for one in together["models"])
    rows = module_sandbox.rows(
        "select horizon, learner, alias, model_id from ml.models order by horizon"
    )
    assert rows == [
        (1, "ridge", "champion", f"{run_id}-h1"),
        (5, "ridge", "champion", f"{run_id}-h5"),
    ]
    ((config, metrics),) = module_sandbox.rows("select config, metrics from ml.runs")
    assert json.loads(config)["horizons"] == [1, 5]
    assert json.loads(metrics) == {
        str(one["horizon"]): one["overall"] for one in together["models"]
    }


def test_each_model_is_the_one_of_a_run_of_its_own(
    module_sandbox: Sandbox, together: dict[str, Any]
) -> None:
    arguments = ("train", *FLAGS, "--horizon", "5", "--json")
    alone = mlx(module_sandbox, *arguments).ok().json()
    for table in TABLES:
        expected = rows_of(module_sandbox, alone["run_id"], table, 5)
        assert expected
        assert rows_of(module_sandbox, together["run_id"], table, 5) == expected, table
    texts = module_sandbox.rows("select distinct sha256 from ml.models where horizon = 5")
    assert len(texts) == 1
    of_five = together["models"][1]
    assert {key: of_five[key] for key in ("overall", "folds")} == {
        key: alone[key] for key in ("overall", "folds")
    }


# The first run is the champion's, also where a worker begins with this test.
@pytest.mark.usefixtures("together")
def test_each_model_of_a_run_is_reproduced_alone(module_sandbox: Sandbox) -> None:
    """Also after labels have matured between the end of the longer horizon and the shorter's."""
    late = {1: "2024-11-29", 5: "2024-11-22"}
    for horizon, day in late.items():
        name = f"label_ret_{horizon}d"
        module_sandbox.execute(
            f"create table kept_{horizon} as select ticker, dt, {name} from mart.labels "
            f"where dt > '{day}'"
        )
        module_sandbox.execute(f"update mart.labels set {name} = null where dt > '{day}'")
    flags = ("train", *FLAGS, "--horizons", "1,5", "--json")
    models = mlx(module_sandbox, *flags).ok().json()["models"]
    for horizon in late:
        name = f"label_ret_{horizon}d"
        module_sandbox.execute(
            f"update mart.labels set {name} = kept.{name} from kept_{horizon} as kept "
            "where labels.ticker = kept.ticker and labels.dt = kept.dt"
        )
        module_sandbox.execute(f"drop table kept_{horizon}")
    for model in models:
        again = mlx(module_sandbox, "models", "reproduce", model["model_id"], "--json").ok().json()
        assert again["is_equal"]
        assert [text for text in again["differences"] if not text.startswith("code")] == []


def test_a_shared_matrix_gives_the_rows_of_a_matrix_of_its_own() -> None:
    """Fingerprint and LightGBM's bytes, where the other horizon knows rows that this one lacks."""
    rng = np.random.default_rng(2)
    targets = rng.standard_normal((2, 400))
    targets[1, rng.random(400) < 0.1] = np.nan
    targets[1, 380:] = np.nan
    days = np.repeat(DAYS[0] + np.arange(20), 20)
    ticker = np.array([f"T{i:02}" for i in range(20)] * 20, dtype=object)
    matrix = rng.standard_normal((400, 2)).astype(np.float32)
    labels = {h: Labels(t, t, days + h) for h, t in zip((1, 5), targets, strict=True)}
    shared = SharedPanel(("a", "b"), matrix, ticker, days, labels).panel(5)
    known = np.isfinite(targets[1])
    own = {5: Labels(targets[1][known], targets[1][known], days[known] + 5)}
    alone = SharedPanel(("a", "b"), matrix[known], ticker[known], days[known], own).panel(5)
    assert shared.fingerprint() == alone.fingerprint()
    texts = {
        TrainConfig(n_estimators=3)
        .build_learner()
        .fit(panel.matrix, panel.target, feature_names=panel.features)
        .to_text()
        for panel in (shared, alone)
    }
    assert len(texts) == 1


def test_each_horizon_is_purged_by_its_own_length(
    module_sandbox: Sandbox, together: dict[str, Any]
) -> None:
    days = [d for (d,) in module_sandbox.rows("select dt from mart.int_trading_days order by dt")]
    for horizon in (1, 5):
        blocks = {
            (fold, role): (first, last)
            for fold, role, first, last, *_ in rows_of(
                module_sandbox, together["run_id"], "cv_folds", horizon
            )
        }
        for fold in (0, 1):
            gap = days.index(blocks[fold, "test"][0]) - days.index(blocks[fold, "valid"][1]) - 1
            assert gap == horizon + 2, "the horizon and two days of embargo"


def test_each_model_can_be_inferred_with_by_name_and_by_path(
    module_sandbox: Sandbox, together: dict[str, Any]
) -> None:
    model_id = f"{together['run_id']}-h5"
    path = Path(together["artifacts"]) / "h5" / "model.txt"
    ((digest,),) = module_sandbox.rows(
        f"select sha256 from ml.models where model_id = '{model_id}'"
    )
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    by_name = mlx(module_sandbox, "infer", "--horizon", "5", "--json").ok().json()
    by_path = mlx(module_sandbox, "infer", str(path), "--json").ok().json()
    assert by_name["model_id"] == by_path["model_id"] == model_id
    assert by_path["n_written"] == 0
    assert by_path["predictions"] == by_name["predictions"]
    whole = mlx(module_sandbox, "infer", str(path), "--start", "2024-12-02", "--json").ok().json()
    day = by_name["dt_from"]
    assert [row for row in whole["predictions"] if row["dt"] == day] == by_name["predictions"]


def test_a_dry_run_shows_the_folds_of_each_horizon(module_sandbox: Sandbox) -> None:
    flags = (*FLAGS, "--horizons", "5,1", "--dry-run")
    document = mlx(module_sandbox, "train", *flags, "--json").ok().json()
    assert [(one["horizon"], len(one["folds"])) for one in document["models"]] == [(1, 2), (5, 2)]
    text = mlx(module_sandbox, "train", *flags).ok().stdout
    assert text.count("horizon 1\n") == text.count("horizon 5\n") == 1


def test_weights_and_learners_are_options(module_sandbox: Sandbox) -> None:
    """A weighted stack, with all its options recorded; and what does not go together."""
    weighing = ("--half-life-days", "120", "--uniqueness", "--n-estimators", "3")
    arguments = ("train", *FLAGS[2:], *weighing, "--learner", "stack", "--json")
    done = mlx(module_sandbox, *arguments).ok()
    assert "fold 1" in done.stderr
    run_id = done.json()["run_id"]
    ((params, config),) = module_sandbox.rows(
        "select params, config from ml.models inner join ml.runs using (run_id) "
        f"where run_id = '{run_id}'"
    )
    assert set(json.loads(params)) == {"lightgbm", "ridge"}
    assert (json.loads(config)["half_life_days"], json.loads(config)["uniqueness"]) == (120, True)
    refused = mlx(module_sandbox, "train", "--learner", "ridge", "--members", "ridge,lightgbm")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "error: learner ridge has no members" in refused.stderr


@pytest.mark.parametrize("target", ["excess", "rank"])
def test_every_target_becomes_a_return(module_sandbox: Sandbox, target: str) -> None:
    arguments = ("train", *FLAGS, "--target", target, "--json")
    run_id = mlx(module_sandbox, *arguments).ok().json()["run_id"]
    ((low, high),) = module_sandbox.rows(
        f"select min(yhat), max(yhat) from ml.cv_preds where run_id = '{run_id}'"
    )
    assert -0.2 < low < high < 0.2
