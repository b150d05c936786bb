"""Which parameters a trial tries: TPE whose draws depend on the trial's number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

_SEEDS = 2**32


class TrialSampler(BaseSampler):
    """Tree-structured Parzen estimator, seeded anew for every trial.

    A sampler that is seeded once draws the same "random" parameters again when a study is
    continued, and in every process that joins it. Here the draws follow from the seed, the
    number of the trial and the trials known: a study that was interrupted goes on as if it had
    not been, and processes do not repeat each other (Bergstra et al., Algorithms for
    Hyper-Parameter Optimization, NeurIPS 2011; multivariate, with the constant liar, so that
    running trials are taken for bad ones).

    Parameters
    ----------
    seed
        Of the study.
    n_startup_trials
        Trials at random before the estimator has something to learn from.
    """

    def __init__(self, seed: int, *, n_startup_trials: int = 10) -> None:
        self._seed, self._n_startup_trials = seed, n_startup_trials
        self._number, self._tpe = -1, self._seeded(0)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Parameters that are drawn together."""
        return self._of(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw them."""
        return self._of(trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Draw a parameter alone, as the first trials do."""
        return self._of(trial).sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Tell the estimator that a trial ended."""
        self._of(trial).after_trial(study, trial, state, values)

    def _of(self, trial: FrozenTrial) -> TPESampler:
        if trial.number != self._number:
            self._number, self._tpe = trial.number, self._seeded(trial.number)
        return self._tpe

    def _seeded(self, number: int) -> TPESampler:
        (seed,) = np.random.SeedSequence([self._seed % _SEEDS, number]).generate_state(1)
        return TPESampler(
            seed=int(seed),
            n_startup_trials=self._n_startup_trials,
            multivariate=True,
            constant_liar=True,
        )
