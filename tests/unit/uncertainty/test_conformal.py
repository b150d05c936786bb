"""Split conformal quantiles, against NumPy and MAPIE."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.regression import SplitConformalRegressor
from sklearn.base import BaseEstimator, RegressorMixin

from models_ml.errors import UsageError
from models_ml.uncertainty import ConformalScores, checked_level
from models_ml.uncertainty.forecast import Vector


def vector(*values: float) -> Vector:
    return np.array(values, dtype=np.float64)


def test_the_quantile_is_the_score_of_the_corrected_rank() -> None:
    """Of 9 scores the ceil(10 * 0.8) = 8th smallest, whatever their order."""
    scores = ConformalScores.fit(vector(9, 8, 7, 6, 5, 4, 3, 2, 1))
    assert scores.quantile(0.8) == 8
    assert scores.quantile(0.801) == 9
    assert scores.quantile(0.9) == 9
    assert scores.quantile(0.901) == math.inf
    assert scores.quantile(0.0) == 0


def test_too_few_scores_for_the_level_give_an_endless_interval() -> None:
    assert ConformalScores.fit(np.ones(3)).quantile(0.8) == math.inf
    assert ConformalScores.fit(np.ones(4)).quantile(0.8) == 1
    assert ConformalScores.fit(vector()).quantile(0.5) == math.inf


def test_scores_of_rows_without_a_label_are_left_out() -> None:
    assert ConformalScores.fit(vector(3, np.nan, 1, 2, 4)).quantile(0.8) == 4


def test_a_level_between_the_thousandths_is_rounded_up() -> None:
    scores = ConformalScores.fit(np.arange(1.0, 2000.0))
    assert scores.quantile(0.8) == 1600
    assert scores.quantile(0.8001) == scores.quantile(0.801) == 1602


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.integers(1, 999))
def test_every_thousandth_is_the_rank_of_the_definition(found: list[float], step: int) -> None:
    rank = math.ceil((len(found) + 1) * step / 1000)
    expected = sorted(found)[rank - 1] if rank <= len(found) else math.inf
    assert ConformalScores.fit(np.array(found)).quantile(step / 1000) == expected


def test_intervals_of_new_rows_cover_the_level() -> None:
    """The theorem: at least 80 % on average over samples, at most 80 % + 1 / (n + 1)."""
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(4000):
        residuals = np.abs(rng.standard_t(3, 20))
        covered.append(residuals[19] <= ConformalScores.fit(residuals[:19]).quantile(0.8))
    assert abs(np.mean(covered) - 0.8) < 3 * math.sqrt(0.8 * 0.2 / 4000)


class Known(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A regressor that predicts its one feature."""

    def fit(self, matrix: Vector, target: Vector) -> "Known":
        self.is_fitted = True
        return self

    def predict(self, matrix: Vector) -> Vector:
        return np.asarray(matrix[:, 0])


@pytest.mark.parametrize("n_rows", [19, 40, 137])
@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_half_widths_equal_those_of_mapie(n_rows: int, level: float) -> None:
    rng = np.random.default_rng(n_rows)
    yhat = rng.standard_normal(n_rows)
    label = yhat + rng.standard_t(4, n_rows)
    mapie = SplitConformalRegressor(Known().fit(yhat, label), confidence_level=level, prefit=True)
    mapie.conformalize(yhat[:, None], label)
    _, interval = mapie.predict_interval(np.array([[0.25]]))
    half_width = ConformalScores.fit(np.abs(label - yhat)).quantile(level)
    np.testing.assert_allclose(interval[0, :, 0], [0.25 - half_width, 0.25 + half_width])


@pytest.mark.parametrize("level", [0.49, 0.991, 1.0, -1.0, math.nan])
def test_a_level_out_of_range_is_refused(level: float) -> None:
    with pytest.raises(UsageError, match="is not between"):
        checked_level(level)
    assert (checked_level(0.5), checked_level(0.99)) == (0.5, 0.99)
