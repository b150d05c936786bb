"""Models as files that another place can use."""

from __future__ import annotations

from pathlib import Path

from models_ml.errors import MlxError
from models_ml.project import Project
from models_ml.registry.catalogue import model_record
from models_ml.registry.stored import MODEL, find_model, write_artifacts
from models_ml.warehouse import open_warehouse

_OF_THE_TABLE = {"alias", "created_at", "sha256"}


def export_model(
    project: Project, reference: str | None, folder: Path, *, horizon: int = 1
) -> Path:
    """Write a model's text and a manifest with its SHA-256 into a new folder.

    Parameters
    ----------
    project
        Where the model is.
    reference, horizon
        As for ``mlx infer``: ``champion`` (of the horizon), or a model id.
    folder
        A folder that is not there yet; it appears whole or not at all.

    Returns
    -------
    Path
        The model's text, which ``mlx infer PATH`` takes.

    Raises
    ------
    MlxError
        There is no such model, it is damaged, or the folder cannot be made.
    """
    warehouse = open_warehouse(project)
    stored = find_model(warehouse, project.ml, reference, horizon=horizon)
    record = model_record(warehouse, project.ml, stored.model_id)
    if folder.exists():
        raise MlxError(f"{folder} is there already", hint="name a new folder")
    kept = {name: value for name, value in record.items() if name not in _OF_THE_TABLE}
    try:
        write_artifacts(folder, {MODEL: stored.text.encode()}, kept)
    except OSError as error:
        raise MlxError(
            f"cannot write {error.filename or folder}: {error.strerror}",
            hint="name a folder where you may write",
        ) from error
    return folder / MODEL
