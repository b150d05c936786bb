"""``mlx train``."""

from __future__ import annotations

import json
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from models_ml.cli import options, output
from models_ml.cli.train_output import print_folds, print_report
from models_ml.errors import UsageError
from models_ml.gates import MAX_PLAUSIBLE_IC

_PARAMS_HINT = 'write an object into it, e.g. {"max_depth": 6}'


class Learner(StrEnum):
    """What is fitted."""

    lightgbm = "lightgbm"
    xgboost = "xgboost"
    catboost = "catboost"
    ridge = "ridge"
    mean = "mean"
    stack = "stack"


class Uncertainty(StrEnum):
    """What the intervals grow from."""

    local = "local"
    cqr = "cqr"


def train(
    horizon: options.Horizon = 1,
    horizons: Annotated[
        str | None,
        typer.Option(
            envvar="MLX_HORIZONS",
            help="Several horizons, e.g. 1,5,20: one run, a model each, in place of --horizon.",
            show_default="--horizon",
        ),
    ] = None,
    tickers: options.Tickers = None,
    start: options.Start = None,
    end: options.End = None,
    n_splits: options.NSplits = 5,
    test_days: options.TestDays = None,
    embargo_days: options.EmbargoDays = 2,
    window: options.WindowKind = options.Window.expanding,
    features: options.FeatureSet = None,
    learner: Annotated[
        Learner,
        typer.Option(
            envvar="MLX_LEARNER", help="What is fitted; ridge is the baseline, the last two add up."
        ),
    ] = Learner.lightgbm,
    members: Annotated[
        str | None,
        typer.Option(
            envvar="MLX_MEMBERS", help="Learners in mean or stack.", show_default="lightgbm,ridge"
        ),
    ] = None,
    warm_start: Annotated[
        str | None,
        typer.Option(
            envvar="MLX_WARM_START",
            help="Continue this model (champion, or an id) on newer rows alone, and compare.",
            show_default="a new model",
        ),
    ] = None,
    n_estimators: options.NEstimators = 100,
    learning_rate: Annotated[
        float, typer.Option(min=1e-6, envvar="MLX_LEARNING_RATE", help="Shrinkage a round.")
    ] = 0.05,
    num_leaves: Annotated[
        int, typer.Option(min=2, envvar="MLX_NUM_LEAVES", help="Leaves a tree.")
    ] = 31,
    early_stopping_rounds: Annotated[
        int,
        typer.Option(
            min=0,
            envvar="MLX_EARLY_STOPPING_ROUNDS",
            help="Rounds without gain on the validation days before stopping; 0: never.",
        ),
    ] = 50,
    seed: options.Seed = 7,
    target: options.LabelTarget = options.Target.raw,
    half_life_days: Annotated[
        float | None,
        typer.Option(
            envvar="MLX_HALF_LIFE_DAYS",
            help="Trading days over which the weight of a training row halves.",
            show_default="no decay",
        ),
    ] = None,
    uniqueness: Annotated[
        bool,
        typer.Option(
            "--uniqueness",
            envvar="MLX_UNIQUENESS",
            help="Weigh training rows by how little of their label overlaps with others.",
        ),
    ] = False,
    level: Annotated[
        float,
        typer.Option(
            envvar="MLX_LEVEL", help="Share of returns that yhat_lo to yhat_hi is to hold."
        ),
    ] = 0.8,
    uncertainty: Annotated[
        Uncertainty,
        typer.Option(
            envvar="MLX_TRAIN_UNCERTAINTY",
            help="Intervals around yhat, scaled by volatility, or around two quantile models.",
        ),
    ] = Uncertainty.local,
    params: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            envvar="MLX_PARAMS",
            help="JSON file with further parameters of the learner.",
        ),
    ] = None,
    max_plausible_ic: options.MaxPlausibleIC = MAX_PLAUSIBLE_IC,
    baseline: Annotated[
        bool,
        typer.Option(
            "--baseline/--no-baseline",
            envvar="MLX_BASELINE",
            help="Score ridge on the same folds, too.",
        ),
    ] = True,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Cross-validate walk-forward, fit the final model, store the run.

    Example: mlx train --horizon 5 --target excess --n-splits 8
    """
    from models_ml.train import train as run_training
    from models_ml.train_config import TrainConfig

    config = TrainConfig(
        horizon=horizon,
        horizons=None if horizons is None else tuple(options.split_horizons(horizons)),
        tickers=options.split_list(tickers),
        start=options.as_date(start),
        end=options.as_date(end),
        n_splits=n_splits,
        test_days=test_days,
        embargo_days=embargo_days,
        window=window.value,
        features=features,
        learner=learner.value,
        members=options.split_list(members),
        warm_start=warm_start,
        n_estimators=n_estimators,
        learning_rate=learning_rate,
        num_leaves=num_leaves,
        early_stopping_rounds=early_stopping_rounds,
        seed=seed,
        target=target.value,
        half_life_days=half_life_days,
        uniqueness=uniqueness,
        level=level,
        uncertainty=uncertainty.value,
        **_read_params(params),
        max_plausible_ic=max_plausible_ic,
        baseline=baseline,
    )
    if dry_run:
        print_folds(config, as_json)
        return
    with output.progress() as on_progress:
        report = run_training(config, on_progress=on_progress)
    print_report(report, as_json)


def _read_params(path: Path | None) -> dict[str, Any]:
    """Return the entries of the configuration that a file of parameters gives."""
    if path is None:
        return {}
    try:
        document = json.loads(path.read_text())
    except ValueError as error:
        raise UsageError(f"--params {path} is not JSON: {error}", hint=_PARAMS_HINT) from error
    known_to = None
    if isinstance(document, dict) and document.keys() == {"params", "known_to"}:
        document, known_to = document["params"], _read_day(path, document["known_to"])
    if not isinstance(document, dict):
        raise UsageError(f"--params {path} holds no JSON object", hint=_PARAMS_HINT)
    return {"params": document, "params_known_to": known_to}


def _read_day(path: Path, text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"--params {path}: known_to is no day: {text!r}", hint="mlx tune writes such files"
        ) from error
