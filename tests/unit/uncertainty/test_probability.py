"""Probabilities of a rise: calibrated, never certain, in the order of the forecasts."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from models_ml.uncertainty import Sigmoid, fit_probability, probability_of_rise
from models_ml.uncertainty.even_odds import towards_even_odds
from models_ml.uncertainty.forecast import Vector
from models_ml.uncertainty.probability import Isotonic, Platt

finite = st.floats(-1e6, 1e6)


def vector(*values: float) -> Vector:
    return np.array(values, dtype=np.float64)


def days_of(n_rows: int, names: int = 40) -> Any:
    return np.datetime64("2020-01-01", "D") + np.arange(n_rows) // names


def outcomes(probability: Any, n_rows: int = 20_000, seed: int = 2) -> tuple[Vector, Vector]:
    """Return ratios of forecasts and labels that rise with a probability of the ratio."""
    rng = np.random.default_rng(seed)
    ratio = rng.standard_normal(n_rows) * 0.3
    return ratio, np.where(rng.random(n_rows) < probability(ratio), 0.01, -0.01)


def fit(ratio: Vector, label: Vector) -> Any:
    dt = days_of(ratio.size)
    return fit_probability(ratio, label, dt, dt + 1)


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
def test_the_sigmoid(yhat: float, std: float, expected: float) -> None:
    found = probability_of_rise(Sigmoid(), vector(yhat), vector(std))
    assert found[0] == pytest.approx(expected, abs=1e-15)


@given(
    st.lists(st.tuples(finite, finite), min_size=1),
    st.sampled_from([Sigmoid(), Platt(0.1, 40.0), Isotonic((0.0, 1.0), (0.0, 1.0))]),
)
def test_a_probability_is_never_certain(rows: list[tuple[float, float]], fitted: Any) -> None:
    yhat, std = np.array(rows).T
    probability = probability_of_rise(fitted, yhat, np.abs(std))
    assert ((probability >= 0.01) & (probability <= 0.99)).all()


def test_a_logistic_truth_is_found_by_platt() -> None:
    ratio, label = outcomes(lambda ratio: 1 / (1 + np.exp(-(0.2 + 1.5 * ratio))))
    fitted = fit(ratio, label)
    assert isinstance(fitted, Platt)
    plain = LogisticRegression(C=np.inf, tol=1e-8).fit(ratio[:, None], label > 0)
    kept = towards_even_odds(1.0, label > 0, days_of(ratio.size), days_of(ratio.size) + 1)
    assert 0.9 < kept < 1
    assert fitted.intercept == pytest.approx(kept * plain.intercept_[0], abs=0.002)
    assert fitted.slope == pytest.approx(plain.coef_[0, 0], rel=0.01)


def test_a_truth_with_a_step_is_found_by_isotonic_regression() -> None:
    ratio, label = outcomes(lambda ratio: np.where(ratio > 0.2, 0.8, 0.4))
    fitted = fit(ratio, label)
    assert isinstance(fitted, Isotonic)
    plain = IsotonicRegression(out_of_bounds="clip").fit(ratio, label > 0)
    at = np.r_[np.linspace(-0.5, 0.19, 14), np.linspace(0.21, 0.8, 12)]
    np.testing.assert_allclose(fitted(at), plain.predict(at), atol=0.03)
    assert (np.diff(fitted.probabilities) >= 0).all()


def test_the_later_days_decide() -> None:
    """A step in the early days that is a line in the later ones is no step."""
    ratio, label = outcomes(lambda ratio: 1 / (1 + np.exp(-ratio)))
    stepped, stepped_label = outcomes(lambda ratio: np.where(ratio > 0.2, 0.8, 0.4), seed=3)
    half = ratio.size // 2
    early_step = np.r_[stepped[:half], ratio[half:]], np.r_[stepped_label[:half], label[half:]]
    late_step = np.r_[ratio[:half], stepped[half:]], np.r_[label[:half], stepped_label[half:]]
    assert isinstance(fit(*early_step), Platt)
    assert isinstance(fit(*late_step), Isotonic)


def test_the_choice_fits_on_labels_that_ended_before_the_days_that_judge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Labels that end on the first late day or after it never reach the early fit."""
    from models_ml.uncertainty import probability

    n_days, seen = 90, list[float]()
    ratio, label = outcomes(lambda ratio: 0.5 + 0 * ratio, n_days * 40)
    dt = days_of(ratio.size)
    plain = probability._fit_platt

    def counting(bins: Any) -> Any:
        seen.append(float(bins.n_up.sum() + bins.n_down.sum()))
        return plain(bins)

    monkeypatch.setattr(probability, "_fit_platt", counting)
    fit_probability(ratio, label, dt, dt + 6)
    assert seen[0] == (60 - 6) * 40, "day 60 is the first late one"


def test_forecasts_of_the_wrong_sign_keep_the_base_rate_alone() -> None:
    ratio, label = outcomes(lambda ratio: 1 / (1 + np.exp(-(0.4 - 2 * ratio))))
    fitted = fit(ratio, label)
    assert len(set(np.round(fitted(vector(-0.1, 0.0, 0.1)), 12))) == 1
    share = (label > 0).mean()
    kept = towards_even_odds(1.0, label > 0, days_of(ratio.size), days_of(ratio.size) + 1)
    log_odds = kept * math.log(share / (1 - share))
    assert fitted(vector(0.0))[0] == pytest.approx(1 / (1 + math.exp(-log_odds)), abs=1e-9)


def falling_market(n_days: int, names: int = 200) -> tuple[Any, Any]:
    """Days on which names rise and fall together, 47 % of the names on the mean day."""
    rng = np.random.default_rng(4)
    shares = np.repeat(np.clip(rng.normal(0.47, 0.25, n_days), 0, 1), names)
    return rng.random(shares.size) < shares, days_of(shares.size, names)


def test_few_days_that_move_as_one_say_little_about_the_level() -> None:
    """By hand: 100 days of a standard deviation of 0.25 are a standard error of 0.1 log odds."""
    kept = [
        towards_even_odds(1.0, rose, dt, dt + 1) for rose, dt in map(falling_market, (100, 10_000))
    ]
    assert kept[0] == pytest.approx(0.05**2 / (0.05**2 + 0.1**2), rel=0.3)
    assert kept[1] == pytest.approx(0.05**2 / (0.05**2 + 0.01**2), rel=0.03)


def test_overlapping_labels_say_less() -> None:
    rose = np.repeat(falling_market(200)[0].reshape(200, 200), 20, axis=0).ravel()
    dt = days_of(rose.size, 200)
    daily, overlapping = (1 / towards_even_odds(1.0, rose, dt, dt + days) - 1 for days in (1, 20))
    assert overlapping > 1.5 * daily, "the squared standard error, in that of the prior"


def overlapping_market(n_days: int, horizon: int, seed: int) -> tuple[Any, Any]:
    """Shares of rises over a horizon: moving sums of independent days."""
    rng, names = np.random.default_rng(seed), 200
    moves = np.convolve(rng.standard_normal(n_days + horizon - 1), np.ones(horizon), "valid")
    shares = 0.5 + 0.05 * moves / math.sqrt(horizon)
    rose = (np.arange(names) + 0.5) / names < shares[:, None]
    return rose.ravel(), days_of(rose.size, names)


@pytest.mark.parametrize(("n_days", "horizon"), [(40, 20), (60, 20), (250, 20), (60, 5), (250, 5)])
def test_few_days_of_long_labels_count_as_the_spread_of_their_means_says(
    n_days: int, horizon: int
) -> None:
    """The weight is that of the error which the level really has over many markets."""
    weights, levels = [], []
    for seed in range(150):
        rose, dt = overlapping_market(n_days, horizon, seed)
        weights.append(towards_even_odds(1.0, rose, dt, dt + horizon))
        levels.append(math.log(rose.mean() / (1 - rose.mean())))
    expected = 0.05**2 / (0.05**2 + np.var(levels))
    assert np.mean(weights) == pytest.approx(expected, rel=0.3)


@pytest.mark.parametrize(("n_days", "horizon"), [(1, 1), (1, 5), (5, 5), (20, 20), (7, 20)])
def test_days_within_one_label_leave_the_odds_even(n_days: int, horizon: int) -> None:
    rose, dt = falling_market(n_days)
    assert towards_even_odds(0.3, rose, dt, dt + horizon) == 0
    assert towards_even_odds(0.3, *falling_market(60), falling_market(60)[1] + horizon) > 0


@pytest.mark.parametrize(
    ("ratio", "label"),
    [
        (vector(), vector()),
        (vector(0.1, 0.2), vector(1, -1)),
        (np.linspace(0, 1, 100), np.ones(100)),
        (np.zeros(100), np.resize([1.0, -1.0], 100)),
        (np.full(100, np.nan), np.ones(100)),
    ],
)
def test_too_little_to_fit_leaves_the_sigmoid(ratio: Vector, label: Vector) -> None:
    assert fit(ratio, label) == Sigmoid()


def test_a_return_of_zero_is_no_rise() -> None:
    ratio, label = outcomes(lambda ratio: 0.5 + 0 * ratio)
    flat = np.where(label < 0, 0.0, label)
    assert fit(ratio, flat) == fit(ratio, label)
