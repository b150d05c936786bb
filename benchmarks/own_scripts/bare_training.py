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
    """Fit the folds with validation, predict, and fit all rows with the mean number of rounds."""
    params, best = plan["params"], []
    stop: list[Any] = [lgb.early_stopping(plan["early_stopping_rounds"], verbose=False)]
    for fold in plan["folds"]:
        train, valid, test = (slice(*fold[role]) for role in ("train", "valid", "test"))
        train_set = lgb.Dataset(matrix[train], target[train], params=params)
        valid_set = lgb.Dataset(matrix[valid], target[valid], reference=train_set)
        model = lgb.train(params, train_set, plan["rounds"], valid_sets=[valid_set], callbacks=stop)
        model.predict(matrix[test])
        best.append(model.best_iteration)
    lgb.train(params, lgb.Dataset(matrix, target, params=params), round(np.mean(best)))


def usual(frame: pd.DataFrame, target: Any, plan: dict[str, Any]) -> None:
    """Do the same with scikit-learn's interface on slices of a DataFrame."""
    params, best = plan["params"], []
    names = {"metric", "seed", "verbosity"}
    own = {name: value for name, value in params.items() if name not in names}
    own |= {"random_state": params["seed"], "verbosity": -1}
    stop: list[Any] = [lgb.early_stopping(plan["early_stopping_rounds"], verbose=False)]
    for fold in plan["folds"]:
        train, valid, test = (slice(*fold[role]) for role in ("train", "valid", "test"))
        model = lgb.LGBMRegressor(n_estimators=plan["rounds"], **own)
        valid_set: list[Any] = [(frame.iloc[valid], target[valid])]
        model.fit(frame.iloc[train], target[train], eval_set=valid_set, callbacks=stop)
        model.predict(frame.iloc[test])
        best.append(model.best_iteration_)
    lgb.LGBMRegressor(n_estimators=round(np.mean(best)), **own).fit(frame, target)


def main() -> None:
    """Fit on a matrix in memory; seconds of the fits as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=("bare", "usual"))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    plan = json.loads((options.folder / "plan.json").read_text())
    matrix, target = (np.load(options.folder / f"{name}.npy") for name in ("matrix", "target"))
    begin = time.perf_counter()
    if options.way == "bare":
        bare(matrix, target, plan)
    else:
        usual(pd.DataFrame(matrix, columns=plan["features"], copy=False), target, plan)
    seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "bytes": matrix.nbytes}))


if __name__ == "__main__":
    main()
