"""Training a stored model again from what its run recorded, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from models_ml.crossval import OnProgress
from models_ml.dbt import changed_names
from models_ml.errors import MlxError
from models_ml.project import Project
from models_ml.registry import sha256, show_model
from models_ml.runs import git_sha, package_versions
from models_ml.train import fit_models
from models_ml.train_config import TrainConfig
from models_ml.train_outcome import TrainOutcome


@dataclass(frozen=True)
class ReproduceReport:
    """A model trained again.

    Attributes
    ----------
    recorded_sha256, sha256
        Hash of the stored model's text, and of the one trained now.
    differences
        What is not as the run recorded it: data, features, packages, code. There may be some
        although the models are equal.
    """

    model_id: str
    recorded_sha256: str
    sha256: str
    differences: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether the same bytes came out."""
        return self.sha256 == self.recorded_sha256

    def to_json(self) -> dict[str, Any]:
        """One document."""
        return {"is_equal": self.is_equal, **asdict(self)}


def reproduce(
    project: Project, model_id: str, *, on_progress: OnProgress | None = None
) -> ReproduceReport:
    """Train a model again with its configuration on the data up to its cutoff; store nothing.

    Of a run of several horizons that of the model alone is trained.

    Raises
    ------
    MlxError
        There is no such model, nor the one that it continues, its run is not recorded, another
        version of mlx configured it, or its data are gone.
    """
    record = show_model(project, model_id)
    run = record["run"]
    if not run:
        raise MlxError(
            f"the run of model {model_id} is not recorded", hint="mlx models list; name another one"
        )
    (outcome,) = fit_models(_config(record), project=project, on_progress=on_progress)
    return ReproduceReport(
        model_id=model_id,
        recorded_sha256=record["sha256"],
        sha256=sha256(outcome.text().encode()),
        differences=tuple(_differences(project, record, run, outcome)),
    )


def _config(record: Mapping[str, Any]) -> TrainConfig:
    """Return the run's configuration of this model alone, ending where its own rows ended.

    The run's cutoff is that of its shortest horizon; labels of the others matured later.
    """
    model_id, run = record["model_id"], record["run"]
    recorded = dict(run["config"]) | {"baseline": False}
    unknown = sorted(set(recorded) - {field.name for field in fields(TrainConfig)})
    if unknown:
        raise MlxError(
            f"another version of mlx trained {model_id}: its configuration has {unknown[0]}",
            hint=f"check out the code of its run, {run['git_sha']}",
        )
    for name in ("start", "params_known_to"):
        recorded[name] = date.fromisoformat(recorded[name]) if recorded.get(name) else None
    recorded["end"] = date.fromisoformat(record["uncertainty"]["adaptive"]["fitted_to"])
    recorded |= {"horizon": record["horizon"], "horizons": None}
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in recorded.items()
    }
    return TrainConfig(**plain)


def _fingerprint(record: Mapping[str, Any]) -> str | None:
    """Return that of the model's rows; a run has one for each horizon, in ascending order."""
    run = record["run"]
    horizons = sorted(run["config"]["horizons"] or [record["horizon"]])
    prints = str(run["data_fingerprint"]).split(",")
    return dict(zip(horizons, prints, strict=False)).get(record["horizon"])


def _differences(
    project: Project, record: Mapping[str, Any], run: Mapping[str, Any], outcome: TrainOutcome
) -> Iterator[str]:
    recorded, present = record["features"], list(outcome.panel.features)
    if recorded != present:
        yield f"features: {changed_names(recorded, present)}"
    elif run["feature_hash"] != outcome.features.sha256:
        yield f"feature hash: {run['feature_hash']}, now {outcome.features.sha256}"
    fingerprint = _fingerprint(record)
    if fingerprint != outcome.fingerprint:
        yield (
            f"data fingerprint: {fingerprint}, now {outcome.fingerprint}: rows, features or "
            f"labels up to {outcome.config.end} changed"
        )
    packages = package_versions()
    for name in sorted({*run["packages"], *packages}):
        then, now = run["packages"].get(name), packages.get(name)
        if then != now:
            yield f"package {name}: {then}, now {now}"
    commit = git_sha(project.root)
    if run["git_sha"] != commit:
        yield f"code: {run['git_sha']}, now {commit}"
    elif commit is None or commit.endswith("-dirty"):
        yield f"code: {commit or 'unknown'}, so it may be another one"
