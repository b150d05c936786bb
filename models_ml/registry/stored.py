"""Stored models: their files, their rows in ``ml.models``, and how one is found and trusted.

A model's text is loaded only after its SHA-256 was checked: LightGBM ends the process on
truncated text, and predicts in silence from text with a changed digit.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models_ml.errors import MlxError, UsageError
from models_ml.learners.base import FittedModel
from models_ml.learners.catalogue import NAMES, load_model
from models_ml.names import is_name
from models_ml.uncertainty import ModelUncertainty
from models_ml.warehouse import Warehouse, identifier

if TYPE_CHECKING:
    from models_ml.learners.quantiles import QuantileModels

MANIFEST = "manifest.json"
MODEL = "model.txt"
_RESTORE = "restore it, or mlx train"


@dataclass(frozen=True)
class StoredModel:
    """A trained model with what its forecasts need.

    A model out of the warehouse knows the schema of its row and when it was created; it equals the
    one that is read from its file.
    """

    model_id: str
    run_id: str
    learner: str
    horizon: int
    target: str
    features: tuple[str, ...]
    uncertainty: ModelUncertainty
    text: str
    ml: str | None = field(default=None, compare=False)
    created_at: datetime | None = field(default=None, compare=False)

    def load(self) -> FittedModel:
        """Parse the model's text, which was checked against its hash.

        Raises
        ------
        MlxError
            The learner is unknown here, or the text names other features than its record.
        UsageError
            The learner's package is not installed.
        """
        if self.learner not in NAMES:
            raise MlxError(
                f"model {self.model_id} is of learner {self.learner!r}, unknown here",
                hint="mlx train",
            )
        text = self.text if self._with_quantiles is None else self._with_quantiles[1]
        model = load_model(self.learner, text)
        if model.feature_names != self.features:
            raise MlxError(
                f"model {self.model_id} is damaged: its text and its record name other features",
                hint=_RESTORE,
            )
        return model

    def quantiles(self) -> QuantileModels | None:
        """Parse the models of two quantiles that the intervals are around; None without such."""
        return None if self._with_quantiles is None else self._with_quantiles[0]

    @cached_property
    def _with_quantiles(self) -> tuple[QuantileModels, str] | None:
        if self.uncertainty.calibration.beyond_quantiles is None:
            return None
        from models_ml.learners.quantiles import QuantileModels

        return QuantileModels.from_text(self.text)


def sha256(data: bytes) -> str:
    """Hex digest of bytes."""
    return hashlib.sha256(data).hexdigest()


def write_artifacts(folder: Path, files: Mapping[str, bytes], record: Mapping[str, Any]) -> None:
    """Write files and a manifest with their hashes; the folder appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.parent / f".{folder.name}.{uuid.uuid4().hex}"
    unfinished.mkdir(mode=0o700)
    try:
        hashes = {name: sha256(data) for name, data in files.items()}
        manifest = json.dumps({**record, "files": hashes}, indent=2, sort_keys=True)
        for name, data in {**files, MANIFEST: manifest.encode()}.items():
            _write_durably(unfinished / name, data)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def find_model(
    warehouse: Warehouse, ml_schema: str, reference: str | None, *, horizon: int
) -> StoredModel:
    """Find a model: the champion of a horizon, a model id, or the path of a ``model.txt``.

    Raises
    ------
    MlxError
        There is no such model, or its text does not match its SHA-256.
    UsageError
        The reference is neither a model id nor a path.
    """
    if reference is None or reference == "champion":
        return _from_warehouse(
            warehouse,
            ml_schema,
            "alias = 'champion' and horizon = :horizon",
            {"horizon": horizon},
            f"there is no champion for horizon {horizon} yet",
        )
    if "/" in reference or reference.endswith(".txt"):
        return _from_files(Path(reference))
    if not is_name(reference):
        raise UsageError(
            f"{reference!r} is neither a model id nor the path of a {MODEL}",
            hint=f"name champion, a model id as in {ml_schema}.models, or a {MODEL}",
        )
    return _from_warehouse(
        warehouse,
        ml_schema,
        "model_id = :model_id",
        {"model_id": reference},
        f"there is no model {reference}",
    )


def _from_warehouse(
    warehouse: Warehouse, ml_schema: str, where: str, parameters: dict[str, Any], missing: str
) -> StoredModel:
    rows = warehouse.read(
        "select model_id, run_id, learner, horizon, target, features, uncertainty, model, sha256, "
        f"created_at from {identifier(ml_schema)}.models where {where}",
        parameters,
    ).to_pylist()
    if not rows:
        raise MlxError(missing, hint="mlx train")
    row = rows[0]
    what = f"model {row['model_id']}"
    try:
        record = row | {name: json.loads(row[name]) for name in ("features", "uncertainty")}
        stored = _checked(record, row["model"].encode(), row["sha256"], what)
    except (ValueError, KeyError, TypeError) as error:
        raise MlxError(
            f"{what} is damaged: its record is unreadable, {error!r}", hint=_RESTORE
        ) from error
    return replace(stored, ml=ml_schema, created_at=row["created_at"])


def _from_files(path: Path) -> StoredModel:
    manifest_path = path.parent / MANIFEST
    try:
        record = json.loads(manifest_path.read_text())
        data = path.read_bytes()
        expected = record["files"][path.name]
        return _checked(record, data, expected, str(path))
    except OSError as error:
        raise MlxError(
            f"cannot read {error.filename}: {error.strerror}",
            hint="name a model.txt that lies beside its manifest.json",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise MlxError(
            f"{manifest_path} is not the manifest of {path.name}: {error!r}",
            hint="name a model.txt that lies beside its own manifest.json",
        ) from error


def _checked(record: Mapping[str, Any], data: bytes, expected: str, what: str) -> StoredModel:
    if sha256(data) != expected:
        raise MlxError(
            f"{what} is damaged: its SHA-256 is not the recorded one",
            hint=_RESTORE,
        )
    return StoredModel(
        model_id=record["model_id"],
        run_id=record["run_id"],
        learner=record["learner"],
        horizon=int(record["horizon"]),
        target=record["target"],
        features=tuple(record["features"]),
        uncertainty=ModelUncertainty.from_json(record["uncertainty"]),
        text=data.decode(),
    )


def _write_durably(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
