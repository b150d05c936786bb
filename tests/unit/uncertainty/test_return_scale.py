"""The line from predictions to returns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_ml.uncertainty import ReturnScale
from models_ml.uncertainty.forecast import Vector

finite = st.floats(-1e6, 1e6)


def vector(*values: float) -> Vector:
    return np.array(values, dtype=np.float64)


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
