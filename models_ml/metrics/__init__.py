"""Metrics of forecasts over a panel of names and trading days, in plain NumPy.

`score` gives everything that training reports. Beyond it: tests of daily means
(`mean_test`, `diebold_mariano`), how long forecasts last (`top_turnover`,
`rank_autocorrelation`, `ic_decay`), what they would earn (`long_short`), how much of that is
the luck of many trials (`deflated_sharpe`, `backtest_overfitting`), and the quality of
probabilities (`brier_score`, `log_loss`, `reliability`).
"""

from models_ml.metrics.backtest import LongShort, Performance, long_short
from models_ml.metrics.calibration import Reliability, brier_score, log_loss, reliability
from models_ml.metrics.daily import DailyScores, daily_rank_ic, daily_scores
from models_ml.metrics.overfitting import Overfitting, backtest_overfitting
from models_ml.metrics.persistence import Decay, ic_decay, rank_autocorrelation, top_turnover
from models_ml.metrics.pointwise import direction_accuracy, mae, r2, rmse
from models_ml.metrics.scores import Scores, score
from models_ml.metrics.sharpe import (
    ReturnMoments,
    deflated_sharpe,
    expected_best_sharpe,
    probabilistic_sharpe,
)
from models_ml.metrics.significance import (
    DieboldMariano,
    MeanTest,
    diebold_mariano,
    mean_test,
)

__all__ = [
    "DailyScores",
    "Decay",
    "DieboldMariano",
    "LongShort",
    "MeanTest",
    "Overfitting",
    "Performance",
    "Reliability",
    "ReturnMoments",
    "Scores",
    "backtest_overfitting",
    "brier_score",
    "daily_rank_ic",
    "daily_scores",
    "deflated_sharpe",
    "diebold_mariano",
    "direction_accuracy",
    "expected_best_sharpe",
    "ic_decay",
    "log_loss",
    "long_short",
    "mae",
    "mean_test",
    "probabilistic_sharpe",
    "r2",
    "rank_autocorrelation",
    "reliability",
    "rmse",
    "score",
    "top_turnover",
]
