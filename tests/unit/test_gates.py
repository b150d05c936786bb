"""Honesty: a leak is caught, a planted signal is found, and noise stays noise."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models_ml.crossval import FoldResult, cross_validate, overall_scores
from models_ml.demo import SimulatedMarket, simulate_market
from models_ml.gates import overruling_bound, too_good_to_be_true
from models_ml.learners.lightgbm import LightGBMLearner
from models_ml.metrics import Scores
from models_ml.panel import Panel
from models_ml.splits import WalkForward
from tests.inprocess import mlx
from tests.sandbox import Sandbox


@dataclass(frozen=True)
class Market:
    """Adjusted prices of a simulated market, days by tickers; NaN where nothing traded."""

    simulated: SimulatedMarket
    close: pd.DataFrame
    high: pd.DataFrame
    low: pd.DataFrame


@cache
def market(signal_ic: float) -> Market:
    simulated = simulate_market(40, 6, 7, signal_ic)
    rows = simulated.prices.join(simulated.bad_rows, ["ticker", "dt"], join_type="left anti")
    wide: Any = rows.to_pandas().pivot(index="dt", columns="ticker").sort_index()
    filled = wide["close"].ffill()
    growth = (wide["close"] * wide["split_ratio"] + wide["dividend"]) / filled.shift()
    index = growth.fillna(1.0).cumprod().where(wide["close"].notna())
    return Market(
        simulated,
        index,
        wide["high"] / wide["close"] * index,
        wide["low"] / wide["close"] * index,
    )


def features(of: Market) -> dict[str, pd.DataFrame]:
    """Return features of five days, as Alpha158 has them among others."""
    highest, lowest = of.high.rolling(5).max(), of.low.rolling(5).min()
    return {
        "rsv5": (of.close - lowest) / (highest - lowest),
        "roc5": of.close.shift(5) / of.close,
        "ma5": of.close.rolling(5).mean() / of.close,
        "max5": highest / of.close,
        "min5": lowest / of.close,
        "std5": of.close.rolling(5).std() / of.close,
    }


def validated(
    of: Market, columns: dict[str, pd.DataFrame], horizon: int
) -> tuple[Scores, list[tuple[str, float]], list[FoldResult]]:
    """Cross-validate with the default learner; scores, features by gain, folds."""
    label = of.close.shift(-horizon) / of.close - 1.0
    days = np.asarray(pd.to_datetime(label.index), dtype="datetime64[D]")
    known = label.notna().to_numpy() & columns["rsv5"].notna().to_numpy()
    day_no, ticker_no = np.nonzero(known)
    target = label.to_numpy()[known]
    panel = Panel(
        features=tuple(columns),
        matrix=np.column_stack([column.to_numpy()[known] for column in columns.values()]).astype(
            np.float32
        ),
        ticker=np.asarray(label.columns, dtype=object)[ticker_no],
        dt=days[day_no],
        label=target,
        target=target,
        label_end=days[day_no + horizon],
    )
    folds = tuple(WalkForward(4, horizon=horizon).folds(np.unique(panel.dt)))
    results = cross_validate(
        panel, folds, LightGBMLearner(), horizon=horizon, target="raw", min_names=20
    )
    gain = np.mean([result.importance.gain for result in results], axis=0)
    gains = [(name, float(value)) for name, value in zip(panel.features, gain, strict=True)]
    return overall_scores(panel, results, horizon=horizon, min_names=20)[0], gains, results


def test_a_planted_signal_is_found() -> None:
    of = market(0.14)
    scores, gains, results = validated(of, features(of), 1)
    first = min(result.fold.test.first_day for result in results)
    daily = of.simulated.daily_ic.to_pandas()
    attainable = float(daily.loc[daily["dt"] >= first, "ic"].mean())
    assert attainable >= 0.10
    assert scores.ic >= 0.8 * attainable
    assert too_good_to_be_true(scores.ic, gains) is None, "an honest signal passes"


def test_noise_stays_noise() -> None:
    of = market(0.0)
    scores, *_ = validated(of, features(of), 1)
    assert scores.n_days > 800
    assert abs(scores.ic_t_newey_west) < 3
    assert abs(scores.ic) < 0.02


def test_the_label_of_yesterday_as_a_feature_is_caught() -> None:
    """Five days from yesterday on are known in four days only: four fifths of today's label."""
    of = market(0.0)
    leaked = (of.close.shift(-5) / of.close - 1.0).shift(1)
    scores, gains, _ = validated(of, {**features(of), "leaked": leaked}, 5)
    reason = too_good_to_be_true(scores.ic, gains)
    assert scores.ic > 0.5
    assert reason is not None
    assert "too good to be true" in reason
    assert "% of the gain is of feature leaked" in reason
    honest, gains, _ = validated(of, features(of), 5)
    assert too_good_to_be_true(honest.ic, gains) is None


@pytest.mark.parametrize(
    ("ic", "bound", "caught"),
    [
        (0.15, 0.15, False), (0.1501, 0.15, True), (-0.2, 0.15, True), (-0.1, 0.15, False),
        (float("nan"), 0.15, False), (0.2, 0.25, False), (0.001, 0.0, True),
    ],
)  # fmt: skip
def test_the_bound(ic: float, bound: float, caught: bool) -> None:
    assert (too_good_to_be_true(ic, [], bound=bound) is not None) == caught


@pytest.mark.parametrize("ic", [0.1501, 0.2, -0.307, 0.9999])
def test_the_bound_that_is_named_lets_the_model_pass(ic: float) -> None:
    assert too_good_to_be_true(ic, [], bound=overruling_bound(ic)) is None
    assert overruling_bound(ic) - abs(ic) <= 0.01


def test_training_stores_a_doubtful_model_without_alias(sandbox: Sandbox) -> None:
    small = ("--n-splits", "2", "--n-estimators", "3", "--test-days", "40")
    result = mlx(sandbox, "train", *small, "--max-plausible-ic", "0", "--json").ok()
    document = result.json()
    model_id, ic = document["model_id"], document["overall"]["ic"]
    assert not document["is_champion"]
    assert f"out-of-sample IC of {ic:.3f} is beyond 0, too good to be true" in document["refusal"]
    assert f"warning: {model_id} is stored, but not promoted: its out-of-sample" in result.stderr
    assert sandbox.rows("select model_id, alias from ml.models") == [(model_id, None)]
    assert sandbox.rows("select * from ml.alias_log") == []

    strict = {"MLX_MAX_PLAUSIBLE_IC": "0"}
    refused = mlx(sandbox, "models", "promote", model_id, env=strict)
    assert refused.exit_code == 1
    assert f"model {model_id} is not promoted: its out-of-sample IC" in refused.stderr
    overruling = refused.stderr.splitlines()[-1].partition("mlx ")[2].split()
    assert overruling[:3] == ["models", "promote", model_id]
    mlx(sandbox, *overruling, env=strict).ok()
    assert sandbox.rows("select model_id, alias from ml.models") == [(model_id, "champion")]


def test_a_plausible_model_says_nothing(sandbox: Sandbox) -> None:
    small = ("--n-splits", "2", "--n-estimators", "3", "--test-days", "40")
    result = mlx(sandbox, "train", *small, "--max-plausible-ic", "0.9", "--json").ok()
    assert result.json()["refusal"] is None
    assert "warning" not in result.stderr


def test_an_ic_that_nobody_can_compute_is_told(sandbox: Sandbox) -> None:
    ((first, last),) = sandbox.rows("select min(ticker), max(ticker) from mart.training_set")
    small = ("--n-splits", "2", "--n-estimators", "3", "--early-stopping-rounds", "0")
    result = mlx(sandbox, "train", *small, "--tickers", f"{first},{last}").ok()
    assert "has no out-of-sample IC, because no test day has enough names" in result.stderr
