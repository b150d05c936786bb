"""All metrics together, on a panel whose signal is planted."""

from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from models_ml.metrics import daily_scores, mean_test, r2, score


class Panel(NamedTuple):
    yhat: NDArray[np.float64]
    label: NDArray[np.float64]
    day: NDArray[Any]


def planted(correlation: float, n_days: int = 400, n_names: int = 100) -> Panel:
    random = np.random.default_rng(7)
    signal, noise = random.normal(size=(2, n_days * n_names))
    label = correlation * signal + np.sqrt(1 - correlation**2) * noise
    day = np.repeat(np.datetime64("2020-01-01") + np.arange(n_days), n_names)
    return Panel(correlation * signal, label, day)


def test_a_planted_correlation_is_found() -> None:
    """IC .10 on 100 names: daily noise 1/sqrt(99), ICIR near 1, t near 20, R2 near .01."""
    scores, daily = score(*planted(0.10))
    assert scores.ic == pytest.approx(0.10, abs=3 / np.sqrt(400 * 99))
    assert scores.rank_ic == pytest.approx(0.0955, abs=3 / np.sqrt(400 * 99))
    assert scores.icir == pytest.approx(1.0, abs=0.2)
    assert scores.ic_t_naive == pytest.approx(scores.icir * 20, rel=1e-12)
    assert scores.r2 == pytest.approx(0.01, abs=0.004)
    assert scores.spread == pytest.approx(0.28, abs=0.04)
    assert (scores.n_rows, scores.n_days, scores.n_days_excluded) == (40_000, 400, 0)
    assert daily.ic.size == 400


def test_pure_noise_is_within_three_standard_errors() -> None:
    panel = planted(0.10)
    guess = np.random.default_rng(8).normal(size=panel.yhat.size)
    scores, _ = score(guess, panel.label, panel.day)
    assert abs(scores.ic_t_newey_west) < 3
    assert abs(scores.rank_ic_t_newey_west) < 3
    assert scores.r2 < 0


def test_scores_are_their_parts() -> None:
    panel = planted(0.05)
    scores, daily = score(*panel, horizon=5, min_names=50)
    again = daily_scores(*panel, min_names=50)
    assert np.array_equal(daily.ic, again.ic)
    assert scores.rank_ic_t_newey_west == mean_test(again.rank_ic, horizon=5).t_newey_west
    assert scores.rank_icir == mean_test(again.rank_ic).information_ratio
    assert scores.ic_t_newey_west == mean_test(again.ic, horizon=5).t_newey_west
    assert scores.r2 == r2(panel.yhat, panel.label)
    assert scores.spread == again.spread.mean()


@pytest.mark.filterwarnings("error")
def test_without_usable_days_every_mean_is_nan() -> None:
    scores, _ = score(np.zeros(10), np.arange(10.0), np.zeros(10, int))
    numbers = asdict(scores)
    assert (scores.n_rows, scores.n_days, scores.n_days_excluded) == (10, 1, 1)
    assert {name for name, value in numbers.items() if np.isnan(value)} == {
        "ic",
        "rank_ic",
        "icir",
        "rank_icir",
        "ic_t_naive",
        "ic_t_newey_west",
        "rank_ic_t_naive",
        "rank_ic_t_newey_west",
        "spread",
    }
