"""What the folds of a walk-forward share before they are fitted."""

from typing import Any, cast

import numpy as np
import pytest

from models_ml.crossval import prepare
from models_ml.learners.base import Learner, Matrix
from models_ml.panel import Panel
from models_ml.splits import WalkForward

N_DAYS, ROWS_A_DAY = 240, 3


class Preparing:
    """A learner that only notes what it is shown."""

    def __init__(self) -> None:
        self.seen: list[slice] = []

    def prepared(self, matrix: Matrix, seen: slice, *, feature_names: tuple[str, ...]) -> Any:
        self.seen.append(seen)
        return self


def panel() -> Panel:
    dt = np.repeat(np.datetime64("2024-01-01") + np.arange(N_DAYS), ROWS_A_DAY)
    zeros = np.zeros(dt.size)
    ticker = np.array(["A", "B", "C"] * N_DAYS, dtype=object)
    return Panel(("f",), np.zeros((dt.size, 1), np.float32), ticker, dt, zeros, zeros, dt + 1)


@pytest.mark.parametrize(("window", "seen"), [("expanding", [slice(0, 198)]), ("rolling", [])])
def test_rows_that_every_fold_trains_on_are_shown(window: Any, seen: list[slice]) -> None:
    """Of the 90 days before the first test, 18 are for validation, with gaps of 3 around."""
    data, learner = panel(), Preparing()
    folds = list(WalkForward(3, horizon=1, test_days=50, window=window).folds(np.unique(data.dt)))
    prepared: object = prepare(cast(Learner, learner), data, folds)
    assert prepared is learner
    assert learner.seen == seen
