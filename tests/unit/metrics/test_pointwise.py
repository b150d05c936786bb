"""Pooled errors against scikit-learn, and by hand where it has no such metric."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from models_ml.errors import UsageError
from models_ml.metrics import direction_accuracy, mae, r2, rmse


@given(st.integers(0, 2**32 - 1), st.integers(2, 200))
def test_errors_are_scikit_learns(seed: int, n_rows: int) -> None:
    random = np.random.default_rng(seed)
    yhat, label = random.normal(size=(2, n_rows))
    assert rmse(yhat, label) == pytest.approx(root_mean_squared_error(label, yhat), rel=1e-12)
    assert mae(yhat, label) == pytest.approx(mean_absolute_error(label, yhat), rel=1e-12)
    against_mean = r2(yhat, label, benchmark=float(label.mean()))
    assert against_mean == pytest.approx(r2_score(label, yhat), rel=1e-9)


def test_r2_is_against_zero() -> None:
    """Labels 1 and 3, forecasts 1 and 2: residual 1, total 10; against the mean it is 0.5."""
    assert r2([1, 2], [1, 3]) == 0.9
    assert r2([1, 2], [1, 3], benchmark=2.0) == 0.5
    assert r2([0, 0], [1, 3]) == 0.0


def test_direction_leaves_out_zero_labels_and_fails_zero_forecasts() -> None:
    assert direction_accuracy([1, -1, 1, 0, 5], [2, -3, -1, 4, 0]) == 0.5


def test_rows_without_label_or_forecast_are_left_out() -> None:
    yhat, label = [1.0, np.nan, 3.0, 2.0], [2.0, 5.0, np.nan, 2.0]
    assert mae(yhat, label) == 0.5
    assert rmse(yhat, label) == np.sqrt(0.5)
    assert direction_accuracy(yhat, label) == 1.0


@pytest.mark.filterwarnings("error")
def test_nothing_to_score_is_nan_without_a_warning() -> None:
    for metric in (rmse, mae, r2, direction_accuracy):
        assert np.isnan(metric([np.nan], [1.0]))
    assert np.isnan(r2([1.0], [0.0]))
    assert np.isnan(direction_accuracy([1.0], [0.0]))


def test_single_precision_forecasts_are_scored_in_double() -> None:
    yhat = np.full(10_000_000 // 100, 0.1, dtype=np.float32)
    assert mae(yhat, np.zeros(yhat.size)) == pytest.approx(float(np.float32(0.1)), rel=1e-12)


def test_different_lengths_are_refused() -> None:
    with pytest.raises(UsageError, match="equally long"):
        rmse([1, 2], [1])
