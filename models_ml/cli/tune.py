"""``mlx tune``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from models_ml.cli import options, output

if TYPE_CHECKING:
    from models_ml.tuning import TuneReport

_INTERRUPTED = 130


def tune(
    trials: Annotated[
        int,
        typer.Option(min=1, envvar="MLX_TRIALS", help="Trials the study is to have in the end."),
    ] = 50,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0,
            envvar="MLX_TIMEOUT",
            help="Seconds after which no trial is begun.",
            show_default="none",
        ),
    ] = None,
    learner: options.Single = options.SingleLearner.lightgbm,
    storage: Annotated[
        str | None,
        typer.Option(
            envvar="MLX_TUNE_STORAGE",
            help="Database of the studies, e.g. postgresql://host/name: processes share it.",
            show_default="a file",
        ),
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            envvar="MLX_STUDY", help="Name of the study.", show_default="from data and options"
        ),
    ] = None,
    inner_splits: options.InnerSplits = 3,
    horizon: options.Horizon = 1,
    tickers: options.Tickers = None,
    start: options.Start = None,
    end: options.End = None,
    n_splits: options.NSplits = 5,
    test_days: options.TestDays = None,
    embargo_days: options.EmbargoDays = 2,
    window: options.WindowKind = options.Window.expanding,
    features: options.FeatureSet = None,
    n_estimators: options.NEstimators = 100,
    seed: options.Seed = 7,
    target: options.LabelTarget = options.Target.raw,
    as_json: options.Json = False,
) -> None:
    """Search a learner's parameters on the days before the first test day.

    Example: mlx tune --trials 30 --learner lightgbm --horizon 5
    """
    from models_ml.train_config import TrainConfig
    from models_ml.tuning import tune as run_tuning

    config = TrainConfig(
        horizon=horizon,
        tickers=options.split_list(tickers),
        start=options.as_date(start),
        end=options.as_date(end),
        n_splits=n_splits,
        test_days=test_days,
        embargo_days=embargo_days,
        window=window.value,
        features=features,
        learner=learner.value,
        n_estimators=n_estimators,
        seed=seed,
        target=target.value,
    )
    with output.progress() as on_progress:
        report = run_tuning(
            config,
            trials=trials,
            timeout=timeout,
            inner_splits=inner_splits,
            storage=storage,
            study=study,
            on_progress=on_progress,
            on_trial=lambda trial: output.say(str(trial)),
        )
    if as_json:
        output.answer_json(report.to_json())
    else:
        _print_report(report)
    if report.interrupted:
        raise typer.Exit(_INTERRUPTED)


def _print_report(report: TuneReport) -> None:
    numbers = ", ".join(f"{number} {status}" for status, number in sorted(report.n_trials.items()))
    output.answer(f"study      {report.study}")
    output.answer(f"trials     {numbers}")
    if report.best_ic is None:
        output.answer("best       none: no trial came to its end")
        return
    output.answer(f"best       trial {report.best_trial}, inner IC {report.best_ic:.4f}")
    for name, value in report.params.items():
        shown = f"{value:.6g}" if isinstance(value, float) else str(value)
        output.answer(f"           {name} {shown}")
    output.answer(f"parameters {report.params_file}")
    output.say(f"to judge them on days that no trial saw: {report.command}")
