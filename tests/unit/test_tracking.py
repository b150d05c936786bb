"""Runs reach a real MLflow server, and training does not care whether there is one."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models_ml.errors import MlxError
from tests.inprocess import mlx
from tests.sandbox import Sandbox

SMALL = ("--n-splits", "2", "--n-estimators", "3", "--test-days", "40")
START_SECONDS = 400

on_duckdb = pytest.mark.parametrize("engine", ["duckdb"], indirect=True, scope="session")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an MLflow server on loopback with a SQLite store."""
    pytest.importorskip("mlflow.server", reason="the whole package mlflow is not installed")
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{folder}/store.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    unneeded = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    environment = {**os.environ, **unneeded}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=60)


def wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < give_up, log.read_text()
            time.sleep(0.2)


@on_duckdb
def test_a_run_reaches_the_server_whole(
    module_sandbox: Sandbox, mlflow_server: str, tmp_path: Path
) -> None:
    from mlflow import MlflowClient

    where = {"MLFLOW_TRACKING_URI": mlflow_server, "MLFLOW_EXPERIMENT_NAME": "ours"}
    result = mlx(module_sandbox, "train", *SMALL, "--json", env=where).ok()
    document = result.json()
    assert "warning" not in result.stderr
    client: Any = MlflowClient(tracking_uri=mlflow_server)
    experiment = client.get_experiment_by_name("ours")
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == (document["run_id"], "FINISHED")
    assert run.data.tags["mlx.model_id"] == document["model_id"]
    assert (run.data.params["n_estimators"], run.data.params["target"]) == ("3", "raw")
    assert run.data.metrics["ic"] == document["overall"]["ic"]
    of_folds = client.get_metric_history(run.info.run_id, "fold_ic")
    assert {metric.step: metric.value for metric in of_folds} == {
        fold["fold"]: fold["ic"] for fold in document["folds"]
    }
    folder = Path(client.download_artifacts(run.info.run_id, "", str(tmp_path)))
    kept = {path.name: path.read_bytes() for path in Path(document["artifacts"]).iterdir()}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept
    ((text,),) = module_sandbox.rows(
        f"select model from ml.models where model_id = '{document['model_id']}'"
    )
    assert kept["model.txt"].decode() == text
    assert json.loads(kept["manifest.json"])["run_id"] == document["run_id"]


@on_duckdb
def test_every_horizon_of_a_run_reaches_the_server(
    module_sandbox: Sandbox, mlflow_server: str
) -> None:
    from mlflow import MlflowClient

    where = {"MLFLOW_TRACKING_URI": mlflow_server, "MLFLOW_EXPERIMENT_NAME": "several"}
    flags = ("--learner", "ridge", "--horizons", "1,5", "--json")
    result = mlx(module_sandbox, "train", *SMALL, *flags, env=where).ok()
    assert "warning: MLflow" not in result.stderr
    client: Any = MlflowClient(tracking_uri=mlflow_server)
    experiment = client.get_experiment_by_name("several")
    (run,) = client.search_runs([experiment.experiment_id])
    models = result.json()["models"]
    assert run.data.tags["mlx.model_id"] == ",".join(one["model_id"] for one in models)
    champions = [str(one["is_champion"]) for one in models]
    assert run.data.tags["mlx.is_champion"] == ",".join(champions)
    assert "ic" not in run.data.metrics
    for one in models:
        prefix = f"h{one['horizon']}_"
        assert run.data.metrics[f"{prefix}ic"] == one["overall"]["ic"]
        of_folds = client.get_metric_history(run.info.run_id, f"{prefix}fold_ic")
        assert {metric.step: metric.value for metric in of_folds} == {
            fold["fold"]: fold["ic"] for fold in one["folds"]
        }


@on_duckdb
def test_an_outage_costs_a_warning(module_sandbox: Sandbox) -> None:
    pytest.importorskip("mlflow", reason="the extra mlflow is not installed")
    dead = f"http://127.0.0.1:{free_port()}"
    start = time.monotonic()
    result = mlx(module_sandbox, "train", *SMALL, "--json", env={"MLFLOW_TRACKING_URI": dead}).ok()
    assert time.monotonic() - start < 60
    run_id = result.json()["run_id"]
    assert f"warning: MLflow at {dead} did not take the run: MlflowException:" in result.stderr
    assert module_sandbox.rows(f"select status from ml.runs where run_id = '{run_id}'") == [
        ("done",)
    ]


@on_duckdb
def test_without_the_extra_there_is_a_warning_that_names_it(
    module_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    where = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:1"}
    result = mlx(module_sandbox, "train", *SMALL, "--json", env=where).ok()
    assert "pip install 'mlx-returns[mlflow]'" in result.stderr


@on_duckdb
def test_a_run_that_failed_is_not_sent(
    module_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models_ml import train_record

    def refuse(*_: object) -> None:
        raise MlxError("refused on purpose")

    monkeypatch.setattr(train_record, "_write_rows", refuse)
    monkeypatch.setattr("models_ml.tracking._send", lambda *_: pytest.fail("was sent"))
    where = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:1"}
    assert mlx(module_sandbox, "train", *SMALL, env=where).exit_code == 1
