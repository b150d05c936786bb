"""t statistics of dependent daily values against statsmodels, by hand and by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.errors import UsageError
from models_ml.metrics import diebold_mariano, mean_test


def statsmodels_t(series: np.ndarray, lag: int) -> float:
    api = pytest.importorskip("statsmodels.api")
    fit = api.OLS(series, np.ones(series.size)).fit(cov_type="HAC", cov_kwds={"maxlags": lag})
    return float(fit.tvalues[0])


@given(st.integers(0, 2**32 - 1), st.integers(30, 300), st.integers(0, 25))
@settings(max_examples=40, deadline=None)
def test_newey_west_is_statsmodels_hac(seed: int, n_days: int, lag: int) -> None:
    noise = np.random.default_rng(seed).normal(0.3, 1, size=n_days + 4)
    series = np.convolve(noise, np.ones(5) / 5, mode="valid")
    test = mean_test(series, lag=lag)
    assert test.t_newey_west == pytest.approx(statsmodels_t(series, lag), rel=1e-9)


def test_newey_west_by_hand() -> None:
    """1, 2, 4, 5: deviations -2, -1, 1, 2; c0 = 10/4, c1 = 3/4, weight 1/2, variance 3.25/4."""
    test = mean_test([1.0, 2.0, 4.0, 5.0], lag=1)
    assert (test.n_days, test.mean, test.lag) == (4, 3.0, 1)
    assert test.std == pytest.approx(np.sqrt(10 / 3))
    assert test.information_ratio == pytest.approx(3 / np.sqrt(10 / 3))
    assert test.t_naive == pytest.approx(2 * 3 / np.sqrt(10 / 3))
    assert test.t_newey_west == pytest.approx(3 / np.sqrt(3.25 / 4))


def test_lag_zero_is_the_naive_t_with_the_other_degrees_of_freedom() -> None:
    series = np.random.default_rng(3).normal(1, 1, size=50)
    test = mean_test(series, lag=0)
    assert test.t_newey_west == pytest.approx(test.t_naive * np.sqrt(50 / 49), rel=1e-12)


def test_default_lags() -> None:
    """floor(4 (n/100)^(2/9)) for one day, twice the overlap where that is more."""
    series = np.random.default_rng(4).normal(size=4330)
    assert mean_test(series).lag == 9
    assert mean_test(series, horizon=5).lag == 9
    assert mean_test(series, horizon=20).lag == 38
    assert mean_test(series[:100]).lag == 4


def test_a_lag_shorter_than_the_overlap_is_refused() -> None:
    assert mean_test(np.arange(30.0), horizon=5, lag=4).lag == 4
    with pytest.raises(UsageError, match=r"a lag of 3 days .* labels of 5 days overlap"):
        mean_test(np.arange(30.0), horizon=5, lag=3)


def test_missing_days_keep_their_place() -> None:
    """1, _, 4, 5 and _, 2: neighbours across the hole are two days apart, not one."""
    test = mean_test([1.0, np.nan, 4.0, 5.0, np.nan, 2.0], lag=1)
    deviations = np.array([-2.0, 0, 1, 2, 0, -1])
    c0, c1 = (deviations**2).sum() / 4, (deviations[1:] * deviations[:-1]).sum() / 4
    assert c1 == 0.5
    assert (test.n_days, test.mean) == (4, 3.0)
    assert test.t_newey_west == pytest.approx(3 / np.sqrt((c0 + c1) / 4))


def test_overlapping_labels_fool_the_naive_t_and_not_the_other() -> None:
    """Noise summed over 20 days: |t| > 1.96 should come one time in twenty."""
    random = np.random.default_rng(5)
    naive = newey_west = 0
    for _ in range(400):
        noise = random.normal(size=1019)
        series = np.convolve(noise, np.ones(20), mode="valid")
        test = mean_test(series, horizon=20)
        naive += abs(test.t_naive) > 1.96
        newey_west += abs(test.t_newey_west) > 1.96
    assert naive / 400 > 0.5
    assert newey_west / 400 < 0.13


@pytest.mark.filterwarnings("error")
def test_too_short_or_constant_series_have_no_t() -> None:
    assert np.isnan(mean_test([]).mean)
    single = mean_test([0.5, np.nan])
    assert (single.n_days, single.mean) == (1, 0.5)
    assert np.isnan(single.t_naive)
    assert np.isnan(single.t_newey_west)
    constant = mean_test([0.5, 0.5, 0.5])
    assert (constant.mean, constant.std) == (0.5, 0.0)
    assert np.isnan(constant.t_newey_west)


def test_diebold_mariano_is_the_newey_west_t_of_the_difference() -> None:
    random = np.random.default_rng(6)
    loss_a, loss_b = random.chisquare(1, size=(2, 250)) * np.array([[1.2], [1.0]])
    test = diebold_mariano(loss_a, loss_b, lag=4)
    expected = statsmodels_t(loss_a - loss_b, 4)
    assert test.statistic == pytest.approx(expected, rel=1e-9)
    assert test.mean_difference == pytest.approx((loss_a - loss_b).mean())
    assert diebold_mariano(loss_b, loss_a, lag=4).statistic == pytest.approx(-expected, rel=1e-9)


def test_diebold_mariano_p_value_is_two_sided_and_nearly_normal_over_many_days() -> None:
    stats = pytest.importorskip("scipy.stats")
    one, other = np.random.default_rng(8).normal([[0.05], [0.0]], 1, size=(2, 4000))
    test, mirrored = diebold_mariano(one, other), diebold_mariano(other, one)
    assert test.p_value == mirrored.p_value
    assert test.p_value == pytest.approx(2 * stats.norm.sf(abs(test.statistic)), rel=0.05)
    assert 0 < test.p_value < 1


@pytest.mark.parametrize(("n_days", "horizon", "most"), [(60, 1, 0.06), (250, 20, 0.1)])
def test_diebold_mariano_finds_no_better_forecast_among_equals(
    n_days: int, horizon: int, most: float
) -> None:
    """Losses of overlapping labels; by the normal distribution 8 and 16 in 100 would be found."""
    random = np.random.default_rng(9)
    daily = np.cumsum(random.standard_normal((2000, n_days + horizon)), axis=1)
    losses = daily[:, horizon:] - daily[:, :-horizon]
    found = [diebold_mariano(one, 0 * one, horizon=horizon).p_value < 0.05 for one in losses]
    assert 0.02 < np.mean(found) < most


def test_diebold_mariano_needs_the_same_days() -> None:
    with pytest.raises(UsageError, match="different lengths: 3 and 2 days"):
        diebold_mariano([1, 2, 3], [1, 2])
