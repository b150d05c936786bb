"""The score that early stopping follows."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.learners.rows import held_out


def test_the_score_is_the_mean_of_the_daily_correlations() -> None:
    valid = held_out(400)
    predicted = np.random.default_rng(5).normal(size=400)
    predicted[:20] = 0.3
    days = pd.DataFrame({"yhat": predicted, "y": valid.target}).groupby(valid.dt)
    expected = days.apply(lambda day: day["yhat"].corr(day["y"])).fillna(0.0).mean()
    assert valid.mean_ic(predicted) == pytest.approx(expected, rel=1e-9)


def test_what_a_day_has_in_common_does_not_count() -> None:
    valid = held_out(400)
    predicted = np.random.default_rng(5).normal(size=400)
    moved = predicted + np.arange(400) // 20
    assert valid.mean_ic(moved) == pytest.approx(valid.mean_ic(predicted), rel=1e-9)
    assert valid.mean_ic(valid.target) == pytest.approx(1.0)
