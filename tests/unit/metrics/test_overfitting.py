"""Probability of backtest overfitting, by hand, by brute force and by simulation."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models_ml.errors import UsageError
from models_ml.metrics import backtest_overfitting


def brute_force(returns: NDArray[np.float64], n_blocks: int) -> list[float]:
    """Logits straight from the definition, one division at a time."""
    length = len(returns) // n_blocks
    blocks = np.split(returns[len(returns) - n_blocks * length :], n_blocks)
    logits = []
    for chosen in combinations(range(n_blocks), n_blocks // 2):
        inside = np.concatenate([blocks[i] for i in chosen])
        outside = np.concatenate([blocks[i] for i in range(n_blocks) if i not in chosen])
        winner = (inside.mean(axis=0) / inside.std(axis=0, ddof=1)).argmax()
        sharpe = outside.mean(axis=0) / outside.std(axis=0, ddof=1)
        w = (sharpe <= sharpe[winner]).sum() / (returns.shape[1] + 1)
        logits.append(np.log(w / (1 - w)))
    return logits


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([2, 4, 6, 8]),
    st.integers(2, 9),
    st.integers(0, 7),
)
@settings(max_examples=40, deadline=None)
def test_logits_are_those_of_the_definition(
    seed: int, n_blocks: int, n_trials: int, more_days: int
) -> None:
    returns = np.random.default_rng(seed).normal(0, 0.01, size=(n_blocks * 5 + more_days, n_trials))
    result = backtest_overfitting(returns, n_blocks=n_blocks)
    expected = brute_force(returns, n_blocks)
    assert result.logits == pytest.approx(expected, abs=1e-9)
    assert result.pbo == np.mean(np.array(expected) <= 0)
    assert (result.n_days, result.n_trials) == (len(returns) // n_blocks * n_blocks, n_trials)


def test_by_hand() -> None:
    """Two trials, each good on one half only: the winner inside is always the loser outside."""
    good, bad = [0.02, 0.03], [-0.02, -0.01]
    returns = np.column_stack([good + bad, bad + good])
    result = backtest_overfitting(returns, n_blocks=2)
    assert result.logits == pytest.approx([np.log(1 / 2)] * 2)
    assert result.pbo == 1.0


def test_a_trial_that_is_truly_better_is_no_overfitting() -> None:
    returns = np.random.default_rng(1).normal(0, 0.01, size=(640, 20))
    returns[:, 7] += 0.01
    result = backtest_overfitting(returns)
    assert result.logits.size == 12_870
    assert result.pbo == 0.0


def test_the_best_of_pure_noise_is_overfitted_half_of_the_time() -> None:
    random = np.random.default_rng(2)
    shares = [
        backtest_overfitting(random.normal(size=(160, 40)), n_blocks=8).pbo for _ in range(60)
    ]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.08)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("constant", [0.0, 0.1, -0.037])
def test_trials_that_do_not_vary_rank_last(constant: float) -> None:
    """Rounding leaves a constant 0.1 a tiny variance; its ratio must neither win nor count."""
    returns = np.random.default_rng(3).normal(0, 0.01, size=(66, 3))
    returns[:, 0] = constant
    winner_wins_again = backtest_overfitting(returns[:, 1:], n_blocks=6).logits > 0
    logits = backtest_overfitting(returns, n_blocks=6).logits
    assert logits == pytest.approx(np.where(winner_wins_again, np.log(3), 0.0))
    assert 0 < winner_wins_again.mean() < 1


def test_copies_of_a_trial_are_one_on_the_days_used() -> None:
    """The first two days are left over: what differs there alone is a copy, too."""
    returns = np.random.default_rng(4).normal(0, 0.01, size=(42, 3))
    copy = returns[:, 1].copy()
    copy[0] = 0.5
    expected = backtest_overfitting(returns, n_blocks=4)
    found = backtest_overfitting(
        np.column_stack([returns[:, [0, 0, 1]], copy, returns[:, 2]]), n_blocks=4
    )
    assert (found.pbo, found.n_trials) == (expected.pbo, 3)
    np.testing.assert_array_equal(found.logits, expected.logits)


@pytest.mark.parametrize(
    ("returns", "n_blocks", "message"),
    [
        (np.zeros((40, 1)), 4, "at least two trials"),
        (np.zeros(40), 4, "at least two trials"),
        (np.full((40, 3), np.nan), 4, "finite returns"),
        (np.tile(np.arange(40.0), (2, 1)).T, 4, "all of these are equal"),
        (np.zeros((40, 3)), 5, "an even number of blocks"),
        (np.zeros((40, 3)), 0, "an even number of blocks"),
        (np.zeros((7, 3)), 4, "at least two days each"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    returns: NDArray[np.float64], n_blocks: int, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        backtest_overfitting(returns, n_blocks=n_blocks)
