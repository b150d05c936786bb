"""Adaptive conformal inference: the recursion, its guarantee, and that it never looks ahead."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_ml.uncertainty import Adaptation, Band, ConformalScores, DayMisses, adapted_intervals
from models_ml.uncertainty.forecast import Vector

SCORES = ConformalScores.fit(np.abs(np.random.default_rng(1).standard_normal(4999)))
FIRST = np.datetime64("2024-01-01", "D")
N_NAMES = 5


def days_of(n_days: int) -> Any:
    return np.repeat(FIRST + np.arange(n_days), N_NAMES)


def around_zero(n_rows: int) -> Band:
    return Band(np.zeros(n_rows), np.zeros(n_rows), np.ones(n_rows))


def adapt(label: Vector, lag: int, adaptation: Adaptation | None = None, **more: Any) -> Vector:
    """Half widths of forecasts of zero with a scale of one."""
    dt = days_of(label.size // N_NAMES)
    low, high = adapted_intervals(
        adaptation or Adaptation.start(0.8),
        SCORES,
        around_zero(label.size),
        dt=dt,
        label=label,
        label_end=dt + lag,
        **more,
    )
    np.testing.assert_array_equal(low, -high)
    return high


def by_hand(label: Vector, lag: int) -> Vector:
    """Half widths by a loop that waits for labels in the plainest way."""
    days = label.reshape(-1, N_NAMES)
    widths = list[float]()
    for today in range(len(days)):
        alpha = 0.2
        for past in range(max(0, today - lag + 1)):
            alpha += 0.1 * (0.2 - float(np.mean(np.abs(days[past]) > widths[past])))
        level = min(max(1.0 - alpha, 0.0), 0.999)
        widths.append(SCORES.quantile(level))
    return np.repeat(widths, N_NAMES)


@pytest.mark.parametrize("lag", [1, 2, 6])
def test_the_level_follows_the_misses_of_matured_days(lag: int) -> None:
    label = np.random.default_rng(lag).standard_normal(60 * N_NAMES) * 1.5
    widths = adapt(label, lag)
    np.testing.assert_array_equal(widths, by_hand(label, lag))
    assert len(set(widths[: lag * N_NAMES].tolist())) == 1, "nothing has matured yet"
    assert len(set(widths.tolist())) > 5


@given(
    seed=st.integers(0, 1000),
    lag=st.integers(1, 8),
    today=st.integers(0, 29),
)
def test_labels_that_have_not_matured_change_nothing(seed: int, lag: int, today: int) -> None:
    rng = np.random.default_rng(seed)
    label = rng.standard_normal(30 * N_NAMES)
    before = adapt(label, lag)
    unknown = days_of(30) + lag > FIRST + today
    changed = np.where(unknown, 100 * rng.standard_normal(label.size), label)
    changed[unknown & (rng.random(label.size) < 0.3)] = np.nan
    until = (today + 1) * N_NAMES
    np.testing.assert_array_equal(adapt(changed, lag)[:until], before[:until])


def test_a_label_counts_from_the_day_on_which_it_ends() -> None:
    """The other side of the above: on its last day a label is known."""
    label = np.zeros(10 * N_NAMES)
    label[2 * N_NAMES] = 100.0
    changed, before = adapt(label, 3), adapt(np.zeros(10 * N_NAMES), 3)
    first = np.flatnonzero(changed != before)[0] // N_NAMES
    assert first == 5


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_coverage_in_the_long_run_is_the_level_whatever_comes(level: float) -> None:
    """Errors that double and shrink again; the bound of Gibbs and Candès, 2021."""
    rng = np.random.default_rng(4)
    size = np.exp(0.4 * np.sin(np.arange(3000) / 200))[:, None] * [[1.0] * N_NAMES]
    label = (size * rng.standard_normal(size.shape)).ravel()
    widths = adapt(label, 1, Adaptation.start(level))
    assert np.mean(np.abs(label) <= widths) == pytest.approx(level, abs=0.01)
    fixed = np.mean(np.abs(label) <= SCORES.quantile(level))
    assert abs(fixed - level) > 0.02, "otherwise there was nothing to adapt to"


def test_days_in_pieces_are_as_days_at_once() -> None:
    label = np.random.default_rng(7).standard_normal(40 * N_NAMES)
    whole = adapt(label, 4)
    done = 15 * N_NAMES
    missed = np.abs(label[:done]) > whole[:done]
    published = {
        day: DayMisses(day + 4, N_NAMES, int(rows.sum()))
        for day, rows in zip(np.unique(days_of(40))[:15], missed.reshape(-1, N_NAMES), strict=True)
    }
    dt = days_of(40)[done:]
    _, later = adapted_intervals(
        Adaptation.start(0.8),
        SCORES,
        around_zero(dt.size),
        dt=dt,
        label=label[done:],
        label_end=dt + 4,
        published=published,
    )
    np.testing.assert_array_equal(later, whole[done:])


def test_names_published_before_and_names_asked_make_one_day() -> None:
    """Three misses of five names, two of them among those published before."""
    label = np.array([9.0, 0, 0, 0, 0] * 2)
    published = {FIRST: DayMisses(FIRST + 1, 5, 2)}
    widths = adapt(label, 1, published=published)
    assert widths[-1] == SCORES.quantile(1 - (0.2 + 0.1 * (0.2 - 3 / 10)))


def test_days_that_the_model_was_fitted_on_adapt_nothing() -> None:
    label = np.full(10 * N_NAMES, 100.0)
    widths = adapt(label, 1, learn_after=FIRST + 5)
    assert set(widths[: 7 * N_NAMES].tolist()) == {SCORES.quantile(0.8)}
    assert widths[7 * N_NAMES] > SCORES.quantile(0.8)


def test_few_scores_and_many_misses_make_no_interval_endless() -> None:
    few = ConformalScores.fit(np.arange(1.0, 50.0))
    dt, label = days_of(40), np.full(40 * N_NAMES, 1e6)
    band = around_zero(label.size)
    _, high = adapted_intervals(
        Adaptation.start(0.8), few, band, dt=dt, label=label, label_end=dt + 1
    )
    assert high[-1] == 49.0, "the largest score"
    assert np.isfinite(high).all()


def test_a_day_without_labels_is_passed_over() -> None:
    label = np.full(3 * N_NAMES, np.nan)
    assert set(adapt(label, 1).tolist()) == {SCORES.quantile(0.8)}
