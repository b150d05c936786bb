"""The figures and charts of one horizon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from models_ml.metrics import (
    DailyScores,
    LongShort,
    daily_scores,
    ic_decay,
    long_short,
    rank_autocorrelation,
    reliability,
    top_turnover,
)
from models_ml.report import charts
from models_ml.report.stored import Forecasts, StoredRun
from models_ml.trials import Standing, read_ledger

N_FEATURES = 20
_ALL_FOLDS = -1


@dataclass(frozen=True)
class Costs:
    """What trading is taken to cost, in basis points: of the value traded, and short per year."""

    per_side: float = 5.0
    borrow_per_year: float = 50.0


@dataclass(frozen=True)
class Section:
    """One horizon, ready for the page."""

    model: Mapping[str, Any]
    folds: list[dict[str, Any]]
    metrics: list[dict[str, Any]]
    level: float
    persistence: Mapping[str, float]
    coverage: float
    calibration_error: float
    book: LongShort | None
    features: list[dict[str, Any]]
    standing: Standing | None
    charts: Mapping[str, Markup]


def section_of(run: StoredRun, model: Mapping[str, Any], costs: Costs) -> Section:
    """Read one horizon of a run and work out what the page shows of it.

    Raises
    ------
    MlxError
        The run has no forecasts of that horizon.
    """
    horizon, min_names = int(model["horizon"]), int(run.config["min_names"])
    rows = run.forecasts(horizon)
    folds = run.rows("cv_folds", horizon, "fold, role, dt_from, dt_to, n_dates, n_rows")
    folds.sort(key=lambda row: (row["fold"], row["dt_from"]))
    known = np.isfinite(rows.prob_up) & np.isfinite(rows.label)
    calibration = reliability(rows.prob_up[known], rows.label[known] > 0)
    inside = (rows.label >= rows.yhat_lo) & (rows.label <= rows.yhat_hi)
    book = _book(rows, horizon, costs, min_names)
    features = _features(run, horizon)
    return Section(
        model=model,
        folds=folds,
        metrics=_metrics(run, horizon, folds),
        level=rows.level,
        persistence=_persistence(rows, min_names),
        coverage=float(inside.mean()),
        calibration_error=calibration.calibration_error,
        book=book,
        features=features,
        standing=_standing(run, horizon),
        charts={
            **_signal_charts(rows, min_names),
            **({} if book is None else {"book": _earned(book)}),
            "folds": charts.folds(folds),
            "calibration": charts.reliability(calibration),
            "coverage": _coverage(rows, inside),
            "features": _importance(features),
        },
    )


def _signal_charts(rows: Forecasts, min_names: int) -> dict[str, Markup]:
    daily = daily_scores(rows.yhat, rows.label, rows.day, min_names=min_names)
    return {
        "ic": _cumulative_ic(daily),
        "decay": _decay(rows, min_names),
        "quantiles": _quantiles(daily),
    }


def _persistence(rows: Forecasts, min_names: int) -> dict[str, float]:
    turnover = top_turnover(rows.yhat, rows.day, rows.name)
    same = rank_autocorrelation(rows.yhat, rows.day, rows.name, min_names=min_names)
    return {"turnover": _mean(turnover), "autocorrelation": _mean(same)}


def _metrics(run: StoredRun, horizon: int, folds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Metrics of all folds together and of each, with the baseline's beside them."""
    first = {row["fold"]: row["dt_from"] for row in folds if row["role"] == "test"}
    by_fold: dict[int, dict[str, Any]] = {}
    for row in run.rows("cv_metrics", horizon, "fold, metric, value"):
        fold = row["fold"]
        empty = {"name": "all" if fold == _ALL_FOLDS else str(fold), "from": first.get(fold, "")}
        by_fold.setdefault(fold, empty)[row["metric"]] = row["value"]
    return [by_fold[fold] for fold in sorted(by_fold)]


def _standing(run: StoredRun, horizon: int) -> Standing | None:
    ledger = read_ledger(run.warehouse, run.project.ml, horizon)
    return ledger.standing(run.run_id) if run.run_id in ledger.runs else None


def _features(run: StoredRun, horizon: int) -> list[dict[str, Any]]:
    """Features by their share of the gain of all folds' models together, largest first."""
    gains: dict[str, float] = {}
    for row in run.rows("feature_importance", horizon, "feature, gain"):
        gains[row["feature"]] = gains.get(row["feature"], 0.0) + (row["gain"] or 0.0)
    total = sum(gains.values()) or 1.0
    described = run.feature_docs()
    return [
        {"name": name, "share": gains[name] / total, "description": described.get(name, "")}
        for name in sorted(gains, key=lambda name: (-gains[name], name))[:N_FEATURES]
    ]


def _book(rows: Forecasts, horizon: int, costs: Costs, min_names: int) -> LongShort | None:
    """Trade the forecasts on the returns of one day; None where there are no such returns."""
    if not rows.one_day_return.size:
        return None
    key = ["day", "name"]
    forecasts = _frame(rows.day, rows.name).assign(yhat=rows.yhat)
    priced = _frame(rows.priced_day, rows.priced_name).assign(value=rows.one_day_return)
    both = forecasts if horizon == 1 else priced.merge(forecasts, on=key, how="outer")
    return long_short(
        both["yhat"].to_numpy(),
        rows.label if horizon == 1 else both["value"].to_numpy(),
        both["day"].to_numpy(),
        both["name"].to_numpy(),
        holding_days=horizon,
        cost_bps=costs.per_side,
        borrow_bps=costs.borrow_per_year,
        min_names=min_names,
    )


def _earned(book: LongShort) -> Markup:
    summed = {"net": np.cumsum(book.net), "gross": np.cumsum(book.gross)}
    title = "Sum of daily returns of the long-short book"
    return charts.over_time(title, book.days, summed, percent=True)


def _frame(day: Any, name: Any) -> Any:
    import pandas as pd

    return pd.DataFrame({"day": day.astype("datetime64[s]"), "name": name})


def _cumulative_ic(daily: DailyScores) -> Markup:
    series = {"IC": daily.ic, "RankIC": daily.rank_ic}
    summed = {name: np.cumsum(np.nan_to_num(values)) for name, values in series.items()}
    return charts.over_time("Cumulative IC", daily.days, summed)


def _decay(rows: Forecasts, min_names: int) -> Markup:
    decay = ic_decay(rows.yhat, rows.label, rows.day, rows.name, min_names=min_names)
    names = [str(shift) for shift in decay.shifts]
    return charts.bars("Mean RankIC with the label of later days", names, decay.rank_ic)


def _quantiles(daily: DailyScores) -> Markup:
    means = np.array([_mean(column) for column in daily.quantile_returns.T])
    names = [f"{position + 1}" for position in range(means.size)]
    return charts.bars("Mean return by quantile of the forecast", names, means, percent=True)


def _coverage(rows: Forecasts, inside: Any) -> Markup:
    months, position = np.unique(rows.day.astype("datetime64[M]"), return_inverse=True)
    share = np.bincount(position, inside) / np.bincount(position)
    return charts.over_time(
        "Share of returns inside their intervals, by month",
        months,
        {"inside": share},
        reference=rows.level,
        percent=True,
    )


def _importance(features: list[dict[str, Any]]) -> Markup:
    names = [feature["name"] for feature in features]
    shares = np.array([feature["share"] for feature in features])
    return charts.ranking("Share of the gain by feature", names, shares)


def _mean(values: Any) -> float:
    present = values[~np.isnan(values)]
    return float(present.mean()) if present.size else float("nan")
