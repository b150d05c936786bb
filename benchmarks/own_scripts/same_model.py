"""Our LightGBM learner on our features: forecasts of the test days of given folds."""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from models_ml.learners.lightgbm import LightGBMLearner
from models_ml.learners.validation import Validation


def main() -> None:
    """Fit each fold on its days and write the forecasts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kept", type=Path)
    parser.add_argument("plan", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    plan = json.loads(options.plan.read_text())
    names = tuple(plan["features"])
    matrix = np.load(options.kept / "matrix.npy")
    keys = pd.read_parquet(options.kept / "keys.parquet")
    dt = pd.to_datetime(keys["dt"]).to_numpy()
    label = (standardised(keys) if plan["standardised"] else keys["label"]).to_numpy()
    learner = LightGBMLearner(
        n_estimators=plan["rounds"],
        early_stopping_rounds=plan["early_stopping_rounds"],
        extra=plan["params"],
    )
    found = []
    for number, fold in enumerate(plan["folds"]):
        train, valid, test = (
            slice(*np.searchsorted(dt, [np.datetime64(first), np.datetime64(last) + 1]))
            for first, last in (fold[role] for role in ("train", "valid", "test"))
        )
        model = learner.fit(
            matrix[train],
            label[train],
            feature_names=names,
            valid=Validation(matrix[valid], label[valid], dt[valid]),
        )
        rows = keys.iloc[test][["ticker", "dt"]]
        found.append(rows.assign(yhat=model.predict(matrix[test]), fold=number))
    pd.concat(found).to_parquet(options.out)
    print(json.dumps({"rows": int(sum(map(len, found)))}))


def standardised(keys: pd.DataFrame) -> pd.Series:
    """Return the labels less their day's mean, over its standard deviation."""
    by_day = keys.groupby("dt")["label"]
    return (keys["label"] - by_day.transform("mean")) / by_day.transform("std")


if __name__ == "__main__":
    main()
