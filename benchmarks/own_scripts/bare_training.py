"""The fits of ``mlx train`` without mlx: bare LightGBM, or the usual loop over a DataFrame.

The script is the usual loop with what stands before it: the training set from DuckDB by pandas.
"""

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

FOR_EQUAL_BYTES = ("deterministic", "force_col_wise")


def bare(matrix: Any, target: Any, plan: dict[str, Any]) -> None:
    """Fit and predict the folds, each with bins of its own rows, then fit all rows."""
    params, rounds = plan["params"], plan["rounds"]
    for fold in plan["folds"]:
        train, test = (slice(*fold[role]) for role in ("train", "test"))
        rows = lgb.Dataset(matrix[train], target[train], params=params)
        lgb.train(params, rows, rounds).predict(matrix[test])
    lgb.train(params, lgb.Dataset(matrix, target, params=params), rounds)


def usual(frame: pd.DataFrame, target: Any, plan: dict[str, Any]) -> None:
    """Do the same with scikit-learn's interface on slices of a DataFrame.

    What mlx sets for equal bytes in every run is left to LightGBM, as who writes such a loop does.
    """
    params = {name: plan["params"][name] for name in plan["params"] if name not in FOR_EQUAL_BYTES}
    model = lgb.LGBMRegressor(n_estimators=plan["rounds"], **params)
    for fold in plan["folds"]:
        train, test = (slice(*fold[role]) for role in ("train", "test"))
        model.fit(frame.iloc[train], target[train]).predict(frame.iloc[test])
    model.fit(frame, target)


def script(plan: dict[str, Any]) -> None:
    """Read the training set with pandas, then do the usual."""
    import duckdb

    label = f"label_ret_{plan['horizon']}d"
    query = f"select * from mart.training_set where {label} is not null order by dt, ticker"
    with duckdb.connect(os.environ["MLX_DUCKDB_PATH"], read_only=True) as connection:
        frame = connection.sql(query).df()
    usual(frame[plan["features"]], frame[label], plan)


def main() -> None:
    """Fit on a matrix in memory; seconds of the fits as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=("bare", "usual", "script"))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    plan = json.loads((options.folder / "plan.json").read_text())
    if options.way != "script":
        matrix, target = (np.load(options.folder / f"{name}.npy") for name in ("matrix", "target"))
    begin, cpu = time.perf_counter(), time.process_time()
    if options.way == "script":
        script(plan)
    elif options.way == "bare":
        bare(matrix, target, plan)
    else:
        usual(pd.DataFrame(matrix, columns=plan["features"], copy=False), target, plan)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main()
