"""What a training run leaves behind: its artefacts, and its rows in one transaction."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models_ml.crossval import FoldResult
from models_ml.dbt import FeatureList
from models_ml.gates import too_good_to_be_true
from models_ml.learners.base import FittedModel
from models_ml.metrics import Scores
from models_ml.panel import Panel
from models_ml.project import Project
from models_ml.registry import MODEL, sha256, write_artifacts
from models_ml.registry.aliases import LOCK, crown_if_first
from models_ml.runs import git_sha, new_run_id, package_versions, run_row, to_json, utc_now
from models_ml.uncertainty import ResidualScale, ReturnScale
from models_ml.warehouse import append, open_warehouse

if TYPE_CHECKING:
    import pyarrow as pa

    from models_ml.train import TrainConfig

ALL_FOLDS = -1


@dataclass(frozen=True)
class TrainOutcome:
    """What was fitted, on what, and how well it did."""

    config: TrainConfig
    panel: Panel
    features: FeatureList
    results: tuple[FoldResult, ...]
    scores: Scores
    n_iterations: int
    model: FittedModel

    def metrics(self) -> dict[str, Any]:
        """Overall and per-fold metrics, as ``metrics.json`` has them."""
        return {
            "overall": asdict(self.scores),
            "folds": [
                {
                    "fold": result.fold.index,
                    "test_from": str(result.fold.test.first_day),
                    "test_to": str(result.fold.test.last_day),
                    "n_rows": result.n_rows,
                    "best_iteration": result.best_iteration,
                    **asdict(result.scores),
                }
                for result in self.results
            ],
            "n_iterations": self.n_iterations,
        }

    def uncertainty(self) -> dict[str, Any]:
        """Calibration of the final model, from the forecasts of all folds."""
        rows = np.r_[tuple(result.rows for result in self.results)]
        label = self.panel.label[rows]
        predicted = np.concatenate([result.predicted for result in self.results])
        yhat = np.concatenate([result.forecast.yhat for result in self.results])
        raw = self.config.target == "raw"
        to_return = ReturnScale() if raw else ReturnScale.fit(predicted, label)
        return {
            "to_return": asdict(to_return),
            "residuals": ResidualScale.fit(yhat, label).to_json(),
        }

    @property
    def refusal(self) -> str | None:
        """Why the model must not become champion by itself; None where nothing speaks against."""
        bound = self.config.max_plausible_ic
        return too_good_to_be_true(self.scores.ic, self.mean_gain(), bound=bound)

    def mean_gain(self) -> list[tuple[str, float]]:
        """Features by their gain, mean over the folds, largest first."""
        gain = np.mean([result.importance.gain for result in self.results], axis=0)
        order = np.argsort(-gain, kind="stable")
        return [(self.panel.features[position], float(gain[position])) for position in order]


@dataclass(frozen=True)
class TrainReport:
    """A stored run."""

    run_id: str
    model_id: str
    is_champion: bool
    artifacts: Path
    outcome: TrainOutcome
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One document."""
        return {
            "run_id": self.run_id,
            "model_id": self.model_id,
            "is_champion": self.is_champion,
            "refusal": self.outcome.refusal,
            "artifacts": str(self.artifacts),
            **self.outcome.metrics(),
        }


def store_run(project: Project, outcome: TrainOutcome, started_at: datetime) -> TrainReport:
    """Write the artefacts, then all rows in one transaction: the run is there whole or not at all.

    Raises
    ------
    MlxError
        The warehouse refused; the artefacts are gone again.
    """
    run_id = new_run_id("train", started_at)
    record = _model_record(run_id, outcome)
    text = outcome.model.to_text().encode()
    folder = project.artifacts_dir / run_id
    files = {
        MODEL: text,
        "metrics.json": to_json(outcome.metrics()).encode(),
        "feature_importances.csv": _importance_csv(outcome.mean_gain()),
    }
    write_artifacts(folder, files, record)
    try:
        is_champion = _write_rows(project, outcome, record, text, started_at)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    refusal = outcome.refusal
    warnings = (f"{record['model_id']} is stored, but not promoted: {refusal}",) if refusal else ()
    return TrainReport(run_id, record["model_id"], is_champion, folder, outcome, warnings)


def _model_record(run_id: str, outcome: TrainOutcome) -> dict[str, Any]:
    config = outcome.config
    return {
        "run_id": run_id,
        "model_id": f"{run_id}-h{config.horizon}",
        "learner": config.learner().name,
        "horizon": config.horizon,
        "target": config.target,
        "features": list(outcome.panel.features),
        "params": dict(config.learner().params) | {"n_estimators": outcome.n_iterations},
        "uncertainty": outcome.uncertainty(),
    }


def _importance_csv(gains: Sequence[tuple[str, float]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["feature", "gain"])
    writer.writerows(gains)
    return text.getvalue().encode()


def _write_rows(
    project: Project,
    outcome: TrainOutcome,
    record: dict[str, Any],
    text: bytes,
    started_at: datetime,
) -> bool:
    tables = {
        "cv_folds": _folds(record["run_id"], outcome),
        "cv_preds": _forecasts(record["run_id"], outcome),
        "cv_metrics": _metrics(record["run_id"], outcome),
        "feature_importance": _importance(record["run_id"], outcome),
    }
    with open_warehouse(project).transaction(LOCK) as transaction:
        append(transaction, f"{project.ml}.runs", _run(project, outcome, record, started_at))
        append(transaction, f"{project.ml}.models", _model(record, text))
        for name, rows in tables.items():
            append(transaction, f"{project.ml}.{name}", rows)
        if outcome.refusal:
            return False
        return crown_if_first(transaction, project.ml, record["model_id"], record["horizon"])


def _run(
    project: Project, outcome: TrainOutcome, record: dict[str, Any], started_at: datetime
) -> pa.Table:
    return run_row(
        {
            "run_id": record["run_id"],
            "kind": "train",
            "status": "done",
            "started_at": started_at,
            "finished_at": utc_now(),
            "target": project.target,
            "git_sha": git_sha(project.root),
            "config": asdict(outcome.config),
            "feature_hash": outcome.features.sha256,
            "data_fingerprint": outcome.panel.fingerprint(),
            "data_cutoff": outcome.panel.dt[-1].astype(date),
            "metrics": asdict(outcome.scores),
            "packages": package_versions(),
            "dbt_invocation_id": outcome.features.invocation_id,
        }
    )


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


def _folds(run_id: str, outcome: TrainOutcome) -> pa.Table:
    import pyarrow as pa

    parts = [
        (result.fold.index, role, block, result.n_rows[role])
        for result in outcome.results
        for role, block in result.fold.parts()
    ]
    return pa.table(
        {
            "run_id": pa.array([run_id] * len(parts)),
            "fold": pa.array([index for index, *_ in parts], pa.int32()),
            "role": [role for _, role, *_ in parts],
            "dt_from": pa.array([block.first_day for *_, block, _ in parts], pa.date32()),
            "dt_to": pa.array([block.last_day for *_, block, _ in parts], pa.date32()),
            "n_dates": pa.array([block.n_days for *_, block, _ in parts], pa.int32()),
            "n_rows": pa.array([n_rows for *_, n_rows in parts], pa.int64()),
        }
    )


def _forecasts(run_id: str, outcome: TrainOutcome) -> pa.Table:
    import pyarrow as pa

    panel = outcome.panel
    rows = np.r_[tuple(result.rows for result in outcome.results)]
    fold = np.repeat(
        [result.fold.index for result in outcome.results],
        [result.n_rows["test"] for result in outcome.results],
    )
    columns = {
        name: np.concatenate([getattr(result.forecast, name) for result in outcome.results])
        for name in ("yhat", "yhat_std", "prob_up", "yhat_lo", "yhat_hi")
    }
    return pa.table(
        {
            "run_id": pa.array([run_id] * rows.size),
            "fold": pa.array(fold, pa.int32()),
            "ticker": pa.array(panel.ticker[rows], pa.string()),
            "dt": pa.array(panel.dt[rows], pa.date32()),
            "horizon": pa.array(np.full(rows.size, outcome.config.horizon), pa.int32()),
            **columns,
            "label": panel.label[rows],
        }
    )


def _metrics(run_id: str, outcome: TrainOutcome) -> pa.Table:
    import pyarrow as pa

    named = [(ALL_FOLDS, outcome.scores)]
    named += [(result.fold.index, result.scores) for result in outcome.results]
    flat = [
        (fold, metric, float(value))
        for fold, scores in named
        for metric, value in asdict(scores).items()
    ]
    return pa.table(
        {
            "run_id": pa.array([run_id] * len(flat)),
            "fold": pa.array([fold for fold, *_ in flat], pa.int32()),
            "metric": [metric for _, metric, _ in flat],
            "value": pa.array([value for *_, value in flat], pa.float64(), from_pandas=True),
        }
    )


def _importance(run_id: str, outcome: TrainOutcome) -> pa.Table:
    import pyarrow as pa

    n_folds, features = len(outcome.results), outcome.panel.features
    importances = [result.importance for result in outcome.results]
    return pa.table(
        {
            "run_id": pa.array([run_id] * (n_folds * len(features))),
            "fold": pa.array(np.repeat(np.arange(n_folds), len(features)), pa.int32()),
            "feature": list(features) * n_folds,
            "gain": np.concatenate([importance.gain for importance in importances]),
            "splits": np.concatenate([importance.splits for importance in importances]),
        }
    )
