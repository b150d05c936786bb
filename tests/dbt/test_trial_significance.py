"""Deflated Sharpe ratio and overfitting in SQL equal NumPy and SciPy; so do their macros."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import jinja2
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from models_ml.errors import MlxError
from models_ml.metrics import backtest_overfitting
from models_ml.trials import Ledger, read_ledger
from models_ml.warehouse import open_warehouse
from tests.inprocess import project_of
from tests.sandbox import ROOT, Sandbox
from tests.tables import insert, read_table

N_DAYS = 400
DAYS = np.array(pd.bdate_range("2020-01-01", periods=N_DAYS), dtype="datetime64[D]")
# Kind of each run, from the oldest to the newest; the last two leave no days.
KINDS = {
    "a-train": "train", "b-trial": "trial", "c-trial": "trial", "d-copy": "train",
    "d-moved": "trial", "d-shorter": "train", "e-pruned": "trial", "f-late": "trial",
    "g-train": "train", "h-failed": "trial", "i-infer": "infer",
}  # fmt: skip
# One is the same run again, one differs on a single day, one lacks the first days.
LIKE_THE_FIRST = {"d-copy", "d-moved", "d-shorter"}
DRIFT = {"a-train": 0.0003, "b-trial": 0.0006, "c-trial": -0.0004, "e-pruned": 0.001}


def spreads(run_id: str, horizon: int) -> npt.NDArray[np.float64]:
    """Daily long-short returns, skewed; NaN on a day without one."""
    source = "a-train" if run_id in LIKE_THE_FIRST else run_id
    rng = np.random.default_rng(sum(map(ord, source)) + horizon)
    noise = 0.008 * (rng.gamma(2.0, size=N_DAYS) - 2.0)
    values = DRIFT.get(source, 0.0001) * horizon + noise
    values[7] = np.nan
    if run_id == "d-moved":
        values[200] += 1e-6
    return np.asarray(values)


def covered(run_id: str, horizon: int) -> slice:
    """Return the days that a trial has rows of."""
    if run_id == "e-pruned":
        return slice(0, N_DAYS // 2)
    if run_id in {"d-shorter", "f-late"}:
        return slice(N_DAYS // 40, N_DAYS)
    return slice(0, 110 if horizon == 20 else N_DAYS)


def returns(run_id: str, horizon: int) -> npt.NDArray[np.float64]:
    """Return every h-th day's result, 0 where there was no book; NaN where there is no row."""
    values = np.full(N_DAYS, np.nan)
    days = covered(run_id, horizon)
    values[days] = np.nan_to_num(spreads(run_id, horizon)[days])
    return values[::horizon]


HORIZONS = {
    1: tuple(name for name in KINDS if name not in {"h-failed", "i-infer"}),
    2: ("a-train", "d-copy"),
    5: ("a-train", "b-trial", "g-train"),
    20: ("g-train",),
}


@pytest.fixture(scope="module")
def ledger(template: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = template.copy(tmp_path_factory.mktemp("ledger"))
    started = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(len(KINDS))]
    runs = {"run_id": list(KINDS), "kind": list(KINDS.values()), "status": ["done"] * len(KINDS)}
    stamps = pa.array(started, pa.timestamp("us"))
    insert(sandbox, "ml.runs", pa.table({**runs, "started_at": stamps}))
    for horizon, names in HORIZONS.items():
        for name in names:
            days = covered(name, horizon)
            values = spreads(name, horizon)[days]
            insert(sandbox, "ml.trial_days", pa.table({
                "run_id": [name] * len(values),
                "horizon": pa.array([horizon] * len(values), pa.int32()),
                "dt": pa.array(DAYS[days], pa.date32()),
                "spread": pa.array(values, from_pandas=True),
            }))  # fmt: skip
    sandbox.run_dbt("build", "--select", "trial_periods+").ok()
    yield sandbox
    sandbox.close()


def in_python(sandbox: Sandbox, horizon: int) -> Ledger:
    return read_ledger(open_warehouse(project_of(sandbox)), "ml", horizon)


def in_sql(sandbox: Sandbox, horizon: int) -> dict[str, dict[str, Any]]:
    query = f"select * from mart.trial_significance where horizon = {horizon}"
    return {row["run_id"]: row for row in read_table(sandbox, query).to_pylist()}


def of_scipy(values: npt.NDArray[np.float64], trials: list[float], n_trials: int) -> dict[str, Any]:
    """Return the Sharpe ratio and its probabilities, once more and by the formulas alone."""
    sharpe = values.mean() / values.std(ddof=1)
    skewness, kurtosis = stats.skew(values), stats.kurtosis(values, fisher=False)
    error = np.sqrt((1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2) / (values.size - 1))
    gamma, quantile = np.euler_gamma, stats.norm.ppf
    best = np.std(trials, ddof=1) * (
        (1 - gamma) * quantile(1 - 1 / n_trials) + gamma * quantile(1 - 1 / (n_trials * np.e))
    )
    return {
        "n_periods": values.size,
        "sharpe": sharpe,
        "skewness": skewness,
        "kurtosis": kurtosis,
        "variance_of_trials": np.var(trials, ddof=1),
        "expected_best_sharpe": best,
        "probabilistic_sharpe": stats.norm.cdf(sharpe / error),
        "deflated_sharpe": stats.norm.cdf((sharpe - best) / error),
    }


@pytest.mark.parametrize(("horizon", "n_trials"), [(1, 9), (5, 4)])
def test_the_model_equals_the_formulas(ledger: Sandbox, horizon: int, n_trials: int) -> None:
    """Every h-th day is a period; the failed trial counts, the run that only forecast does not.

    Nor does the copy of a run, which has its place and all its figures.
    """
    names = HORIZONS[horizon]
    periods = {name: returns(name, horizon) for name in names}
    periods = {name: values[~np.isnan(values)] for name, values in periods.items()}
    trials = [
        values.mean() / values.std(ddof=1) for name, values in periods.items() if name != "d-copy"
    ]
    found = in_sql(ledger, horizon)
    assert set(found) == set(names)
    for name, values in periods.items():
        expected = of_scipy(values, trials, n_trials)
        assert {key: found[name][key] for key in expected} == pytest.approx(expected, rel=1e-6)
        assert (found[name]["n_trials"], found[name]["n_scored"]) == (n_trials, len(trials))
        assert found[name]["first_run_id"] == ("a-train" if name == "d-copy" else name)
        own = found[name]["sharpe"] + 1e-9
        assert found[name]["sharpe_rank"] == 1 + sum(other > own for other in trials)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_python_equals_the_model(ledger: Sandbox, horizon: int) -> None:
    trials = in_python(ledger, horizon)
    for name, row in in_sql(ledger, horizon).items():
        standing = trials.standing(name)
        assert (standing.n_trials, standing.n_scored) == (row["n_trials"], row["n_scored"])
        assert standing.rank == row["sharpe_rank"]
        for key in ("expected_best_sharpe", "probabilistic_sharpe", "deflated_sharpe"):
            known = np.nan if row[key] is None else row[key]
            assert getattr(standing, key) == pytest.approx(known, rel=1e-6, nan_ok=True), key
        pbo = np.nan if row["pbo"] is None else row["pbo"]
        assert standing.overfitting == pytest.approx(pbo, abs=1e-12, nan_ok=True)


def test_overfitting_is_of_the_trials_that_share_the_days_of_the_newest_run(
    ledger: Sandbox,
) -> None:
    """On these days the shorter run and the copy equal the first, and so are one with it."""
    names = [name for name in HORIZONS[1] if name not in {"e-pruned", "d-copy", "d-shorter"}]
    days = np.column_stack([returns(name, 1) for name in names])
    days = days[~np.isnan(days).any(axis=1)]
    row = in_sql(ledger, 1)["g-train"]
    assert row["n_compared"] == len(names)
    assert row["pbo"] == pytest.approx(backtest_overfitting(days, n_blocks=10).pbo, abs=1e-12)
    assert 0 < row["pbo"] < 1


def test_one_trial_with_six_periods_has_no_overfitting_and_no_variance(ledger: Sandbox) -> None:
    """The failed run counts for this horizon, too, so there are two trials and one ratio."""
    row = in_sql(ledger, 20)["g-train"]
    assert (row["n_trials"], row["n_scored"], row["n_periods"]) == (2, 1, 6)
    unknown = ("variance_of_trials", "expected_best_sharpe", "deflated_sharpe", "pbo")
    assert [row[name] for name in unknown] == [None] * 4
    assert 0 < row["probabilistic_sharpe"] < 1


def test_a_run_and_its_copy_are_one_trial_without_a_choice(ledger: Sandbox) -> None:
    """The failed run is the second."""
    for row in in_sql(ledger, 2).values():
        assert (row["n_trials"], row["n_scored"], row["sharpe_rank"]) == (2, 1, 1)
        assert (row["pbo"], row["deflated_sharpe"]) == (None, None)


def test_a_run_without_days_has_no_standing(ledger: Sandbox) -> None:
    with pytest.raises(MlxError, match="no days of run h-failed for horizon 1"):
        in_python(ledger, 1).standing("h-failed")


def rendered(call: str) -> str:
    """Return a macro's SQL, without dbt."""
    names = ("polynomial", "normal_quantile", "normal_cdf", "two_sided_p_value")
    text = "".join((ROOT / f"dbt_project/macros/{name}.sql").read_text() for name in names)
    return jinja2.Environment().from_string(text + "{{ " + call + " }}").render()


def test_the_normal_distribution_equals_that_of_scipy(ledger: Sandbox) -> None:
    numbers = "generate_series(1, 9999) as t (n)"
    p, z = "(n / cast(10000 as double precision))", "(n / cast(500 as double precision) - 10)"
    far = "(1 - 1 / (cast(n as double precision) * n))"
    n = np.arange(1, 10000)
    cases: tuple[tuple[str, Any, Any], ...] = (
        (f"normal_quantile('{p}')", stats.norm.ppf(n / 10000), {"rtol": 2e-9, "atol": 1e-12}),
        (f"normal_quantile('{far}')", stats.norm.isf(1 / n**2), {"rtol": 3e-9, "atol": 1e-12}),
        (f"normal_cdf('{z}')", stats.norm.cdf(n / 500 - 10), {"rtol": 0, "atol": 7e-8}),
    )
    for call, exact, error in cases:
        rows = read_table(ledger, f"select {rendered(call)} as value from {numbers} order by n")
        found = rows["value"].to_numpy()
        inside = np.isfinite(exact)
        np.testing.assert_allclose(found[inside], exact[inside], **error)
        assert np.isnan(found[~inside]).all()
