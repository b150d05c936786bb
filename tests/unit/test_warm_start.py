"""A continued model: newer rows alone, the days of a full retrain, and none that it has seen."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from models_ml import train_plan
from models_ml.dbt import FeatureList
from models_ml.errors import UsageError
from models_ml.learners.base import Importance, LabelSpan, Matrix, Vector
from models_ml.panel import Labels, SharedPanel
from models_ml.train import fit_models
from models_ml.train_config import TrainConfig
from models_ml.train_outcome import TrainOutcome
from models_ml.train_plan import TrainData
from models_ml.warm_start import Parent
from tests.inprocess import mlx
from tests.sandbox import Result, Sandbox

HORIZON, N_DAYS, N_NAMES = 3, 260, 25
FIRST = np.datetime64("2024-01-01", "D")
FITTED_TO = FIRST + 119
FEATURES = ("signal", "other")


@dataclass(frozen=True)
class Constant:
    """A model that forecasts its signal."""

    best_iteration: int = 1
    feature_names: tuple[str, ...] = FEATURES

    def predict(self, matrix: Matrix) -> Vector:
        return matrix[:, 0].astype(np.float64)

    def iteration_std(self, matrix: Matrix) -> Vector:
        raise NotImplementedError

    def contributions(self, matrix: Matrix) -> Vector:
        raise NotImplementedError

    def importance(self) -> Importance:
        return Importance(np.ones(2), np.zeros(2, dtype=np.int64))

    def to_text(self) -> str:
        return "constant"


@dataclass
class Recorder:
    """A learner that keeps the days of the rows it was shown, and whether it went on."""

    shown: list[tuple[bool, LabelSpan]] = field(default_factory=list)
    goes_on: bool = False
    name: str = "recorder"
    params: Mapping[str, Any] = field(default_factory=dict)

    def description(self) -> Mapping[str, Any]:
        return {}

    def continuing(self, model: Any) -> "Recorder":
        assert model == Constant()
        return replace(self, goes_on=True)

    def settled(self, models: Sequence[Any]) -> "Recorder":
        return self

    def fit(self, matrix: Matrix, target: Vector, **options: Any) -> Constant:
        self.shown.append((self.goes_on, options["span"]))
        assert options["span"].dt.size == target.size == len(matrix)
        return Constant()


def data_of(
    monkeypatch: pytest.MonkeyPatch, fitted_to: np.datetime64 | None = FITTED_TO
) -> TrainData:
    rng = np.random.default_rng(3)
    days = FIRST + np.arange(N_DAYS)
    dt = np.repeat(days, N_NAMES)
    matrix = rng.standard_normal((dt.size, 2)).astype(np.float32)
    label = 0.01 * (0.1 * matrix[:, 0] + rng.standard_normal(dt.size))
    ticker = np.array([f"T{i:02}" for i in range(N_NAMES)] * N_DAYS, dtype=object)
    labels = {HORIZON: Labels(label, label, dt + HORIZON)}
    shared = SharedPanel(FEATURES, matrix, ticker, dt, labels)
    parent = None if fitted_to is None else Parent("parent-h3", Constant(), fitted_to)
    calendar = FIRST + np.arange(N_DAYS + HORIZON)
    monkeypatch.setattr(train_plan, "read_trading_days", lambda *_: calendar)
    features = FeatureList(FEATURES, "")
    return TrainData(None, "mart", features, shared, parent=parent)  # type: ignore[arg-type]


def config_of(**options: Any) -> TrainConfig:
    folds = {"horizon": HORIZON, "n_splits": 2, "test_days": 30}
    return TrainConfig(**{**folds, "baseline": False, **options})


def outcome_of(monkeypatch: pytest.MonkeyPatch, data: TrainData) -> tuple[TrainOutcome, Recorder]:
    recorder = Recorder()
    monkeypatch.setattr(TrainConfig, "build_learner", lambda self: recorder)
    monkeypatch.setattr(sys.modules[fit_models.__module__], "read_data", lambda *_: data)
    (outcome,) = fit_models(config_of(), project=None)  # type: ignore[arg-type]
    return outcome, recorder


def test_both_models_are_scored_on_the_same_days(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, _ = outcome_of(monkeypatch, data_of(monkeypatch))
    assert outcome.retrained is not None
    assert outcome.config.warm_start == "parent-h3"
    for one, other in zip(outcome.results, outcome.retrained.results, strict=True):
        assert one.rows == other.rows
        assert one.n_rows["test"] == other.n_rows["test"] == 30 * N_NAMES
        assert one.n_rows["valid"] == other.n_rows["valid"]
        assert one.fold.train.last_day == other.fold.train.last_day
        assert other.n_rows["train"] == one.n_rows["train"] + 120 * N_NAMES
    assert outcome.scores == outcome.retrained.scores, "the models here are the same"


def test_no_day_is_scored_by_a_model_that_has_seen_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the parent nor what goes on from it: every label it saw ended before the test."""
    outcome, recorder = outcome_of(monkeypatch, data_of(monkeypatch))
    seen_by_parent = FITTED_TO + HORIZON
    continued = [span for goes_on, span in recorder.shown if goes_on]
    *folds, final = continued
    assert len(folds) == 2
    for result, span in zip(outcome.results, folds, strict=True):
        tested = outcome.panel.dt[result.rows]
        assert max(seen_by_parent, span.label_end.max()) < tested.min()
        checked = outcome.panel.dt[result.calibration_rows]
        assert max(seen_by_parent, span.label_end.max()) < checked.min()
        assert span.dt.min() == FITTED_TO + 1, "newer rows alone, and all of them"
    assert (final.dt.min(), final.dt.max()) == (FITTED_TO + 1, FIRST + N_DAYS - 1)
    anew = [span for goes_on, span in recorder.shown if not goes_on]
    for span, other in zip(anew, folds, strict=True):
        assert (span.dt.min(), span.dt.max()) == (FIRST, other.dt.max())


def test_without_a_parent_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, recorder = outcome_of(monkeypatch, data_of(monkeypatch, fitted_to=None))
    assert outcome.retrained is None
    assert outcome.metrics().keys() == {"overall", "folds", "n_iterations"}
    assert outcome.seconds() == {}
    assert [goes_on for goes_on, _ in recorder.shown] == [False] * 3
    assert recorder.shown[-1][1].dt.size == N_DAYS * N_NAMES


def test_the_comparison_is_kept_with_the_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, _ = outcome_of(monkeypatch, data_of(monkeypatch))
    metrics = outcome.metrics()
    assert metrics["retrained"]["overall"] == metrics["overall"]
    assert [fold["fold"] for fold in metrics["retrained"]["folds"]] == [0, 1]
    assert set(outcome.seconds()["seconds"]) == {"continued", "retrained"}


def test_the_folds_drawn_are_of_new_days(monkeypatch: pytest.MonkeyPatch) -> None:
    text = data_of(monkeypatch).plan(config_of()).draw()
    assert str(FITTED_TO + 1) in text
    assert str(FIRST) not in text


def test_too_few_new_days_name_those_that_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    data = data_of(monkeypatch, FIRST + N_DAYS - 41)
    with pytest.raises(UsageError, match="40 trading days are too few for 2 folds") as caught:
        data.plan(config_of())
    assert "days up to 2024-08-07 do not count, because parent-h3 was fitted on them" in str(
        caught.value
    )
    assert "mlx train without --warm-start" in (caught.value.hint or "")
    assert len(data.plan(config_of(n_splits=1, test_days=3)).folds) == 1


SMALL = ("--n-splits", "1", "--test-days", "20", "--n-estimators", "3", "--max-plausible-ic", "1")


@pytest.fixture(scope="module")
def parent(module_sandbox: Sandbox) -> str:
    """Train a champion that ends half a year before the data do."""
    flags = (*SMALL, "--end", "2024-06-28", "--json")
    return str(mlx(module_sandbox, "train", *flags).ok().json()["model_id"])


@pytest.fixture(scope="module")
def continued(module_sandbox: Sandbox, parent: str) -> Result:
    """Continue the champion."""
    return mlx(module_sandbox, "train", *SMALL, "--warm-start", "champion").ok()


def test_the_screen_puts_both_side_by_side(parent: str, continued: Result) -> None:
    assert "retrain fold 0" in continued.stderr
    lines = [line.split()[:2] for line in continued.stdout.splitlines()]
    for line in (["0", "continued"], ["0", "retrained"], ["all", "continued"]):
        assert line in lines
    assert ["continued", parent] in lines


def test_the_registry_names_the_parent_and_the_model_is_reproduced(
    module_sandbox: Sandbox, parent: str, continued: Result
) -> None:
    found = re.search(r"^model +(\S+)", continued.stdout, re.MULTILINE)
    assert found
    model_id = found[1]
    ((params, config, text),) = module_sandbox.rows(
        "select params, config, model from ml.models inner join ml.runs using (run_id) "
        f"where model_id = '{model_id}'"
    )
    assert json.loads(params)["warm_start"] == json.loads(config)["warm_start"] == parent
    ((base,),) = module_sandbox.rows(f"select model from ml.models where model_id = '{parent}'")
    trees = base[base.index("Tree=0") : base.index("end of trees")].strip()
    assert trees in text, "the parent's trees come first"
    assert text.count("Tree=") > base.count("Tree=")
    ((tested,),) = module_sandbox.rows(
        "select min(dt) from ml.cv_preds inner join ml.models using (run_id) "
        f"where model_id = '{model_id}'"
    )
    assert str(tested) > "2024-06-28"
    again = mlx(module_sandbox, "models", "reproduce", model_id, "--json").ok().json()
    assert again["is_equal"]


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (("--target", "rank"), 2, "is of target raw, not rank"),
        (("--horizon", "5"), 2, "is of horizon 1, not 5"),
        (("--learner", "ridge"), 2, "is of learner lightgbm, not ridge"),
        (("--horizons", "1,5"), 2, "--warm-start continues one model"),
        (("--uncertainty", "cqr"), 2, "not those of two quantiles"),
        (("--n-splits", "9"), 2, "do not count, because train-"),
    ],
)
def test_what_does_not_suit_is_refused(
    module_sandbox: Sandbox, parent: str, flags: tuple[str, ...], code: int, said: str
) -> None:
    result = mlx(module_sandbox, "train", *SMALL, "--warm-start", parent, *flags)
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
    assert "next: " in result.stderr


def test_another_list_of_features_is_refused(module_sandbox: Sandbox, parent: str) -> None:
    ((features,),) = module_sandbox.rows(
        f"select features from ml.models where model_id = '{parent}'"
    )
    other = json.dumps([*json.loads(features)[1:], "gone"])
    change = "update ml.models set features = '{}' where model_id = '{}'"
    module_sandbox.execute(change.format(other, parent))
    try:
        result = mlx(module_sandbox, "train", *SMALL, "--warm-start", parent)
    finally:
        module_sandbox.execute(change.format(features, parent))
    assert result.exit_code == 1
    assert "was trained on other features: gone: gone; new: kmid" in result.stderr


def test_a_learner_without_rounds_cannot_go_on(module_sandbox: Sandbox) -> None:
    flags = (*SMALL, "--learner", "ridge", "--end", "2024-06-28", "--json")
    model_id = mlx(module_sandbox, "train", *flags).ok().json()["model_id"]
    result = mlx(module_sandbox, "train", "--learner", "ridge", "--warm-start", model_id)
    assert result.exit_code == 2
    assert "learner ridge cannot continue a model" in result.stderr
