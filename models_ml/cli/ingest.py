"""``mlx ingest``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models_ml.cli import options, output
from models_ml.errors import UsageError

if TYPE_CHECKING:
    from models_ml.ingest import IngestReport, ReferenceReport
    from models_ml.project import Project


def ingest(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Price files: CSV, CSV.gz, Parquet; globs too.", envvar="MLX_FILES"),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", envvar="MLX_MAP", help="Our column=theirs, e.g. dt=trade_day."),
    ] = None,
    loaded_at: Annotated[
        str | None,
        typer.Option(
            envvar="MLX_LOADED_AT",
            help="When the files were delivered, to replay history.",
            show_default="now",
        ),
    ] = None,
    as_of_column: Annotated[
        str | None,
        typer.Option(
            envvar="MLX_AS_OF_COLUMN",
            help="Column that says when each row was delivered; replayed in order.",
        ),
    ] = None,
    skip_bad: Annotated[
        bool,
        typer.Option("--skip-bad", envvar="MLX_SKIP_BAD", help="Leave bad rows out, count them."),
    ] = False,
    keep_bad: Annotated[
        bool,
        typer.Option(
            "--keep-bad",
            envvar="MLX_KEEP_BAD",
            help="Let impossible values in; int_rejected_prices reports them.",
        ),
    ] = False,
    universe: Annotated[
        Path | None,
        typer.Option(envvar="MLX_UNIVERSE", help="File of membership spells; replaces them."),
    ] = None,
    securities: Annotated[
        Path | None,
        typer.Option(envvar="MLX_SECURITIES", help="File of names and sectors; replaces them."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Add prices as new versions where they differ; the same file twice adds nothing.

    Example: mlx ingest prices/*.csv.gz --map split_ratio=splits
    """
    from models_ml.ingest import PriceOptions, parse_loaded_at, read_files
    from models_ml.project import load_project

    if not files and universe is None and securities is None:
        raise UsageError("nothing to ingest", hint="mlx ingest FILE…, --universe or --securities")
    project = load_project()
    prepared = read_files(
        files or (),
        universe,
        securities,
        columns=_parse_map(columns or []),
        options=PriceOptions(
            parse_loaded_at(loaded_at) if loaded_at else None, as_of_column, skip_bad, keep_bad
        ),
        on_progress=output.say,
    )
    _create_tables_once(project)
    output.say("writing")
    reports = prepared.write(project)
    if as_json:
        output.answer_json({name: report.to_json() for name, report in reports.items()})
    else:
        _print_reports(reports.values())


def _create_tables_once(project: Project) -> None:
    from models_ml.dbt import run_dbt
    from models_ml.ingest import source_tables_exist

    if not source_tables_exist(project):
        output.say("the warehouse is empty: dbt creates the source tables")
        run_dbt(project, ["run-operation", "create_source_tables"], quiet=True)


def _parse_map(pairs: list[str]) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    for ours, equals, theirs in split:
        if not (ours and equals and theirs):
            raise UsageError(
                f"--map {ours}{equals}{theirs} is not ours=theirs",
                hint="mlx ingest FILE --map dt=trade_day",
            )
    return {ours: theirs for ours, _, theirs in split}


def _print_reports(reports: Iterable[IngestReport | ReferenceReport]) -> None:
    from models_ml.ingest import IngestReport

    for report in reports:
        if isinstance(report, IngestReport):
            _print_prices(report)
        else:
            _print_reference(report)
        for warning in report.warnings:
            output.say(f"warning: {warning}")


def _print_prices(report: IngestReport) -> None:
    counts = ("read", "new", "changed", "unchanged", "duplicates", "refused", "suspect")
    output.answer_table(counts, [[f"{getattr(report, name):,}" for name in counts]])
    output.answer(
        f"{report.tickers} tickers, {report.dt_from} to {report.dt_to}, "
        f"loaded at {report.loaded_at:%Y-%m-%d %H:%M:%S} UTC"
    )
    for refusal in report.refusals:
        output.say(f"refused: {refusal}")


def _print_reference(report: ReferenceReport) -> None:
    output.answer(
        f"{report.table}: {report.read:,} rows of {report.tickers:,} tickers, {report.new:,} new, "
        f"{report.changed:,} changed, {report.removed:,} removed"
    )
