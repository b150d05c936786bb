"""Daily out-of-sample results of a trial, the rows of ``ml.trial_days``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from models_ml.metrics import DailyScores, daily_scores
from models_ml.metrics.daily import MIN_NAMES

if TYPE_CHECKING:
    import pyarrow as pa


def trial_days(
    run_id: str,
    horizon: int,
    yhat: ArrayLike,
    label: ArrayLike,
    day: ArrayLike,
    *,
    min_names: int = MIN_NAMES,
) -> pa.Table:
    """Score the out-of-sample forecasts of a trial, as rows of ``ml.trial_days``.

    Write them in the transaction that writes the run, successful or pruned: what is not in the
    ledger was not counted, and a result that was picked from more trials than were counted looks
    better than it is.

    Parameters
    ----------
    run_id
        The run in ``ml.runs``, of kind ``train`` or ``trial``.
    horizon
        Trading days ahead.
    yhat, label : array-like of float, shape (n_rows,)
        Forecast, and the **raw** return over the horizon, whatever the target that was fitted.
    day : array-like of datetime64[D] or date, shape (n_rows,)
        Trading day of each row, in any order.
    min_names : int, default=20
        Days with fewer names have no results.

    Raises
    ------
    UsageError
        If the three arrays do not have the same length.
    """
    return days_table(run_id, horizon, daily_scores(yhat, label, day, min_names=min_names))


def days_table(run_id: str, horizon: int, daily: DailyScores) -> pa.Table:
    """Rows of ``ml.trial_days`` from scores that are there already; NaN become NULL."""
    import pyarrow as pa

    n_days = daily.days.size
    return pa.table(
        {
            "run_id": pa.array([run_id] * n_days, pa.string()),
            "horizon": pa.array(np.full(n_days, horizon), pa.int32()),
            "dt": pa.array(np.asarray(daily.days, dtype="datetime64[D]"), pa.date32()),
            "ic": pa.array(daily.ic, pa.float64(), from_pandas=True),
            "rank_ic": pa.array(daily.rank_ic, pa.float64(), from_pandas=True),
            "spread": pa.array(daily.spread, pa.float64(), from_pandas=True),
        }
    )
