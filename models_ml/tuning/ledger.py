"""Every trial in the ledger: a row of ``ml.runs`` and its days, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from models_ml.dbt import FeatureList
from models_ml.project import Project
from models_ml.runs import new_run_id, provenance, run_row, utc_now
from models_ml.train_plan import TrainPlan
from models_ml.trials import days_table
from models_ml.warehouse import append, open_warehouse

if TYPE_CHECKING:
    from models_ml.tuning.objective import Trial

_LOCK = "trials"


def ledger_of(
    project: Project, plan: TrainPlan, features: FeatureList, fingerprint: str
) -> Callable[[Trial], None]:
    """Return what writes a trial of a study.

    Parameters
    ----------
    plan
        Inner rows and folds: all that a trial sees, so fingerprint and cutoff are theirs.

    Raises
    ------
    MlxError
        (When called.) The warehouse refused; the trial is not counted.
    """
    warehouse = open_warehouse(project)
    shared = {
        "kind": "trial",
        **provenance(project, features),
        "data_fingerprint": fingerprint,
        "data_cutoff": plan.panel.dt[-1].astype(date),
    }

    def write(trial: Trial) -> None:
        run = {**shared, **_columns(plan, trial)}
        with warehouse.transaction(_LOCK) as transaction:
            append(transaction, f"{project.ml}.runs", run_row(run))
            if trial.daily is not None:
                days = days_table(run["run_id"], plan.config.horizon, trial.daily)
                append(transaction, f"{project.ml}.trial_days", days)

    return write


def _columns(plan: TrainPlan, trial: Trial) -> Mapping[str, Any]:
    config = {**asdict(plan.config), "params": trial.params}
    inner = {"inner_splits": plan.splitter.n_splits, "study": trial.study, "trial": trial.number}
    return {
        "run_id": new_run_id("trial", trial.started_at),
        "status": trial.status,
        "started_at": trial.started_at,
        "finished_at": utc_now(),
        "config": {**config, **inner},
        "metrics": {
            "ic": trial.ics[-1] if trial.ics else None,
            "ic_after_fold": trial.ics,
            "error": trial.error,
        },
    }
