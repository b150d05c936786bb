"""``mlx explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from models_ml.cli import options, output

if TYPE_CHECKING:
    from models_ml.explain import ExplainReport

_SHOWN = 3


def explain(
    model: Annotated[
        str | None,
        typer.Argument(
            help="champion, a model id, or a model.txt.",
            envvar="MLX_MODEL",
            show_default="champion",
        ),
    ] = None,
    day: options.Day = None,
    tickers: options.Tickers = None,
    horizon: options.Horizon = 1,
    top: Annotated[
        int, typer.Option(min=1, envvar="MLX_TOP", help="Features to show of each forecast.")
    ] = 10,
    as_json: options.Json = False,
) -> None:
    """Say what each feature adds to the forecasts of a day, and keep all of it in ml.explanations.

    Shown are the tickers asked, or the highest forecasts; with --json all of them.

    Example: mlx explain --date 2016-12-30 --tickers AAPL,XOM --top 5
    """
    from models_ml.explain import explain as run_explanation

    report = run_explanation(
        model, horizon=horizon, tickers=options.split_list(tickers), day=options.as_date(day)
    )
    if as_json:
        output.answer_json(report.to_json(top))
    else:
        _print_report(report, top, None if tickers else _SHOWN)


def _print_report(report: ExplainReport, top: int, n_shown: int | None) -> None:
    rows = []
    for forecast in report.forecasts(top)[:n_shown]:
        rows.append([forecast["ticker"], "", "", f"yhat {forecast['yhat']:+.6f}"])
        rows.append(["", "(base)", "", f"{forecast['base']:+.6f}"])
        for share in forecast["features"]:
            value = "" if share["value"] is None else f"{share['value']:.4g}"
            rows.append(["", share["feature"], value, f"{share['contribution']:+.6f}"])
    output.answer_table(["ticker", "feature", "value", "adds"], rows)
    output.answer(
        f"{report.n_forecasts} forecasts of {report.model_id} for {report.day} explained: "
        f"{report.n_written} rows of ml.explanations written"
    )
