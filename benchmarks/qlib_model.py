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
# Qlib's examples/benchmarks/LightGBM; the number of threads changes no forecast.
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
    "Qlib's": {"params": QLIB_PARAMS, "rounds": 1000, "early_stopping_rounds": 50},
    "ours": {
        "params": {"learning_rate": 0.05, "num_leaves": 31},
        "rounds": 100,
        "early_stopping_rounds": 50,
    },
}
# What both get, so that nothing but the two programs differs.
COMMON = {"metric": "l2", "seed": 7, "deterministic": True, "force_row_wise": True, "verbosity": -1}
HORIZONS = (1, 20)
SCORES = ("IC", "RankIC", "ICIR")


def run(context: Context) -> None:
    """Fit both programs, purged and unpurged, and write the scores side by side."""
    ledger = context.ledger("qlib_model")
    grid = context.folder / "model-grid.parquet"
    rows = []
    with context.workplace("duckdb", "qlib_model") as place:
        place.fill(context.prices.source)
        place.dbt("run", "--select", "+training_set")
        export_grid(place, str(grid))
        for horizon in HORIZONS:
            kept = place.sandbox.folder / f"kept-{horizon}"
            place.script(SCRIPTS / "read_matrix.py", "--keep", str(kept), "--horizon", str(horizon))
            for name, settings in SETTINGS.items():
                for purged in (True, False):
                    plan = _write_plan(kept, settings, purged=purged)
                    title = f"{horizon} d, {name} parameters, {'' if purged else 'un'}purged"
                    scores = ledger.measure(
                        title,
                        partial(_both, context, place, grid, kept, plan),
                        repeats=1,
                    )
                    both = [scores[f"{who} {s}"] for s in SCORES for who in ("Qlib", "mlx")]
                    rows.append((title, *(f"{value:.4f}" for value in both)))
    text = (
        "Both compute Alpha158 from the same adjusted prices, and fit the raw return label of the "
        "same five expanding folds with the same validation days, seeds and parameters. Unpurged: "
        "the blocks touch, as in Qlib's examples. Mean daily IC and RankIC, ICIR a day.\n\n"
    )
    header = ("folds", *(f"{s} {who}" for s in SCORES for who in ("Qlib", "mlx")))
    write_section("qlib_model", text + table(header, rows))
    ledger.close()


def _write_plan(kept: Path, settings: dict[str, Any], *, purged: bool) -> Path:
    """Write the folds as first and last days of their parts; unpurged without the gaps."""
    keys = pd.read_parquet(kept / "keys.parquet")
    dt = pd.to_datetime(keys["dt"])
    days = np.asarray(dt.unique())
    folds = []
    for fold in json.loads((kept / "plan.json").read_text())["folds"]:
        spans = {role: [dt.iloc[first], dt.iloc[last - 1]] for role, (first, last) in fold.items()}
        if not purged:
            spans["valid"][1] = _day_before(days, spans["test"][0])
            spans["train"][1] = _day_before(days, spans["valid"][0])
        folds.append({role: [f"{day:%Y-%m-%d}" for day in span] for role, span in spans.items()})
    document = {**settings, "params": {**settings["params"], **COMMON}, "folds": folds}
    path = kept / "folds.json"
    path.write_text(json.dumps(document))
    return path


def _day_before(days: Any, day: pd.Timestamp) -> pd.Timestamp:
    return pd.Timestamp(days[np.searchsorted(days, day.to_datetime64()) - 1])


def _both(context: Context, place: Workplace, grid: Path, kept: Path, plan: Path) -> Figures:
    """Run both programs on a plan; their scores by name."""
    keys = kept / "keys.parquet"
    outputs = {who: kept / f"{who}.parquet" for who in ("Qlib", "mlx")}
    context.peer("qlib").run("qlib_model.py", str(grid), str(keys), str(plan), str(outputs["Qlib"]))
    place.script(SCRIPTS / "same_model.py", str(kept), str(plan), str(outputs["mlx"]))
    labels = pd.read_parquet(keys)
    return {
        f"{who} {name}": value
        for who, path in outputs.items()
        for name, value in _scores(pd.read_parquet(path), labels).items()
    }


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
