"""Error bars, intervals and probabilities of a rise."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_ml.runs import to_json
from models_ml.uncertainty import ResidualScale, ReturnScale, Vector, probability_of_rise

finite = st.floats(-1e6, 1e6)


def vector(*values: float) -> Vector:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("yhat", "std", "expected"),
    [
        (0.0, 1.0, 0.5),
        (0.01, 0.02, 1 / (1 + math.exp(-0.5))),
        (-0.01, 0.02, 1 / (1 + math.exp(0.5))),
        (1.0, 1e-9, 0.99),
        (-1.0, 1e-9, 0.01),
        (1e300, 1e-300, 0.99),
        (0.3, 0.0, 0.5),
        (0.3, float("nan"), 0.5),
    ],
)
def test_probability_of_a_rise(yhat: float, std: float, expected: float) -> None:
    assert probability_of_rise(vector(yhat), vector(std))[0] == pytest.approx(expected, abs=1e-15)


@given(st.lists(st.tuples(finite, finite), min_size=1))
def test_a_probability_is_never_certain(rows: list[tuple[float, float]]) -> None:
    yhat, std = np.array(rows).T
    probability = probability_of_rise(yhat, np.abs(std))
    assert ((probability >= 0.01) & (probability <= 0.99)).all()


def test_std_is_the_root_mean_square_of_the_residuals() -> None:
    scale = ResidualScale.fit(vector(1, 1, 1, 1), vector(1, 2, -1, 1))
    assert scale.std == pytest.approx(math.sqrt((0 + 1 + 4 + 0) / 4))


def test_half_width_is_the_conformal_quantile() -> None:
    """Of 9 residuals the ceil(10 * 0.8) = 8th smallest, whatever their signs and order."""
    residuals = vector(-9, 8, 7, -6, 5, 4, -3, 2, 1)
    scale = ResidualScale.fit(np.zeros(9), residuals)
    assert scale.half_width == 8
    assert scale.level == 0.8


def test_too_few_residuals_for_the_level_give_an_endless_interval() -> None:
    assert ResidualScale.fit(np.zeros(3), np.ones(3)).half_width == math.inf
    assert ResidualScale.fit(np.zeros(4), np.ones(4)).half_width == 1


def test_rows_without_a_label_are_left_out() -> None:
    scale = ResidualScale.fit(vector(0, 0, 0, 0, 0), vector(3, np.nan, 3, 3, 3))
    assert (scale.std, scale.half_width) == (3, 3)
    assert math.isnan(ResidualScale.fit(vector(0), vector(np.nan)).std)


def test_intervals_of_new_days_cover_the_level() -> None:
    """The theorem: at least 80 % on average over samples, at most 80 % + 1 / (n + 1)."""
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(4000):
        residuals = rng.standard_t(3, 20)
        half_width = ResidualScale.fit(np.zeros(19), residuals[:19]).half_width
        covered.append(abs(residuals[19]) <= half_width)
    assert abs(np.mean(covered) - 0.8) < 3 * math.sqrt(0.8 * 0.2 / 4000)


def test_a_forecast_has_the_one_scale_or_its_own() -> None:
    scale = ResidualScale(std=2.0, half_width=3.0)
    forecast = scale.apply(vector(1, -1))
    assert forecast.yhat_std.tolist() == [2, 2]
    assert forecast.yhat_lo.tolist() == [-2, -4]
    assert forecast.yhat_hi.tolist() == [4, 2]
    own = scale.apply(vector(1, -1), yhat_std=vector(0.5, 4.0))
    assert own.yhat_std.tolist() == [0.5, 4.0]
    np.testing.assert_allclose(own.prob_up, [1 / (1 + math.exp(-2)), 1 / (1 + math.exp(0.25))])


def test_a_scale_comes_back_from_json_bit_for_bit() -> None:
    rng = np.random.default_rng(1)
    scale = ResidualScale.fit(rng.standard_normal(50), rng.standard_normal(50))
    assert ResidualScale(**json.loads(to_json(scale.to_json()))) == scale


def test_the_return_scale_is_the_least_squares_line() -> None:
    rng = np.random.default_rng(2)
    predicted = rng.standard_normal(200)
    label = 0.003 + 0.02 * predicted + 0.01 * rng.standard_normal(200)
    slope, intercept = np.polyfit(predicted, label, 1)
    scale = ReturnScale.fit(predicted, label)
    assert scale.slope == pytest.approx(slope, rel=1e-9)
    assert scale.intercept == pytest.approx(intercept, rel=1e-9)
    np.testing.assert_allclose(scale(vector(0, 1)), [intercept, intercept + slope])


@given(st.lists(st.tuples(finite, finite), min_size=2, max_size=20))
def test_the_return_scale_keeps_the_order_of_the_forecasts(
    rows: list[tuple[float, float]],
) -> None:
    predicted, label = np.array(rows).T
    scale = ReturnScale.fit(predicted, label)
    assert scale.slope >= 0
    if label.std() > 0 and predicted.std() > 0:
        assert scale.slope > 0


def test_a_signal_of_the_wrong_sign_keeps_its_order_and_loses_its_size() -> None:
    scale = ReturnScale.fit(vector(1, 2, 3, 4), vector(4, 3, 2, 1))
    assert 0 < scale.slope < 0.01
    assert scale(vector(2.5))[0] == pytest.approx(2.5)


def test_a_constant_prediction_is_left_as_it_is() -> None:
    assert ReturnScale.fit(vector(2, 2, 2), vector(1, 2, 3)) == ReturnScale()
    assert ReturnScale.fit(vector(), vector()) == ReturnScale()
