"""Qlib's own LGBModel on Qlib's own Alpha158: forecasts of the test days of given folds."""

import argparse
import json
import os
import tempfile
from pathlib import Path

# Qlib keeps the scores of every round in MLflow, in files.
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"

import pandas as pd
import qlib
from qlib.contrib.data.loader import Alpha158DL
from qlib.contrib.model.gbdt import LGBModel
from qlib.data import D
from qlib.data.dataset import DatasetH
from qlib.data.dataset.handler import DataHandlerLP
from qlib.data.dataset.processor import CSZScoreNorm
from qlib.workflow import R
from qlib_data import write_provider
from qlib_features import ALPHA158


def start_qlib(folder: str) -> None:
    qlib.init(
        provider_uri=folder,
        region="us",
        kernels=2,
        expression_cache=None,
        dataset_cache=None,
        logging_level=40,
        exp_manager={
            "class": "MLflowExpManager",
            "module_path": "qlib.workflow.expm",
            "kwargs": {"uri": f"file:{folder}/mlruns", "default_exp_name": "benchmark"},
        },
    )


def features_and_label(kept: Path, names: list[str]) -> pd.DataFrame:
    values = pd.read_parquet(kept / "qlib-features.parquet")[names]
    labels = pd.read_parquet(kept / "keys.parquet")
    labels["dt"] = pd.to_datetime(labels["dt"])
    index = pd.MultiIndex.from_frame(labels[["dt", "ticker"]], names=["datetime", "instrument"])
    values = values.reindex(index)
    values.columns = pd.MultiIndex.from_product([["feature"], names])
    values[("label", "LABEL0")] = labels["label"].to_numpy()
    return values


def write_features(path: Path) -> None:
    fields, names = Alpha158DL.get_feature_config(ALPHA158)
    values = D.features(D.instruments("all"), list(fields), freq="day").astype("float32")
    values.columns = [name.lower() for name in names]
    values.swaplevel().sort_index().to_parquet(path)


def fit_and_predict(frame: pd.DataFrame, plan: dict) -> list[pd.DataFrame]:
    if plan["standardised"]:
        frame = CSZScoreNorm(fields_group="label")(frame)
    handler = DataHandlerLP.from_df(frame)
    found = []
    for number, fold in enumerate(plan["folds"]):
        data = DatasetH(handler, {role: tuple(days) for role, days in fold.items()})
        model = LGBModel(
            loss="mse",
            num_boost_round=plan["rounds"],
            early_stopping_rounds=plan["early_stopping_rounds"],
            **plan["params"],
        )
        model.fit(data, verbose_eval=0)
        yhat = model.predict(data, segment="test").rename("yhat").reset_index()
        found.append(yhat.assign(fold=number))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kept", type=Path, help="folder with grid, keys and, later, features")
    parser.add_argument("plan", type=Path, help="JSON: params, rounds, folds as spans of days")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    plan = json.loads(options.plan.read_text())
    with tempfile.TemporaryDirectory() as folder:
        write_provider(pd.read_parquet(options.kept / "grid.parquet"), Path(folder))
        start_qlib(folder)
        if not (options.kept / "qlib-features.parquet").exists():
            write_features(options.kept / "qlib-features.parquet")
        frame = features_and_label(options.kept, plan["features"])
        with R.start(experiment_name="benchmark"):
            found = fit_and_predict(frame, plan)
    pd.concat(found).rename(columns={"datetime": "dt", "instrument": "ticker"}).to_parquet(
        options.out
    )
    print(json.dumps({"rows": int(sum(map(len, found)))}))


if __name__ == "__main__":
    main()
