"""A study: trials of one question, by one process or several, up to a number of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import optuna
from optuna.exceptions import DuplicatedStudyError, ExperimentalWarning, StorageInternalError
from optuna.pruners import MedianPruner
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from models_ml.errors import MlxError, UsageError
from models_ml.tuning.objective import ERROR, Failed, Objective
from models_ml.tuning.sampler import TrialSampler

_IDENTITY = "identity"
_TRIALS_BEFORE_PRUNING = 5

OnTrial = Callable[[FrozenTrial], None]


class _Surplus(Exception):
    """Another process began the last trial a moment earlier."""


def open_study(
    storage: BaseStorage, name: str, *, identity: str, seed: int, start: Mapping[str, Any]
) -> optuna.Study:
    """Begin a study, or go on with the one of that name.

    Parameters
    ----------
    identity
        Of the question: data, folds, learner, ranges. Trials of two questions are not compared.
    seed
        Of the sampler.
    start
        Parameters of the first trial.

    Raises
    ------
    UsageError
        The study of that name is about something else.
    """
    options: dict[str, Any] = {
        "storage": storage,
        "sampler": TrialSampler(seed),
        "pruner": MedianPruner(n_startup_trials=_TRIALS_BEFORE_PRUNING),
    }
    try:
        study = optuna.create_study(study_name=name, direction="maximize", **options)
    except DuplicatedStudyError:
        study = optuna.load_study(study_name=name, **options)
        _give_up_the_dead(study)
    else:
        study.set_user_attr(_IDENTITY, identity)
        study.enqueue_trial(dict(start))
    if study.user_attrs.get(_IDENTITY, identity) != identity:
        raise UsageError(
            f"study {name} is about other data, folds or parameters",
            hint="leave --study out, or give it another name",
        )
    return study


def _give_up_the_dead(study: optuna.Study) -> None:
    """Fail the trials of processes that have told nothing of them for two minutes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)


def _begin_again(study: optuna.Study, start: Mapping[str, Any]) -> None:
    """Enqueue the first trial's parameters once more where that trial was given up."""
    planned = [
        is_counted(trial)
        for trial in study.get_trials(deepcopy=False)
        if trial.system_attrs.get("fixed_params") == start
    ]
    if planned and not any(planned):
        study.enqueue_trial(dict(start))


def run_trials(
    study: optuna.Study,
    objective: Objective,
    n_trials: int,
    *,
    timeout: float | None = None,
    on_trial: OnTrial | None = None,
) -> bool:
    """Run trials until the study has so many, from all processes together and from before.

    Parameters
    ----------
    timeout
        Seconds after which no trial is begun.
    on_trial
        Called with every trial that ended here.

    Returns
    -------
    bool
        Whether it was interrupted (Ctrl-C). The trials that had ended are kept; the one that
        was running does not count.

    Raises
    ------
    MlxError
        The ledger or the storage refused.
    """

    def bounded(trial: optuna.Trial) -> float:
        earlier = [other for other in counted(study) if other.number < trial.number]
        if len(earlier) >= n_trials:
            study.stop()
            raise _Surplus
        return objective(trial)

    def after(_: optuna.Study, trial: FrozenTrial) -> None:
        if on_trial is not None and is_counted(trial):
            on_trial(trial)
        if n_begun(study) >= n_trials:
            study.stop()

    if n_begun(study) >= n_trials:
        return False
    _begin_again(study, objective.space.start)
    try:
        study.optimize(bounded, timeout=timeout, catch=(Failed, _Surplus), callbacks=[after])
    except KeyboardInterrupt:
        return True
    except StorageInternalError as error:
        raise MlxError(
            "the storage of the study failed; trials that had ended are kept",
            hint="mlx tune with the same options goes on",
        ) from error
    return False


def is_counted(trial: FrozenTrial) -> bool:
    """Whether a trial is one of the study's number.

    Not counted is what was given up without a result: interrupted, begun one too many, or of a
    process that died.
    """
    return trial.state != TrialState.FAIL or ERROR in trial.user_attrs


def counted(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that count, also those that wait or run."""
    return [trial for trial in study.get_trials(deepcopy=False) if is_counted(trial)]


def n_begun(study: optuna.Study) -> int:
    """Trials that count and were begun."""
    return sum(trial.state != TrialState.WAITING for trial in counted(study))
