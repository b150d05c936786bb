"""``mlx demo``."""

from __future__ import annotations

from typing import Annotated

import typer

from models_ml.cli import options, output


def demo(
    tickers: Annotated[
        int, typer.Option(min=10, envvar="MLX_DEMO_TICKERS", help="Simulated tickers.")
    ] = 60,
    years: Annotated[
        float, typer.Option(min=0.5, envvar="MLX_DEMO_YEARS", help="Simulated years.")
    ] = 6.0,
    seed: Annotated[int, typer.Option(min=0, envvar="MLX_DEMO_SEED", help="Random seed.")] = 7,
    as_json: options.Json = False,
) -> None:
    """Run the main job on a simulated market: ingest, dbt build, train, infer, evaluate.

    The market has a weak planted signal, so the IC that a forecast can reach is known.

    Example: mlx demo --tickers 100 --years 8
    """
    from models_ml.demo.job import run_demo

    with output.progress() as on_progress:
        report = run_demo(
            tickers=tickers, years=years, seed=seed, on_step=output.say, on_progress=on_progress
        )
    if as_json:
        output.answer_json(report.to_json())
        return
    output.answer(f"rows ingested   {report.n_rows:,} ({report.n_bad} of them bad)")
    output.answer(f"rows rejected   {report.n_rejected} by int_rejected_prices")
    output.answer(f"model           {report.train.model_id}")
    output.answer(f"forecasts       {report.infer.n_rows} for {report.infer.dt_to}")
    output.answer(f"IC attainable   {report.attainable_ic:.4f} on the test days")
    output.answer(f"IC reached      {report.reached_ic:.4f} (out of sample)")
