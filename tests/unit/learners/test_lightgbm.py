"""The default learner against plain LightGBM."""

import os
import subprocess
import sys
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from models_ml.errors import UsageError
from models_ml.learners.lightgbm import LightGBMLearner, LightGBMModel
from tests.unit.learners.rows import NAMES, held_out, rows

Score = tuple[str, float, bool]

FIT_ELSEWHERE = """
import hashlib
from models_ml.learners.lightgbm import LightGBMLearner
from tests.unit.learners.rows import NAMES, rows
model = LightGBMLearner(n_estimators=5).fit(*rows(12_000), feature_names=NAMES)
print(hashlib.sha256(model.to_text().encode()).hexdigest())
"""


def test_a_fit_equals_plain_lightgbm_stopped_at_the_same_round() -> None:
    train, valid, test = rows(2000), held_out(500), rows(300, seed=2)
    learner = LightGBMLearner(
        n_estimators=200, learning_rate=0.2, num_leaves=15, early_stopping_rounds=5, seed=3
    )
    model = learner.fit(*train, feature_names=NAMES, valid=valid)
    params = {"objective": "l2", "learning_rate": 0.2, "num_leaves": 15, "seed": 3}
    params |= {"deterministic": True, "force_col_wise": True, "verbosity": -1, "metric": "None"}

    def mean_correlation(predicted: npt.NDArray[np.float64], _: lgb.Dataset) -> Score:
        days = pd.DataFrame({"yhat": predicted, "y": valid.target}).groupby(valid.dt)
        return "ic", days.apply(lambda day: day["yhat"].corr(day["y"])).fillna(0.0).mean(), True

    plain = lgb.train(
        params,
        lgb.Dataset(*train),
        200,
        valid_sets=[lgb.Dataset(valid.matrix, valid.target)],
        feval=mean_correlation,
        callbacks=[lgb.early_stopping(5, verbose=False)],
    )
    best = plain.best_iteration
    assert 1 < best < 200
    assert model.best_iteration == best
    np.testing.assert_array_equal(model.predict(test[0]), plain.predict(test[0]))
    importance = model.importance()
    np.testing.assert_array_equal(importance.gain, plain.feature_importance("gain", best))
    np.testing.assert_array_equal(importance.splits, plain.feature_importance("split", best))


def test_early_stopping_zero_uses_every_round() -> None:
    learner = LightGBMLearner(n_estimators=60, learning_rate=0.5, early_stopping_rounds=0)
    assert learner.fit(*rows(500), feature_names=NAMES, valid=held_out(100)).best_iteration == 60


def test_the_final_fit_has_the_rounds_it_is_given() -> None:
    model = LightGBMLearner(n_estimators=60).fit(*rows(500), feature_names=NAMES, n_estimators=7)
    assert model.best_iteration == 7


def test_the_text_gives_the_same_model_back() -> None:
    test, _ = rows(200, seed=2)
    learner = LightGBMLearner(n_estimators=100, learning_rate=0.3, early_stopping_rounds=3)
    model = learner.fit(*rows(1000), feature_names=NAMES, valid=held_out(300))
    loaded = LightGBMModel.from_text(model.to_text())
    assert loaded.best_iteration == model.best_iteration < 100
    assert loaded.feature_names == NAMES
    np.testing.assert_array_equal(loaded.predict(test), model.predict(test))
    np.testing.assert_array_equal(loaded.iteration_std(test), model.iteration_std(test))
    assert loaded.to_text() == model.to_text()


def test_the_bytes_do_not_depend_on_the_number_of_threads() -> None:
    digests = set()
    for threads in ("1", "3"):
        env = {**os.environ, "OMP_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", FIT_ELSEWHERE],
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def test_another_seed_matters_where_chance_has_a_part() -> None:
    """Without a part for chance the seed changes nothing but the record of it."""
    texts = {
        LightGBMLearner(n_estimators=3, seed=seed, extra={"feature_fraction": 0.5})
        .fit(*rows(500), feature_names=NAMES)
        .to_text()
        .partition("\nparameters")[0]
        for seed in (1, 2, 1)
    }
    assert len(texts) == 2


def test_progress_counts_every_round() -> None:
    seen: list[tuple[int, int]] = []
    LightGBMLearner(n_estimators=3).fit(
        *rows(200), feature_names=NAMES, on_iteration=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_iteration_std_is_the_spread_of_the_later_rounds() -> None:
    matrix, target = rows(500)
    model = LightGBMLearner(n_estimators=9, early_stopping_rounds=0).fit(
        matrix, target, feature_names=NAMES
    )
    booster = lgb.Booster(model_str=model.to_text())
    staged = [np.asarray(booster.predict(matrix, num_iteration=n)) for n in (4, 5, 6, 7, 8, 9)]
    weights = np.bincount(np.linspace(4, 9, 10).astype(int))[4:] > 0
    assert weights.all()
    np.testing.assert_allclose(model.iteration_std(matrix), np.std(staged, axis=0), rtol=1e-12)


def test_further_parameters_take_precedence_except_over_determinism() -> None:
    learner = LightGBMLearner(
        extra={"objective": "huber", "num_leaves": 5, "lambda_l2": 2.0, "deterministic": False}
    )
    text = learner.fit(*rows(300), feature_names=NAMES, n_estimators=2).to_text()
    assert "objective=huber" in text
    for line in ("[num_leaves: 5]", "[lambda_l2: 2]", "[deterministic: 1]"):
        assert line in text
    assert learner.params["deterministic"] is True


@pytest.mark.parametrize(
    ("extra", "fact"),
    [
        ({"boosting": "nonsense"}, "Unknown boosting type nonsense"),
        ({"objective": "nonsense"}, "Unknown objective type name: nonsense"),
        ({"num_leaves": "many"}, "num_leaves should be of type int"),
        ({"learning_rate": -1}, "learning_rate"),
        ({"max_bin": 1}, "max_bin"),
    ],
)
def test_a_parameter_that_lightgbm_refuses_is_a_usage_error(
    extra: dict[str, Any], fact: str
) -> None:
    with pytest.raises(UsageError, match=fact) as caught:
        LightGBMLearner(extra=extra).fit(*rows(100), feature_names=NAMES)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("name", ["n_estimators", "num_iterations", "early_stopping_round"])
def test_rounds_among_the_further_parameters_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name}, which is an option of its own"):
        LightGBMLearner(extra={name: 3})


def test_every_name_of_the_rounds_is_refused() -> None:
    """LightGBM's own table of aliases is the second opinion."""
    aliases = lgb.basic._ConfigAliases.get("num_iterations", "early_stopping_round")
    for name in aliases:
        with pytest.raises(UsageError):
            LightGBMLearner(extra={name: 3})
