"""Tuning: a study on the days before the test days, and the training that judges its choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import optuna
from optuna.trial import FrozenTrial

from models_ml.crossval import OnProgress
from models_ml.errors import MlxError
from models_ml.learners.space import Space, space_of
from models_ml.names import check_name
from models_ml.nested import nested_plan, refuse_unnested
from models_ml.project import Project, load_project
from models_ml.registry import sha256
from models_ml.runs import to_json
from models_ml.train_config import TrainConfig
from models_ml.train_plan import TrainPlan, read_data
from models_ml.tuning.ledger import ledger_of
from models_ml.tuning.objective import ERROR, Objective
from models_ml.tuning.report import TrialLine, TuneReport, report_of
from models_ml.tuning.storage import default_url, open_storage, without_password
from models_ml.tuning.study import OnTrial, n_begun, open_study, run_trials

OnLine = Callable[[TrialLine], None]
# What of the configuration a trial depends on beside its rows and folds.
_ASKED = (
    *("horizon", "learner", "n_estimators", "early_stopping_rounds", "seed", "target"),
    *("half_life_days", "uniqueness", "min_names"),
)


def tune(
    config: TrainConfig | None = None,
    *,
    trials: int = 50,
    timeout: float | None = None,
    inner_splits: int = 3,
    storage: str | None = None,
    study: str | None = None,
    project: Project | None = None,
    on_progress: OnProgress | None = None,
    on_trial: OnLine | None = None,
    **options: Any,
) -> TuneReport:
    """Look for a learner's parameters on the days before the first test day.

    The objective is the mean daily IC on the test days of walk-forward folds inside the first
    training block; see :func:`~models_ml.nested.nested_plan`. Every trial becomes a run of kind
    ``trial``. The same call again goes on where it stopped.

    Parameters
    ----------
    config
        What is to be trained afterwards; or give its fields as keyword arguments. Its ``params``
        are not used.
    trials
        Trials that the study is to have in the end, from all processes and calls.
    timeout
        Seconds after which no trial is begun.
    inner_splits
        Folds inside the first training block.
    storage
        Address of a database that optuna keeps studies in; a file among the artefacts by
        default. Processes with one storage work on one study.
    study
        Its name; derived from data, folds, learner and ranges by default.
    project
        Where to work; found as ``mlx`` finds it by default.
    on_progress, on_trial
        Called with a stage, steps done and steps at the most; and with every trial that ended.

    Raises
    ------
    MlxError
        No data, no trial came to its end, or the warehouse or the storage refused; trials that
        had ended are kept.
    UsageError
        optuna is not installed, too few days, no search space, a study of other data, several
        horizons, or a model to continue.
    """
    config = replace(config or TrainConfig(**options), params={})
    refuse_unnested(config)
    project, space = project or load_project(), space_of(config.learner)
    if study is not None:
        check_name(study, of="a study", hint="leave --study out, or give it another name")
    data = read_data(config, project)
    plan = nested_plan(data.plan(config), inner_splits)
    fingerprint = plan.panel.fingerprint()
    identity = identity_of(plan, space, fingerprint)
    folder = project.artifacts_dir / "tuning"
    url = storage or default_url(folder)
    name = study or f"{config.learner}-h{config.horizon}-{config.target}-{identity[:12]}"
    opened = open_study(
        open_storage(url), name, identity=identity, seed=config.seed, start=space.start
    )
    record = ledger_of(project, plan, data.features, fingerprint)
    watch = _watcher(opened, trials, on_progress, on_trial)
    objective = Objective(plan, space, record)
    interrupted = run_trials(opened, objective, trials, timeout=timeout, on_trial=watch)
    report = report_of(
        opened,
        config,
        storage=without_password(url),
        fixed=space.fixed,
        known_to=plan.panel.label_end.max().item(),
        folder=folder,
        interrupted=interrupted,
    )
    if report.best_ic is None and not interrupted:
        raise _nothing(opened)
    return report


def _watcher(
    study: optuna.Study, trials: int, on_progress: OnProgress | None, on_trial: OnLine | None
) -> OnTrial:
    """Report how many trials were begun, now and after each trial that ended."""

    def report_number() -> None:
        if on_progress is not None:
            on_progress("trials", min(trials, n_begun(study)), trials)

    def watch(trial: FrozenTrial) -> None:
        if on_trial is not None:
            on_trial(TrialLine.of(trial))
        report_number()

    report_number()
    return watch


def _nothing(study: optuna.Study) -> MlxError:
    reasons = [str(trial.user_attrs[ERROR]) for trial in study.trials if ERROR in trial.user_attrs]
    last = f": {reasons[-1]}" if reasons else ""
    return MlxError(
        f"no trial of study {study.study_name} came to its end{last}",
        hint="mend what it names, or give more --trials or --timeout",
    )


def identity_of(plan: TrainPlan, space: Space, fingerprint: str) -> str:
    """SHA-256 of all that the results of a trial depend on beside its parameters.

    Days after the inner ones are no part of it: a study goes on when new prices come in, as long
    as the first test day stays.
    """
    asked = {name: getattr(plan.config, name) for name in _ASKED}
    folds = [str(fold) for fold in plan.folds]
    question = {**asked, "folds": folds, "space": asdict(space), "data": fingerprint}
    return sha256(to_json(question).encode())
