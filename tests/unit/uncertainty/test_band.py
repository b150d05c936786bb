"""What intervals grow from, against NumPy and MAPIE."""

import math

import numpy as np
import pytest
from mapie.regression import ConformalizedQuantileRegressor
from sklearn.base import BaseEstimator, RegressorMixin

from models_ml.uncertainty import Band, ConformalScores
from models_ml.uncertainty.forecast import Vector


def test_a_score_is_the_reach_at_which_a_label_is_just_inside() -> None:
    band = Band(np.array([1.0, 1.0, 1.0]), np.array([3.0, 3.0, 3.0]), np.array([1.0, 1.0, 2.0]))
    assert band.scores(np.array([0.5, 2.5, 7.0])).tolist() == [0.5, -0.5, 2.0]
    low, high = band.interval(2.0)
    assert (low.tolist(), high.tolist()) == ([-1, -1, -3], [5, 5, 7])


def test_an_interval_never_turns_inside_out() -> None:
    band = Band.between((np.array([1.0, 1.0]), np.array([3.0, 8.0])))
    low, high = band.interval(-1.5)
    assert (low.tolist(), high.tolist()) == ([2, 2.5], [2, 6.5])


def test_a_level_of_nothing_reaches_least() -> None:
    scores = ConformalScores.fit(np.linspace(-2, 3, 999))
    assert scores.quantile(0.0) == -2
    assert scores.quantile(0.001) == -2


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_around_a_forecast_the_reach_is_that_of_its_absolute_error(level: float) -> None:
    rng = np.random.default_rng(1)
    yhat, label, std = rng.standard_normal((3, 200))
    std = np.abs(std)
    found = ConformalScores.fit(Band(yhat, yhat, std).scores(label)).quantile(level)
    rank = math.ceil(201 * level)
    assert found == np.sort(np.abs(label - yhat) / std)[rank - 1]


class Column(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A regressor that predicts a column."""

    def __init__(self, column: int = 0) -> None:
        self.column = column

    def fit(self, matrix: Vector, target: Vector) -> "Column":
        self.is_fitted = True
        return self

    def predict(self, matrix: Vector) -> Vector:
        return np.asarray(matrix[:, self.column])


@pytest.mark.parametrize("n_rows", [40, 137])
@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_intervals_around_quantiles_equal_those_of_mapie(n_rows: int, level: float) -> None:
    """MAPIE with one correction for both sides, as the paper has it."""
    rng = np.random.default_rng(n_rows)
    centre, size = rng.standard_normal(n_rows), np.exp(rng.standard_normal(n_rows))
    rows = np.column_stack([centre - size, centre + 0.7 * size, centre])
    label = centre + 1.5 * size * rng.standard_normal(n_rows)
    fitted = [Column(side).fit(rows, label) for side in range(3)]
    mapie = ConformalizedQuantileRegressor(fitted, confidence_level=level, prefit=True)
    mapie.conformalize(rows, label)
    new = np.array([[-0.5, 1.5, 0.1], [0.0, 9.0, 1.0]])
    _, expected = mapie.predict_interval(new, symmetric_correction=True)
    scores = ConformalScores.fit(Band.between((rows[:, 0], rows[:, 1])).scores(label))
    low, high = Band.between((new[:, 0], new[:, 1])).interval(scores.quantile(level))
    np.testing.assert_allclose(np.column_stack([low, high]), expected[:, :, 0])


def test_intervals_of_new_rows_cover_the_level_whatever_the_quantiles() -> None:
    """The theorem of the paper, with quantiles that know nothing: 80 % on average, or more."""
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(4000):
        label = rng.standard_t(3, 20)
        band = Band.between((np.full(20, -3.0), np.full(20, 1.0)))
        reach = ConformalScores.fit(band.of_rows(slice(0, 19)).scores(label[:19])).quantile(0.8)
        low, high = band.interval(reach)
        covered.append(low[19] <= label[19] <= high[19])
    assert abs(np.mean(covered) - 0.8) < 3 * math.sqrt(0.8 * 0.2 / 4000)
