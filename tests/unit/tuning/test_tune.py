"""mlx tune on both engines: the ledger, the parameters it writes, and two processes at once."""

import json
import multiprocessing
import shlex
import sys
from collections import Counter
from datetime import date
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from models_ml.learners.space import space_of
from models_ml.nested import nested_plan
from models_ml.train_config import TrainConfig
from models_ml.train_plan import read_data
from models_ml.tuning.objective import Objective, Trial
from models_ml.tuning.storage import open_storage
from models_ml.tuning.study import counted, open_study, run_trials
from tests.inprocess import inside, mlx, project_of
from tests.plans import plan_on_arrays
from tests.postgres import Server
from tests.sandbox import Result, Sandbox

FOLDS = ("--n-splits", "2", "--test-days", "40")
TUNE = ("tune", "--learner", "ridge", "--inner-splits", "2", *FOLDS)
N_TRIALS = 16


@pytest.fixture(scope="module")
def tuned(module_sandbox: Sandbox) -> Result:
    return mlx(module_sandbox, *TUNE, "--trials", "3", "--json").ok()


def test_every_trial_is_in_the_ledger(module_sandbox: Sandbox, tuned: Result) -> None:
    project = project_of(module_sandbox)
    config = TrainConfig(learner="ridge", n_splits=2, test_days=40)
    with inside(module_sandbox):
        data = read_data(config, project)
        outer = data.plan(config)
        inner = nested_plan(outer, 2)
    rows = module_sandbox.rows(
        "select run_id, kind, status, feature_hash, data_fingerprint, data_cutoff, config, metrics "
        "from ml.runs order by run_id"
    )
    assert len(rows) == 3
    document = tuned.json()
    seen = set()
    for run_id, kind, status, features, data_print, cutoff, config_text, metrics_text in rows:
        recorded, metrics = json.loads(config_text), json.loads(metrics_text)
        assert (kind, run_id[:6]) == ("trial", "trial-")
        assert (recorded["study"], recorded["inner_splits"]) == (document["study"], 2)
        assert (features, data_print) == (data.features.sha256, inner.panel.fingerprint())
        assert cutoff == inner.panel.dt[-1].item()
        days = module_sandbox.rows(
            f"select horizon, dt, ic from ml.trial_days where run_id = '{run_id}' order by dt"
        )
        n_folds = 2 if status == "done" else 1
        first, last = inner.folds[0].test.first_day, inner.folds[n_folds - 1].test.last_day
        assert (days[0][0], days[0][1], days[-1][1]) == (1, first, last)
        known = [ic for *_, ic in days if ic is not None]
        assert metrics["ic"] == pytest.approx(sum(known) / len(known), rel=1e-9)
        assert days[-1][1] < outer.folds[0].test.first_day
        seen.add((recorded["trial"], recorded["params"]["alpha"], metrics["ic"], status))
    assert {number for number, *_ in seen} == {0, 1, 2}
    best = max((row for row in seen if row[3] == "done"), key=lambda row: row[2])
    assert (document["best_trial"], document["params"]) == (best[0], {"alpha": best[1]})
    assert document["best_ic"] == pytest.approx(best[2], rel=1e-12)
    assert sum(document["n_trials"].values()) == 3


def test_the_same_again_changes_nothing_and_more_trials_go_on(
    module_sandbox: Sandbox, tuned: Result
) -> None:
    def n_runs() -> int:
        return int(module_sandbox.rows("select count(*) from ml.runs where kind = 'trial'")[0][0])

    again = mlx(module_sandbox, *TUNE, "--trials", "3", "--json").ok()
    assert (again.json(), n_runs()) == (tuned.json(), 3)
    more = mlx(module_sandbox, *TUNE, "--trials", "4").ok()
    assert n_runs() == 4
    assert [line for line in more.stderr.splitlines() if line.startswith("trial 3: ")]
    assert f"study      {tuned.json()['study']}" in more.stdout


def test_the_command_it_names_trains_on_the_outer_folds(
    module_sandbox: Sandbox, tuned: Result
) -> None:
    program, *typed = shlex.split(tuned.json()["command"])
    assert (program, typed[0]) == ("mlx", "train")
    done = mlx(module_sandbox, *typed, "--json").ok().json()
    (config_text,) = module_sandbox.rows(
        f"select config from ml.runs where run_id = '{done['run_id']}'"
    )[0]
    config = json.loads(config_text)
    written = json.loads(Path(tuned.json()["params_file"]).read_text())
    assert config["params"] == written["params"]
    assert config["params_known_to"] == written["known_to"]
    assert (config["learner"], config["n_splits"], config["test_days"]) == ("ridge", 2, 40)
    ((first_day,),) = module_sandbox.rows(
        f"select min(dt_from) from ml.cv_folds where run_id = '{done['run_id']}' and role = 'test'"
    )
    last_label = "select max(label_end_dt_1d) from mart.labels where dt = (select max(dt) from "
    last_label += "ml.trial_days inner join ml.runs using (run_id) where kind = 'trial')"
    assert module_sandbox.rows(last_label) == [(date.fromisoformat(written["known_to"]),)]
    assert written["known_to"] < str(first_day)


def test_folds_that_test_on_the_days_tuned_on_refuse_the_parameters(
    module_sandbox: Sandbox, tuned: Result
) -> None:
    _, *typed = shlex.split(tuned.json()["command"])
    typed[typed.index("--test-days") + 1] = "60"
    refused = mlx(module_sandbox, *typed)
    assert (refused.exit_code, refused.stdout) == (2, "")
    known_to = json.loads(Path(tuned.json()["params_file"]).read_text())["known_to"]
    assert f"the parameters were tuned on days up to {known_to}, but the folds" in refused.stderr


def test_without_the_extra_it_is_named(
    module_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("models_ml.tuning")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "optuna", None)
    result = mlx(module_sandbox, "tune", "--trials", "1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mlx tune needs the package optuna, which is not installed" in result.stderr
    assert "pip install 'mlx-returns[tune]'" in result.stderr


def join_study(url: str, ready: Barrier, told: "Queue[Any]") -> None:
    """Work on the study as one of its processes; tell the numbers of the trials made here.

    After its first trial a process waits for the other's: one that had to wait for the tables
    would find all trials made.
    """
    made: list[int] = []

    def record(trial: Trial) -> None:
        made.append(trial.number)
        if len(made) == 1:
            ready.wait(300)

    plan, space = nested_plan(plan_on_arrays(learner="ridge"), 2), space_of("ridge")
    ready.wait(300)
    study = open_study(open_storage(url), "both", identity="x", seed=7, start=space.start)
    run_trials(study, Objective(plan, space, record), N_TRIALS)
    told.put(made)


def test_two_processes_share_one_study_on_postgres(postgres_server: Server) -> None:
    """They begin at once, so that both find no tables and no study."""
    server, spawn = postgres_server, multiprocessing.get_context("spawn")
    database = server.create_database()
    password = f":{server.password}" if server.password else ""
    url = f"postgresql://{server.user}{password}@{server.host}:{server.port}/{database}"
    ready, told = spawn.Barrier(2), spawn.Queue()
    workers = [spawn.Process(target=join_study, args=(url, ready, told)) for _ in range(2)]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(400)
        assert [worker.exitcode for worker in workers] == [0, 0]
        made = [told.get(timeout=10) for _ in workers]
        study = open_study(open_storage(url), "both", identity="x", seed=7, start={})
        trials = counted(study)
    finally:
        for worker in workers:
            worker.kill()
        server.drop_database(database)
    assert all(made), "one of them did nothing"
    assert Counter(made[0] + made[1]) == Counter(trial.number for trial in trials)
    assert len(trials) == N_TRIALS
    assert {trial.state.name for trial in trials} <= {"COMPLETE", "PRUNED"}
    assert len({trial.params["alpha"] for trial in trials}) == N_TRIALS
