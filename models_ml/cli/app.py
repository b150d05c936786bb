"""The ``mlx`` command: wires the commands, turns errors into one line and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from models_ml import __version__
from models_ml.cli import (
    demo,
    docs,
    explain,
    infer,
    ingest,
    label,
    models,
    report,
    select_features,
    train,
    tune,
)
from models_ml.errors import MlxError

_INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 usage or configuration, 130 interrupted.",
)
app.command()(demo.demo)
app.command()(ingest.ingest)
app.command()(label.label)
app.command()(train.train)
app.command()(tune.tune)
app.command()(select_features.select_features)
app.command()(infer.infer)
app.command()(explain.explain)
app.add_typer(models.models, name="models")
app.command()(report.report)
app.command()(docs.docs)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mlx {__version__}")
        raise typer.Exit


@app.callback()
def options(
    target: Annotated[
        str | None,
        typer.Option(
            envvar="MLX_TARGET", help="dbt target of profiles.yml.", show_default="duckdb"
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(envvar="MLX_AS_OF", help="Replay: all as it was known on YYYY-MM-DD."),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    """Forecast stock returns from dbt features: ingest, train, infer."""
    for name, value in (("MLX_TARGET", target), ("MLX_AS_OF", as_of)):
        if value is not None:
            os.environ[name] = value


def main() -> None:
    """Run the command line; the console script's entry point."""
    try:
        app()
    except MlxError as error:
        _report(error)
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            typer.echo("interrupted; nothing was half written", err=True)
        raise


def _report(error: MlxError) -> None:
    """Print an error: the fact and its cause, then what to do; as JSON where that was asked."""
    if os.environ.get("MLX_DEBUG"):
        import traceback

        traceback.print_exception(error)
    if "--json" in sys.argv[1:] or os.environ.get("MLX_JSON"):
        from models_ml.runs import to_json

        kind = type(error).__name__
        document = {"type": kind, "message": error.message, "hint": error.hint}
        typer.echo(to_json({"error": document}))
    typer.echo(f"error: {error.message}", err=True)
    if error.hint:
        typer.echo(f"next:  {error.hint}", err=True)


if __name__ == "__main__":
    main()
