"""Selection on arrays: what carries the signal stays, noise goes, and test days are not known."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from models_ml.crossval import cross_validate
from models_ml.learners.base import Matrix, Vector
from models_ml.metrics import daily_scores
from models_ml.nested import nested_plan
from models_ml.selection.clusters import cluster_features
from models_ml.selection.importance import (
    null_gains,
    permutation_importance,
    shuffled_within_days,
)
from models_ml.selection.select import Selected, select
from models_ml.splits import Fold
from models_ml.train_plan import TrainPlan
from tests.plans import NOISES, plan_on_arrays, with_another_future


def selected(plan: TrainPlan) -> Selected:
    return select(nested_plan(plan, 2), repeats=4)


def bytes_of(found: Selected) -> list[bytes]:
    return [
        values.tobytes()
        for values in (
            *(found.cluster, found.gain, found.null_gain, found.importance, found.n_positive),
            found.kept,
        )
    ]


def small(**options: Any) -> TrainPlan:
    return plan_on_arrays(**{"n_estimators": 15, "num_leaves": 7, **options})


@pytest.fixture(scope="module")
def found() -> Selected:
    return selected(small())


def test_signals_are_kept_and_noise_is_dropped(found: Selected) -> None:
    kept = {name for name, keep in zip(found.features, found.kept, strict=True) if keep}
    assert {"signal", "other"} <= kept
    assert len(kept & set(NOISES)) <= 1
    assert list(found.cluster) == [0, 0, 1, 2, 3, 4, 5]
    assert found.importance[0] == found.importance[1] > 0.1
    assert np.all(np.abs(found.importance[3:]) < 0.05)
    assert found.ic > 0.3


def test_selection_does_not_know_the_test_days(found: Selected) -> None:
    plan = small()
    assert bytes_of(selected(with_another_future(plan))) == bytes_of(found)


def test_one_day_more_would_show(found: Selected, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = small()
    (block,) = plan.folds[0].train_blocks
    longer = replace(block, stop=block.stop + 1, last_day=block.last_day + timedelta(days=1))
    monkeypatch.setattr(Fold, "train_blocks", [longer])
    seen = [selected(one) for one in (plan, with_another_future(plan))]
    assert bytes_of(seen[0]) != bytes_of(seen[1])


@pytest.mark.parametrize(
    ("gain", "null_gain", "n_positive", "kept"),
    [(2.0, 1.0, 2, True), (1.0, 1.0, 3, False), (2.0, 1.0, 1, False)],
)
def test_a_feature_has_to_beat_chance_and_to_help_in_most_folds(
    gain: float, null_gain: float, n_positive: int, kept: bool
) -> None:
    one = np.array([0])
    judged = Selected(
        ("a",), one, np.array([gain]), np.array([null_gain]), np.array([0.1]),
        np.array([n_positive]), 3, 0.1,
    )  # fmt: skip
    assert judged.kept.tolist() == [kept]


def test_features_that_rank_alike_are_one_cluster() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.standard_normal((2, 500))
    columns = [first, second, np.exp(first), -(first**3), second + 3 * rng.standard_normal(500)]
    matrix = np.column_stack([*columns, np.ones(500), np.full(500, np.nan)]).astype(np.float32)
    assert cluster_features(matrix).tolist() == [0, 1, 0, 0, 2, 3, 4]
    close = 0.7
    assert abs(spearmanr(columns[0], columns[3]).statistic) > close
    assert abs(spearmanr(columns[1], columns[4]).statistic) < close
    assert cluster_features(matrix[:, :1]).tolist() == [0]


def test_rows_change_places_within_their_days_only() -> None:
    dt = np.repeat(np.arange("2024-01-01", "2024-01-11", dtype="datetime64[D]"), 30)
    order = shuffled_within_days(dt, [1, 2])
    assert sorted(order) == list(range(300))
    assert np.array_equal(dt[order], dt)
    assert (order != np.arange(300)).mean() > 0.9
    assert np.array_equal(order, shuffled_within_days(dt, [1, 2]))
    assert not np.array_equal(order, shuffled_within_days(dt, [1, 3]))


def test_permutation_importance_is_the_loss_of_ic() -> None:
    """The oracle permutes by hand and asks the metrics of the project."""
    plan = nested_plan(small(), 2)
    learner = plan.config.build_learner()
    (result,) = cross_validate(
        plan.panel, plan.folds[1:], learner, horizon=1, target="raw", min_names=20
    )
    clusters = np.array([0, 0, 1, 2, 3, 4, 5])
    steps: list[None] = []
    options: dict[str, Any] = {"seed": 7, "on_step": lambda: steps.append(None)}
    found = permutation_importance(plan, result, clusters, repeats=1, **options)
    rows, panel = result.rows, plan.panel
    order = shuffled_within_days(panel.dt[rows], [7, 1, 0])
    matrix = panel.matrix[rows].copy()
    matrix[:, :2] = matrix[order, :2]

    def ic(values: Matrix | Vector) -> float:
        return float(daily_scores(values, panel.label[rows], panel.dt[rows]).ic.mean())

    expected = ic(result.predicted) - ic(result.model.predict(matrix))
    assert found[0] == pytest.approx(expected, rel=1e-9)
    assert len(steps) == 6
    gains = null_gains(plan, result, learner, repeats=2, **options)
    assert gains.shape == (2, 7)
    assert not np.array_equal(gains[0], gains[1])
