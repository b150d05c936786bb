"""Training again: the same bytes, other targets, windows and rows; no trace of a failure."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from models_ml import train, train_record
from models_ml.errors import MlxError, UsageError
from models_ml.train_config import TrainConfig
from models_ml.train_plan import plan_training
from models_ml.train_record import TrainReport
from models_ml.trials import read_ledger
from models_ml.warehouse import open_warehouse
from tests.inprocess import inside, mlx, project_of
from tests.sandbox import Sandbox
from tests.tables import read_table

# The IC of a few days is large by chance: the bound on it is tested elsewhere.
SMALL: dict[str, Any] = {
    "n_splits": 2, "n_estimators": 4, "test_days": 40, "max_plausible_ic": 1.0,
}  # fmt: skip
SMALL_FLAGS = (
    *("--n-splits", "2", "--n-estimators", "4", "--test-days", "40"),
    *("--max-plausible-ic", "1"),
)
ML_TABLES = (
    *("runs", "models", "cv_folds", "cv_preds", "cv_metrics", "trial_days", "feature_importance"),
)


def train_in(sandbox: Sandbox, **options: Any) -> TrainReport:
    with inside(sandbox):
        return train(**{**SMALL, **options})


def content(sandbox: Sandbox) -> dict[str, int]:
    return {name: sandbox.rows(f"select count(*) from ml.{name}")[0][0] for name in ML_TABLES}


def stored(sandbox: Sandbox, run_id: str) -> tuple[str, str]:
    """Return the text of a run's model and the fingerprint of its data."""
    (row,) = sandbox.rows(
        "select model, data_fingerprint from ml.models inner join ml.runs using (run_id) "
        f"where run_id = '{run_id}'"
    )
    return str(row[0]), str(row[1])


@pytest.fixture(scope="module")
def first(module_sandbox: Sandbox) -> TrainReport:
    return train_in(module_sandbox)


def test_the_first_model_is_champion_and_no_other(
    module_sandbox: Sandbox, first: TrainReport
) -> None:
    second = train_in(module_sandbox)
    other_horizon = train_in(module_sandbox, horizon=5)
    assert (first.is_champion, second.is_champion, other_horizon.is_champion) == (True, False, True)
    champions = module_sandbox.rows(
        "select horizon, model_id from ml.models where alias = 'champion' order by horizon"
    )
    assert champions == [(1, first.model_id), (5, other_horizon.model_id)]


def test_the_same_data_and_seed_give_the_same_bytes(
    module_sandbox: Sandbox, first: TrainReport
) -> None:
    again = train_in(module_sandbox)
    threads = {"OMP_NUM_THREADS": "2"}
    done = module_sandbox.run_mlx("train", *SMALL_FLAGS, "--json", env=threads).ok().json()
    assert again.run_id != first.run_id
    expected = stored(module_sandbox, first.run_id)
    assert stored(module_sandbox, again.run_id) == expected
    assert stored(module_sandbox, done["run_id"]) == expected
    metrics = {
        run_id: (module_sandbox.folder / "artifacts" / run_id / "metrics.json").read_bytes()
        for run_id in (first.run_id, again.run_id, done["run_id"])
    }
    assert len(set(metrics.values())) == 1


def test_a_run_that_cannot_be_ranked_is_not_stored(
    module_sandbox: Sandbox, first: TrainReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails says so before anything is there: a scheduler would train twice."""

    def refuse(*_: Any) -> None:
        raise MlxError("the ledger refused")

    counts = "select (select count(*) from ml.runs), (select count(*) from ml.cv_preds)"
    before = module_sandbox.rows(counts)
    folders = sorted((module_sandbox.folder / "artifacts").iterdir())
    monkeypatch.setattr(train_record, "standings", refuse)
    result = mlx(module_sandbox, "train", *SMALL_FLAGS)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the ledger refused" in result.stderr
    assert module_sandbox.rows(counts) == before
    assert sorted((module_sandbox.folder / "artifacts").iterdir()) == folders


@pytest.mark.usefixtures("first")
def test_json_is_what_was_stored(module_sandbox: Sandbox) -> None:
    result = mlx(module_sandbox, "train", *SMALL_FLAGS, "--json").ok()
    document = result.json()
    folder = module_sandbox.folder / "artifacts" / document["run_id"]
    metrics = json.loads((folder / "metrics.json").read_text())
    assert document == {
        "run_id": document["run_id"],
        "model_id": f"{document['run_id']}-h1",
        "horizon": 1,
        "is_champion": False,
        "refusal": None,
        "artifacts": str(folder),
        "trials": document["trials"],
        **metrics,
    }
    assert result.stdout.count("\n") == 1
    assert "fold 0" in result.stderr


def test_the_baseline_is_ridge_on_the_same_folds_and_each_run_is_ranked_among_all(
    module_sandbox: Sandbox, first: TrainReport
) -> None:
    result = mlx(module_sandbox, "train", *SMALL_FLAGS, "--learner", "ridge", "--seed", "1").ok()
    ((alone,),) = module_sandbox.rows("select run_id from ml.runs order by started_at desc limit 1")
    query = "select fold, metric, value from ml.cv_metrics where run_id = '{}' order by 1, 2"
    of_ridge = module_sandbox.rows(query.format(alone))
    beside = {
        (fold, metric.removeprefix("ridge_")): value
        for fold, metric, value in module_sandbox.rows(query.format(first.run_id))
        if metric.startswith("ridge_")
    }
    assert {(fold, metric): value for fold, metric, value in of_ridge} == beside
    assert "\nridge " not in result.stdout, "ridge needs no baseline"

    ((n_runs,),) = module_sandbox.rows("select count(*) from ml.runs")
    ledger = read_ledger(open_warehouse(project_of(module_sandbox)), "ml", 1)
    ((n_trials,),) = module_sandbox.rows(
        "select count(distinct sha256) from ml.models where horizon = 1"
    )
    standing = ledger.standing(alone)
    assert (ledger.n_trials, standing.n_trials) == (n_trials, n_trials)
    assert 1 < n_trials <= n_runs, "the same run again is the same trial"
    assert f"trials     {standing}" in result.stdout
    assert f" {n_trials} trials: Sharpe " in result.stdout


def test_no_baseline_leaves_no_trace_of_one(module_sandbox: Sandbox) -> None:
    document = mlx(module_sandbox, "train", *SMALL_FLAGS, "--no-baseline", "--json").ok().json()
    assert "baseline" not in document
    assert document["trials"]["rank"] <= document["trials"]["n_trials"]
    ((n_found,),) = module_sandbox.rows(
        f"select count(*) from ml.cv_metrics where run_id = '{document['run_id']}' "
        "and metric like 'ridge%'"
    )
    assert n_found == 0


@pytest.mark.parametrize("target", ["excess", "rank"])
def test_other_targets_are_fitted_and_mapped_to_returns(
    module_sandbox: Sandbox, target: str
) -> None:
    """The second opinion: LightGBM on that label, and a line through the validation days."""
    report = train_in(module_sandbox, target=target)
    rows = read_table(
        module_sandbox, f"select * from mart.training_set where label_{target}_1d is not null"
    ).to_pandas()
    rows = rows.sort_values(["dt", "ticker"], ignore_index=True)
    preds = read_table(
        module_sandbox,
        f"select * from ml.cv_preds where run_id = '{report.run_id}' order by dt, ticker",
    ).to_pandas()
    panel, (fold, _) = report.outcome.panel, [r.fold for r in report.outcome.results]
    train_rows, valid, test = (
        rows[rows["dt"].between(block.first_day, block.last_day)] for _, block in fold.parts()
    )
    features = list(panel.features)
    learner = report.outcome.config.build_learner()
    booster = lgb.train(
        dict(learner.params),
        lgb.Dataset(
            train_rows[features].to_numpy(np.float32), train_rows[f"label_{target}_1d"].to_numpy()
        ),
        report.outcome.results[0].best_iteration,
    )
    predicted, on_valid = (
        np.asarray(booster.predict(part[features].to_numpy(np.float32))) for part in (test, valid)
    )
    slope, intercept = np.polyfit(on_valid, valid["label_ret_1d"].to_numpy(), 1)
    yhat = preds[preds["fold"] == 0]["yhat"].to_numpy()
    if slope > 0:
        np.testing.assert_allclose(yhat, intercept + slope * predicted, rtol=1e-9)
    else:
        assert (np.diff(yhat[np.argsort(predicted)]) >= 0).all()
    np.testing.assert_array_equal(preds["label"], panel.label[panel.n_rows - len(preds) :])
    assert np.abs(yhat).max() < 0.2, "a return of one day, not a rank"


def test_a_rolling_window_keeps_its_length(module_sandbox: Sandbox) -> None:
    report = train_in(module_sandbox, window="rolling")
    folds = module_sandbox.rows(
        "select dt_from, n_dates from ml.cv_folds "
        f"where run_id = '{report.run_id}' and role = 'train' order by fold"
    )
    (from_0, days_0), (from_1, days_1) = folds
    assert from_1 > from_0
    assert days_1 == days_0


def test_an_expanding_window_starts_where_it_started(
    module_sandbox: Sandbox, first: TrainReport
) -> None:
    folds = module_sandbox.rows(
        "select dt_from, n_dates from ml.cv_folds "
        f"where run_id = '{first.run_id}' and role = 'train' order by fold"
    )
    (from_0, days_0), (from_1, days_1) = folds
    assert from_1 == from_0
    assert days_1 == days_0 + SMALL["test_days"]


def test_a_longer_horizon_is_purged_by_its_own_length(module_sandbox: Sandbox) -> None:
    report = train_in(module_sandbox, horizon=5, embargo_days=0)
    open_days = "select dt from mart.int_trading_days where is_open order by dt"
    days = [day for (day,) in module_sandbox.rows(open_days)]
    panel = report.outcome.panel
    for result in report.outcome.results:
        known = panel.label_end[panel.dt <= np.datetime64(result.fold.train.last_day)].max()
        assert result.fold.valid is not None
        assert days.index(result.fold.valid.first_day) == days.index(known.item()) + 1
    horizons = module_sandbox.rows(
        f"select distinct horizon from ml.cv_preds where run_id = '{report.run_id}'"
    )
    assert horizons == [(5,)]


def test_chosen_rows_alone_are_trained_on(module_sandbox: Sandbox) -> None:
    report = train_in(
        module_sandbox, tickers=("AAA", "AAB", "AAC"), start=date(2023, 6, 1), end=date(2024, 6, 28)
    )
    panel = report.outcome.panel
    assert set(panel.ticker) <= {"AAA", "AAB", "AAC"}
    assert panel.dt.min() >= np.datetime64("2023-06-01")
    assert panel.dt.max() <= np.datetime64("2024-06-28")
    (config,) = module_sandbox.rows(f"select config from ml.runs where run_id = '{report.run_id}'")
    assert json.loads(config[0])["tickers"] == ["AAA", "AAB", "AAC"]
    assert json.loads(config[0])["start"] == "2023-06-01"


def test_parameters_come_from_a_file(module_sandbox: Sandbox) -> None:
    path = module_sandbox.folder / "params.json"
    path.write_text('{"max_depth": 2, "objective": "huber"}')
    arguments = ("--params", str(path), "--seed", "3", "--num-leaves", "7", "--json")
    run_id = mlx(module_sandbox, "train", *SMALL_FLAGS, *arguments).ok().json()["run_id"]
    text, _ = stored(module_sandbox, run_id)
    for line in ("[max_depth: 2]", "objective=huber", "[seed: 3]", "[num_leaves: 7]"):
        assert line in text
    ((params,),) = module_sandbox.rows(f"select params from ml.models where run_id = '{run_id}'")
    assert json.loads(params)["max_depth"] == 2


NO_DAY, NO_OBJECT = '{"params": {}, "known_to": 3}', '{"params": 1, "known_to": "2024-01-02"}'


@pytest.mark.parametrize("content_of_file", ["{", "[1]", "3", "", NO_DAY, NO_OBJECT])
def test_a_file_of_other_things_is_a_usage_error(
    module_sandbox: Sandbox, content_of_file: str
) -> None:
    path = module_sandbox.folder / "params.json"
    path.write_text(content_of_file)
    result = mlx(module_sandbox, "train", "--params", str(path))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: --params {path}")


def test_a_dry_run_prints_folds_and_writes_nothing(module_sandbox: Sandbox) -> None:
    before = content(module_sandbox)
    artifacts = module_sandbox.folder / "artifacts"
    folders = sorted(artifacts.glob("*"))
    text = mlx(module_sandbox, "train", *SMALL_FLAGS, "--dry-run").ok().stdout
    folds = mlx(module_sandbox, "train", *SMALL_FLAGS, "--dry-run", "--json").ok().json()["folds"]
    assert content(module_sandbox) == before
    assert sorted(artifacts.glob("*")) == folders
    assert [fold["fold"] for fold in folds] == [0, 1]
    for fold in folds:
        for role in ("train", "valid", "test"):
            part = fold[role]
            (counted,) = module_sandbox.rows(
                "select count(*), (select count(*) from mart.int_trading_days where is_open "
                f"and dt between '{part['from']}' and '{part['to']}') from mart.training_set "
                f"where label_ret_1d is not null and dt between '{part['from']}' and '{part['to']}'"
            )
            assert counted == (part["n_rows"], part["n_days"])
            for shown in (part["from"], part["to"], str(part["n_days"])):
                assert shown in text
            assert f"{part['n_rows']:,}" in text or str(part["n_rows"]) in text


def test_a_dry_run_shows_the_folds_that_are_trained(
    module_sandbox: Sandbox, first: TrainReport
) -> None:
    with inside(module_sandbox):
        plan, _ = plan_training(TrainConfig(**SMALL))
    assert list(plan.folds) == [result.fold for result in first.outcome.results]


def test_too_few_days_say_how_many_are_needed(module_sandbox: Sandbox) -> None:
    before = content(module_sandbox)
    with pytest.raises(UsageError, match=r"(\d+) are needed") as caught:
        train_in(module_sandbox, n_splits=30)
    needed = int(caught.value.message.split(" are needed")[0].split()[-1])
    days = module_sandbox.rows("select count(*) from mart.int_trading_days where is_open")[0][0]
    assert needed > days
    assert caught.value.hint is not None
    assert content(module_sandbox) == before


def test_rows_without_a_fold_day_are_no_surprise(module_sandbox: Sandbox) -> None:
    """A ticker that is suspended on test days leaves a fold with few rows or none."""
    suspended = module_sandbox.rows(
        "select ticker from mart.training_set group by ticker "
        "having count(*) < (select count(*) from mart.int_trading_days where is_open) - 5 "
        "order by count(*) limit 1"
    )
    ticker = suspended[0][0]
    report = train_in(module_sandbox, tickers=(ticker,), n_splits=5, test_days=1)
    assert report.outcome.scores.n_rows <= 5


@pytest.fixture(params=["renamed", "constraint"])
def broken(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Sandbox]:
    """Sandbox whose last tables refuse rows, after the first ones took them."""
    if request.param == "renamed":
        sandbox.execute("alter table ml.feature_importance rename to elsewhere")
    else:
        sandbox.execute("drop table ml.cv_metrics cascade")
        sandbox.execute(
            "create table ml.cv_metrics (run_id varchar, horizon integer, fold integer, "
            "metric varchar, value double precision check (value > 1e9))"
        )
    yield sandbox


def test_a_refused_table_leaves_no_trace_of_the_run(broken: Sandbox) -> None:
    result = mlx(broken, "train", *SMALL_FLAGS)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "error: " in result.stderr
    assert "Traceback" not in result.stderr
    for table in ("runs", "models", "cv_folds", "cv_preds"):
        assert broken.rows(f"select count(*) from ml.{table}") == [(0,)], table
    artifacts = broken.folder / "artifacts"
    assert not artifacts.exists() or list(artifacts.iterdir()) == []


def test_an_error_of_the_api_is_the_error_of_the_command(module_sandbox: Sandbox) -> None:
    with pytest.raises(MlxError, match="no rows for NOSUCH"):
        train_in(module_sandbox, tickers=("NOSUCH",))
    with pytest.raises(UsageError, match="window must be"):
        train_in(module_sandbox, window="sideways")
    assert project_of(module_sandbox).engine == module_sandbox.engine
