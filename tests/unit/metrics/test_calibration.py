"""Metrics of probabilities against scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from models_ml.errors import UsageError
from models_ml.metrics import brier_score, log_loss, reliability


@given(st.integers(0, 2**32 - 1), st.integers(2, 300), st.sampled_from([3, 1000]))
@settings(deadline=None)
def test_scores_are_scikit_learns(seed: int, n_rows: int, steps: int) -> None:
    random = np.random.default_rng(seed)
    p = random.integers(1, steps, size=n_rows) / steps
    y = random.random(n_rows) < 0.6
    y[:2] = [True, False]
    assert brier_score(p, y) == pytest.approx(sklearn.metrics.brier_score_loss(y, p), rel=1e-12)
    assert log_loss(p, y) == pytest.approx(sklearn.metrics.log_loss(y, p), rel=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(3, 40), st.sampled_from([2, 5, 10]))
@settings(deadline=None)
def test_bins_are_those_of_the_calibration_curve(seed: int, per_bin: int, n_bins: int) -> None:
    """For numbers of rows at which no edge is itself a forecast; scikit-learn rounds those."""
    n_rows = per_bin * n_bins + 2
    random = np.random.default_rng(seed)
    p = random.beta(2, 2, size=n_rows)
    y = random.random(n_rows) < p
    frequency, mean_probability = calibration_curve(y, p, n_bins=n_bins, strategy="quantile")
    bins = reliability(p, y, n_bins=n_bins)
    assert bins.frequency == pytest.approx(frequency, rel=1e-12)
    assert bins.mean_probability == pytest.approx(mean_probability, rel=1e-12)
    assert bins.n_rows.sum() == n_rows
    assert bins.n_rows.max() - bins.n_rows.min() <= 1
    weighted = np.sum(bins.n_rows / n_rows * np.abs(mean_probability - frequency))
    assert bins.calibration_error == pytest.approx(weighted, abs=1e-12)


def test_by_hand() -> None:
    """Two bins of two: .1 and .3 against 0 of 2, .6 and .8 against 1 of 2."""
    p, y = [0.1, 0.8, 0.6, 0.3], [0, 1, 0, 0]
    bins = reliability(p, y, n_bins=2)
    assert bins.n_rows.tolist() == [2, 2]
    assert bins.mean_probability == pytest.approx([0.2, 0.7])
    assert bins.frequency == pytest.approx([0.0, 0.5])
    assert bins.calibration_error == pytest.approx(0.2)
    assert brier_score(p, y) == pytest.approx((0.01 + 0.04 + 0.36 + 0.09) / 4)
    assert log_loss([0.5, 0.5], [0, 1]) == pytest.approx(np.log(2))


def test_one_forecast_for_all_is_one_bin() -> None:
    bins = reliability(np.full(10, 0.7), np.arange(10) < 4)
    assert bins.n_rows.tolist() == [10] + [0] * 9
    assert bins.calibration_error == pytest.approx(0.3)
    assert np.isnan(bins.frequency[1:]).all()


@pytest.mark.filterwarnings("error")
def test_certainty_that_fails_costs_infinitely_much() -> None:
    assert log_loss([0.0, 0.5], [1, 1]) == np.inf
    assert log_loss([0.0, 1.0], [0, 1]) == 0.0


@pytest.mark.parametrize(
    ("p", "y", "message"),
    [
        ([], [], "equally long"),
        ([0.5], [0, 1], "equally long"),
        ([1.1], [1], "must lie in"),
        ([np.nan], [1], "must lie in"),
        ([0.5], [2], "events must be 0 or 1"),
    ],
)
def test_what_is_no_probability_is_refused(p: list[float], y: list[int], message: str) -> None:
    for metric in (brier_score, log_loss, reliability):
        with pytest.raises(UsageError, match=message):
            metric(p, y)
