"""The model of a past day: a replay that has trained none forecasts with the one of that day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from models_ml.errors import MlxError, NotBuiltError
from models_ml.project import Project
from models_ml.registry.stored import StoredModel, find_model
from models_ml.warehouse import Warehouse, identifier


def find_model_as_of(
    warehouse: Warehouse, project: Project, reference: str | None, *, horizon: int
) -> StoredModel:
    """Find a model as :func:`find_model` does; a replay without models looks beside itself.

    Raises
    ------
    MlxError
        There is no such model, its text does not match its SHA-256, or it was created after the
        day of the replay.
    UsageError
        The reference is neither a model id nor a path.
    """
    if project.as_of is None or _has_models(warehouse, project.ml):
        return find_model(warehouse, project.ml, reference, horizon=horizon)
    ml = replace(project, as_of=None).ml
    hint = f"mlx --as-of {project.as_of} train"
    if reference is None or reference == "champion":
        reference = _champion_before(warehouse, ml, horizon, project.known_before)
    if reference is None:
        raise MlxError(f"horizon {horizon} had no champion on {project.as_of}", hint=hint)
    stored = find_model(warehouse, ml, reference, horizon=horizon)
    if stored.created_at is not None and stored.created_at >= project.known_before:
        raise MlxError(f"model {reference} was created after {project.as_of}", hint=hint)
    return stored


def _has_models(warehouse: Warehouse, ml: str) -> bool:
    return bool(warehouse.read(f"select model_id from {identifier(ml)}.models limit 1").num_rows)


def _champion_before(warehouse: Warehouse, ml: str, horizon: int, end: datetime) -> str | None:
    """Champion of a horizon at a time; None where there was none, nor a schema of models."""
    try:
        rows = warehouse.read(
            f"select model_id from {identifier(ml)}.alias_log where horizon = :horizon "
            "and alias = 'champion' and changed_at < :end order by change_no desc limit 1",
            {"horizon": horizon, "end": end},
        )
    except NotBuiltError:
        return None
    champion: str | None = rows["model_id"][0].as_py() if rows.num_rows else None
    return champion
