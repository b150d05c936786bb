"""Runs in MLflow, too, where ``MLFLOW_TRACKING_URI`` is set.

The warehouse is the record; MLflow gets a copy after the run's own transaction, so its outage
costs a warning and a bounded wait, never a run.
"""

from __future__ import annotations

import math
import os
from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models_ml.train_record import TrainReport

_EXPERIMENT = "mlx"
# The client's own patience is two minutes a request and seven retries; it also prints to stdout,
# which is the answer's, and reports its use.
_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


def track(report: TrainReport) -> TrainReport:
    """Copy a stored run to MLflow: parameters, metrics, artefacts and the model's text.

    The experiment is ``MLFLOW_EXPERIMENT_NAME``, or ``mlx``. Metrics of all folds together have
    step 0; those of single folds are named ``fold_…`` and have the fold as their step. In a run of
    several horizons both begin with ``h5_`` and the like, and tags list the models.

    Returns
    -------
    TrainReport
        The report, with a warning where MLflow did not take the run.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        return report
    try:
        _send(report, uri)
    except ImportError:
        warning = "MLFLOW_TRACKING_URI is set, but mlflow is not: pip install 'mlx-returns[mlflow]'"
    except Exception as error:  # a client of a network: anything may happen, nothing may fail us
        reason = " ".join(str(error).split())[:200]
        warning = f"MLflow at {uri} did not take the run: {type(error).__name__}: {reason}"
    else:
        return report
    return replace(report, warnings=(*report.warnings, warning))


def _send(report: TrainReport, uri: str) -> None:
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

    client = MlflowClient(tracking_uri=uri)
    run = client.create_run(_experiment_id(client), run_name=report.run_id, tags=_tags(report))
    run_id = run.info.run_id
    now = run.info.start_time
    metrics = [Metric(name, value, now, step) for name, value, step in _metrics(report)]
    params = [Param(name, str(value)) for name, value in asdict(report.outcome.config).items()]
    try:
        client.log_batch(run_id, metrics=metrics, params=params)
        client.log_artifacts(run_id, str(report.artifacts))
    except BaseException:
        with suppress(Exception):
            client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")


def _experiment_id(client: Any) -> str:
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", _EXPERIMENT)
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found else client.create_experiment(name))


def _tags(report: TrainReport) -> dict[str, str]:
    return {
        "mlx.run_id": report.run_id,
        "mlx.model_id": ",".join(model.model_id for model in report.models),
        "mlx.is_champion": ",".join(str(model.is_champion) for model in report.models),
        "mlx.feature_hash": report.outcome.features.sha256,
    }


def _metrics(report: TrainReport) -> list[tuple[str, float, int]]:
    named = []
    for outcome in (model.outcome for model in report.models):
        prefix = f"h{outcome.config.horizon}_" if len(report.models) > 1 else ""
        for name, value in asdict(outcome.scores).items():
            named.append((f"{prefix}{name}", value, 0))
        for result in outcome.results:
            for name, value in asdict(result.scores).items():
                named.append((f"{prefix}fold_{name}", value, result.fold.index))
    return [(name, float(value), step) for name, value, step in named if math.isfinite(value)]
