"""``mlx infer``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from models_ml.cli import options, output
from models_ml.errors import UsageError

if TYPE_CHECKING:
    from models_ml.infer import InferReport

_SHOWN = 10


class Uncertainty(StrEnum):
    """Where yhat_std comes from."""

    residuals = "residuals"
    trees = "trees"


class Probability(StrEnum):
    """Where prob_up comes from."""

    calibrated = "calibrated"
    sigmoid = "sigmoid"


def infer(
    model: Annotated[
        str | None,
        typer.Argument(
            help="champion, a model id, or a model.txt.",
            envvar="MLX_MODEL",
            show_default="champion",
        ),
    ] = None,
    day: options.Day = None,
    start: options.Start = None,
    end: options.End = None,
    tickers: options.Tickers = None,
    horizon: Annotated[
        int | None,
        typer.Option(
            min=1,
            envvar="MLX_HORIZON",
            help="Trading days ahead.",
            show_default="1; all with --stale-only",
        ),
    ] = None,
    uncertainty: Annotated[
        Uncertainty,
        typer.Option(
            envvar="MLX_UNCERTAINTY",
            help="yhat_std from out-of-fold errors, or (heuristic) from the boosting rounds.",
        ),
    ] = Uncertainty.residuals,
    probability: Annotated[
        Probability,
        typer.Option(
            envvar="MLX_PROBABILITY",
            help="prob_up as calibrated out of fold, or the sigmoid of yhat / yhat_std.",
        ),
    ] = Probability.calibrated,
    level: Annotated[
        float | None,
        typer.Option(
            envvar="MLX_LEVEL",
            help="Share of returns that yhat_lo to yhat_hi is to hold.",
            show_default="the model's; with --stale-only each forecast's",
        ),
    ] = None,
    stale_only: Annotated[
        bool,
        typer.Option(
            "--stale-only",
            envvar="MLX_STALE_ONLY",
            help="Renew forecasts whose prices were restated, each by the model that made it.",
        ),
    ] = False,
    shadow: Annotated[
        bool,
        typer.Option(
            "--shadow",
            envvar="MLX_SHADOW",
            help="Challengers forecast the same rows for ml.preds_log.",
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Forecast the newest day (or the days asked) and publish it in ml.preds.

    Example: mlx infer --date 2016-12-30 --tickers AAPL,XOM --json
    """
    from models_ml.infer import infer as run_inference
    from models_ml.stale import renew_stale

    if day is not None and (start is not None or end is not None):
        raise UsageError(
            "--date and --start/--end exclude each other", hint="leave one of them out"
        )
    if stale_only:
        if any((day, start, end, tickers)):
            raise UsageError(
                "--stale-only finds its days and tickers itself", hint="leave the others out"
            )
        renewed = renew_stale(
            model,
            horizon=horizon,
            uncertainty=uncertainty.value,
            probability=probability.value,
            level=level,
            shadow=shadow,
        )
        _answer_renewals(renewed, as_json)
        return
    report = run_inference(
        model,
        horizon=horizon or 1,
        tickers=options.split_list(tickers),
        start=options.as_date(day or start),
        end=options.as_date(day or end),
        uncertainty=uncertainty.value,
        probability=probability.value,
        level=level,
        shadow=shadow,
    )
    _answer(report, as_json)


def _answer_renewals(reports: tuple[InferReport, ...], as_json: bool) -> None:
    for report in reports:
        _warn(report)
    if as_json:
        output.answer_json({"renewals": [report.to_json() for report in reports]})
    elif not reports:
        output.answer("no forecast is stale")
    else:
        for report in reports:
            _print_report(report)


def _answer(report: InferReport, as_json: bool) -> None:
    _warn(report)
    if as_json:
        output.answer_json(report.to_json())
    else:
        _print_report(report)


def _warn(report: InferReport) -> None:
    for shadow in report.shadows:
        if shadow.error:
            output.say(f"warning: challenger {shadow.model_id} is left out: {shadow.error}")


def _print_report(report: InferReport) -> None:
    best = report.newest_day.sort_by([("yhat", "descending")]).slice(0, _SHOWN).to_pylist()
    output.answer_table(
        ["ticker", "day", "yhat", "yhat_std", "prob_up"],
        [
            [
                row["ticker"],
                str(row["dt"]),
                f"{row['yhat']:+.5f}",
                f"{row['yhat_std']:.5f}",
                f"{row['prob_up']:.3f}",
            ]
            for row in best
        ],
    )
    output.answer(
        f"{report.n_rows} forecasts of {report.model_id}, {report.dt_from} to {report.dt_to}: "
        f"{report.n_written} written, {report.n_rows - report.n_written} unchanged"
    )
    for shadow in report.shadows:
        if shadow.table:
            output.answer(
                f"{shadow.table.num_rows} forecasts of challenger {shadow.model_id} logged"
            )
