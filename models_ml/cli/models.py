"""``mlx models``: the stored models and their aliases."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models_ml.cli import options, output
from models_ml.gates import MAX_PLAUSIBLE_IC

if TYPE_CHECKING:
    from models_ml.registry import AliasReport

models = typer.Typer(no_args_is_help=True, help="List, compare, promote and export models.")

ModelId = Annotated[str, typer.Argument(envvar="MLX_MODEL", help="Id of a stored model.")]
Reason = Annotated[
    str | None, typer.Option(envvar="MLX_REASON", help="Why, in words, for ml.alias_log.")
]


class Alias(StrEnum):
    """What a model can be promoted to."""

    champion = "champion"
    challenger = "challenger"
    none = "none"


@models.command("list")
def list_models(as_json: options.Json = False) -> None:
    """List the stored models, the newest first, with their out-of-sample IC.

    Example: mlx models list --json
    """
    from models_ml.project import load_project
    from models_ml.registry.catalogue import list_models as find_all

    rows = find_all(load_project())
    if as_json:
        output.answer_json({"models": rows})
        return
    output.answer_table(
        ["model", "alias", "horizon", "learner", "target", "IC", "RankIC", "ICIR", "data to"],
        [
            [
                row["model_id"],
                row["alias"] or "",
                str(row["horizon"]),
                row["learner"],
                row["target"],
                *(_number(row[metric]) for metric in ("ic", "rank_ic", "icir")),
                str(row["data_cutoff"]),
            ]
            for row in rows
        ],
    )


@models.command()
def show(model: ModelId, as_json: options.Json = False) -> None:
    """Show all that is stored about a model: its run, metrics, features and aliases.

    Example: mlx models show train-20240131-184502-9f3c1a-h1
    """
    from models_ml.project import load_project
    from models_ml.registry.catalogue import show_model

    document = show_model(load_project(), model)
    if as_json:
        output.answer_json(document)
    else:
        _print_model(document)


@models.command()
def compare(
    model: ModelId,
    other: Annotated[
        str, typer.Argument(envvar="MLX_OTHER_MODEL", help="Id of the model beside it.")
    ],
    as_json: options.Json = False,
) -> None:
    """Put the metrics of two models side by side, fold by fold.

    Example: mlx models compare train-20240131-184502-9f3c1a-h1 train-20240228-181007-77b0de-h1
    """
    from models_ml.project import load_project
    from models_ml.registry.catalogue import compare_models

    document = compare_models(load_project(), model, other)
    if not document["same_days"]:
        output.say("warning: the folds of the two test other days, so their figures differ by that")
    if as_json:
        output.answer_json(document)
    else:
        _print_comparison(document)


@models.command()
def promote(
    model: ModelId,
    alias: Annotated[
        Alias,
        typer.Option("--as", envvar="MLX_ALIAS", help="Alias to give; none retires a challenger."),
    ] = Alias.champion,
    reason: Reason = None,
    max_plausible_ic: options.MaxPlausibleIC = MAX_PLAUSIBLE_IC,
    if_better: Annotated[
        bool,
        typer.Option(
            "--if-better",
            envvar="MLX_IF_BETTER",
            help="Only where the model model_comparison calls it better.",
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Make a model the champion of its horizon, in the place of the present one.

    Example: mlx models promote train-20240131-184502-9f3c1a-h1 --as challenger
    """
    from models_ml.project import load_project
    from models_ml.registry import promote as give_alias

    report = give_alias(
        load_project(),
        model,
        alias=alias.value,
        reason=reason,
        max_plausible_ic=max_plausible_ic,
        if_better=if_better,
    )
    _answer(report, as_json)


@models.command()
def rollback(
    horizon: options.Horizon = 1, reason: Reason = None, as_json: options.Json = False
) -> None:
    """Give the alias champion back to the model that had it before.

    Example: mlx models rollback --horizon 5 --reason "wrong universe"
    """
    from models_ml.project import load_project
    from models_ml.registry import rollback as give_back

    _answer(give_back(load_project(), horizon=horizon, reason=reason), as_json)


@models.command()
def export(
    model: Annotated[str, typer.Argument(envvar="MLX_MODEL", help="champion, or a model id.")],
    folder: Annotated[
        Path, typer.Argument(envvar="MLX_EXPORT_FOLDER", help="New folder to write.")
    ],
    horizon: options.Horizon = 1,
    as_json: options.Json = False,
) -> None:
    """Write a model's text and its manifest with SHA-256; mlx infer takes the path printed.

    Example: mlx models export champion exported --horizon 5
    """
    from models_ml.project import load_project
    from models_ml.registry import export_model

    path = export_model(load_project(), model, folder, horizon=horizon)
    if as_json:
        output.answer_json({"path": str(path)})
    else:
        output.answer(str(path))


@models.command()
def reproduce(model: ModelId, as_json: options.Json = False) -> None:
    """Train a model again as it was and compare the SHA-256; exit 1 where it is another one.

    Example: mlx models reproduce train-20240131-184502-9f3c1a-h1
    """
    from models_ml.project import load_project
    from models_ml.reproduce import reproduce as train_again

    with output.progress() as on_progress:
        report = train_again(load_project(), model, on_progress=on_progress)
    if as_json:
        output.answer_json(report.to_json())
    else:
        output.answer("the same model" if report.is_equal else "another model")
        output.answer(f"recorded  {report.recorded_sha256}\nnow       {report.sha256}")
        for difference in report.differences:
            output.answer(f"differs   {difference}")
    if not report.is_equal:
        raise typer.Exit(1)


def _answer(report: AliasReport, as_json: bool) -> None:
    if as_json:
        output.answer_json(report.to_json())
        return
    role = f"{report.alias or 'without alias'}, horizon {report.horizon}"
    before = f", in the place of {report.replaced}" if report.replaced else ""
    output.answer(f"{report.model_id}: {role}{before}{'' if report.changed else ' (as before)'}")


def _print_model(document: dict[str, Any]) -> None:
    run = document["run"]
    facts = {
        "model": document["model_id"],
        "alias": document["alias"] or "none",
        "horizon": document["horizon"],
        "learner": document["learner"],
        "target": document["target"],
        "trained": document["created_at"],
        "data to": run.get("data_cutoff"),
        "features": len(document["features"]),
        "code": run.get("git_sha"),
        "data": run.get("data_fingerprint"),
        "sha256": document["sha256"],
    }
    for name, value in facts.items():
        output.answer(f"{name:<9} {value}")
    shown = ("ic", "rank_ic", "icir", "rmse", "spread")
    output.answer_table(
        ["fold", "test from", *shown],
        [
            [_fold(fold["fold"]), _day(fold), *(_number(fold[metric]) for metric in shown)]
            for fold in document["metrics"]
        ],
    )


def _print_comparison(document: dict[str, Any]) -> None:
    shown = ("ic", "rank_ic", "icir", "rmse", "spread")
    rows = []
    for fold in document["folds"]:
        for name, scores in zip("AB", fold["scores"], strict=True):
            numbers = [_number(scores and scores[metric]) for metric in shown]
            rows.append([_fold(fold["fold"]), name, _day(scores), *numbers])
    for name, model_id in zip("AB", document["models"], strict=True):
        output.answer(f"{name} {model_id}")
    output.answer_table(["fold", "model", "test from", *shown], rows)


def _fold(number: int) -> str:
    return "all" if number < 0 else str(number)


def _day(fold: dict[str, Any] | None) -> str:
    return str(fold["test_from"]) if fold and fold["test_from"] else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
