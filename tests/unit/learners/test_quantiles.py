"""The models of two quantiles, against LightGBM called by hand."""

import json

import lightgbm as lgb
import numpy as np
import pytest

from models_ml.learners.quantiles import QuantileLearner, QuantileModels
from models_ml.learners.ridge import RidgeLearner
from models_ml.train_config import TrainConfig
from tests.unit.learners.rows import NAMES, held_out, rows


def learner(level: float = 0.8, **options: int) -> QuantileLearner:
    return QuantileLearner.of_level(level, **{"n_estimators": 30, "learning_rate": 0.2, **options})


def test_both_are_lightgbm_on_the_pinball_loss() -> None:
    train, (test, _) = rows(2000), rows(200, seed=2)
    low, high = learner().fit(*train, feature_names=NAMES).predict(test)
    for q, found in ((0.1, low), (0.9, high)):
        params = {"objective": "quantile", "alpha": q, "learning_rate": 0.2, "seed": 7}
        fixed = {"deterministic": True, "force_col_wise": True, "verbosity": -1}
        booster = lgb.train({**params, **fixed}, lgb.Dataset(*train), 30)
        expected = np.asarray(booster.predict(test), dtype=np.float64)
        assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("level", [0.5, 0.8])
def test_the_level_lies_between_them(level: float) -> None:
    matrix, target = rows(8000)
    low, high = learner(level).fit(matrix, target, feature_names=NAMES).predict(matrix)
    assert np.mean(target < low) == pytest.approx((1 - level) / 2, abs=0.03)
    assert np.mean(target > high) == pytest.approx((1 - level) / 2, abs=0.03)


def test_where_they_cross_they_change_places() -> None:
    models = learner().fit(*rows(500), feature_names=NAMES)
    matrix, _ = rows(50, seed=1)
    low, high = QuantileModels(models.upper, models.lower).predict(matrix)
    assert (low <= high).all()
    np.testing.assert_array_equal((low, high), models.predict(matrix))


def test_the_text_holds_all_three_models() -> None:
    train, (matrix, _) = rows(500), rows(50, seed=1)
    models = learner().fit(*train, feature_names=NAMES)
    ridge = RidgeLearner().fit(*train, feature_names=NAMES)
    text = models.text_with(ridge)
    read, beside = QuantileModels.from_text(text)
    assert beside == ridge.to_text()
    np.testing.assert_array_equal(read.predict(matrix), models.predict(matrix))
    assert read.text_with(ridge) == text
    assert list(json.loads(text)) == ["lower", "model", "upper"]


def test_the_final_fit_has_the_mean_of_the_rounds_of_each() -> None:
    models = learner(early_stopping_rounds=3).fit(
        *rows(2000), feature_names=NAMES, valid=held_out(400)
    )
    assert models.lower.best_iteration != models.upper.best_iteration, "else this says nothing"
    assert models.lower.best_iteration < 30
    settled = learner().settled([models, models])
    assert settled.lower.n_estimators == models.lower.best_iteration
    assert settled.upper.n_estimators == models.upper.best_iteration


def test_the_configuration_asks_for_them() -> None:
    assert TrainConfig().build_quantiles() is None
    asked = TrainConfig(uncertainty="cqr", level=0.9, n_estimators=4, seed=3).build_quantiles()
    assert asked is not None
    assert [one.params["alpha"] for one in (asked.lower, asked.upper)] == pytest.approx(
        [0.05, 0.95]
    )
    assert (asked.lower.n_estimators, asked.upper.seed) == (4, 3)
