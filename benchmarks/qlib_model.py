"""The same prices, label, folds and LightGBM parameters in Qlib's LGBModel and in ours."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.context import Context
from benchmarks.headline import export_grid
from benchmarks.ledger import Figures
from benchmarks.results import table, write_section
from benchmarks.workplace import ROOT, Workplace

SCRIPTS = ROOT / "benchmarks" / "own_scripts"
TICKERS, DAYS = 500, 2000
# Qlib's examples/benchmarks/LightGBM, where the label is standardised within each day: the
# penalties are sized for that. The number of threads changes no forecast.
QLIB_PARAMS = {
    "colsample_bytree": 0.8879,
    "learning_rate": 0.2,
    "subsample": 0.8789,
    "lambda_l1": 205.6999,
    "lambda_l2": 580.9768,
    "max_depth": 8,
    "num_leaves": 210,
}
SETTINGS: dict[str, dict[str, Any]] = {
    "Qlib's": {
        "params": QLIB_PARAMS,
        "rounds": 1000,
        "early_stopping_rounds": 50,
        "standardised": True,
    },
    "our": {
        "params": {"learning_rate": 0.05, "num_leaves": 31},
        "rounds": 100,
        "early_stopping_rounds": 50,
        "standardised": False,
    },
}
# What both get, so that nothing but the two programs differs.
COMMON = {"metric": "l2", "seed": 7, "deterministic": True, "force_col_wise": True, "verbosity": -1}
BOTH, OURS = ("Qlib", "mlx"), ("mlx",)
# Horizon, settings, programs: what the purge is worth shows best where labels are long.
CASES = ((1, "Qlib's", BOTH), (1, "our", BOTH), (20, "our", OURS))
SCORES = ("IC", "RankIC", "ICIR")


def run(context: Context) -> None:
    """Fit both programs, purged and unpurged, and write the scores side by side."""
    ledger = context.ledger("qlib_model")
    days, rows = context.limit or DAYS, list[tuple[str, ...]]()
    with context.workplace("duckdb", "qlib_model") as place:
        n_rows = place.fill(context.prices.slice(TICKERS, days))
        place.dbt("run", "--select", "+training_set")
        for horizon, settings, programs in CASES:
            kept = _kept(place, horizon)
            for purged in (True, False):
                plan = _write_plan(kept, SETTINGS[settings], purged=purged)
                title = f"{horizon} d, {settings} parameters, {'' if purged else 'un'}purged"
                scores = {
                    program: ledger.measure(
                        f"{title}, {program}",
                        partial(_scores_of, program, context, place, kept, plan),
                        repeats=1,
                    )
                    for program in programs
                }
                rows.append((title, *_cells(scores)))
    write_section("qlib_model", _text(n_rows, days) + table(_header(), rows))
    ledger.close()


def _text(n_rows: int, days: int) -> str:
    return (
        f"The last {days:,} days of the panel ({n_rows:,} prices). Both compute Alpha158 from the "
        "same adjusted prices and fit the same label of the same five expanding folds with the "
        "same validation days, seeds and parameters, early stopping by squared error. With Qlib's "
        "published parameters the label is standardised within each day (`CSZScoreNorm`), as in "
        "its example; with ours it is the raw return. Rows without a label are left out "
        "(`DropnaLabel`), missing features stay missing. Unpurged: the blocks touch, as in "
        "Qlib's examples. Mean daily IC and RankIC of the raw return, ICIR a day.\n\n"
    )


def _header() -> tuple[str, ...]:
    return ("folds", *(f"{score} {program}" for score in SCORES for program in BOTH))


def _cells(scores: dict[str, Figures]) -> list[str]:
    return [
        f"{scores[program][score]:.4f}" if program in scores else ""
        for score in SCORES
        for program in BOTH
    ]


def _kept(place: Workplace, horizon: int) -> Path:
    """Keep the matrix, keys, labels and folds of a horizon in files, made once."""
    kept = place.sandbox.folder / f"kept-{horizon}"
    if not kept.exists():
        place.script(SCRIPTS / "read_matrix.py", "--keep", str(kept), "--horizon", str(horizon))
        export_grid(place, str(kept / "grid.parquet"))
    return kept


def _write_plan(kept: Path, settings: dict[str, Any], *, purged: bool) -> Path:
    """Write the folds as first and last days of their parts; unpurged without the gaps."""
    keys = pd.read_parquet(kept / "keys.parquet", columns=["dt"])
    dt = pd.to_datetime(keys["dt"])
    days = np.asarray(dt.unique())
    known = json.loads((kept / "plan.json").read_text())
    folds = []
    for fold in known["folds"]:
        spans = {role: [dt.iloc[first], dt.iloc[last - 1]] for role, (first, last) in fold.items()}
        if not purged:
            spans["valid"][1] = _day_before(days, spans["test"][0])
            spans["train"][1] = _day_before(days, spans["valid"][0])
        folds.append({role: [f"{day:%Y-%m-%d}" for day in span] for role, span in spans.items()})
    document = {
        **settings,
        "features": known["features"],
        "params": {**settings["params"], **COMMON},
        "folds": folds,
    }
    path = kept / "folds.json"
    path.write_text(json.dumps(document))
    return path


def _day_before(days: Any, day: pd.Timestamp) -> pd.Timestamp:
    return pd.Timestamp(days[np.searchsorted(days, day.to_datetime64()) - 1])


def _scores_of(program: str, context: Context, place: Workplace, kept: Path, plan: Path) -> Figures:
    """Run a program on a plan and score its forecasts."""
    out = kept / f"{program}.parquet"
    if program == "Qlib":
        context.peer("qlib").run("qlib_model.py", str(kept), str(plan), str(out))
    else:
        place.script(SCRIPTS / "same_model.py", str(kept), str(plan), str(out))
    return _scores(pd.read_parquet(out), pd.read_parquet(kept / "keys.parquet"))


def _scores(forecasts: pd.DataFrame, labels: pd.DataFrame) -> Figures:
    """Return mean daily IC and RankIC, and the IC's mean over its standard deviation."""
    for frame in (forecasts, labels):
        frame["dt"] = pd.to_datetime(frame["dt"])
    joined = forecasts.merge(labels, on=["ticker", "dt"], validate="one_to_one")
    if len(joined) != len(forecasts):
        raise ValueError(f"{len(forecasts) - len(joined)} forecasts have no label")
    by_day = joined.groupby("dt")[["yhat", "label"]]
    daily = by_day.apply(lambda day: day["yhat"].corr(day["label"]))
    ranked = by_day.apply(lambda day: day["yhat"].rank().corr(day["label"].rank()))
    return {
        "IC": float(daily.mean()),
        "RankIC": float(ranked.mean()),
        "ICIR": float(daily.mean() / daily.std()),
    }
