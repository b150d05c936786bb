"""What ml.models keeps of a model's uncertainty comes back bit for bit."""

import json
from typing import Any

import numpy as np
import pytest

from models_ml.runs import to_json
from models_ml.uncertainty import (
    Calibration,
    ConformalScores,
    LocalScale,
    ModelUncertainty,
    ReturnScale,
    Sigmoid,
)
from models_ml.uncertainty.probability import Isotonic, Platt


def state(probability: Any, quantiles: bool = False) -> ModelUncertainty:
    rng = np.random.default_rng(8)
    logs, residual = rng.standard_normal((2, 300)), rng.standard_normal(300)
    scale = LocalScale.fit(("klen", "std5"), logs, residual)
    scores = ConformalScores.fit(np.abs(residual))
    beyond = ConformalScores.fit(residual) if quantiles else None
    return ModelUncertainty(
        to_return=ReturnScale(0.1, 1 / 3),
        calibration=Calibration(scale, scores, probability, beyond),
        level=0.8,
        alpha=0.1 + 0.2,
        fitted_to=np.datetime64("2024-12-30", "D"),
    )


@pytest.mark.parametrize(
    "probability", [Sigmoid(), Platt(0.1, 1 / 3), Isotonic((-1 / 3, 0.7), (0.45, 2 / 3))]
)
@pytest.mark.parametrize("quantiles", [False, True])
def test_the_state_comes_back_from_json_bit_for_bit(probability: Any, quantiles: bool) -> None:
    written = state(probability, quantiles)
    assert ModelUncertainty.from_json(json.loads(to_json(written.to_json()))) == written


@pytest.mark.parametrize("lacking", ["to_return", "scale", "scores", "probability", "adaptive"])
def test_a_state_that_lacks_something_is_not_read(lacking: str) -> None:
    found = json.loads(to_json(state(Sigmoid()).to_json()))
    del found[lacking]
    with pytest.raises(KeyError, match=lacking):
        ModelUncertainty.from_json(found)


def test_an_unknown_method_is_not_read() -> None:
    found = json.loads(to_json(state(Sigmoid()).to_json()))
    found["probability"]["method"] = "guess"
    with pytest.raises(KeyError, match="guess"):
        ModelUncertainty.from_json(found)


def test_another_level_than_the_folds_begins_at_its_own() -> None:
    stored = state(Sigmoid())
    assert stored.adaptation().alpha == stored.adaptation(0.8).alpha == 0.1 + 0.2
    assert stored.adaptation(0.9).alpha == pytest.approx(0.1)
