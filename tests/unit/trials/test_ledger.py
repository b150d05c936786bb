"""A run among all trials, from arrays."""

from dataclasses import asdict

import numpy as np
import pytest

from models_ml.errors import MlxError
from models_ml.metrics.panel import Floats
from models_ml.trials import Ledger

NOISE = np.random.default_rng(3).normal(0.0, 0.01, (600, 20))


def ledger(spread: Floats, n_unscored: int = 0) -> Ledger:
    names = tuple(f"r{number:02d}" for number in range(spread.shape[1]))
    return Ledger(1, n_unscored, names, spread, names[-1])


def test_the_best_of_many_without_skill_is_said_to_be_luck() -> None:
    trials = ledger(NOISE)
    ratios = NOISE.mean(axis=0) / NOISE.std(axis=0, ddof=1)
    best = trials.standing(f"r{ratios.argmax():02d}")
    assert best.rank == 1
    assert best.probabilistic_sharpe > 0.9, "alone it would look like skill"
    assert best.deflated_sharpe < 0.7
    assert best.warning is not None
    assert "the best of 20 without any skill" in best.warning
    assert str(best).startswith("best of 20 trials: Sharpe 0.")


def test_more_trials_make_the_same_result_less_sure() -> None:
    values = [ledger(NOISE, n).standing("r05").deflated_sharpe for n in (0, 180, 1980)]
    assert values[0] > values[1] > values[2]


def test_skill_stays_skill() -> None:
    spread = NOISE + np.r_[np.zeros(19), 0.004]
    standing = ledger(spread).standing("r19")
    assert standing.warning is None
    assert standing.overfitting == 0.0


def test_the_first_trial_is_measured_against_zero() -> None:
    standing = ledger(NOISE[:, :1] + 0.01).standing("r00")
    assert (standing.rank, standing.expected_best_sharpe) == (1, 0.0)
    assert standing.deflated_sharpe == standing.probabilistic_sharpe > 0.999
    assert np.isnan(standing.overfitting)
    assert str(standing).startswith("best of 1 trial: Sharpe ")
    assert "overfitting" not in str(standing)


def test_a_trial_without_returns_counts_and_has_no_rank() -> None:
    spread = np.column_stack([NOISE[:, 0], NOISE[:, 1], np.full((600, 2), np.nan)])
    trials = ledger(spread)
    assert trials.n_trials == 4
    nothing = trials.standing("r03")
    assert nothing.rank is None
    assert nothing.warning == (
        "the deflated Sharpe ratio is not known: too few results in ml.trial_days"
    )
    assert str(nothing).startswith("without a rank among 4 trials: ")


def test_a_repeated_run_changes_nothing_and_shares_its_rank() -> None:
    worse = NOISE[:, 0] - 0.001
    alone = ledger(np.column_stack([NOISE[:, 0], worse, NOISE[:, 1]]))
    repeated = ledger(np.column_stack([NOISE[:, [0, 0, 0]], worse, worse, NOISE[:, 1]]))
    for here, there in (("r00", "r02"), ("r01", "r04"), ("r02", "r05")):
        expected = asdict(alone.standing(here)) | {"run_id": there}
        assert asdict(repeated.standing(there)) == expected
    assert repeated.n_trials == 3


def test_one_run_twice_has_no_overfitting() -> None:
    twice = ledger(NOISE[:, [0, 0]]).standing("r01")
    assert (twice.n_trials, twice.n_scored, twice.rank) == (1, 1, 1)
    assert np.isnan(twice.overfitting)
    assert twice.deflated_sharpe == twice.probabilistic_sharpe


def test_trials_that_share_some_days_are_as_many_as_they_are() -> None:
    """One differs on a single period, one lacks a period that the others have."""
    moved, shorter = NOISE[:, 0].copy(), NOISE[:, 0].copy()
    moved[300] += 1e-9
    shorter[0] = np.nan
    trials = ledger(np.column_stack([NOISE[:, 0], moved, shorter, NOISE[:, 1]]))
    assert trials.n_trials == 4
    assert trials.standing("r00").n_scored == 4


def test_an_unknown_run_is_an_error() -> None:
    with pytest.raises(MlxError, match="no days of run r99 for horizon 1"):
        ledger(NOISE).standing("r99")
