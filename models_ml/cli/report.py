"""``mlx report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from models_ml.cli import options, output


def report(
    run: Annotated[
        str | None,
        typer.Option(envvar="MLX_RUN", help="A training run.", show_default="the champion's"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            envvar="MLX_OUT", help="HTML file to write.", show_default="report-RUN_ID.html"
        ),
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option(
            min=1, envvar="MLX_HORIZON", help="Trading days ahead.", show_default="all of the run"
        ),
    ] = None,
    cost_bps: Annotated[
        float,
        typer.Option(min=0, envvar="MLX_COST_BPS", help="Basis points a side of the value traded."),
    ] = 5.0,
    borrow_bps: Annotated[
        float,
        typer.Option(
            min=0, envvar="MLX_BORROW_BPS", help="Basis points a year of the value short."
        ),
    ] = 50.0,
    as_json: options.Json = False,
) -> None:
    """Write all about a training run as one HTML file that needs no network; print its path.

    Example: mlx report --out report.html --cost-bps 10
    """
    from models_ml.report import write_report

    written = write_report(run, out=out, horizon=horizon, cost_bps=cost_bps, borrow_bps=borrow_bps)
    if as_json:
        output.answer_json(written.to_json())
    else:
        output.answer(str(written.path))
