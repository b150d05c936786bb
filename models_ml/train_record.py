"""What a training run leaves behind: its artefacts, and its rows in one transaction."""

from __future__ import annotations

import csv
import io
import math
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models_ml.project import Project
from models_ml.registry import MODEL, sha256, write_artifacts
from models_ml.registry.aliases import LOCK, crown_if_first
from models_ml.runs import new_run_id, provenance, run_row, to_json, utc_now
from models_ml.train_config import TrainConfig
from models_ml.train_outcome import TrainOutcome
from models_ml.train_tables import tables_of
from models_ml.trials import Standing, standings
from models_ml.warehouse import append, open_warehouse

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class StoredOutcome:
    """A stored model with the outcome it came from, and its standing among all trials."""

    model_id: str
    is_champion: bool
    outcome: TrainOutcome
    standing: Standing

    def to_json(self) -> dict[str, Any]:
        """One document."""
        return {
            "model_id": self.model_id,
            "horizon": self.outcome.config.horizon,
            "is_champion": self.is_champion,
            "refusal": self.outcome.refusal,
            **self.outcome.metrics(),
            "trials": self.standing.to_json(),
            **self.outcome.seconds(),
        }


@dataclass(frozen=True)
class TrainReport:
    """A stored run: one model, or one of each horizon."""

    run_id: str
    artifacts: Path
    models: tuple[StoredOutcome, ...]
    warnings: tuple[str, ...] = ()

    @property
    def model_id(self) -> str:
        """The first horizon's model."""
        return self.models[0].model_id

    @property
    def is_champion(self) -> bool:
        """Whether the first horizon's model became its champion."""
        return self.models[0].is_champion

    @property
    def outcome(self) -> TrainOutcome:
        """The first horizon's outcome."""
        return self.models[0].outcome

    def to_json(self) -> dict[str, Any]:
        """One document; with the config's ``horizons`` it lists the models."""
        run = {"run_id": self.run_id, "artifacts": str(self.artifacts)}
        models = [model.to_json() for model in self.models]
        if self.outcome.config.horizons is None:
            return {**run, **models[0]}
        return {**run, "models": models}


def store_run(
    project: Project,
    config: TrainConfig,
    outcomes: tuple[TrainOutcome, ...],
    started_at: datetime,
) -> TrainReport:
    """Write the artefacts, then all rows in one transaction: the run is there whole or not at all.

    Raises
    ------
    MlxError
        The warehouse refused; the artefacts are gone again.
    """
    run_id = new_run_id("train", started_at)
    folder = project.artifacts_dir / run_id
    records = [_model_record(run_id, outcome) for outcome in outcomes]
    texts = [outcome.text().encode() for outcome in outcomes]
    try:
        for outcome, record, text in zip(outcomes, records, texts, strict=True):
            files = {
                MODEL: text,
                "metrics.json": to_json(outcome.metrics()).encode(),
                "feature_importances.csv": _importance_csv(outcome.mean_gain()),
            }
            own = folder if config.horizons is None else folder / f"h{record['horizon']}"
            write_artifacts(own, files, record)
        run = _run(project, config, outcomes, run_id, started_at)
        champions, among_trials = _write_rows(project, outcomes, run, records, texts)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    models = [
        StoredOutcome(record["model_id"], is_champion, outcome, standing)
        for record, is_champion, outcome, standing in zip(
            records, champions, outcomes, among_trials, strict=True
        )
    ]
    warnings = tuple(doubt for model in models if (doubt := _doubt(model)))
    return TrainReport(run_id, folder, tuple(models), warnings)


def _doubt(model: StoredOutcome) -> str | None:
    """Say what must be known before the model is trusted; None where nothing is."""
    if model.outcome.refusal:
        return f"{model.model_id} is stored, but not promoted: {model.outcome.refusal}"
    if math.isnan(model.outcome.scores.ic):
        return (
            f"{model.model_id} has no out-of-sample IC, because no test day has enough names: "
            "whether it is too good to be true is unknown"
        )
    return None


def _model_record(run_id: str, outcome: TrainOutcome) -> dict[str, Any]:
    config = outcome.config
    parent = {} if config.warm_start is None else {"warm_start": config.warm_start}
    return {
        "run_id": run_id,
        "model_id": f"{run_id}-h{config.horizon}",
        "learner": config.learner,
        "horizon": config.horizon,
        "target": config.target,
        "features": list(outcome.panel.features),
        "params": {**outcome.learner.description(), **parent},
        "uncertainty": outcome.uncertainty().to_json(),
    }


def _importance_csv(gains: Sequence[tuple[str, float]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["feature", "gain"])
    writer.writerows(gains)
    return text.getvalue().encode()


def _write_rows(
    project: Project,
    outcomes: Sequence[TrainOutcome],
    run: pa.Table,
    records: Sequence[dict[str, Any]],
    texts: Sequence[bytes],
) -> tuple[list[bool], tuple[Standing, ...]]:
    """Write a run; return which models are the first of their horizon, and all their standings."""
    run_id, champions = records[0]["run_id"], []
    with open_warehouse(project).transaction(LOCK) as transaction:
        append(transaction, f"{project.ml}.runs", run)
        for outcome, record, text in zip(outcomes, records, texts, strict=True):
            append(transaction, f"{project.ml}.models", _model(record, text))
            for name, rows in tables_of(run_id, outcome).items():
                append(transaction, f"{project.ml}.{name}", rows)
            champions.append(
                not outcome.refusal
                and crown_if_first(transaction, project.ml, record["model_id"], record["horizon"])
            )
        horizons = [record["horizon"] for record in records]
        among_trials = standings(transaction, project.ml, run_id, horizons)
    return champions, among_trials


def _run(
    project: Project,
    config: TrainConfig,
    outcomes: Sequence[TrainOutcome],
    run_id: str,
    started_at: datetime,
) -> pa.Table:
    return run_row(
        {
            "run_id": run_id,
            "kind": "train",
            "status": "done",
            "started_at": started_at,
            "finished_at": utc_now(),
            **provenance(project, outcomes[0].features),
            "config": asdict(config),
            "data_fingerprint": _fingerprint(outcomes),
            "data_cutoff": max(outcome.panel.dt[-1] for outcome in outcomes).astype(date),
            "metrics": _run_metrics(config, outcomes),
        }
    )


def _fingerprint(outcomes: Sequence[TrainOutcome]) -> str:
    """SHA-256 of the rows of a run, one for each horizon."""
    return ",".join(outcome.fingerprint for outcome in outcomes)


def _run_metrics(config: TrainConfig, outcomes: Sequence[TrainOutcome]) -> dict[str, Any]:
    """Scores over all folds; with ``horizons``, under each horizon."""
    if config.horizons is None:
        return asdict(outcomes[0].scores)
    return {str(outcome.config.horizon): asdict(outcome.scores) for outcome in outcomes}


def _model(record: dict[str, Any], text: bytes) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {
            "model_id": [record["model_id"]],
            "run_id": [record["run_id"]],
            "learner": [record["learner"]],
            "horizon": pa.array([record["horizon"]], pa.int32()),
            "target": [record["target"]],
            "features": [to_json(record["features"])],
            "params": [to_json(record["params"])],
            "uncertainty": [to_json(record["uncertainty"])],
            "model": [text.decode()],
            "sha256": [sha256(text)],
            "created_at": pa.array([utc_now()], pa.timestamp("us")),
        }
    )
