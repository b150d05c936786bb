"""Ensembles add up their members; the weights of a stack come from forecasts out of fold."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from models_ml.crossval import cross_validate
from models_ml.errors import MlxError, UsageError
from models_ml.learners.base import Importance, LabelSpan, Matrix, Vector
from models_ml.learners.catalogue import LearnerOptions, build_learner, load_model
from models_ml.learners.ensemble import EnsembleModel
from models_ml.learners.ridge import RidgeLearner
from models_ml.learners.stack import StackLearner, non_negative_weights, purged_blocks
from models_ml.panel import Panel
from models_ml.splits import WalkForward
from tests.unit.learners.rows import NAMES, ROWS_A_DAY, held_out, rows, span_of

N_DAYS, HORIZON = 200, 3


@dataclass(frozen=True)
class Memory:
    """A learner that knows every row it was shown by heart, and nothing else."""

    name: str = "memory"
    shown: list[LabelSpan] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def description(self) -> dict[str, Any]:
        return {}

    def settled(self, models: Any) -> "Memory":
        return self

    def fit(
        self, matrix: Matrix, target: Vector, *, span: LabelSpan | None = None, **_: Any
    ) -> "MemoryModel":
        assert span is not None
        self.shown.append(span)
        return MemoryModel(dict(zip(map(bytes, matrix), target, strict=True)))


@dataclass(frozen=True)
class MemoryModel:
    known: dict[bytes, float]
    best_iteration: int = 1
    feature_names: tuple[str, ...] = NAMES

    def predict(self, matrix: Matrix) -> Vector:
        return np.array([self.known.get(bytes(row), 0.0) for row in matrix])

    def iteration_std(self, matrix: Matrix) -> Vector:
        raise NotImplementedError

    def importance(self) -> Importance:
        return Importance(np.ones(len(NAMES)), np.zeros(len(NAMES), dtype=np.int64))

    def contributions(self, matrix: Matrix) -> Vector:
        raise NotImplementedError

    def to_text(self) -> str:
        raise NotImplementedError


def panel(seed: int = 0) -> Panel:
    n_rows = N_DAYS * ROWS_A_DAY
    matrix, target = rows(n_rows, seed)
    span = span_of(n_rows, HORIZON)
    ticker = np.array([f"T{i % ROWS_A_DAY}" for i in range(n_rows)], dtype=object)
    return Panel(NAMES, matrix, ticker, span.dt, target, target, span.label_end)


def test_the_mean_is_the_mean_of_models_fitted_alone() -> None:
    train, (test, _) = rows(1000), rows(100, seed=1)
    options = LearnerOptions(n_estimators=5)
    members = ("lightgbm", "ridge")
    mean = build_learner("mean", options).fit(*train, feature_names=NAMES)
    alone = [build_learner(n, options).fit(*train, feature_names=NAMES) for n in members]
    expected = (alone[0].predict(test) + alone[1].predict(test)) / 2
    np.testing.assert_allclose(mean.predict(test), expected, rtol=1e-12)
    gains = [model.importance().gain for model in alone]
    shares = sum(gain / gain.sum() for gain in gains) / 2
    np.testing.assert_allclose(mean.importance().gain, shares, rtol=1e-12)
    np.testing.assert_array_equal(mean.importance().splits, alone[0].importance().splits)


def test_every_member_keeps_the_rounds_it_stopped_at() -> None:
    train, valid = rows(2000), held_out(500)
    learner = build_learner(
        "mean", LearnerOptions(members=("lightgbm", "xgboost"), learning_rate=0.3)
    )
    models = [learner.fit(*train, feature_names=NAMES, valid=valid)] * 2
    ensemble = models[0]
    assert isinstance(ensemble, EnsembleModel)
    rounds = [member.best_iteration for member in ensemble.members]
    settled = learner.settled(models)
    assert [settled.description()[name]["n_estimators"] for name in ensemble.names] == rounds
    assert ensemble.best_iteration == max(rounds)
    assert len(set(rounds)) == 2, "else this says nothing"


def test_members_of_other_features_are_refused() -> None:
    models = [RidgeLearner().fit(*rows(200), feature_names=names) for names in (NAMES, NAMES[::-1])]
    text = EnsembleModel(("ridge", "ridge"), tuple(models), 0.0, np.ones(2)).to_text()
    with pytest.raises(MlxError, match="name different features"):
        load_model("mean", text)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_weights_are_those_of_bounded_least_squares(seed: int, weighted: bool) -> None:
    """SciPy's bounded solver on all rows, with the intercept as a free column."""
    rng = np.random.default_rng(seed)
    target = rng.standard_normal(400)
    signs = np.array([1.0, -0.5, 0.3]) * rng.choice([-1, 1], 3)
    forecasts = np.outer(target, signs) + rng.standard_normal((400, 3)) + 0.7
    weight = rng.uniform(0.1, 2.0, 400) if weighted else None
    intercept, weights = non_negative_weights(forecasts, target, weight)
    root = np.ones(400) if weight is None else np.sqrt(weight)
    columns = np.column_stack([np.ones(400), forecasts]) * root[:, None]
    found = lsq_linear(columns, target * root, ([-np.inf, 0, 0, 0], np.inf), tol=1e-14)
    if (found.x[1:] > 1e-8).any():
        np.testing.assert_allclose([intercept, *weights], found.x, atol=1e-6)
    assert (weights >= 0).all()


def test_where_no_member_helps_all_weigh_the_same() -> None:
    target = np.random.default_rng(0).standard_normal(100)
    intercept, weights = non_negative_weights(np.column_stack([-target, -2 * target]), target)
    assert weights.tolist() == [0.5, 0.5]
    assert intercept == pytest.approx(target.mean() * (1 + 0.75 * 2))


def test_a_constant_member_is_no_trouble() -> None:
    target = np.random.default_rng(0).standard_normal(100)
    _, weights = non_negative_weights(np.column_stack([np.full(100, 0.3), target / 2]), target)
    np.testing.assert_allclose(weights, [0, 2], atol=1e-9)


def test_blocks_are_forecast_by_rows_whose_labels_were_known() -> None:
    span = span_of(40 * ROWS_A_DAY, HORIZON)
    blocks = [
        (str(span.dt[train][-1]), str(span.dt[test][0]), str(span.dt[test][-1]))
        for train, test in purged_blocks(span)
    ]
    assert blocks == [
        ("2024-01-07", "2024-01-11", "2024-01-20"),
        ("2024-01-17", "2024-01-21", "2024-01-30"),
        ("2024-01-27", "2024-01-31", "2024-02-09"),
    ]


def test_no_member_saw_a_label_of_the_days_it_forecasts() -> None:
    memory = Memory()
    learner = StackLearner((memory, RidgeLearner()))
    data = panel()
    span = LabelSpan(data.dt, data.label_end)
    learner.fit(data.matrix, data.target, feature_names=NAMES, span=span)
    first, *inner = memory.shown
    assert first.dt.size == data.n_rows
    starts = [span.dt[test][0] for _, test in purged_blocks(span)]
    for shown, start in zip(inner, starts, strict=True):
        assert shown.label_end.max() == start - 1, "and no more was dropped than that"


def test_a_member_that_learns_by_heart_gets_no_weight() -> None:
    """On the rows it was shown it is perfect: weights fitted there would be 1 and 0."""
    data = panel()
    learner = StackLearner((Memory(), RidgeLearner({"alpha": 1})))
    span = LabelSpan(data.dt, data.label_end)
    model = learner.fit(data.matrix, data.target, feature_names=NAMES, span=span)
    assert model.weights[0] == 0
    assert model.weights[1] == pytest.approx(1.0, abs=0.1)


def weights_of(data: Panel) -> list[tuple[float, ...]]:
    """Return the weights of each fold's stack."""
    calendar = np.unique(data.dt)
    folds = WalkForward(2, horizon=HORIZON, test_days=30).folds(calendar)
    learner = build_learner("stack", LearnerOptions(n_estimators=5))
    results = cross_validate(data, folds, learner, horizon=HORIZON, target="raw", min_names=5)
    ensembles = [result.model for result in results]
    assert all(isinstance(ensemble, EnsembleModel) for ensemble in ensembles)
    return [(e.intercept, *e.weights) for e in ensembles if isinstance(e, EnsembleModel)]


def test_weights_do_not_see_the_outer_test_days() -> None:
    """Labels that end after a fold's training days become noise: its weights stay, bit by bit."""
    data = panel()
    folds = WalkForward(2, horizon=HORIZON, test_days=30).folds(np.unique(data.dt))
    before = weights_of(data)
    noise = np.random.default_rng(1).permutation(data.target)
    for fold in folds:
        for role, first in (("test", fold.test.first_day), ("train", fold.train.last_day)):
            target = np.where(data.dt >= np.datetime64(first), noise, data.target)
            after = weights_of(replace(data, target=target, label=target))[fold.index]
            assert (after == before[fold.index]) == (role == "test"), role


def test_too_few_days_to_stack_say_so() -> None:
    span = span_of(8 * ROWS_A_DAY, horizon=5)
    matrix, target = rows(8 * ROWS_A_DAY)
    learner = StackLearner((Memory(), RidgeLearner()))
    with pytest.raises(UsageError, match="8 training days are too few to stack") as caught:
        learner.fit(matrix, target, feature_names=NAMES, span=span)
    assert "--learner mean" in (caught.value.hint or "")
