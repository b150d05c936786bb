"""Champion against challengers in SQL equals NumPy, out of sample only; promotion follows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest

from models_ml.metrics.significance import diebold_mariano, mean_test
from tests.inprocess import mlx
from tests.sandbox import Sandbox
from tests.tables import insert, read_table
from tests.unit.test_aliases import add_models

MIN_NAMES, MIN_DAYS = 20, 60
N_DAYS = 100
# How much of the label a model knows, and how large its noise is beside the label's spread.
STRENGTHS = {"first": (0.1, 0.5), "better": (0.5, 0.5), "same": (0.1, 0.5), "wild": (4.0, 2.0)}
FIVE_DAYS = {"five": (0.1, 0.5), "five-better": (0.6, 0.5)}
LATE = {"late": (0.6, 0.5)}


@dataclass(frozen=True)
class Compared:
    """A database with forecasts, whose comparison dbt has built."""

    sandbox: Sandbox
    first: str
    forecasts: pd.DataFrame
    days: list[Any]
    cutoffs: dict[str, int]

    def row(self, challenger: str) -> dict[str, Any]:
        query = f"select * from mart.model_comparison where challenger_id = '{challenger}'"
        (row,) = read_table(self.sandbox, query).to_pylist()
        return dict(row)


def forecast(labels: pd.DataFrame, strengths: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Return forecasts that know a part of the label; some rows and days of some are missing."""
    rng = np.random.default_rng(5)
    frames: list[pd.DataFrame] = []
    for name, (known, noise) in strengths.items():
        rows = labels.assign(model_id=name)
        spread = rows["label"].std()
        rows["yhat"] = known * rows["label"] + noise * spread * rng.normal(size=len(rows))
        if name not in {"first", "five"}:
            rows = rows[rng.random(len(rows)) > 0.02]
        frames.append(rows[rows["dt"] != rows["dt"].unique()[len(frames) * 7 + 11]])
    return pd.concat(frames)


def of_horizon(sandbox: Sandbox, horizon: int, days: list[Any]) -> pd.DataFrame:
    query = f"""
        select ticker, dt, label_ret_{horizon}d as label from mart.labels
        where label_ret_{horizon}d is not null and dt >= '{days[-N_DAYS]}'
    """
    rows: pd.DataFrame = read_table(sandbox, query).to_pandas()
    return rows.sort_values(["dt", "ticker"], ignore_index=True).assign(horizon=horizon)


@pytest.fixture(scope="module")
def compared(
    trained_template: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Compared]:
    sandbox = trained_template.copy(tmp_path_factory.mktemp("comparison"))
    challengers = [name for name in (*STRENGTHS, *LATE, *FIVE_DAYS) if name != "first"]
    first = add_models(sandbox, *challengers)
    days = [day for (day,) in sandbox.rows(
        "select dt from mart.int_trading_days where is_open order by dt"
    )]  # fmt: skip
    cutoffs = dict.fromkeys(("first", *challengers), len(days) - N_DAYS)
    cutoffs |= {"late": len(days) - 30, "better": len(days) - N_DAYS + 3, "five": 5}
    for name, position in cutoffs.items():
        run_id = f"(select run_id from ml.models where model_id = '{alias(name, first)}')"
        cutoff = f"data_cutoff = '{days[position]}'"
        sandbox.execute(f"update ml.runs set {cutoff} where run_id = {run_id}")
    sandbox.execute("update ml.models set horizon = 5 where model_id like 'five%'")
    sandbox.execute(f"update ml.models set alias = 'challenger' where model_id <> '{first}'")
    sandbox.execute("update ml.models set alias = 'champion' where model_id = 'five'")
    sandbox.execute("delete from ml.preds_log")
    forecasts = pd.concat([
        forecast(of_horizon(sandbox, 1, days), STRENGTHS | LATE),
        forecast(of_horizon(sandbox, 5, days), FIVE_DAYS),
    ])  # fmt: skip
    rows = forecasts.assign(model_id=forecasts["model_id"].replace("first", first))
    log = rows.drop(columns="label").assign(run_id="run", created_at=datetime(2024, 1, 1))
    table = pa.Table.from_pandas(log, preserve_index=False)
    stamps = table["created_at"].cast(pa.timestamp("us"))
    position = table.column_names.index("created_at")
    insert(sandbox, "ml.preds_log", table.set_column(position, "created_at", stamps))
    sandbox.run_dbt("build", "--select", "models_out_of_sample", "model_comparison_days+").ok()
    yield Compared(sandbox, first, forecasts, days, cutoffs)
    sandbox.close()


def alias(name: str, first: str) -> str:
    return first if name == "first" else name


def daily(
    compared: Compared, champion: str, challenger: str, horizon: int
) -> dict[str, npt.NDArray[np.float64]]:
    """Score the pair in pandas on every day of the calendar; NaN where a day does not count."""
    by_model = dict(iter(compared.forecasts.groupby("model_id")))
    other = by_model[challenger][["dt", "ticker", "yhat"]].rename(columns={"yhat": "other"})
    pair = by_model[champion].merge(other, on=["dt", "ticker"])
    of_day = dict(iter(pair.groupby("dt")))
    known = max(compared.cutoffs[champion], compared.cutoffs[challenger]) + horizon
    series = {
        name: np.full(len(compared.days), np.nan)
        for name in ("ic", "other_ic", "loss", "other_loss")
    }
    for position, day in enumerate(compared.days):
        rows = of_day.get(day, pair.iloc[:0])
        if position >= known and len(rows) >= MIN_NAMES:
            series["ic"][position] = rows["yhat"].corr(rows["label"])
            series["other_ic"][position] = rows["other"].corr(rows["label"])
            series["loss"][position] = ((rows["label"] - rows["yhat"]) ** 2).mean()
            series["other_loss"][position] = ((rows["label"] - rows["other"]) ** 2).mean()
    return series


@pytest.mark.parametrize(
    ("champion", "challenger", "horizon"),
    [
        ("first", "better", 1),
        ("first", "same", 1),
        ("first", "wild", 1),
        ("first", "late", 1),
        ("five", "five-better", 5),
    ],
)
def test_the_statistics_equal_those_of_numpy(
    compared: Compared, champion: str, challenger: str, horizon: int
) -> None:
    row, series = compared.row(challenger), daily(compared, champion, challenger, horizon)
    ic = mean_test(series["other_ic"] - series["ic"], horizon=horizon)
    loss = diebold_mariano(series["loss"], series["other_loss"], horizon=horizon)
    assert 20 <= ic.n_days < N_DAYS
    assert np.isnan(series["ic"][-N_DAYS + 10 :]).sum() > 1, "there are gaps to count over"
    assert row["n_days"] == ic.n_days == loss.n_days
    names = ("ic_difference", "ic_t", "champion_ic", "challenger_ic")
    found = np.array([row[name] for name in (*names, "squared_error_difference", "dm_statistic")])
    means = [np.nanmean(series[name]) for name in ("ic", "other_ic")]
    wanted = np.array(
        [ic.mean, ic.t_newey_west, *means, loss.mean_difference, loss.statistic], dtype=np.float64
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-8)
    equal = np.zeros(len(series["ic"]))
    p_value = diebold_mariano(series["other_ic"] - series["ic"], equal, horizon=horizon).p_value
    assert row["ic_p_value"] == pytest.approx(p_value, rel=1e-6)
    assert row["dm_p_value"] == pytest.approx(loss.p_value, rel=1e-6)


def test_days_that_a_model_could_have_learned_from_are_left_out(compared: Compared) -> None:
    """A label of h days at the cutoff ends h days later, where the first new one begins."""
    first = {name: compared.row(name)["dt_from"] for name in ("late", "better", "five-better")}
    position = {name: compared.days.index(day) for name, day in first.items()}
    n_days = len(compared.days)
    assert position["late"] == n_days - 30 + 1
    assert position["better"] == n_days - N_DAYS + 3 + 1
    assert position["five-better"] == n_days - N_DAYS + 5


def test_the_rule_asks_for_days_a_higher_ic_and_no_larger_error(compared: Compared) -> None:
    rows = {name: compared.row(name) for name in ("better", "same", "wild", "late", "five-better")}
    verdicts = {name: (row["verdict"], row["is_better"]) for name, row in rows.items()}
    assert verdicts == {
        "better": ("better", True),
        "same": ("IC not higher", False),
        "wild": ("squared error larger", False),
        "late": ("too few days", False),
        "five-better": ("better", True),
    }
    assert {name: row["n_challengers"] for name, row in rows.items()} == {
        "better": 4, "same": 4, "wild": 4, "late": 4, "five-better": 1,
    }  # fmt: skip
    assert rows["late"]["n_days"] < MIN_DAYS <= rows["better"]["n_days"]
    assert rows["wild"]["ic_t"] > 3 and rows["late"]["ic_t"] > 3


@pytest.mark.parametrize(
    ("challenger", "reason"),
    [
        ("same", r"IC not higher \(\d+ matured days, IC difference .*, p .*"),
        ("wild", r"squared error larger \(.*, Diebold-Mariano -.*"),
        ("late", r"too few days \(2\d matured days.*"),
    ],
)
def test_a_challenger_that_is_not_better_is_not_promoted(
    compared: Compared, challenger: str, reason: str
) -> None:
    result = mlx(compared.sandbox, "models", "promote", challenger, "--if-better")
    assert result.exit_code == 1
    said = result.stderr.splitlines()[0]
    assert pd.Series([said]).str.fullmatch(
        f"error: model {challenger} is not better than {compared.first}: {reason}"
    ).all()  # fmt: skip
    champions = compared.sandbox.rows("select model_id from ml.models where alias = 'champion'")
    assert set(champions) == {(compared.first,), ("five",)}


def test_a_better_challenger_is_promoted_once(compared: Compared) -> None:
    sandbox = compared.sandbox
    mlx(sandbox, "models", "promote", "better", "--if-better").ok()
    champions = sandbox.rows("select model_id from ml.models where alias = 'champion'")
    assert set(champions) == {("better",), ("five",)}
    old = mlx(sandbox, "models", "promote", "same", "--if-better")
    assert old.exit_code == 1
    assert "does not compare same with the present champion" in old.stderr
