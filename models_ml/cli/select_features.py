"""``mlx select-features``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from models_ml.cli import options, output

if TYPE_CHECKING:
    from models_ml.selection import SelectReport


def select_features(
    name: Annotated[
        str, typer.Option(envvar="MLX_FEATURE_SET", help="Name of the set, for --features.")
    ],
    repeats: Annotated[
        int,
        typer.Option(min=1, envvar="MLX_REPEATS", help="Shuffles and permutations in every fold."),
    ] = 10,
    learner: options.Single = options.SingleLearner.lightgbm,
    inner_splits: options.InnerSplits = 3,
    horizon: options.Horizon = 1,
    tickers: options.Tickers = None,
    start: options.Start = None,
    end: options.End = None,
    n_splits: options.NSplits = 5,
    test_days: options.TestDays = None,
    embargo_days: options.EmbargoDays = 2,
    window: options.WindowKind = options.Window.expanding,
    n_estimators: options.NEstimators = 100,
    seed: options.Seed = 7,
    target: options.LabelTarget = options.Target.raw,
    as_json: options.Json = False,
) -> None:
    """Choose features on the days before the first test day, and keep them under a name.

    Example: mlx select-features --name lean --horizon 5
    """
    from models_ml.selection import select_features as run_selection
    from models_ml.train_config import TrainConfig

    config = TrainConfig(
        horizon=horizon,
        tickers=options.split_list(tickers),
        start=options.as_date(start),
        end=options.as_date(end),
        n_splits=n_splits,
        test_days=test_days,
        embargo_days=embargo_days,
        window=window.value,
        learner=learner.value,
        n_estimators=n_estimators,
        seed=seed,
        target=target.value,
    )
    with output.progress() as on_progress:
        report = run_selection(
            config, name=name, repeats=repeats, inner_splits=inner_splits, on_progress=on_progress
        )
    if not report.selected.kept.any():
        output.say(f"warning: feature set {name} keeps no feature: none beats chance")
    if as_json:
        output.answer_json(report.to_json())
    else:
        _print_report(report)


def _print_report(report: SelectReport) -> None:
    kept = [row for row in report.to_json()["features"] if row["kept"]]
    kept.sort(key=lambda row: (-row["importance"], row["cluster_no"], -row["gain"]))
    output.answer_table(
        ["feature", "cluster", "IC lost", "folds", "gain", "by chance"],
        [
            [
                row["feature"],
                str(row["cluster_no"]),
                f"{row['importance']:+.4f}",
                f"{row['n_folds_positive']}/{row['n_folds']}",
                f"{row['gain']:.4g}",
                f"{row['null_gain']:.4g}",
            ]
            for row in kept
        ],
    )
    output.answer(f"{len(kept)} of {len(report.selected.features)} features kept as {report.name}")
    output.say(f"to train on them: mlx train --features {report.name}")
