"""What goes wrong is said in one line with its cause, and a line with what to do next."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.inprocess import mlx
from tests.postgres import Server
from tests.sandbox import ROOT, Result, Sandbox, open_sandbox

ML_TABLES = (
    "runs", "models", "alias_log", "cv_folds", "cv_preds", "cv_metrics", "feature_importance",
    "preds", "preds_log", "trial_days",
)  # fmt: skip
HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
CANARY = "correct-horse-battery-staple"


@dataclass(frozen=True)
class Mistake:
    """A command that cannot work, and what is to be said about it."""

    command: str
    code: int
    fact: str
    next: str
    env: dict[str, str] | None = None

    def __str__(self) -> str:
        return self.command + "".join(f" {k}={v}" for k, v in (self.env or {}).items())


def patterns_of_catalogue() -> list[str]:
    """Return the messages that docs/errors.md lists, as regular expressions."""
    lines = (ROOT / "docs" / "errors.md").read_text().splitlines()
    cells = [line.split("|")[1] for line in lines if line.startswith("| `")]
    messages = [message for cell in cells for message in re.findall("`(.+?)`", cell)]
    return [
        re.sub(r"\b[NM]\b", r"[0-9,]+", re.escape(message).replace("…", ".*"))
        for message in messages
    ]


def in_catalogue(message: str) -> bool:
    return any(re.search(pattern, message) for pattern in patterns_of_catalogue())


def check(result: Result, mistake: Mistake) -> None:
    """Compare what a command said and how it ended with what is to be."""
    assert result.exit_code == mistake.code, result
    assert result.stdout == "", result
    lines = result.stderr.splitlines()
    assert len(lines) == 2, result
    assert re.fullmatch(f"error: {mistake.fact}", lines[0]), result
    assert re.fullmatch(f"next:  {mistake.next}", lines[1]), result
    assert in_catalogue(lines[0]), f"docs/errors.md does not list: {lines[0]}"


def check_json(result: Result, mistake: Mistake) -> None:
    """Compare the one JSON document, and the lines that stand on stderr all the same."""
    assert result.stdout.count("\n") == 1, result
    error = result.json()["error"]
    assert set(error) == {"type", "message", "hint"}
    lacking = "NotBuiltError" if error["message"].startswith("the warehouse has no") else "MlxError"
    assert error["type"] == ("UsageError" if mistake.code == 2 else lacking)
    told = result.stderr.splitlines()
    assert told == [f"error: {error['message']}", f"next:  {error['hint']}"]
    check(replace(result, stdout=""), mistake)


def content(sandbox: Sandbox) -> tuple[list[int], list[str]]:
    """Return how many rows each table has, and the folders of artefacts."""
    counts = ", ".join(f"(select count(*) from ml.{name})" for name in ML_TABLES)
    (row,) = sandbox.rows(f"select {counts}")
    return list(row), sorted(path.name for path in (sandbox.folder / "artifacts").glob("*"))


ON_A_TRAINED_PROJECT = [
    Mistake(
        "train", 2, "profiles.yml has no target 'nowhere', only duckdb, postgres",
        "set MLX_TARGET to one of them", {"MLX_TARGET": "nowhere"},
    ),
    Mistake(
        "infer", 2, "MLX_AS_OF='soon' does not work: .*", "set it to another value, or unset it",
        {"MLX_AS_OF": "soon"},
    ),
    Mistake(
        "train --tickers NOSUCH,X'Y", 1,
        r"mart.training_set has no rows for NOSUCH, X'Y, the first day to the last day: "
        r"it holds 2\d tickers, 20\S+ to 20\S+", "choose other --tickers, --start or --end",
    ),
    Mistake(
        "infer --date 2024-03-03", 1,
        r"mart.training_set has no rows for all tickers, 2024-03-03 to 2024-03-03: .*",
        "choose other --tickers, --start or --end",
    ),
    Mistake(
        "train --n-splits 40", 2,
        r"\d+ trading days are too few for 40 folds: \d+ are needed .*", "use more history.*",
    ),
    Mistake(
        "train --horizon 7", 1,
        "mart.training_set has no labels for horizon 7, only for 1, 5, 20",
        "add it to the var horizons of dbt_project.yml, then dbt build --full-refresh",
    ),
    Mistake("infer --horizon 20", 1, "there is no champion for horizon 20 yet", "mlx train"),
    Mistake("infer nosuch-model", 1, "there is no model nosuch-model", "mlx train"),
    Mistake(
        "infer ../../x", 1, r"cannot read \S*manifest.json: No such file or directory",
        "name a model.txt that lies beside its manifest.json",
    ),
    Mistake(
        "infer x..y", 2, "'x..y' is neither a model id nor the path of a model.txt",
        "name champion, a model id as in ml.models, or a model.txt",
    ),
    Mistake("models show nosuch", 1, "there is no model nosuch", "mlx models list"),
    Mistake("models compare nosuch other", 1, "there is no model nosuch", "mlx models list"),
    Mistake(
        "models promote champion", 2, "'champion' is no model id; only a stored model has an alias",
        "mlx models list",
    ),
    Mistake(
        "models rollback", 1, "no champion of horizon 1 came before the present one",
        "mlx models promote MODEL",
    ),
    Mistake("models export champion artifacts", 1, "artifacts is there already",
            "name a new folder"),
    Mistake("models export champion target/manifest.json/x", 1, "cannot write .*: File exists",
            "name a folder where you may write"),
    Mistake(
        "infer --date 2024-03-04 --end 2024-03-05", 2,
        "--date and --start/--end exclude each other", "leave one of them out",
    ),
    Mistake(
        "infer --stale-only --tickers AAA", 2, "--stale-only finds its days and tickers itself",
        "leave the others out",
    ),
    Mistake(
        "label --horizons 1,x", 2, "--horizons '1,x': only whole numbers of trading days work",
        "--horizons 1,5,20",
    ),
    Mistake(
        "train --horizons 5,7,1", 1,
        "mart.training_set has no labels for horizon 7, only for 1, 5, 20",
        "add it to the var horizons of dbt_project.yml, then dbt build --full-refresh",
    ),
    Mistake(
        "train --learner ridge --members ridge,lightgbm", 2, "learner ridge has no members",
        "leave --members out, or --learner mean",
    ),
    Mistake(
        "train --half-life-days 0", 2, "the half-life must be above 0 days",
        "--half-life-days 250",
    ),
    Mistake("ingest", 2, "nothing to ingest", "mlx ingest FILE…, --universe or --securities"),
    Mistake("ingest x.csv --map dt", 2, "--map dt is not ours=theirs",
            "mlx ingest FILE --map dt=trade_day"),
]  # fmt: skip


@pytest.mark.parametrize("mistake", ON_A_TRAINED_PROJECT, ids=str)
def test_a_mistake_is_one_line_and_the_next_step(trained: Sandbox, mistake: Mistake) -> None:
    before = content(trained)
    arguments = mistake.command.split(" ")
    check(mlx(trained, *arguments, env=mistake.env), mistake)
    check_json(mlx(trained, *arguments, "--json", env=mistake.env), mistake)
    assert content(trained) == before


def test_json_can_be_asked_for_in_the_environment(trained: Sandbox) -> None:
    mistake = Mistake("infer nosuch-model", 1, "there is no model nosuch-model", "mlx train")
    check_json(mlx(trained, "infer", "nosuch-model", env={"MLX_JSON": "1"}), mistake)


NO_TABLES = {
    "train": r"the warehouse has no table (mart.)?training_set yet",
    "infer": r"the warehouse has no table (ml.)?models yet",
}


@pytest.mark.parametrize("command", ["train", "infer"])
def test_an_empty_database_says_that_dbt_builds_it(
    trained: Sandbox, empty_sandbox: Sandbox, command: str
) -> None:
    empty_sandbox.execute("create schema other")
    manifest = trained.folder / "target" / "manifest.json"
    (empty_sandbox.folder / "target").mkdir()
    (empty_sandbox.folder / "target" / "manifest.json").write_bytes(manifest.read_bytes())
    mistake = Mistake(command, 1, NO_TABLES[command], "dbt build")
    check(mlx(empty_sandbox, command), mistake)
    check_json(mlx(empty_sandbox, command, "--json"), mistake)


@pytest.fixture
def duckdb_folder(tmp_path: Path) -> Sandbox:
    """Place on DuckDB without a database file."""
    return open_sandbox("duckdb", tmp_path)


def test_no_manifest_says_that_dbt_writes_it(duckdb_folder: Sandbox) -> None:
    mistake = Mistake("train", 1, r"there is no \S*/target/manifest.json yet", "dbt build")
    check(mlx(duckdb_folder, "train"), mistake)


def test_no_database_says_how_one_comes(duckdb_folder: Sandbox) -> None:
    mistake = Mistake("", 1, r"there is no database \S*mlx.duckdb yet", "mlx ingest FILE, .*demo")
    check(mlx(duckdb_folder, "infer"), mistake)
    assert list(duckdb_folder.folder.iterdir()) == []


def test_a_locked_file_names_who_holds_it(duckdb_folder: Sandbox) -> None:
    path = duckdb_folder.env["MLX_DUCKDB_PATH"]
    impatient = {"MLX_LOCK_TIMEOUT": "0.2"}
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        held = Mistake(
            "infer", 1, rf"{re.escape(path)} is held by \S+, process {holder.pid}",
            r"close it \(a duckdb shell, a running dbt\) or wait longer: MLX_LOCK_TIMEOUT=120",
        )  # fmt: skip
        check(mlx(duckdb_folder, "infer", env=impatient), held)
        check_json(mlx(duckdb_folder, "infer", "--json", env=impatient), held)
        holder.communicate("\n")


@pytest.fixture
def no_server(tmp_path: Path) -> Sandbox:
    """Place on PostgreSQL where nothing listens, with a password to look out for."""
    server = Server(host="127.0.0.1", port=1, user="mlx", password=CANARY)
    env = open_sandbox("duckdb", tmp_path).env
    env |= {**server.environment("market"), "MLX_TARGET": "postgres"}
    return Sandbox("postgres", tmp_path, env)


def test_no_server_names_the_address_but_not_the_password(no_server: Sandbox) -> None:
    mistake = Mistake(
        "infer", 1, r"no connection to PostgreSQL at 127.0.0.1:1/market: .*refused.*",
        "start the server, or set MLX_PG_HOST, MLX_PG_PORT, .*",
    )  # fmt: skip
    check(mlx(no_server, "infer"), mistake)
    check_json(mlx(no_server, "infer", "--json"), mistake)
    with_traceback = mlx(no_server, "infer", env={"MLX_DEBUG": "1"})
    assert "Traceback" in with_traceback.stderr
    assert CANARY not in with_traceback.stderr + with_traceback.stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("train --horizon 0", "'--horizon' (env var: 'MLX_HORIZON')"),
        ("train --nosuch", "No such option: --nosuch"),
        ("train --window sideways", "'sideways' is not one of"),
        ("train --params nosuch.json", "nosuch.json"),
        ("infer --date 03/04/2024", "does not match the format"),
        ("nosuch", "No such command 'nosuch'"),
    ],
)
def test_a_command_line_that_is_not_one_is_exit_two(
    duckdb_folder: Sandbox, command: str, said: str
) -> None:
    result = mlx(duckdb_folder, *command.split())
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("flag", ["MLX_DEBUG", ""])
def test_a_traceback_is_for_those_who_ask(duckdb_folder: Sandbox, flag: str) -> None:
    result = mlx(duckdb_folder, "infer", env={flag: "1"} if flag else None)
    assert ("Traceback" in result.stderr) == bool(flag)
    assert result.exit_code == 1


def test_the_catalogue_is_well_formed() -> None:
    assert len(patterns_of_catalogue()) >= 10
    assert in_catalogue("error: 300 trading days are too few for 5 folds: 500 are needed")
    assert not in_catalogue("error: the moon is in the wrong house")


def wait_for(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_ctrl_c_is_exit_130_and_writes_nothing(trained: Sandbox) -> None:
    before = content(trained)
    command = [sys.executable, "-u", "-m", "models_ml.cli.app", "train", "--n-estimators", "100000"]
    command += ["--early-stopping-rounds", "0", "--json"]
    with subprocess.Popen(
        command,
        env=trained.env,
        cwd=trained.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as training:
        assert training.stderr is not None
        assert "fold 0" in training.stderr.readline()
        os.kill(training.pid, signal.SIGINT)
        try:
            stdout, stderr = training.communicate(timeout=120)
        finally:
            training.kill()
    assert training.returncode == 130, stderr
    assert stdout == ""
    assert "Traceback" not in stderr
    assert "interrupted" in stderr
    assert content(trained) == before


def test_an_error_as_json_is_one_document_on_the_real_command_line(no_server: Sandbox) -> None:
    result = no_server.run_mlx("infer", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["type"] == "MlxError"
    assert CANARY not in str(result)
