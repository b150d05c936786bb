"""What holds for every learner: saved as text, deterministic, stopped early, weighted."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from models_ml.errors import UsageError
from models_ml.learners import catalogue
from models_ml.learners.base import FittedModel, Learner
from models_ml.learners.catalogue import BOOSTERS, NAMES, LearnerOptions, build_learner, load_model
from models_ml.warm_start import Continues
from tests.unit.learners.rows import NAMES as FEATURES
from tests.unit.learners.rows import held_out, rows, span_of

MEMBERS = ("lightgbm", "xgboost", "catboost", "ridge")


def build(name: str, **options: Any) -> Learner:
    """Return a learner; an ensemble has all the others as its members."""
    if name in catalogue.ENSEMBLES:
        options["members"] = MEMBERS
    return build_learner(name, LearnerOptions(**options))


def fit(name: str, n_rows: int = 2000, **options: Any) -> FittedModel:
    learner = build(name, **{"n_estimators": 20, "learning_rate": 0.3, **options})
    return learner.fit(*rows(n_rows), feature_names=FEATURES, span=span_of(n_rows))


@pytest.mark.parametrize("name", NAMES)
def test_the_text_gives_the_same_model_back(name: str) -> None:
    matrix, _ = rows(500, seed=2)
    model = fit(name)
    text = model.to_text()
    loaded = load_model(name, text)
    np.testing.assert_array_equal(loaded.predict(matrix), model.predict(matrix))
    assert loaded.to_text() == text
    assert loaded.feature_names == model.feature_names == FEATURES
    assert loaded.best_iteration == model.best_iteration
    np.testing.assert_array_equal(loaded.importance().gain, model.importance().gain)
    np.testing.assert_array_equal(loaded.importance().splits, model.importance().splits)
    assert "\x00" not in text


@pytest.mark.parametrize("name", NAMES)
def test_a_forecast_does_not_depend_on_the_other_rows(name: str) -> None:
    matrix, _ = rows(1003, seed=2)
    model = fit(name)
    together = model.predict(matrix)
    assert together.dtype == np.float64
    parts = [slice(first, first + 7) for first in range(0, 140, 7)]
    for part in (slice(0, 1), slice(500, 1003), *parts):
        np.testing.assert_array_equal(model.predict(matrix[part]), together[part])


@pytest.mark.parametrize("name", NAMES)
def test_what_explains_the_target_is_found(name: str) -> None:
    matrix, target = rows(2000, seed=5)
    model = fit(name, n_rows=4000)
    assert np.corrcoef(model.predict(matrix), target)[0, 1] > 0.35
    gain = model.importance().gain
    assert gain.shape == model.importance().splits.shape == (4,)
    assert (gain >= 0).all()
    assert gain.argmax() == 0


@pytest.mark.parametrize("name", NAMES)
def test_base_and_shares_add_up_to_the_forecast(name: str) -> None:
    matrix, _ = rows(300, seed=2)
    for model in (fit(name), load_model(name, fit(name).to_text())):
        shares = model.contributions(matrix)
        assert shares.shape == (300, len(FEATURES) + 1)
        np.testing.assert_allclose(shares.sum(axis=1), model.predict(matrix), rtol=0, atol=2e-6)
        assert np.ptp(shares[:, -1]) == 0, "one base for all rows"


@pytest.mark.parametrize("name", NAMES)
def test_without_interactions_a_share_follows_its_own_feature(name: str) -> None:
    """Stumps, and lines, add up features: whoever changes one moves its share and the forecast."""
    matrix, _ = rows(4000)
    model = fit(name, 4000, num_leaves=2)
    before, yhat = model.contributions(matrix), model.predict(matrix)
    for feature in (0, 1):
        changed = matrix.copy()
        changed[:, feature] = matrix[::-1, feature]
        moved = model.contributions(changed) - before
        forecast = model.predict(changed) - yhat
        np.testing.assert_allclose(moved[:, feature], forecast, rtol=0, atol=2e-6)
        assert np.abs(forecast).max() > 0.01
        moved[:, feature] = 0
        np.testing.assert_allclose(moved, 0, atol=1e-6)
    np.testing.assert_allclose(before[:, :-1].mean(axis=0), 0, atol=2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_bytes_are_the_same_again_and_on_other_threads(name: str) -> None:
    """Enough rows for every library to share them out; CatBoost's threads are a parameter."""
    texts = set()
    for threads in (1, 3):
        params = {"catboost": {"thread_count": threads}}
        with threadpool_limits(threads):
            given = params if name in catalogue.ENSEMBLES else params.get(name, {})
            texts.add(fit(name, n_rows=12_000, n_estimators=5, params=given).to_text())
    assert len(texts) == 1


@pytest.mark.parametrize("name", BOOSTERS)
def test_early_stopping_uses_the_validation_rows(name: str) -> None:
    """On a validation target turned round any tree is one too many; on an easy one no tree is."""
    train, matrix = rows(2000), held_out(1000).matrix
    easy = held_out(2000, seed=0)
    turned = replace(held_out(1000), target=-held_out(1000).target)
    learner = build(name, n_estimators=60, learning_rate=0.3, early_stopping_rounds=5)
    stopped = learner.fit(*train, feature_names=FEATURES, valid=turned)
    going_on = learner.fit(*train, feature_names=FEATURES, valid=easy)
    assert stopped.best_iteration < 10 < going_on.best_iteration
    never = build(name, n_estimators=60, early_stopping_rounds=0)
    assert never.fit(*train, feature_names=FEATURES, valid=turned).best_iteration == 60
    text = stopped.to_text()
    np.testing.assert_array_equal(load_model(name, text).predict(matrix), stopped.predict(matrix))


@pytest.mark.parametrize("name", BOOSTERS)
def test_the_final_fit_has_the_mean_of_the_rounds(name: str) -> None:
    learner = build(name, n_estimators=60)
    models = [fit(name, n_estimators=n) for n in (3, 4, 8)]
    settled = learner.settled(models)
    assert settled.fit(*rows(500), feature_names=FEATURES).best_iteration == 5
    assert settled.description()["n_estimators"] == 5
    assert learner.fit(*rows(500), feature_names=FEATURES, n_estimators=2).best_iteration == 2


def continuing(name: str, model: FittedModel, **options: Any) -> Any:
    learner = build(name, **{"learning_rate": 0.3, **options})
    assert isinstance(learner, Continues)
    return learner.continuing(model)


@pytest.mark.parametrize("name", BOOSTERS)
def test_a_continued_model_begins_where_the_other_ended(name: str) -> None:
    """On a target that the model forecasts without error there is nothing left to learn."""
    matrix, target = rows(2000, seed=4)
    before = fit(name)
    learner = continuing(name, before, n_estimators=5)
    nothing = learner.fit(matrix, before.predict(matrix), feature_names=FEATURES)
    np.testing.assert_allclose(nothing.predict(matrix), before.predict(matrix), atol=2e-6)
    steps: list[tuple[int, int]] = []
    after = learner.fit(
        matrix, target, feature_names=FEATURES, on_iteration=lambda *step: steps.append(step)
    )
    assert (before.best_iteration, after.best_iteration) == (20, 25)
    assert steps == [(step, 5) for step in range(1, 6)]
    errors = [float(np.mean((target - one.predict(matrix)) ** 2)) for one in (before, after)]
    assert errors[1] < 0.97 * errors[0]
    assert load_model(name, after.to_text()).to_text() == after.to_text()
    assert learner.fit(matrix, target, feature_names=FEATURES).to_text() == after.to_text()
    settled = learner.settled([after, nothing])
    assert settled.description()["n_estimators"] == 5, "those added"


@pytest.mark.parametrize("name", BOOSTERS)
def test_a_continued_model_stops_early_too(name: str) -> None:
    """A round more of the same is one too many where the validation target is turned round."""
    train, easy = rows(2000, seed=4), held_out(2000, seed=4)
    turned = replace(easy, target=-easy.target)
    before = fit(name, early_stopping_rounds=0)
    learner = continuing(name, before, n_estimators=60, early_stopping_rounds=5)
    stopped = learner.fit(*train, feature_names=FEATURES, valid=turned)
    going_on = learner.fit(*train, feature_names=FEATURES, valid=easy)
    assert 20 < stopped.best_iteration < 30 < going_on.best_iteration
    np.testing.assert_array_equal(
        load_model(name, stopped.to_text()).predict(easy.matrix), stopped.predict(easy.matrix)
    )


@pytest.mark.parametrize("name", [*BOOSTERS, "ridge"])
def test_a_row_of_weight_three_is_three_rows(name: str) -> None:
    """Leaf sizes count weight in XGBoost but rows in LightGBM, so leaves of a tree are few."""
    matrix, target = rows(600)
    weight = np.where(np.arange(600) % 2, 3.0, 1.0)
    thrice = np.repeat(np.arange(600), weight.astype(int))
    params: dict[str, Any] = {"alpha": 5.0} if name == "ridge" else {}
    if name == "catboost":
        params = {"bootstrap_type": "No", "random_strength": 0, "boost_from_average": False}
    learner = build(name, n_estimators=1, learning_rate=1.0, num_leaves=2, params=params)
    weighted = learner.fit(matrix, target, feature_names=FEATURES, weight=weight)
    repeated = learner.fit(matrix[thrice], target[thrice], feature_names=FEATURES)
    plain = learner.fit(matrix, target, feature_names=FEATURES)
    test, _ = rows(50, seed=3)
    differs = np.abs(weighted.predict(test) - plain.predict(test)).max()
    np.testing.assert_allclose(weighted.predict(test), repeated.predict(test), atol=differs / 5)
    assert differs > 1e-3


@pytest.mark.parametrize("name", BOOSTERS)
def test_the_spread_over_the_rounds_is_of_the_later_ones(name: str) -> None:
    matrix, _ = rows(100, seed=2)
    whole = fit(name, n_estimators=9, early_stopping_rounds=0)
    staged = [fit(name, n_estimators=n).predict(matrix) for n in (4, 5, 6, 7, 8, 9)]
    np.testing.assert_allclose(whole.iteration_std(matrix), np.std(staged, axis=0), rtol=1e-5)


@pytest.mark.parametrize("name", ["ridge", "mean", "stack"])
def test_without_rounds_there_is_no_spread_over_them(name: str) -> None:
    with pytest.raises(UsageError, match="no boosting rounds") as caught:
        fit(name).iteration_std(rows(5)[0])
    assert caught.value.hint == "mlx infer --uncertainty residuals"


@pytest.mark.parametrize("name", BOOSTERS)
def test_progress_counts_every_round(name: str) -> None:
    seen: list[tuple[int, int]] = []
    build(name, n_estimators=3).fit(
        *rows(200), feature_names=FEATURES, on_iteration=lambda *step: seen.append(step)
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("name", "extra", "known"),
    [
        ("xgboost", {"reg_lambda": 9.0, "max_depth": 2}, {"reg_lambda": 9.0, "max_depth": 2}),
        ("catboost", {"l2_leaf_reg": 9.0, "depth": 2}, {"l2_leaf_reg": 9.0, "depth": 2}),
    ],
)
def test_further_parameters_take_precedence(
    name: str, extra: dict[str, Any], known: dict[str, Any]
) -> None:
    learner = build(name, params=extra, n_estimators=3)
    assert {key: learner.params[key] for key in known} == known
    one, other = (
        build(name, params=params, n_estimators=3).fit(*rows(500), feature_names=FEATURES)
        for params in (extra, {})
    )
    assert one.importance().splits.sum() < other.importance().splits.sum()


@pytest.mark.parametrize(
    ("name", "extra", "fact"),
    [
        ("xgboost", {"objective": "nonsense"}, "XGBoost refused: .*nonsense"),
        ("xgboost", {"learning_rate": "fast"}, "XGBoost refused: .*could not be parsed"),
        ("xgboost", {"n_estimators": 3}, "n_estimators, which is an option of its own"),
        ("catboost", {"loss_function": "nonsense"}, "CatBoost refused: .*nonsense"),
        ("catboost", {"colour": 1}, "CatBoost refused: .*colour"),
        ("catboost", {"iterations": 3}, "iterations, which is an option of its own"),
        ("ridge", {"depth": 3}, "ridge has no parameter depth"),
        ("ridge", {"alpha": 0}, "alpha must be a number above 0, not 0"),
        ("ridge", {"alpha": "much"}, "alpha must be a number above 0, not 'much'"),
    ],
)
def test_a_parameter_that_does_not_work_is_a_usage_error(
    name: str, extra: dict[str, Any], fact: str
) -> None:
    with pytest.raises(UsageError, match=fact) as caught:
        build(name, params=extra).fit(*rows(100), feature_names=FEATURES)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 250


@pytest.mark.parametrize("name", ["xgboost", "catboost"])
def test_a_package_that_is_not_there_is_named_with_its_extra(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = fit(name).to_text()
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, f"models_ml.learners.{name}")
    for attempt in (lambda: build(name), lambda: load_model(name, text)):
        with pytest.raises(UsageError, match=f"needs the package {name}, which is not") as caught:
            attempt()
        assert caught.value.hint == "pip install 'mlx-returns[learners]'"
    assert build("lightgbm").name == "lightgbm"


@pytest.mark.parametrize(
    ("name", "options", "fact"),
    [
        ("oracle", {}, "there is no learner 'oracle', only lightgbm, .*stack"),
        ("../x", {}, "there is no learner '../x'"),
        ("ridge", {"members": ("ridge", "lightgbm")}, "learner ridge has no members"),
        ("mean", {"members": ("ridge",)}, "needs two or more different members, not ridge"),
        ("stack", {"members": ("ridge", "ridge")}, "different members, not ridge, ridge"),
        ("mean", {"members": ("ridge", "stack")}, "stack cannot be a member"),
        ("mean", {"members": ("ridge", "oracle")}, "there is no learner 'oracle'"),
        ("mean", {"params": {"max_depth": 3}}, "objects by member, of lightgbm, ridge"),
        ("mean", {"params": {"xgboost": {}}}, "objects by member, of lightgbm, ridge"),
        ("mean", {"params": {"ridge": 3}}, "objects by member, of lightgbm, ridge"),
    ],
)
def test_a_learner_that_cannot_be_is_a_usage_error(
    name: str, options: dict[str, Any], fact: str
) -> None:
    with pytest.raises(UsageError, match=fact) as caught:
        build_learner(name, LearnerOptions(**options))
    assert caught.value.hint


def test_members_have_the_options_and_parameters_of_their_own() -> None:
    params = {"lightgbm": {"max_depth": 2}, "ridge": {"alpha": 7}}
    learner = build_learner("mean", LearnerOptions(n_estimators=9, params=params))
    description = learner.description()
    assert description["lightgbm"]["max_depth"] == 2
    assert description["lightgbm"]["n_estimators"] == 9
    assert description["ridge"] == {"alpha": 7}


def test_every_learner_has_the_name_it_is_called_by() -> None:
    assert [build_learner(name, LearnerOptions()).name for name in NAMES] == list(NAMES)


def test_importing_the_catalogue_loads_no_library() -> None:
    code = "import sys, models_ml.learners.catalogue; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"lightgbm", "xgboost", "catboost", "sklearn"} & set(done.stdout.split())


def test_the_seed_reaches_every_library() -> None:
    sampled: dict[str, dict[str, Any]] = {"xgboost": {"subsample": 0.5}, "catboost": {}}
    for name, params in sampled.items():
        texts = {fit(name, seed=seed, params=params).to_text() for seed in (1, 2, 1)}
        assert len(texts) == 2, name
