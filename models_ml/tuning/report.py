"""What a study found, and the command that judges it on days that it did not see."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from models_ml.runs import to_json
from models_ml.train_config import TrainConfig
from models_ml.tuning.objective import ERROR
from models_ml.tuning.study import counted

_STATES = {
    TrialState.COMPLETE: "done",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}
_TRAIN_FLAGS = (
    *("horizon", "start", "end", "n_splits", "test_days", "embargo_days", "window", "features"),
    *("learner", "n_estimators", "early_stopping_rounds", "seed", "target"),
    *("half_life_days", "uniqueness"),
)


@dataclass(frozen=True)
class TuneReport:
    """A study as it stands.

    Attributes
    ----------
    n_trials
        Trials by status, those of other processes included.
    best_trial, best_ic
        Number of the best trial and its mean daily IC on the inner test days: the best of so
        many, so more than is to be expected of other days.
    params
        Its parameters, in the learner's own words; also in ``params_file``.
    command
        Trains with them and judges them on days that no trial saw.
    interrupted
        Whether Ctrl-C ended it.
    """

    study: str
    storage: str
    n_trials: Mapping[str, int]
    best_trial: int | None
    best_ic: float | None
    params: Mapping[str, Any]
    params_file: Path | None
    command: str | None
    interrupted: bool

    def to_json(self) -> dict[str, Any]:
        """One document."""
        return {**asdict(self), "params_file": self.params_file and str(self.params_file)}


@dataclass(frozen=True)
class TrialLine:
    """A trial that ended, for whoever watches."""

    number: int
    status: str
    value: float | None
    error: str | None = None

    @classmethod
    def of(cls, trial: FrozenTrial) -> TrialLine:
        """Read a trial; a pruned one has the value after its last fold."""
        last, error = trial.intermediate_values, trial.user_attrs.get(ERROR)
        return cls(trial.number, _STATES[trial.state], last[max(last)] if last else None, error)

    def __str__(self) -> str:
        """One line."""
        value = "" if self.value is None else f", IC {self.value:+.4f}"
        reason = f": {self.error}" if self.error else value
        return f"trial {self.number}: {self.status}{reason}"


def report_of(
    study: optuna.Study,
    config: TrainConfig,
    *,
    storage: str,
    fixed: Mapping[str, Any],
    known_to: date,
    folder: Path,
    interrupted: bool,
) -> TuneReport:
    """Summarise a study and write the best parameters so far into a file of its name.

    Parameters
    ----------
    fixed
        Parameters that every trial had beside those searched.
    known_to
        Last day that the trials knew of; folds that test on it refuse the parameters.
    folder
        Of the file.
    """
    trials = counted(study)
    numbers = dict(Counter(_STATES[trial.state] for trial in trials))
    ended = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    if not ended:
        return TuneReport(
            study.study_name, storage, numbers, None, None, {}, None, None, interrupted
        )
    best = max(ended, key=lambda trial: (trial.value, -trial.number))
    params = {**best.params, **fixed}
    path = folder / f"{study.study_name}.json"
    _write(path, to_json({"params": params, "known_to": known_to}))
    command = shlex.join(["mlx", "train", *_flags(config), "--params", os.path.relpath(path)])
    return TuneReport(
        study=study.study_name,
        storage=storage,
        n_trials=numbers,
        best_trial=best.number,
        best_ic=best.value,
        params=params,
        params_file=path,
        command=command,
        interrupted=interrupted,
    )


def _write(path: Path, text: str) -> None:
    """Replace a file at once: other processes of the study may write it, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text + "\n")
    unfinished.replace(path)


def _flags(config: TrainConfig) -> list[str]:
    """Options of ``mlx train`` that are not its defaults."""
    usual, flags = TrainConfig(), list[str]()
    if config.tickers is not None:
        flags += ["--tickers", ",".join(config.tickers)]
    for name in _TRAIN_FLAGS:
        value = getattr(config, name)
        if value != getattr(usual, name):
            flag = f"--{name.replace('_', '-')}"
            flags += [flag] if value is True else [flag, str(value)]
    return flags
