"""Forecasts are the model's on the features of the days asked, and published once."""

import json
import shutil
import sys
from datetime import date
from typing import Any, cast

import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from models_ml import infer, train
from models_ml.errors import MlxError
from models_ml.infer import InferReport
from models_ml.model_rows import days_or_newest
from models_ml.panel import Selection
from models_ml.train_record import TrainReport
from models_ml.warehouse import Warehouse
from tests.inprocess import inside, mlx
from tests.sandbox import Sandbox
from tests.tables import read_table

FORECAST = ["yhat", "yhat_std", "prob_up", "yhat_lo", "yhat_hi", "level"]
ML_TABLES = ("runs", "models", "cv_folds", "cv_preds", "cv_metrics", "feature_importance")
PREDS_TABLES = ("preds", "preds_log")


def infer_in(sandbox: Sandbox, model: str | None = None, **options: Any) -> InferReport:
    with inside(sandbox):
        return infer(model, **options)


def frame(sandbox: Sandbox, query: str) -> pd.DataFrame:
    found: pd.DataFrame = read_table(sandbox, query).to_pandas()
    return found


def content(sandbox: Sandbox) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table that mlx writes, time stamps included."""
    return {
        name: sorted(sandbox.rows(f"select * from ml.{name}"), key=repr)
        for name in (*ML_TABLES, *PREDS_TABLES)
    }


def newest_day(sandbox: Sandbox) -> date:
    ((day,),) = sandbox.rows("select max(dt) from mart.training_set")
    assert isinstance(day, date)
    return day


def test_a_champion_that_was_deposed_meanwhile_publishes_nothing(
    trained: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its forecasts would take the place of those that the new champion published since."""
    before, module = content(trained), sys.modules["models_ml.infer"]
    publish, present = module.publish, champion(trained)["model_id"]

    def publish_late(*arguments: Any, **options: Any) -> int:
        trained.execute("update ml.models set alias = null where alias = 'champion'")
        return int(publish(*arguments, **options))

    monkeypatch.setattr(module, "publish", publish_late)
    try:
        refused = mlx(trained, "infer")
        named = mlx(trained, "infer", present, "--json")
    finally:
        trained.execute(f"update ml.models set alias = 'champion' where model_id = '{present}'")
    assert refused.exit_code == 1
    assert f"model {present} is no longer the champion" in refused.stderr
    assert named.exit_code == 0, "who names a model means it"
    for table in PREDS_TABLES:
        trained.execute(f"delete from ml.{table} where run_id = '{named.json()['run_id']}'")
    trained.execute(f"delete from ml.runs where run_id = '{named.json()['run_id']}'")
    assert content(trained) == before


@pytest.mark.parametrize("engine", ["postgres"], indirect=True, scope="session")
def test_two_never_publish_at_once(trained: Sandbox) -> None:
    """Upserts of the same keys in other orders would lock each other out."""
    before = content(trained)
    with trained.connect() as other:
        other.autocommit = False
        other.cursor().execute("select pg_advisory_xact_lock(hashtext('mlx:preds'))")
        refused = mlx(trained, "infer", env={"MLX_LOCK_TIMEOUT": "1"})
    assert refused.exit_code == 1
    assert "another mlx is writing" in refused.stderr
    assert content(trained) == before


def champion(sandbox: Sandbox) -> dict[str, Any]:
    (row,) = frame(sandbox, "select * from ml.models where alias = 'champion'").to_dict("records")
    return {str(name): value for name, value in row.items()}


def features_of(sandbox: Sandbox, condition: str) -> pd.DataFrame:
    rows = frame(sandbox, f"select * from mart.training_set where {condition}")
    return rows.sort_values(["dt", "ticker"], ignore_index=True)


def published(sandbox: Sandbox, condition: str = "true", table: str = "preds") -> pd.DataFrame:
    rows = frame(sandbox, f"select * from ml.{table} where {condition}")
    return rows.sort_values(["dt", "ticker"], ignore_index=True)


@pytest.fixture(scope="module")
def challenger(trained: Sandbox) -> TrainReport:
    with inside(trained):
        return train(n_splits=2, n_estimators=3, test_days=30, learning_rate=0.2)


def test_the_champion_forecasts_the_newest_day(trained: Sandbox) -> None:
    """What the template's `mlx infer` published, by LightGBM on rows read by the driver."""
    day, model = newest_day(trained), champion(trained)
    rows = features_of(trained, f"dt = '{day}'")
    booster = lgb.Booster(model_str=model["model"])
    yhat = np.asarray(booster.predict(rows[json.loads(model["features"])].to_numpy(np.float32)))
    found = published(trained, "horizon = 1")
    assert found["ticker"].tolist() == rows["ticker"].tolist()
    assert set(found["dt"]) == {day}
    np.testing.assert_array_equal(found["yhat"], yhat)
    state = json.loads(model["uncertainty"])
    std = scale_by_pandas(state["scale"], rows)
    np.testing.assert_allclose(found["yhat_std"], std, rtol=1e-12)
    width = std * state["scores"][int(np.ceil(1000 * (1 - state["adaptive"]["alpha"]))) - 1]
    np.testing.assert_allclose(found["yhat_lo"], yhat - width, rtol=1e-9)
    np.testing.assert_allclose(found["yhat_hi"], yhat + width, rtol=1e-9)
    assert (found["level"] == 0.8).all()
    np.testing.assert_allclose(
        found["prob_up"], probability_by_hand(state["probability"], yhat / std), rtol=1e-12
    )
    assert set(found["model_id"]) == {model["model_id"]}


def scale_by_pandas(state: dict[str, Any], rows: pd.DataFrame) -> Any:
    values = rows[state["features"]].astype(float)
    logs = (values.where(values > 0).apply(np.log) - state["means"]).fillna(0.0)
    limits = 4 * np.array(state["stds"])
    return state["std"] * np.exp(logs.clip(-limits, limits, axis=1) @ state["slopes"]).to_numpy()


def probability_by_hand(state: dict[str, Any], ratio: Any) -> Any:
    if state["method"] == "isotonic":
        fitted = np.interp(ratio, state["ratios"], state["probabilities"])
    else:
        fitted = 1 / (1 + np.exp(-(state["intercept"] + state["slope"] * ratio)))
    return np.clip(fitted, 0.01, 0.99)


def test_a_forecast_names_its_run_and_the_run_its_model(trained: Sandbox) -> None:
    ((run_id,),) = trained.rows("select distinct run_id from ml.preds where horizon = 1")
    (run,) = frame(trained, f"select * from ml.runs where run_id = '{run_id}'").to_dict("records")
    assert (run["kind"], run["status"], run["target"]) == ("infer", "done", trained.engine)
    assert json.loads(run["config"])["model_id"] == champion(trained)["model_id"]
    assert run["data_cutoff"] == newest_day(trained)
    assert run["started_at"] <= run["finished_at"]
    assert len(run["data_fingerprint"]) == len(run["feature_hash"]) == 64


def test_a_forecast_is_no_younger_than_its_features(trained: Sandbox) -> None:
    """A build that failed half way leaves the features behind the price grid."""
    shift = "update mart.int_price_grid set changed_at = changed_at {} interval '1 day'"
    trained.execute(shift.format("+"))
    try:
        infer_in(trained)
    finally:
        trained.execute(shift.format("-"))
    known = trained.rows(
        f"select distinct known_at from ml.preds where dt = '{newest_day(trained)}'"
    )
    assert known == trained.rows("select max(changed_at) from mart.features_alpha158")


def test_a_run_again_changes_nothing_at_all(trained: Sandbox) -> None:
    before = content(trained)
    result = mlx(trained, "infer").ok()
    document = mlx(trained, "infer", "--json").ok().json()
    assert content(trained) == before
    n_rows = len(before["preds"])
    assert f"0 written, {n_rows} unchanged" in result.stdout
    assert document["run_id"] is None
    assert document["n_written"] == 0


def test_json_is_what_was_published(trained: Sandbox) -> None:
    document = mlx(trained, "infer", "--json").ok().json()
    day = newest_day(trained).isoformat()
    assert (document["dt_from"], document["dt_to"], document["horizon"]) == (day, day, 1)
    assert document["model_id"] == champion(trained)["model_id"]
    rows = published(trained, "horizon = 1")
    assert document["n_rows"] == len(rows) == len(document["predictions"])
    for row, said in zip(rows.to_dict("records"), document["predictions"], strict=True):
        assert said["ticker"] == row["ticker"]
        assert said["dt"] == day
        assert [said[name] for name in FORECAST] == [row[name] for name in FORECAST]


@pytest.mark.parametrize(
    ("flags", "condition"),
    [
        (("--date", "2024-03-04"), "dt = '2024-03-04'"),
        (("--start", "2024-03-04", "--end", "2024-03-08"),
         "dt between '2024-03-04' and '2024-03-08'"),
        (("--start", "2024-12-20"), "dt >= '2024-12-20'"),
        (("--end", "2023-01-06"), "dt <= '2023-01-06'"),
        (("--date", "2024-03-05", "--tickers", "AAC,AAA"),
         "dt = '2024-03-05' and ticker in ('AAA', 'AAC')"),
    ],
)  # fmt: skip
def test_the_rows_asked_are_forecast_and_no_others(
    trained: Sandbox, flags: tuple[str, ...], condition: str
) -> None:
    before = published(trained)
    document = mlx(trained, "infer", *flags, "--json").ok().json()
    wanted = features_of(trained, condition)
    assert len(wanted) > 0
    said = [(row["ticker"], date.fromisoformat(row["dt"])) for row in document["predictions"]]
    assert said == keys(wanted)
    assert set(keys(published(trained))) == set(keys(before)) | set(said)


def keys(rows: pd.DataFrame) -> list[tuple[str, date]]:
    return list(zip(rows["ticker"].tolist(), rows["dt"].tolist(), strict=True))


def test_all_days_at_once_equal_each_day_alone(trained: Sandbox) -> None:
    """Rows of one day do not depend on which other days are asked."""
    infer_in(trained, start=date(2024, 6, 3), end=date(2024, 6, 28))
    together = published(trained, "dt between '2024-06-03' and '2024-06-28'")
    day = date(2024, 6, 12)
    alone = infer_in(trained, start=day, end=day)
    assert alone.n_written == 0
    assert alone.n_rows == (together["dt"] == day).sum() > 0


def test_the_spread_over_trees_takes_the_place_of_the_residuals(trained: Sandbox) -> None:
    day, model = date(2024, 5, 6), champion(trained)
    report = infer_in(trained, start=day, end=day, uncertainty="trees")
    rows = features_of(trained, f"dt = '{day}'")
    matrix = rows[json.loads(model["features"])].to_numpy(np.float32)
    booster = lgb.Booster(model_str=model["model"])
    last = booster.num_trees()
    rounds = sorted(set(np.linspace(max(1, last // 2), last, 10).astype(int).tolist()))
    staged = [np.asarray(booster.predict(matrix, num_iteration=n)) for n in rounds]
    found = published(trained, f"dt = '{day}'")
    np.testing.assert_allclose(found["yhat_std"], np.std(staged, axis=0), rtol=1e-12)
    np.testing.assert_array_equal(found["yhat"], booster.predict(matrix))
    assert found["prob_up"].between(0.01, 0.99).all()
    assert report.n_written == len(found)


def test_another_level_and_the_sigmoid_take_the_place_of_the_models(trained: Sandbox) -> None:
    day, state = date(2024, 5, 7), json.loads(champion(trained)["uncertainty"])
    report = infer_in(trained, start=day, end=day, probability="sigmoid", level=0.9)
    found = published(trained, f"dt = '{day}'")
    yhat, std = found["yhat"].to_numpy(), found["yhat_std"].to_numpy()
    rows = features_of(trained, f"dt = '{day}'")
    np.testing.assert_allclose(std, scale_by_pandas(state["scale"], rows))
    np.testing.assert_allclose(found["yhat_hi"], yhat + std * state["scores"][899], rtol=1e-9)
    np.testing.assert_allclose(found["prob_up"], 1 / (1 + np.exp(-yhat / std)), rtol=1e-9)
    assert (found["level"] == 0.9).all()
    assert report.n_written == len(found)


def test_a_level_out_of_range_is_refused(trained: Sandbox) -> None:
    result = mlx(trained, "infer", "--level", "1.5")
    assert result.exit_code == 2
    assert "level 1.5 is not between 0.5 and 0.99" in result.stderr


def test_the_log_keeps_the_forecasts_of_every_model(
    trained: Sandbox, challenger: TrainReport
) -> None:
    day = date(2024, 4, 9)
    of_champion = infer_in(trained, start=day, end=day)
    of_challenger = infer_in(trained, challenger.model_id, start=day, end=day)
    assert of_challenger.n_written == of_champion.n_rows
    on_day = f"dt = '{day}'"
    assert set(published(trained, on_day)["model_id"]) == {challenger.model_id}
    log = published(trained, on_day, "preds_log")
    assert log["model_id"].value_counts().to_dict() == {
        of_champion.model_id: of_champion.n_rows,
        challenger.model_id: of_champion.n_rows,
    }
    yhat = log.groupby("model_id")["yhat"].agg(list)
    assert yhat[of_champion.model_id] != yhat[challenger.model_id]
    log_before = published(trained, on_day, "preds_log")
    again = infer_in(trained, of_champion.model_id, start=day, end=day)
    assert again.n_written == of_champion.n_rows, "published anew"
    pd.testing.assert_frame_equal(published(trained, on_day, "preds_log"), log_before)


def test_a_path_gives_the_forecasts_of_its_model(trained: Sandbox, challenger: TrainReport) -> None:
    day = date(2024, 4, 10)
    by_name = infer_in(trained, challenger.model_id, start=day, end=day)
    folder = trained.folder / "elsewhere"
    shutil.copytree(challenger.artifacts, folder)
    by_path = infer_in(trained, str(folder / "model.txt"), start=day, end=day)
    assert by_path.n_written == 0
    assert by_path.table.select(FORECAST).equals(by_name.table.select(FORECAST))


def test_the_horizon_chooses_its_champion(trained: Sandbox) -> None:
    with inside(trained):
        report = train(n_splits=2, n_estimators=3, test_days=30, horizon=5, max_plausible_ic=1.0)
    document = mlx(trained, "infer", "--horizon", "5", "--json").ok().json()
    assert document["model_id"] == report.model_id
    newest = f"dt = '{newest_day(trained)}'"
    horizons = trained.rows(
        f"select horizon, count(*) from ml.preds where {newest} group by horizon"
    )
    assert sorted(horizons) == [(1, document["n_rows"]), (5, document["n_rows"])]


def test_a_model_for_features_that_are_not_built_is_refused(trained: Sandbox) -> None:
    path = trained.folder / "target" / "manifest.json"
    text = path.read_text()
    manifest = json.loads(text)
    columns = manifest["nodes"]["model.mlx.features_alpha158"]["columns"]
    for name in ("kmid", "vsumd60"):
        del columns[name]
    path.write_text(json.dumps(manifest))
    before = content(trained)
    try:
        result = mlx(trained, "infer", "--date", "2024-02-01")
    finally:
        path.write_text(text)
    assert result.exit_code == 1
    assert "needs features that dbt does not build: kmid, vsumd60\n" in result.stderr
    assert content(trained) == before


def test_features_in_another_order_are_put_in_the_models_order(trained: Sandbox) -> None:
    day = date(2024, 1, 9)
    expected = infer_in(trained, start=day, end=day).table
    path = trained.folder / "target" / "manifest.json"
    text = path.read_text()
    manifest = json.loads(text)
    node = manifest["nodes"]["model.mlx.features_alpha158"]
    node["columns"] = dict(reversed(node["columns"].items()))
    path.write_text(json.dumps(manifest))
    try:
        again = infer_in(trained, start=day, end=day)
    finally:
        path.write_text(text)
    assert again.n_written == 0
    assert again.table.select(FORECAST).equals(expected.select(FORECAST))


@pytest.mark.parametrize("target", PREDS_TABLES)
def test_a_failure_while_writing_leaves_everything_as_it_was(trained: Sandbox, target: str) -> None:
    before = content(trained)
    trained.execute(f"alter table ml.{target} rename to away")
    try:
        result = mlx(trained, "infer", "--date", "2024-02-02")
    finally:
        trained.execute(f"alter table ml.away rename to {target}")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert content(trained) == before


def test_forecasts_that_are_not_finite_are_refused(
    trained: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models_ml.learners.lightgbm import LightGBMModel

    before = content(trained)
    monkeypatch.setattr(LightGBMModel, "predict", lambda self, matrix: np.full(len(matrix), np.inf))
    with pytest.raises(MlxError, match="not finite"):
        infer_in(trained)
    assert content(trained) == before


def test_a_ticker_that_is_sql_is_a_ticker(trained: Sandbox) -> None:
    hostile = "A'; drop table ml.preds; --"
    before = content(trained)
    result = mlx(trained, "infer", "--tickers", hostile)
    assert result.exit_code == 1
    assert f"no rows for {hostile}" in result.stderr
    assert content(trained) == before


def test_the_table_on_screen_shows_the_best_of_the_newest_day(trained: Sandbox) -> None:
    lines = mlx(trained, "infer").ok().stdout.splitlines()
    newest = f"dt = '{newest_day(trained)}' and horizon = 1"
    best = published(trained, newest).sort_values("yhat", ascending=False, kind="stable").head(10)
    assert lines[0].split() == ["ticker", "day", "yhat", "yhat_std", "prob_up"]
    assert [line.split()[0] for line in lines[1:11]] == best["ticker"].tolist()
    assert lines[1].split()[2] == f"{best['yhat'].iloc[0]:+.5f}"


def test_the_level_of_live_days_follows_from_matured_forecasts_alone(trained: Sandbox) -> None:
    """Twenty days of horizon: the level of a day by pandas, and the same from day to day."""
    last, until = date(2024, 3, 28), date(2024, 6, 28)
    with inside(trained):
        report = train(n_splits=2, n_estimators=3, test_days=30, horizon=20, end=last)
    model = report.model_id
    infer_in(trained, model, start=last, end=until)
    log = frame(
        trained,
        "select log.*, labels.label_ret_20d as label, labels.label_end_dt_20d as label_end "
        "from ml.preds_log as log inner join mart.labels as labels "
        f"on log.ticker = labels.ticker and log.dt = labels.dt where model_id = '{model}'",
    )
    row = frame(trained, f"select uncertainty from ml.models where model_id = '{model}'")
    state = json.loads(row["uncertainty"].iloc[0])
    assert state["adaptive"]["fitted_to"] == str(last)
    live = log[(log["dt"] > last) & log["label"].notna()]
    missed = ~live["label"].between(live["yhat_lo"], live["yhat_hi"])
    by_day = missed.groupby([live["dt"], live["label_end"]]).mean().reset_index(name="miss")
    levels = set()
    for day, rows in log.groupby("dt"):
        matured = by_day[by_day["label_end"] <= day]
        alpha = state["adaptive"]["alpha"] + (0.1 * (0.2 - matured["miss"])).sum()
        level = int(np.ceil(np.round(1000 * min(max(1 - alpha, 0), 0.999), 6)))
        width = (rows["yhat_hi"] - rows["yhat"]) / rows["yhat_std"]
        np.testing.assert_allclose(width, state["scores"][level - 1], rtol=1e-8)
        levels.add(level)
    assert len(levels) > 5
    for day in (date(2024, 4, 1), date(2024, 6, 12), until):
        assert infer_in(trained, model, start=day, end=day).n_written == 0
    tickers = tuple(log["ticker"].unique()[:3])
    assert infer_in(trained, model, start=last, end=until, tickers=tickers).n_written == 0


def test_only_members_are_trained_on_and_forecast(
    trained: Sandbox, challenger: TrainReport
) -> None:
    """AAC leaves, keeps trading and enters again; the first and the last day of a spell count."""
    (_, left), (entered, _) = trained.rows(
        "select start_dt, end_dt from raw.universe where ticker = 'AAC' order by start_dt"
    )
    away = f"ticker = 'AAC' and dt between '{left}' and '{entered}'"
    days = [day for (day,) in trained.rows(f"select dt from mart.features where {away} order by 1")]
    assert len(days) > 10 and (days[0], days[-1]) == (left, entered)
    assert features_of(trained, away)["dt"].tolist() == [left, entered]
    infer_in(trained, challenger.model_id, tickers=("AAC",), start=left, end=entered)
    assert published(trained, f"{away} and horizon = 1")["dt"].tolist() == [left, entered]
    with pytest.raises(MlxError, match="has no rows for AAC"):
        infer_in(trained, challenger.model_id, tickers=("AAC",), start=days[1], end=days[-2])


class Answering:
    """A warehouse whose newest days are these, one question after the other."""

    def __init__(self, *days: date | None) -> None:
        self.days = list(days)

    def read(self, sql: str, parameters: object = None) -> pa.Table:
        return pa.table({"dt": pa.array([self.days.pop(0)], pa.date32())})


@pytest.mark.parametrize("answers", [(date(2024, 3, 1),), (None, date(2024, 3, 1))])
def test_the_newest_day_is_the_last_with_rows_to_forecast(answers: tuple[date | None, ...]) -> None:
    """The last day of the features, unless nobody is a member of the universe on it."""
    found = days_or_newest(cast(Warehouse, Answering(*answers)), "mart", Selection(("A",)))
    assert found == Selection(("A",), date(2024, 3, 1), date(2024, 3, 1))


def test_a_training_set_without_rows_is_told() -> None:
    with pytest.raises(MlxError, match=r"mart.training_set is empty"):
        days_or_newest(cast(Warehouse, Answering(None, None)), "mart", Selection())
