"""Sharpe ratios doubted: the numbers printed in the papers, and SciPy's moments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models_ml.errors import UsageError
from models_ml.metrics import (
    ReturnMoments,
    deflated_sharpe,
    expected_best_sharpe,
    probabilistic_sharpe,
)

# Two years of monthly returns of a hedge fund index, annualised Sharpe ratio 1.59
# (Bailey and Lopez de Prado 2012).
MONTHLY = ReturnMoments(24, 1.59 / np.sqrt(12), -2.448, 10.164)
# Five years of daily returns, annualised Sharpe ratio 2.5, the best of many trials whose
# annualised Sharpe ratios have a variance of 1/2 (Bailey and Lopez de Prado 2014).
DAILY = ReturnMoments(1250, 2.5 / np.sqrt(250), -3.0, 10.0)
VARIANCE = 0.5 / 250


def test_probabilistic_sharpe_of_the_paper() -> None:
    """Looks 98.2 % sure if returns were normal, and is 91.3 % sure as they are."""
    normal = ReturnMoments(24, MONTHLY.sharpe, 0.0, 3.0)
    assert probabilistic_sharpe(normal) == pytest.approx(0.982, abs=5e-4)
    assert probabilistic_sharpe(MONTHLY) == pytest.approx(0.913, abs=1e-3)


def test_deflated_sharpe_of_the_paper() -> None:
    """After 100 trials the threshold is 0.1132 a day and the confidence 90 %; after 46, 95 %."""
    assert expected_best_sharpe(VARIANCE, 100) == pytest.approx(0.1132, abs=5e-5)
    hundred = deflated_sharpe(DAILY, variance_of_trials=VARIANCE, n_trials=100)
    assert hundred == pytest.approx(0.9004, abs=5e-5)
    fewer = deflated_sharpe(DAILY, variance_of_trials=VARIANCE, n_trials=46)
    assert fewer == pytest.approx(0.9505, abs=5e-5)
    normal = ReturnMoments(1250, DAILY.sharpe, 0.0, 3.0)
    if_normal = deflated_sharpe(normal, variance_of_trials=VARIANCE, n_trials=88)
    assert if_normal == pytest.approx(0.9505, abs=5e-5)


def test_kurtosis_is_raw_not_excess() -> None:
    """Normal returns have 3 and make the denominator 1 + SR^2 / 2 (Lo, 2002)."""
    moments = ReturnMoments(101, 0.2, 0.0, 3.0)
    expected = stats.norm.cdf(0.2 * 10 / np.sqrt(1 + 0.2**2 / 2))
    assert probabilistic_sharpe(moments) == pytest.approx(expected, rel=1e-12)


def test_the_benchmark_itself_is_exceeded_half_of_the_time() -> None:
    assert probabilistic_sharpe(DAILY, DAILY.sharpe) == 0.5


def test_one_trial_is_not_deflated() -> None:
    assert expected_best_sharpe(0.3, 1) == 0.0
    single = deflated_sharpe(DAILY, variance_of_trials=0.3, n_trials=1)
    assert single == probabilistic_sharpe(DAILY)


def test_the_expected_best_is_what_simulation_gives() -> None:
    """The mean of the largest of 50 normal draws, 2.25, within the formula's own error."""
    draws = np.random.default_rng(0).normal(0, 0.2, size=(20_000, 50)).max(axis=1)
    assert expected_best_sharpe(0.04, 50) == pytest.approx(draws.mean(), rel=0.02)


@given(st.integers(0, 2**32 - 1), st.integers(10, 300))
def test_moments_are_scipys(seed: int, n_periods: int) -> None:
    returns = np.random.default_rng(seed).standard_t(4, size=n_periods) * 0.01 + 0.001
    moments = ReturnMoments.of(np.append(returns, np.nan))
    assert moments.n_periods == n_periods
    assert moments.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1), rel=1e-12)
    assert moments.skewness == pytest.approx(stats.skew(returns), abs=1e-9)
    assert moments.kurtosis == pytest.approx(stats.kurtosis(returns, fisher=False), rel=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("returns", [[], [0.1], [0.1, 0.1, 0.1], [np.nan, 0.2]])
def test_without_variation_nothing_is_known(returns: list[float]) -> None:
    moments = ReturnMoments.of(returns)
    assert np.isnan(moments.sharpe)
    assert np.isnan(probabilistic_sharpe(moments))


@pytest.mark.parametrize(
    ("variance", "n_trials"), [(0.1, 0), (-0.1, 5), (np.nan, 5), (0.1, np.nan)]
)
def test_trials_that_are_none_are_refused(variance: float, n_trials: float) -> None:
    with pytest.raises(UsageError, match="are no trials to deflate by"):
        expected_best_sharpe(variance, n_trials)
