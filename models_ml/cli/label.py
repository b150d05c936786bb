"""``mlx label``."""

from __future__ import annotations

from typing import Annotated

import typer

from models_ml.cli import options, output


def label(
    tickers: options.Tickers = None,
    start: options.Start = None,
    end: options.End = None,
    horizons: Annotated[
        str | None,
        typer.Option(
            envvar="MLX_HORIZONS",
            help="Trading days, e.g. 1,5,20.",
            show_default="the var horizons",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Build the labels with dbt, then count those of the tickers and days asked.

    Labels of a day depend on its whole cross-section, so all tickers are built.

    Example: mlx label --horizons 1,5,20 --tickers AAPL
    """
    from models_ml.dbt import run_dbt
    from models_ml.label_counts import count_labels
    from models_ml.panel import Selection
    from models_ml.project import load_project
    from models_ml.warehouse import open_warehouse

    project = load_project()
    if horizons is None:
        run_dbt(project, ["build", "--select", "+labels"])
    else:
        chosen = {"horizons": options.split_horizons(horizons)}
        run_dbt(project, ["build", "--select", "+int_price_grid"])
        run_dbt(project, ["build", "--select", "labels+", "--full-refresh"], variables=chosen)
    selection = Selection(options.split_list(tickers), options.as_date(start), options.as_date(end))
    counts = count_labels(open_warehouse(project), project.mart, selection)
    if as_json:
        output.answer_json({"labels": counts})
        return
    output.answer_table(
        ["label", "rows", "labelled", "from", "to"],
        [[str(value) for value in row.values()] for row in counts],
    )
