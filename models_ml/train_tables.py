"""The rows that a training run leaves about one horizon, as Arrow tables."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from models_ml.baseline import BASELINE
from models_ml.trials import days_table

if TYPE_CHECKING:
    import pyarrow as pa

    from models_ml.train_outcome import TrainOutcome

ALL_FOLDS = -1


def tables_of(run_id: str, outcome: TrainOutcome) -> dict[str, pa.Table]:
    """Rows of the tables of schema ``ml`` that describe the cross-validation, by table."""
    return {
        "cv_folds": _folds(run_id, outcome),
        "cv_preds": _forecasts(run_id, outcome),
        "cv_metrics": _metrics(run_id, outcome),
        "trial_days": days_table(run_id, outcome.config.horizon, outcome.daily),
        "feature_importance": _importance(run_id, outcome),
    }


def _keys(run_id: str, outcome: TrainOutcome, n_rows: int) -> dict[str, Any]:
    """Return the columns that name the run and the horizon."""
    import pyarrow as pa

    horizon = np.full(n_rows, outcome.config.horizon)
    return {"run_id": pa.array([run_id] * n_rows), "horizon": pa.array(horizon, pa.int32())}


def _folds(run_id: str, outcome: TrainOutcome) -> pa.Table:
    import pyarrow as pa

    parts = [
        (result.fold.index, role, block, result.n_rows[role])
        for result in outcome.results
        for role, block in result.fold.parts()
    ]
    return pa.table(
        {
            **_keys(run_id, outcome, len(parts)),
            "fold": pa.array([index for index, *_ in parts], pa.int32()),
            "role": [role for _, role, *_ in parts],
            "dt_from": pa.array([block.first_day for *_, block, _ in parts], pa.date32()),
            "dt_to": pa.array([block.last_day for *_, block, _ in parts], pa.date32()),
            "n_dates": pa.array([block.n_days for *_, block, _ in parts], pa.int32()),
            "n_rows": pa.array([n_rows for *_, n_rows in parts], pa.int64()),
        }
    )


def _forecasts(run_id: str, outcome: TrainOutcome) -> pa.Table:
    import pyarrow as pa

    panel = outcome.panel
    rows = np.r_[tuple(result.rows for result in outcome.results)]
    fold = np.repeat(
        [result.fold.index for result in outcome.results],
        [result.n_rows["test"] for result in outcome.results],
    )
    columns = {
        name: np.concatenate([getattr(forecast, name) for forecast in outcome.published.forecasts])
        for name in ("yhat", "yhat_std", "prob_up", "yhat_lo", "yhat_hi")
    }
    return pa.table(
        {
            **_keys(run_id, outcome, rows.size),
            "fold": pa.array(fold, pa.int32()),
            "ticker": pa.array(panel.ticker[rows], pa.string()),
            "dt": pa.array(panel.dt[rows], pa.date32()),
            **columns,
            "level": np.full(rows.size, outcome.config.level),
            "label": panel.label[rows],
        }
    )


def _metrics(run_id: str, outcome: TrainOutcome) -> pa.Table:
    import pyarrow as pa

    named = [("", ALL_FOLDS, outcome.scores)]
    named += [("", result.fold.index, result.scores) for result in outcome.results]
    if outcome.baseline is not None:
        named.append((f"{BASELINE}_", ALL_FOLDS, outcome.baseline.scores))
        named += [(f"{BASELINE}_", number, scores) for number, scores in outcome.baseline.folds]
    flat = [
        (fold, prefix + metric, float(value))
        for prefix, fold, scores in named
        for metric, value in asdict(scores).items()
    ]
    return pa.table(
        {
            **_keys(run_id, outcome, len(flat)),
            "fold": pa.array([fold for fold, *_ in flat], pa.int32()),
            "metric": [metric for _, metric, _ in flat],
            "value": pa.array([value for *_, value in flat], pa.float64(), from_pandas=True),
        }
    )


def _importance(run_id: str, outcome: TrainOutcome) -> pa.Table:
    import pyarrow as pa

    n_folds, features = len(outcome.results), outcome.panel.features
    importances = [result.importance for result in outcome.results]
    return pa.table(
        {
            **_keys(run_id, outcome, n_folds * len(features)),
            "fold": pa.array(np.repeat(np.arange(n_folds), len(features)), pa.int32()),
            "feature": list(features) * n_folds,
            "gain": np.concatenate([importance.gain for importance in importances]),
            "splits": np.concatenate([importance.splits for importance in importances]),
        }
    )
