"""From prices to evaluated forecasts, as a whole: evaluation, determinism, crashes, secrets."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models_ml.metrics import daily_scores
from tests.postgres import Server
from tests.sandbox import Sandbox, open_sandbox
from tests.tables import read_table
from tests.template import build_template, build_trained_template

TRAIN = (
    *("train", "--n-splits", "2", "--n-estimators", "4", "--test-days", "40", "--json"),
    *("--max-plausible-ic", "1"),
)
GROUP = ["origin", "run_id", "model_id", "horizon"]
MIN_NAMES, N_QUANTILES = 20, 5


@pytest.fixture(scope="module")
def job(trained_template: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Database after the main job, in which more days were forecast and evaluated."""
    copy = trained_template.copy(tmp_path_factory.mktemp("job"))
    # As if the model had been trained before those days: none of them is in its sample.
    copy.execute("update ml.runs set data_cutoff = date '2024-09-27'")
    copy.run_mlx("infer", "--start", "2024-10-01").ok()
    copy.run_dbt("build", "--select", "evaluation").ok()
    yield copy
    copy.close()


def frame(sandbox: Sandbox, query: str) -> pd.DataFrame:
    found: pd.DataFrame = read_table(sandbox, query).to_pandas()
    return found


def scored_groups(job: Sandbox) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the scored forecasts of cross-validation and of live inference."""
    scored = frame(
        job,
        "select * from mart.preds_scored where is_out_of_sample and realised_return is not null",
    )
    for origin, rows in scored.groupby("origin"):
        yield str(origin), rows.sort_values(["dt", "ticker"], ignore_index=True)


def test_forecasts_are_scored_with_the_return_that_came_true(job: Sandbox) -> None:
    scored = frame(job, "select * from mart.preds_scored")
    labels = frame(job, "select ticker, dt, label_ret_1d, label_end_dt_1d from mart.labels")
    cv = frame(job, "select ticker, dt, yhat from ml.cv_preds")
    live = frame(job, "select ticker, dt, yhat from ml.preds_log")
    for origin, forecasts in (("cv", cv), ("live", live)):
        found = scored[scored["origin"] == origin]
        expected = forecasts.merge(labels, on=["ticker", "dt"], how="left")
        keys = ["ticker", "dt"]
        found, expected = (rows.sort_values(keys, ignore_index=True) for rows in (found, expected))
        assert len(found) == len(expected) > 0
        np.testing.assert_array_equal(found["yhat"], expected["yhat"])
        np.testing.assert_array_equal(found["realised_return"], expected["label_ret_1d"])
        assert found["matured_on"].tolist() == expected["label_end_dt_1d"].tolist()
    newest = scored[scored["dt"] == scored["dt"].max()]
    assert newest["realised_return"].isna().all(), "a forecast of today has not matured"


def test_daily_ic_equals_the_metrics_of_python(job: Sandbox) -> None:
    stored = frame(job, "select * from mart.daily_ic")
    assert set(stored["origin"]) == {"cv", "live"}
    for origin, rows in scored_groups(job):
        scores = daily_scores(
            rows["yhat"], rows["realised_return"], rows["dt"], min_names=MIN_NAMES
        )
        found = stored[stored["origin"] == origin].sort_values("dt")
        assert found["dt"].tolist() == scores.days.tolist()
        assert found["n_names"].tolist() == scores.n_names.tolist()
        np.testing.assert_allclose(found["ic"], scores.ic, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(found["rank_ic"], scores.rank_ic, rtol=1e-7, atol=1e-10)
        assert np.isfinite(scores.ic).sum() > 20


def test_quantile_returns_equal_the_metrics_of_python(job: Sandbox) -> None:
    stored = frame(job, "select * from mart.quantile_returns")
    for origin, rows in scored_groups(job):
        scores = daily_scores(
            rows["yhat"], rows["realised_return"], rows["dt"], min_names=1, n_quantiles=N_QUANTILES
        )
        table = stored[stored["origin"] == origin].pivot(
            index="dt", columns="quantile", values="mean_return"
        )
        table = table.reindex(index=scores.days.tolist(), columns=range(1, N_QUANTILES + 1))
        np.testing.assert_allclose(table, scores.quantile_returns, rtol=1e-9, atol=1e-12)


def test_the_overall_ic_of_training_is_the_mean_of_daily_ic(job: Sandbox) -> None:
    ((trained,),) = job.rows("select value from ml.cv_metrics where fold = -1 and metric = 'ic'")
    ((evaluated,),) = job.rows("select avg(ic) from mart.daily_ic where origin = 'cv'")
    assert evaluated == pytest.approx(trained, rel=1e-6)


def test_every_forecast_leads_to_its_model_run_code_and_data(job: Sandbox) -> None:
    ((lost,),) = job.rows(
        "select count(*) from ml.preds left join ml.models using (model_id) "
        "left join ml.runs on runs.run_id = models.run_id where runs.data_fingerprint is null "
        "or runs.feature_hash is null or runs.dbt_invocation_id is null"
    )
    ((unlogged,),) = job.rows(
        "select count(*) from ml.preds left join ml.preds_log "
        "using (model_id, ticker, dt, horizon) "
        "where preds_log.yhat is null or preds_log.yhat <> preds.yhat"
    )
    assert (lost, unlogged) == (0, 0)


def trained_bytes(sandbox: Sandbox) -> tuple[str, str]:
    """Train once more and return the model's text and the fingerprint of its data."""
    run_id = sandbox.run_mlx(*TRAIN).ok().json()["run_id"]
    ((text, fingerprint),) = sandbox.rows(
        "select model, data_fingerprint from ml.models inner join ml.runs using (run_id) "
        f"where run_id = '{run_id}'"
    )
    return str(text), str(fingerprint)


@pytest.mark.slow
def test_the_order_of_the_rows_of_prices_does_not_matter(sandbox: Sandbox) -> None:
    expected = trained_bytes(sandbox)
    before = sandbox.rows("select ticker, dt from raw.prices limit 50")
    sandbox.execute("create table shuffled as select * from raw.prices order by md5(ticker || dt)")
    sandbox.execute("delete from raw.prices")
    sandbox.execute("insert into raw.prices select * from shuffled")
    sandbox.execute("drop table shuffled")
    assert sandbox.rows("select ticker, dt from raw.prices limit 50") != before
    sandbox.run_dbt("run", "--full-refresh", "--select", "+training_set").ok()
    assert trained_bytes(sandbox) == expected


def start_training(sandbox: Sandbox) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "models_ml.cli.app", *TRAIN],
        env=sandbox.env,
        cwd=sandbox.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until(training: subprocess.Popen[bytes], reached: Callable[[], bool]) -> None:
    while training.poll() is None and not reached():
        time.sleep(0.002)


def counts(sandbox: Sandbox) -> list[tuple[Any, ...]]:
    """Return for each run how many rows every table has of it."""
    tables = ("models", "cv_folds", "cv_preds", "cv_metrics", "trial_days", "feature_importance")
    of_run = ", ".join(
        f"(select count(*) from ml.{table} where {table}.run_id = runs.run_id)" for table in tables
    )
    rows = sandbox.rows(f"select run_id, {of_run} from ml.runs where kind = 'train'")
    orphans = " union all ".join(
        f"select run_id from ml.{table} where run_id not in (select run_id from ml.runs)"
        for table in tables
    )
    assert sandbox.rows(orphans) == []
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["fitting", "writing"])
def test_a_killed_training_leaves_a_whole_run_or_none(sandbox: Sandbox, moment: str) -> None:
    artifacts = sandbox.folder / "artifacts"
    training = start_training(sandbox)
    if moment == "fitting":
        started = time.monotonic()
        wait_until(training, lambda: time.monotonic() - started > 2)
    else:
        wait_until(training, lambda: any(artifacts.glob("train-*")))
    os.kill(training.pid, signal.SIGKILL)
    training.wait()
    survived = counts(sandbox)
    assert len(survived) <= 1
    sandbox.run_mlx(*TRAIN).ok()
    after = counts(sandbox)
    assert len(after) == len(survived) + 1
    sizes = {row[1:] for row in after}
    assert len(sizes) == 1, "a run is there in part"
    assert min(sizes.pop()) > 0
    champions = sandbox.rows("select count(*) from ml.models where alias = 'champion'")
    assert champions == [(1,)]


def test_the_password_is_in_no_file_that_the_job_left(trained_template: Sandbox) -> None:
    """Every byte of artefacts, logs and dbt's target folder."""
    server = trained_template.server
    if server is None or not server.password:
        pytest.skip("no password to look for")
    canary = server.password.encode()
    files = [path for path in trained_template.folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"manifest.json", "run_results.json", "dbt.log", "model.txt"} <= names
    assert [str(path) for path in files if canary in path.read_bytes()] == []


def test_artefacts_are_for_their_owner_alone(trained_template: Sandbox) -> None:
    for path in (trained_template.folder / "artifacts").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.fixture(scope="session")
def both_trained(built_once: Callable[..., Sandbox], postgres_server: Server) -> dict[str, Sandbox]:
    """The same main job on DuckDB and on PostgreSQL; never change them."""
    found = {}
    for engine, server in (("duckdb", None), ("postgres", postgres_server)):
        start = partial(open_sandbox, engine, server=server)
        filled = built_once(f"filled-{engine}", start, build_template)
        found[engine] = built_once(f"trained-{engine}", filled.copy, build_trained_template)
    return found


def test_both_engines_reach_the_same_metrics_and_forecasts(
    both_trained: dict[str, Sandbox],
) -> None:
    for query, key in (
        ("select fold, metric, value from ml.cv_metrics", ["fold", "metric"]),
        ("select ticker, dt, yhat, yhat_std, prob_up from ml.preds", ["ticker", "dt"]),
    ):
        one, other = (
            frame(sandbox, query).sort_values(key, ignore_index=True)
            for sandbox in both_trained.values()
        )
        assert one[key].equals(other[key])
        for name in one.columns.drop(key):
            np.testing.assert_allclose(one[name], other[name], rtol=1e-6, atol=1e-6, err_msg=name)
