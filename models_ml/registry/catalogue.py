"""What is known about the stored models: a list, one in full, two side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from models_ml.errors import MlxError
from models_ml.project import Project
from models_ml.warehouse import Warehouse, open_warehouse

Document = dict[str, Any]
_ALL_FOLDS = -1


def list_models(project: Project) -> list[Document]:
    """List all models, the newest first, with what tells them apart.

    Returns
    -------
    list of dict
        model_id, alias, horizon, learner, target, out-of-sample ic, rank_ic and icir (None where
        not defined), data_cutoff (the newest feature day it learned from) and created_at.
    """
    rows: list[Document] = (
        open_warehouse(project)
        .read(
            "select models.model_id, models.alias, models.horizon, models.learner, models.target, "
            f"{_overall('ic')}, {_overall('rank_ic')}, {_overall('icir')}, "
            "max(runs.data_cutoff) as data_cutoff, models.created_at "
            f"from {project.ml}.models as models "
            f"left join {project.ml}.runs as runs on models.run_id = runs.run_id "
            f"left join {project.ml}.cv_metrics as scores "
            "on models.run_id = scores.run_id and models.horizon = scores.horizon "
            f"and scores.fold = {_ALL_FOLDS} "
            "group by models.model_id, models.alias, models.horizon, models.learner, "
            "models.target, models.created_at "
            "order by models.created_at desc, models.model_id"
        )
        .to_pylist()
    )
    return rows


def show_model(project: Project, model_id: str) -> Document:
    """Return all that is stored about a model but its text.

    Returns
    -------
    dict
        The model's record, its ``run`` (code, packages, configuration, data), the ``metrics``
        overall and of each fold with its test days, the ``features`` by gain, and the changes of
        its alias.

    Raises
    ------
    MlxError
        There is no such model.
    """
    warehouse = open_warehouse(project)
    record = model_record(warehouse, project.ml, model_id)
    of_run = {"run_id": record["run_id"]}
    of_model = of_run | {"horizon": record["horizon"]}
    runs = warehouse.read(
        "select git_sha, config, feature_hash, data_fingerprint, data_cutoff, packages, "
        "dbt_invocation_id, target as dbt_target "
        f"from {project.ml}.runs where run_id = :run_id",
        of_run,
    ).to_pylist()
    gains = warehouse.read(
        f"select feature, avg(gain) as gain from {project.ml}.feature_importance "
        "where run_id = :run_id and horizon = :horizon "
        "group by feature order by gain desc, feature",
        of_model,
    ).to_pylist()
    changes = warehouse.read(
        f"select alias, action, reason, changed_by, changed_at from {project.ml}.alias_log "
        "where model_id = :model_id order by change_no",
        {"model_id": model_id},
    ).to_pylist()
    run = runs[0] if runs else {}
    return {
        **record,
        "run": run | {name: json.loads(run[name]) for name in ("config", "packages") if run},
        "metrics": _metrics(warehouse, project.ml, record),
        "gains": gains,
        "alias_changes": changes,
    }


def compare_models(project: Project, model_id: str, other_id: str) -> Document:
    """Put the metrics of two models side by side, overall and fold by fold.

    Returns
    -------
    dict
        ``models``: the two ids. ``same_days``: whether the folds of both test the same days; where
        not, the figures speak of different times. ``folds``: for each fold (-1: all together) the
        test days and metrics of each model, None where it has no such fold.

    Raises
    ------
    MlxError
        There is no such model.
    """
    warehouse = open_warehouse(project)
    records = [model_record(warehouse, project.ml, name) for name in (model_id, other_id)]
    one, other = (_metrics(warehouse, project.ml, record) for record in records)
    numbers = sorted({fold["fold"] for fold in (*one, *other)})
    folds = [(number, _of_fold(one, number), _of_fold(other, number)) for number in numbers]
    return {
        "models": [model_id, other_id],
        "horizons": [record["horizon"] for record in records],
        "same_days": all(_days(a) == _days(b) for _, a, b in folds),
        "folds": [{"fold": number, "scores": [a, b]} for number, a, b in folds],
    }


def _overall(metric: str) -> str:
    return f"max(case when scores.metric = '{metric}' then scores.value end) as {metric}"


def model_record(warehouse: Warehouse, ml: str, model_id: str) -> Document:
    """Return a model's row without its text, with the JSON columns read.

    Raises
    ------
    MlxError
        There is no such model.
    """
    rows = warehouse.read(
        "select model_id, run_id, alias, learner, horizon, target, features, params, uncertainty, "
        f"sha256, created_at from {ml}.models where model_id = :model_id",
        {"model_id": model_id},
    ).to_pylist()
    if not rows:
        raise MlxError(f"there is no model {model_id}", hint="mlx models list")
    record: Document = rows[0]
    return record | {
        name: json.loads(record[name]) for name in ("features", "params", "uncertainty")
    }


def _metrics(warehouse: Warehouse, ml: str, record: Document) -> list[Document]:
    """Metrics of a model by fold, all folds together first."""
    rows = warehouse.read(
        "select scores.fold, scores.metric, scores.value, days.dt_from, days.dt_to "
        f"from {ml}.cv_metrics as scores left join {ml}.cv_folds as days "
        "on scores.run_id = days.run_id and scores.horizon = days.horizon "
        "and scores.fold = days.fold and days.role = 'test' "
        "where scores.run_id = :run_id and scores.horizon = :horizon "
        "order by scores.fold, scores.metric",
        {"run_id": record["run_id"], "horizon": record["horizon"]},
    ).to_pylist()
    folds: dict[int, Document] = {}
    for row in rows:
        days = {"fold": row["fold"], "test_from": row["dt_from"], "test_to": row["dt_to"]}
        folds.setdefault(row["fold"], days)[row["metric"]] = row["value"]
    return list(folds.values())


def _of_fold(folds: list[Document], number: int) -> Document | None:
    return next((fold for fold in folds if fold["fold"] == number), None)


def _days(fold: Mapping[str, Any] | None) -> tuple[Any, Any]:
    return (None, None) if fold is None else (fold["test_from"], fold["test_to"])
