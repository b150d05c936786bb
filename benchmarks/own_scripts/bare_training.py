"""The fits of ``mlx train`` without mlx: bare LightGBM, or the usual loop over a DataFrame."""

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import lightgbm as lgb
import numpy as np
import pandas as pd


def bare(matrix: Any, target: Any, plan: dict[str, Any]) -> None:
    """Fit and predict the folds, each with bins of its own rows, then fit all rows."""
    params, rounds = plan["params"], plan["rounds"]
    for fold in plan["folds"]:
        train, test = (slice(*fold[role]) for role in ("train", "test"))
        rows = lgb.Dataset(matrix[train], target[train], params=params)
        lgb.train(params, rows, rounds).predict(matrix[test])
    lgb.train(params, lgb.Dataset(matrix, target, params=params), rounds)


def usual(frame: pd.DataFrame, target: Any, plan: dict[str, Any]) -> None:
    """Do the same with scikit-learn's interface on slices of a DataFrame."""
    model = lgb.LGBMRegressor(n_estimators=plan["rounds"], **plan["params"])
    for fold in plan["folds"]:
        train, test = (slice(*fold[role]) for role in ("train", "test"))
        model.fit(frame.iloc[train], target[train]).predict(frame.iloc[test])
    model.fit(frame, target)


def main() -> None:
    """Fit on a matrix in memory; seconds of the fits as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=("bare", "usual"))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    plan = json.loads((options.folder / "plan.json").read_text())
    matrix, target = (np.load(options.folder / f"{name}.npy") for name in ("matrix", "target"))
    begin, cpu = time.perf_counter(), time.process_time()
    if options.way == "bare":
        bare(matrix, target, plan)
    else:
        usual(pd.DataFrame(matrix, columns=plan["features"], copy=False), target, plan)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main()
