"""What a training run leaves in the tables and files, against plain LightGBM and pandas."""

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from models_ml.dbt import read_features
from models_ml.panel_reading import read_panel
from models_ml.warehouse import open_warehouse
from tests.inprocess import inside, project_of
from tests.sandbox import Sandbox
from tests.tables import read_table

N_SPLITS, N_ESTIMATORS = 3, 20
PARAMS = {
    "objective": "regression",
    "metric": "None",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "seed": 7,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}
ALL_FOLDS = -1
VOLATILITY = ["klen", "std5", "std20", "std60"]
PICKLE_MAGIC = b"\x80"


@dataclass(frozen=True)
class Run:
    """The one training run of a sandbox, read by the engine's own driver."""

    sandbox: Sandbox

    def table(self, query: str) -> pd.DataFrame:
        frame: pd.DataFrame = read_table(self.sandbox, query).to_pandas()
        return frame

    @cached_property
    def row(self) -> dict[str, Any]:
        (row,) = self.table("select * from ml.runs where kind = 'train'").to_dict("records")
        return {str(name): value for name, value in row.items()}

    @cached_property
    def model(self) -> dict[str, Any]:
        (row,) = self.table("select * from ml.models").to_dict("records")
        return {str(name): value for name, value in row.items()}

    @cached_property
    def features(self) -> list[str]:
        names: list[str] = json.loads(self.model["features"])
        return names

    @cached_property
    def folder(self) -> Path:
        return self.sandbox.folder / "artifacts" / str(self.row["run_id"])

    @cached_property
    def metrics(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / "metrics.json").read_text())
        return document

    @cached_property
    def training_set(self) -> pd.DataFrame:
        rows = self.table("select * from mart.training_set where label_ret_1d is not null")
        return rows.sort_values(["dt", "ticker"], ignore_index=True)

    @cached_property
    def blocks(self) -> list[dict[str, Any]]:
        """Rows of ml.cv_folds."""
        rows: list[dict[str, Any]] = read_table(
            self.sandbox, "select * from ml.cv_folds"
        ).to_pylist()
        return rows

    @cached_property
    def preds(self) -> pd.DataFrame:
        rows = self.table("select * from ml.cv_preds")
        return rows.sort_values(["dt", "ticker"], ignore_index=True)

    def part(self, fold: int, role: str) -> pd.DataFrame:
        (block,) = [row for row in self.blocks if (row["fold"], row["role"]) == (fold, role)]
        return self.training_set[self.training_set["dt"].between(block["dt_from"], block["dt_to"])]

    def matrix(self, rows: pd.DataFrame) -> Any:
        return rows[self.features].to_numpy(np.float32)


@pytest.fixture(scope="module")
def run(trained: Sandbox) -> Run:
    return Run(trained)


def test_the_run_is_recorded_with_all_that_reproduces_it(run: Run) -> None:
    row = run.row
    assert row["status"] == "done"
    assert row["target"] == run.sandbox.engine
    assert row["started_at"] <= row["finished_at"]
    config = json.loads(row["config"])
    assert config["n_splits"] == N_SPLITS
    assert config["n_estimators"] == N_ESTIMATORS
    assert config["tickers"] is None
    assert (config["horizon"], config["seed"], config["target"]) == (1, 7, "raw")
    assert row["feature_hash"] == hashlib.sha256("\n".join(run.features).encode()).hexdigest()
    assert row["data_cutoff"] == run.training_set["dt"].max()
    assert json.loads(row["packages"])["lightgbm"] == lgb.__version__
    manifest = json.loads((run.sandbox.folder / "target" / "manifest.json").read_text())
    assert len(row["dbt_invocation_id"]) == len(manifest["metadata"]["invocation_id"])
    project = project_of(run.sandbox)
    panel = read_panel(open_warehouse(project), "mart", run.features, horizon=1)
    assert row["data_fingerprint"] == panel.fingerprint()


def test_features_are_those_of_the_manifest_in_order(run: Run) -> None:
    with inside(run.sandbox):
        names = read_features(project_of(run.sandbox)).names
    assert tuple(run.features) == names
    assert names[:3] == ("kmid", "klen", "kmid2")
    assert len(names) == 158


def test_every_table_speaks_of_this_run_and_model(run: Run) -> None:
    run_id = run.row["run_id"]
    for table in (
        "cv_folds",
        "cv_preds",
        "cv_metrics",
        "trial_days",
        "feature_importance",
        "models",
    ):
        assert run.sandbox.rows(f"select distinct run_id from ml.{table}") == [(run_id,)], table
    assert run.model["model_id"] == f"{run_id}-h1"
    assert run.model["alias"] == "champion"


def test_artefacts_are_those_of_the_manifest(run: Run) -> None:
    manifest = json.loads((run.folder / "manifest.json").read_text())
    files = {path.name: path.read_bytes() for path in run.folder.iterdir()}
    del files["manifest.json"]
    assert set(files) == {"model.txt", "metrics.json", "feature_importances.csv"}
    assert manifest["files"] == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()
    }
    assert files["model.txt"].decode() == run.model["model"]
    assert manifest["files"]["model.txt"] == run.model["sha256"]
    for name in ("model_id", "run_id", "learner", "horizon", "target"):
        assert manifest[name] == run.model[name]
    for name in ("features", "params", "uncertainty"):
        assert manifest[name] == json.loads(run.model[name])
    assert list((run.sandbox.folder / "artifacts").iterdir()) == [run.folder]


def test_artefacts_are_text_and_nothing_is_pickled(run: Run) -> None:
    for path in run.folder.iterdir():
        assert not path.read_bytes().startswith(PICKLE_MAGIC)
        assert "\x00" not in path.read_text(encoding="utf-8")


def test_no_training_label_ends_on_or_after_the_next_block_begins(run: Run) -> None:
    """Seen from the tables alone, on the days on which the labels really end."""
    ends = run.table(
        "select f.fold, f.role, max(t.label_end_dt_1d) as label_end from ml.cv_folds as f "
        "inner join mart.training_set as t on t.dt between f.dt_from and f.dt_to "
        "group by f.fold, f.role"
    ).set_index(["fold", "role"])["label_end"]
    starts = {(block["fold"], block["role"]): block["dt_from"] for block in run.blocks}
    for fold in range(N_SPLITS):
        assert ends[fold, "train"] < starts[fold, "valid"]
        assert ends[fold, "valid"] < starts[fold, "test"]


def test_the_embargo_lies_between_blocks_on_the_exchange_calendar(run: Run) -> None:
    days = run.table("select dt from mart.int_trading_days where is_open order by dt")[
        "dt"
    ].tolist()
    block = {(block["fold"], block["role"]): block for block in run.blocks}
    for fold in range(N_SPLITS):
        for earlier, later in (("train", "valid"), ("valid", "test")):
            first, last = block[fold, later]["dt_from"], block[fold, earlier]["dt_to"]
            left = days.index(first) - days.index(last) - 1
            assert left == 3, f"fold {fold}: one day of label and two of embargo, not {left}"


def test_folds_count_their_days_and_rows(run: Run) -> None:
    days = run.table("select dt from mart.int_trading_days where is_open")["dt"]
    for block in run.blocks:
        assert block["n_dates"] == days.between(block["dt_from"], block["dt_to"]).sum()
        assert block["n_rows"] == len(run.part(block["fold"], block["role"]))
    assert len(run.blocks) == 3 * N_SPLITS


def test_each_row_of_the_test_days_is_predicted_once(run: Run) -> None:
    tested = pd.concat([run.part(fold, "test") for fold in range(N_SPLITS)])
    keys = ["ticker", "dt"]
    assert not run.preds.duplicated(keys).any()
    pd.testing.assert_frame_equal(run.preds[keys], tested[keys].reset_index(drop=True))
    np.testing.assert_array_equal(run.preds["label"], tested["label_ret_1d"])
    assert (run.preds["horizon"] == 1).all()


def mean_correlation(
    predicted: npt.NDArray[np.float64], _: lgb.Dataset, rows: pd.DataFrame
) -> tuple[str, float, bool]:
    """Correlate forecasts and labels within each day, and take the mean."""
    days = rows.assign(yhat=predicted)[["dt", "yhat", "label_ret_1d"]].groupby("dt")
    daily = days.apply(lambda day: day["yhat"].corr(day["label_ret_1d"]))
    return "ic", daily.fillna(0.0).mean(), True


def fit_fold(run: Run, fold: int) -> lgb.Booster:
    """Fit a fold with plain LightGBM on rows found by their dates."""
    train, valid = run.part(fold, "train"), run.part(fold, "valid")
    return lgb.train(
        PARAMS,
        lgb.Dataset(run.matrix(train), train["label_ret_1d"].to_numpy()),
        N_ESTIMATORS,
        valid_sets=[lgb.Dataset(run.matrix(valid), valid["label_ret_1d"].to_numpy())],
        feval=partial(mean_correlation, rows=valid),
        callbacks=[lgb.early_stopping(50, verbose=False)],
    )


@pytest.mark.parametrize("fold", range(N_SPLITS))
def test_a_fold_equals_plain_lightgbm_on_the_same_rows(run: Run, fold: int) -> None:
    booster = fit_fold(run, fold)
    best = booster.best_iteration
    found = run.preds[run.preds["fold"] == fold]
    yhat = booster.predict(run.matrix(run.part(fold, "test")), num_iteration=best)
    np.testing.assert_array_equal(found["yhat"], yhat)
    assert run.metrics["folds"][fold]["best_iteration"] == best
    gains = run.table(
        f"select feature, gain, splits from ml.feature_importance where fold = {fold}"
    )
    gains = gains.set_index("feature").loc[run.features]
    np.testing.assert_array_equal(gains["gain"], booster.feature_importance("gain", best))
    np.testing.assert_array_equal(gains["splits"], booster.feature_importance("split", best))
    valid = run.part(fold, "valid")
    on_valid = np.asarray(booster.predict(run.matrix(valid), num_iteration=best))
    before = valid.assign(yhat=on_valid)
    if fold > 0:
        first_day = run.part(fold, "test")["dt"].min()
        ended = run.preds[["ticker", "dt", "yhat"]].merge(run.training_set, on=["ticker", "dt"])
        before = ended[(ended["label_end_dt_1d"] < first_day) & (ended["dt"] < first_day)]
    assert_uncertainty_of(found.merge(run.training_set, on=["ticker", "dt"]), before)


def log_volatility(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the logarithms of the volatility features, missing where there is none."""
    values = rows[VOLATILITY].astype(float)
    return values.where(values > 0).apply(np.log)


def assert_uncertainty_of(found: pd.DataFrame, before: pd.DataFrame) -> None:
    """Compare the error bars of forecasts with the errors of forecasts before them.

    The scale by regression of log |error| once more; the interval of a day by the quantile of
    the errors in that scale, at some level, of which the first day of all has the nominal one.
    """
    errors = (before["label_ret_1d"] - before["yhat"]).abs()
    logs = log_volatility(before)
    low, high = logs.mean() - 4 * logs.std(ddof=0), logs.mean() + 4 * logs.std(ddof=0)
    design = logs.fillna(logs.mean()).clip(low, high, axis=1).assign(one=1.0)
    goal = np.log(errors.clip(lower=0.01 * errors.mean()))
    slopes = np.linalg.lstsq(design, goal, rcond=None)[0][:4]
    unscaled = np.exp(design[VOLATILITY] @ slopes)
    unit = np.sqrt(np.mean((errors / unscaled) ** 2))
    of_found = log_volatility(found).fillna(logs.mean()).clip(low, high, axis=1)
    std = unit * np.exp(of_found @ slopes)
    np.testing.assert_allclose(found["yhat_std"], std, rtol=1e-8)
    np.testing.assert_allclose(found["yhat"] - found["yhat_lo"], found["yhat_hi"] - found["yhat"])
    scores = np.sort(errors / unit / unscaled)
    widths = ((found["yhat_hi"] - found["yhat"]) / std).groupby(found["dt"]).agg(["min", "max"])
    np.testing.assert_allclose(widths["min"], widths["max"], rtol=1e-8)
    ranks = np.ceil((len(scores) + 1) * np.arange(1, 1000) / 1000).astype(int)
    quantiles = scores[ranks[ranks <= len(scores)] - 1]
    nearest = quantiles[np.abs(widths["max"].to_numpy()[:, None] - quantiles).argmin(axis=1)]
    np.testing.assert_allclose(widths["max"], nearest, rtol=1e-8)
    if (found["fold"] == 0).all():
        assert nearest[0] == quantiles[799]
    assert found["prob_up"].between(0.01, 0.99).all()
    assert (found["level"] == 0.8).all()


def test_some_fold_stops_before_the_last_round(run: Run) -> None:
    """Otherwise the comparison above would not see early stopping at all."""
    best = [fold["best_iteration"] for fold in run.metrics["folds"]]
    assert min(best) < N_ESTIMATORS


def test_the_final_model_is_fitted_on_all_labelled_rows_with_the_mean_round(run: Run) -> None:
    rounds = round(np.mean([fold["best_iteration"] for fold in run.metrics["folds"]]))
    assert run.metrics["n_iterations"] == rounds
    assert json.loads(run.model["params"])["n_estimators"] == rounds
    rows = run.training_set
    booster = lgb.train(
        PARAMS,
        lgb.Dataset(run.matrix(rows), rows["label_ret_1d"].to_numpy(), feature_name=run.features),
        rounds,
    )
    stored = lgb.Booster(model_str=run.model["model"])
    assert stored.num_trees() == rounds
    np.testing.assert_array_equal(
        stored.predict(run.matrix(rows)), booster.predict(run.matrix(rows))
    )


def test_the_models_uncertainty_is_of_the_forecasts_of_all_folds(run: Run) -> None:
    found = json.loads(run.model["uncertainty"])
    assert found["to_return"] == {"intercept": 0.0, "slope": 1.0}
    assert found["scale"]["features"] == VOLATILITY
    rows = run.preds.merge(run.training_set, on=["ticker", "dt"])
    shape = found["scale"]
    logs = (log_volatility(rows) - shape["means"]).fillna(0.0)
    limits = 4 * np.array(shape["stds"])
    std = shape["std"] * np.exp(logs.clip(-limits, limits, axis=1) @ shape["slopes"])
    scores = np.sort((rows["label"] - rows["yhat"]).abs() / std)
    assert np.sqrt(np.mean(scores**2)) == pytest.approx(1.0, rel=1e-9)
    rank = int(np.ceil((len(scores) + 1) * 0.8))
    assert found["scores"][799] == pytest.approx(scores[rank - 1], rel=1e-9)


def test_the_model_goes_on_where_the_adapted_levels_of_the_folds_ended(run: Run) -> None:
    """Alpha is the start and the sum of its steps, each seen in the table itself."""
    state = json.loads(run.model["uncertainty"])["adaptive"]
    missed = ~run.preds["label"].between(run.preds["yhat_lo"], run.preds["yhat_hi"])
    by_day = missed.groupby(run.preds["dt"]).mean()
    assert state["alpha"] == pytest.approx(0.2 + (0.1 * (0.2 - by_day)).sum(), abs=1e-9)
    assert state["level"] == 0.8
    assert state["fitted_to"] == str(run.training_set["dt"].max())


def scores_by_pandas(rows: pd.DataFrame) -> dict[str, float]:
    """Score forecasts once more, in pandas."""
    error = rows["label"] - rows["yhat"]
    moved = rows[rows["label"] != 0]
    days = [day for _, day in rows.groupby("dt") if len(day) >= 20]
    ic = pd.Series([day["yhat"].corr(day["label"]) for day in days]).dropna()
    rank_ic = pd.Series([day["yhat"].rank().corr(day["label"].rank()) for day in days]).dropna()
    return {
        "n_rows": len(rows),
        "n_days": rows["dt"].nunique(),
        "n_days_excluded": rows["dt"].nunique() - len(ic),
        "rmse": float(np.sqrt((error**2).mean())),
        "mae": error.abs().mean(),
        "r2": 1 - (error**2).sum() / (rows["label"] ** 2).sum(),
        "direction_accuracy": (np.sign(moved["yhat"]) == np.sign(moved["label"])).mean(),
        "ic": ic.mean(),
        "icir": ic.mean() / ic.std(),
        "ic_t_naive": ic.mean() / ic.std() * np.sqrt(len(ic)),
        "rank_ic": rank_ic.mean(),
        "rank_icir": rank_ic.mean() / rank_ic.std(),
        "rank_ic_t_naive": rank_ic.mean() / rank_ic.std() * np.sqrt(len(rank_ic)),
        "spread": pd.Series([quantile_spread(day) for day in days]).mean(),
    }


def quantile_spread(day: pd.DataFrame) -> float:
    edges = day["yhat"].quantile([0.2, 0.8])
    top = day.loc[day["yhat"] > edges[0.8], "label"].mean()
    return float(top - day.loc[day["yhat"] <= edges[0.2], "label"].mean())


@pytest.mark.parametrize("fold", [ALL_FOLDS, *range(N_SPLITS)])
def test_metrics_equal_those_of_pandas(run: Run, fold: int) -> None:
    stored = run.table(
        f"select metric, value from ml.cv_metrics where fold = {fold} and metric not like 'ridge_%'"
    )
    found = dict(zip(stored["metric"], stored["value"], strict=True))
    rows = run.preds if fold == ALL_FOLDS else run.preds[run.preds["fold"] == fold]
    for name, value in scores_by_pandas(rows).items():
        assert found[name] == pytest.approx(value, rel=1e-7, abs=1e-12), name
    newey_west = {"ic_t_newey_west", "rank_ic_t_newey_west"}
    assert set(found) == set(scores_by_pandas(rows)) | newey_west


def test_the_days_of_the_trial_equal_those_of_pandas(run: Run) -> None:
    stored = run.table("select dt, ic, rank_ic, spread from ml.trial_days order by dt")
    days: dict[Any, pd.DataFrame] = dict(list(run.preds.groupby("dt")))
    assert list(stored["dt"]) == list(days)
    for row in stored.itertuples():
        day = days[row.dt]
        expected = (
            day["yhat"].corr(day["label"]),
            day["yhat"].rank().corr(day["label"].rank()),
            quantile_spread(day),
        )
        found = (row.ic, row.rank_ic, row.spread)
        assert found == pytest.approx(expected, rel=1e-7, abs=1e-12, nan_ok=True), row.dt


def test_tables_and_documents_have_the_same_metrics(run: Run) -> None:
    stored = read_table(run.sandbox, "select fold, metric, value from ml.cv_metrics").to_pylist()
    documents = {ALL_FOLDS: run.metrics["overall"]}
    documents |= {fold["fold"]: fold for fold in run.metrics["folds"]}
    baseline = run.metrics["baseline"]
    documents[ALL_FOLDS] |= {f"ridge_{name}": value for name, value in baseline["overall"].items()}
    for fold in baseline["folds"]:
        documents[fold["fold"]] |= {f"ridge_{name}": value for name, value in fold.items()}
    for row in stored:
        assert documents[row["fold"]][row["metric"]] == row["value"]
    assert len(stored) == 2 * len(json.loads(run.row["metrics"])) * (N_SPLITS + 1)
    assert json.loads(run.row["metrics"]).items() <= run.metrics["overall"].items()


def test_importances_are_the_mean_gain_largest_first(run: Run) -> None:
    stored = run.table(
        "select feature, avg(gain) as gain from ml.feature_importance group by feature"
    )
    mean_gain = dict(zip(stored["feature"], stored["gain"], strict=True))
    with (run.folder / "feature_importances.csv").open() as file:
        listed = [(row["feature"], float(row["gain"])) for row in csv.DictReader(file)]
    assert dict(listed) == pytest.approx(mean_gain, rel=1e-12)
    gains = [gain for _, gain in listed]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 0


def test_days_of_validation_are_not_days_of_training(run: Run) -> None:
    for fold in range(N_SPLITS):
        blocks: Sequence[set[Any]] = [
            set(run.part(fold, role)["dt"]) for role in ("train", "valid", "test")
        ]
        assert sum(map(len, blocks)) == len(set().union(*blocks))
        assert max(blocks[0]) < min(blocks[1]) <= max(blocks[1]) < min(blocks[2])
