"""The planted signal: as strong as stated, learnable, and absent when it is not asked for."""

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from models_ml.demo import SimulatedMarket, simulate_market

Grid = dict[str, pd.DataFrame]


def adjusted(market: SimulatedMarket) -> Grid:
    """Prices of a share held since the first day, volumes in such shares; days x tickers."""
    prices, bad = market.prices.to_pandas(), market.bad_rows.to_pandas()
    rows = prices.merge(bad, on=["ticker", "dt"], how="left")
    rows = rows[rows["reason"].isna()].drop(columns="reason").set_index(["dt", "ticker"])
    grid = {str(name): column.unstack() for name, column in rows.items()}
    shares = (grid["split_ratio"] + grid["dividend"] / grid["close"]).fillna(1.0).cumprod()
    for name in ("open", "high", "low", "close", "vwap"):
        grid[name] = grid[name] * shares
    grid["volume"] = grid["volume"] / shares
    return grid


def features(grid: Grid) -> np.ndarray:
    """Twenty features after Alpha158, (n_days, n_tickers, n_features)."""
    opening, high, low, close = (grid[name] for name in ("open", "high", "low", "close"))
    columns = [
        (close - opening) / opening,
        (2 * close - high - low) / (high - low + 1e-12),
        (high - low) / opening,
        grid["vwap"] / close,
    ]
    for d in (5, 10, 20, 60):
        top = high.rolling(d, min_periods=1).max()
        bottom = low.rolling(d, min_periods=1).min()
        mean_volume = grid["volume"].rolling(d, min_periods=1).mean()
        columns += [
            close.shift(d) / close,
            close.rolling(d, min_periods=1).mean() / close,
            (close - bottom) / (top - bottom + 1e-12),
            close.rolling(d, min_periods=2).std() / close,
            mean_volume / grid["volume"],
        ]
    return np.stack([column.to_numpy(np.float64) for column in columns], axis=2)


def mean_ic(forecast: pd.DataFrame, realised: pd.DataFrame) -> tuple[float, float]:
    """Mean daily Pearson correlation over tickers, and its standard error."""
    daily = forecast.where(realised.notna()).corrwith(realised, axis=1)
    return float(daily.mean()), float(daily.std() / np.sqrt(daily.count()))


def out_of_sample(market: SimulatedMarket, learner: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecasts and returns of the last two fifths of the days, trained on the days before."""
    grid = adjusted(market)
    matrix = np.nan_to_num(features(grid), nan=0.0)
    label = grid["close"].shift(-1) / grid["close"] - 1.0
    split = 3 * len(label) // 5
    known = label.notna().to_numpy()[:split]
    x, y = matrix[:split][known], label.to_numpy()[:split][known]
    test = matrix[split + 1 :].reshape(-1, matrix.shape[2])
    if learner == "ridge":
        scale = x.std(axis=0)
        forecast = Ridge(alpha=10.0).fit(x / scale, y).predict(test / scale)
    else:
        parameters = {"learning_rate": 0.05, "num_leaves": 31, "num_threads": 1, "verbose": -1}
        forecast = lgb.train({**parameters, "seed": 1}, lgb.Dataset(x, y), 100).predict(test)
    realised = label.iloc[split + 1 :]
    values = np.asarray(forecast).reshape(realised.shape)
    return pd.DataFrame(values, realised.index, realised.columns), realised


def expected_returns(market: SimulatedMarket) -> pd.DataFrame:
    truth: pd.DataFrame = market.truth.to_pandas()
    return truth.pivot(index="dt", columns="ticker", values="expected_return")


def test_attainable_ic_is_the_mean_correlation_of_truth_and_return(
    market: SimulatedMarket, returns: pd.DataFrame
) -> None:
    forecast, realised = expected_returns(market), returns.shift(-1)
    daily = forecast.where(realised.notna()).corrwith(realised, axis=1)
    reported = market.daily_ic.to_pandas().set_index("dt")["ic"]
    pd.testing.assert_series_equal(daily, reported, check_names=False, rtol=0, atol=1e-12)
    assert market.attainable_ic == pytest.approx(daily.mean(), abs=1e-12)


@pytest.mark.parametrize("signal_ic", [0.05, 0.10, 0.14, 0.25])
def test_the_strength_asked_for_is_attained(signal_ic: float) -> None:
    attained = [simulate_market(years=3, seed=s, signal_ic=signal_ic).attainable_ic for s in (1, 2)]
    assert np.mean(attained) == pytest.approx(signal_ic, rel=0.1)


@pytest.mark.parametrize("learner", ["ridge", "lightgbm"])
def test_a_learner_reaches_four_fifths_of_the_attainable(
    market: SimulatedMarket, learner: str
) -> None:
    forecast, realised = out_of_sample(market, learner)
    reached, _ = mean_ic(forecast, realised)
    attainable, _ = mean_ic(expected_returns(market).loc[realised.index], realised)
    assert 0.8 * attainable < reached < attainable


@pytest.mark.parametrize("learner", ["ridge", "lightgbm"])
def test_without_signal_nothing_is_learnt(learner: str) -> None:
    noise = simulate_market(signal_ic=0.0)
    assert noise.attainable_ic == 0.0
    assert noise.daily_ic["ic"].null_count == len(noise.daily_ic)
    assert noise.truth["expected_return"].unique().to_pylist() == [pytest.approx(0.0002)]
    mean, standard_error = mean_ic(*out_of_sample(noise, learner))
    assert abs(mean) < 3 * standard_error


def test_no_single_feature_carries_the_signal(market: SimulatedMarket) -> None:
    """Position in the range, five-day move, mean and shape of the bar all show it."""
    grid = adjusted(market)
    realised = grid["close"].shift(-1) / grid["close"] - 1.0
    matrix = features(grid)
    shown = {"bar": 1, "move": 4, "mean": 5, "range": 6}
    for column in shown.values():
        single = pd.DataFrame(matrix[:, :, column], realised.index, realised.columns)
        mean, standard_error = mean_ic(single, realised)
        assert abs(mean) > 5 * standard_error
