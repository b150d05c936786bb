"""What cannot be chosen on the days before the test days is refused before any work."""

from importlib import import_module
from typing import Any

import pytest

from models_ml.errors import UsageError
from models_ml.selection import select_features
from models_ml.tuning import tune


@pytest.fixture(autouse=True)
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("models_ml.tuning.tune", "models_ml.selection.select"):
        monkeypatch.setattr(import_module(name), "load_project", lambda: pytest.fail("began"))


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        ({"horizons": (5, 20)}, "a choice is made for one horizon"),
        ({"warm_start": "champion"}, "a choice is made for a new model"),
    ],
)
def test_several_horizons_and_a_continued_model(options: dict[str, Any], fact: str) -> None:
    with pytest.raises(UsageError, match=fact) as tuned:
        tune(trials=1, **options)
    with pytest.raises(UsageError, match=fact) as selected:
        select_features(name="lean", **options)
    assert tuned.value.hint and selected.value.hint


@pytest.mark.parametrize("learner", ["catboost", "mean", "stack"])
def test_features_are_not_selected_by_shares(learner: str) -> None:
    fact = f"learner {learner} .* cannot be compared with chance"
    with pytest.raises(UsageError, match=fact) as refused:
        select_features(name="lean", learner=learner)
    assert refused.value.hint == "--learner lightgbm, xgboost or ridge"
