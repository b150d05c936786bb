"""Turnover, rank autocorrelation and decay against pandas, one day at a time."""

import numpy as np
import pandas as pd
import pytest

from models_ml.errors import UsageError
from models_ml.metrics import (
    Decay,
    daily_scores,
    ic_decay,
    rank_autocorrelation,
    top_turnover,
)


def panel(n_days: int = 30, n_names: int = 40, seed: int = 0) -> pd.DataFrame:
    """Persistent forecasts of names that come and go, rows in random order."""
    random = np.random.default_rng(seed)
    walk = np.cumsum(random.normal(size=(n_days, n_names)), axis=0) + random.normal(
        scale=3, size=n_names
    )
    day = np.datetime64("2024-01-01") + np.arange(n_days)
    wide = pd.DataFrame(walk, index=day, columns=[f"T{i:02d}" for i in range(n_names)])
    wide = wide.mask(random.random(wide.shape) < 0.15)
    long = wide.rename_axis("day").reset_index().melt("day", var_name="name", value_name="yhat")
    return long.dropna().sample(frac=1, random_state=seed)


@pytest.mark.parametrize("lag", [1, 5])
def test_turnover_is_the_share_of_new_names(lag: int) -> None:
    frame = panel()
    turnover = top_turnover(frame["yhat"], frame["day"], frame["name"], lag=lag)
    tops = [
        set(of_day["name"][pd.qcut(of_day["yhat"], 5, labels=False) == 4])
        for _, of_day in frame.groupby("day")
    ]
    assert np.isnan(turnover[:lag]).all()
    for index in range(lag, len(tops)):
        expected = len(tops[index] - tops[index - lag]) / len(tops[index])
        assert turnover[index] == pytest.approx(expected)


def test_turnover_by_hand() -> None:
    """Ten names in quintiles: the top two are {8, 9}, then {9, 0}, then {9, 0} again."""
    first = np.arange(10.0)
    second = np.append(20.0, first[1:])
    turnover = top_turnover(
        np.concatenate([first, second, second]), np.repeat([1, 2, 3], 10), np.tile(range(10), 3)
    )
    assert turnover[1:].tolist() == [0.5, 0.0]


@pytest.mark.parametrize("lag", [3, 4, 5])
def test_a_lag_beyond_the_days_leaves_nothing(lag: int) -> None:
    frame = panel(n_days=3)
    columns = frame["yhat"], frame["day"], frame["name"]
    assert np.isnan(top_turnover(*columns, lag=lag)).tolist() == [True] * 3
    assert np.isnan(rank_autocorrelation(*columns, lag=lag)).tolist() == [True] * 3


@pytest.mark.parametrize("lag", [1, 4])
def test_rank_autocorrelation_is_spearman_of_common_names(lag: int) -> None:
    frame = panel()
    result = rank_autocorrelation(frame["yhat"], frame["day"], frame["name"], lag=lag)
    wide = frame.pivot(index="day", columns="name", values="yhat").to_numpy()
    assert np.isnan(result[:lag]).all()
    for index in range(lag, len(wide)):
        pair = pd.DataFrame({"now": wide[index], "then": wide[index - lag]}).dropna()
        expected = pair["now"].rank().corr(pair["then"].rank())
        assert result[index] == pytest.approx(expected, abs=1e-12)


def test_decay_pairs_a_forecast_with_the_label_of_a_later_day() -> None:
    """The label repeats the forecast of three days before, so the RankIC is 1 at shift 3."""
    random = np.random.default_rng(1)
    yhat = random.normal(size=(20, 25))
    label = np.vstack([random.normal(size=(3, 25)), yhat[:-3]])
    day, name = (grid.ravel() for grid in np.meshgrid(range(20), range(25), indexing="ij"))
    decay = ic_decay(yhat.ravel(), label.ravel(), day, name, shifts=range(6))
    assert decay.shifts.tolist() == [0, 1, 2, 3, 4, 5]
    assert decay.rank_ic[3] == pytest.approx(1.0)
    assert np.abs(np.delete(decay.rank_ic, 3)).max() < 0.3


def test_decay_starts_with_the_rank_ic_itself() -> None:
    frame = panel(seed=2)
    frame["label"] = np.random.default_rng(3).normal(size=len(frame)) + 0.1 * frame["yhat"]
    key = frame["day"], frame["name"]
    decay = ic_decay(frame["yhat"], frame["label"], *key)
    daily = daily_scores(frame["yhat"], frame["label"], frame["day"].to_numpy())
    assert decay.rank_ic[0] == pytest.approx(np.nanmean(daily.rank_ic), abs=1e-12)
    assert decay.rank_ic.size == 21


def test_decay_beyond_the_days_is_nan() -> None:
    frame = panel(n_days=4)
    decay = ic_decay(frame["yhat"], frame["yhat"], frame["day"], frame["name"], shifts=[0, 4, 9])
    assert np.isnan(decay.rank_ic).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("shifts", "rank_ic", "half_life"),
    [
        ([0, 1, 2], [0.08, 0.06, 0.02], 1.5),
        ([0, 5, 10], [0.04, 0.02, 0.01], 5.0),
        ([0, 1, 2], [0.08, 0.07, 0.06], np.nan),
        ([0, 1, 2], [-0.08, 0.0, 0.0], np.nan),
    ],
)
def test_half_life_is_read_off_the_curve(
    shifts: list[int], rank_ic: list[float], half_life: float
) -> None:
    decay = Decay(np.array(shifts), np.array(rank_ic))
    assert decay.half_life == pytest.approx(half_life, nan_ok=True)


def test_a_name_twice_on_a_day_is_refused() -> None:
    with pytest.raises(UsageError, match="more than one row on a day"):
        top_turnover([1.0, 2.0], [1, 1], ["A", "A"])
    with pytest.raises(UsageError, match="2 days, but 1 names"):
        top_turnover([1.0, 2.0], [1, 1], ["A"])
    with pytest.raises(UsageError, match="2 rows, but 1 values"):
        top_turnover([1.0], [1, 1], ["A", "B"])
