"""All numbers of one set of forecasts, as training reports them per fold and overall."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from models_ml.metrics.daily import MIN_NAMES, DailyScores, daily_scores
from models_ml.metrics.panel import Floats
from models_ml.metrics.pointwise import direction_accuracy, mae, r2, rmse
from models_ml.metrics.significance import mean_test


@dataclass(frozen=True, slots=True)
class Scores:
    """Quality of a set of forecasts.

    Attributes
    ----------
    n_rows : int
        Rows with forecast and label.
    n_days, n_days_excluded : int
        Distinct days, and those of them without an IC (too few names, constant forecast).
    rmse, mae : float
        In units of the label.
    r2 : float
        Against the forecast zero, not against the mean of the test days.
    direction_accuracy : float
        Share of labels other than zero whose sign was forecast.
    ic, rank_ic : float
        Means of the daily cross-sectional correlations.
    icir, rank_icir : float
        Mean over standard deviation (ddof 1) of the daily values, not annualised.
    ic_t_naive, ic_t_newey_west, rank_ic_t_naive, rank_ic_t_newey_west : float
        t statistics of the means.
    spread : float
        Mean over days of the top quintile's mean label minus the bottom quintile's.
    """

    n_rows: int
    n_days: int
    n_days_excluded: int
    rmse: float
    mae: float
    r2: float
    direction_accuracy: float
    ic: float
    rank_ic: float
    icir: float
    rank_icir: float
    ic_t_naive: float
    ic_t_newey_west: float
    rank_ic_t_naive: float
    rank_ic_t_newey_west: float
    spread: float


def score(
    yhat: ArrayLike,
    label: ArrayLike,
    day: ArrayLike,
    *,
    horizon: int = 1,
    min_names: int = MIN_NAMES,
) -> tuple[Scores, DailyScores]:
    """Score forecasts, pooled and day by day.

    Parameters
    ----------
    yhat, label : array-like of float, shape (n_rows,)
        NaN where there is no forecast, or no label yet; such rows are left out.
    day : array-like of dates or integers, shape (n_rows,)
        Trading day of each row, in any order.
    horizon : int, default=1
        Horizon of the labels in trading days; sets the lag of the Newey-West t.
    min_names : int, default=20
        Names a day needs for an IC.

    Raises
    ------
    UsageError
        If the three arrays do not have the same length.
    """
    daily = daily_scores(yhat, label, day, min_names=min_names)
    ic = mean_test(daily.ic, horizon=horizon)
    rank_ic = mean_test(daily.rank_ic, horizon=horizon)
    scores = Scores(
        n_rows=int(daily.n_names.sum()),
        n_days=daily.days.size,
        n_days_excluded=daily.n_excluded,
        rmse=rmse(yhat, label),
        mae=mae(yhat, label),
        r2=r2(yhat, label),
        direction_accuracy=direction_accuracy(yhat, label),
        ic=ic.mean,
        rank_ic=rank_ic.mean,
        icir=ic.information_ratio,
        rank_icir=rank_ic.information_ratio,
        ic_t_naive=ic.t_naive,
        ic_t_newey_west=ic.t_newey_west,
        rank_ic_t_naive=rank_ic.t_naive,
        rank_ic_t_newey_west=rank_ic.t_newey_west,
        spread=_mean_of_present(daily.spread),
    )
    return scores, daily


def _mean_of_present(values: Floats) -> float:
    present = values[~np.isnan(values)]
    return float(present.mean()) if present.size else float("nan")
