"""Print how honest the error bars of the forecasts in a database are.

    python benchmarks/uncertainty.py [RUN_ID]

Reads the model preds_scored of the project's database (the newest training run by default) and
prints one JSON document: coverage of the intervals over all days and by month, Brier score and log
loss beside those of the base rate, and the expected calibration error in ten bins of equal mass.
Nothing is written.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from models_ml.metrics.calibration import brier_score, log_loss, reliability
from models_ml.project import load_project
from models_ml.warehouse import identifier, open_warehouse

_SCORED = """
    select dt, level, prob_up, yhat, yhat_std, realised_return,
        case when realised_return between yhat_lo and yhat_hi then 1 else 0 end as covered
    from {mart}.preds_scored
    where origin = 'cv' and realised_return is not null
        and run_id = coalesce(:run_id, (
            select max(run_id) from {mart}.preds_scored where origin = 'cv'
        ))
    order by dt
"""


def measure(run_id: str | None) -> dict[str, Any]:
    """Figures of one training run."""
    project = load_project()
    sql = _SCORED.format(mart=identifier(project.mart))
    rows = open_warehouse(project).read(sql, {"run_id": run_id})
    column = {name: rows[name].to_numpy() for name in rows.column_names}
    return {
        "n_rows": rows.num_rows,
        **coverage(column["dt"], column["covered"], float(column["level"][0])),
        **probabilities(column["prob_up"], column["realised_return"] > 0),
    }


def coverage(dt: Any, covered: Any, level: float) -> dict[str, Any]:
    """Share of returns inside, of months within five points, and what a day's names are worth."""
    days, day_no = np.unique(dt, return_inverse=True)
    by_day = np.bincount(day_no, covered) / np.bincount(day_no)
    months, month_no = np.unique(days.astype("datetime64[M]")[day_no], return_inverse=True)
    by_month = np.bincount(month_no, covered) / np.bincount(month_no)
    return {
        "level": level,
        "coverage": float(np.mean(covered)),
        "n_days": days.size,
        "n_months": months.size,
        "months_within_5_points": float(np.mean(np.abs(by_month - level) <= 0.05)),
        "independent_names_a_day": float(level * (1 - level) / np.var(by_day)),
    }


def probabilities(prob_up: Any, rose: Any) -> dict[str, Any]:
    """Scores of prob_up beside those of the base rate, which is known with hindsight."""
    base_rate = np.full(rose.size, rose.mean())
    return {
        "base_rate": float(rose.mean()),
        "brier": brier_score(prob_up, rose),
        "brier_of_base_rate": brier_score(base_rate, rose),
        "log_loss": log_loss(prob_up, rose),
        "log_loss_of_base_rate": log_loss(base_rate, rose),
        "calibration_error": reliability(prob_up, rose).calibration_error,
    }


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps(measure(sys.argv[1] if len(sys.argv) > 1 else None), indent=2) + "\n"
    )
