"""Where a command's words go: the answer to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.table import Table


def answer(text: str) -> None:
    """Print the answer, or a part of it."""
    typer.echo(text)


def answer_json(document: Mapping[str, Any]) -> None:
    """Print the answer as one JSON document."""
    from models_ml.runs import to_json

    typer.echo(to_json(document))


def answer_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print the answer as a table: the first column left, numbers right."""
    table = Table(box=None, pad_edge=False)
    for position, column in enumerate(columns):
        table.add_column(column, justify="right" if position else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else 200
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)


def say(text: str) -> None:
    """Tell the user something that is not the answer; above the bars, where there are any."""
    # Unlike typer.echo(), this reaches the stream that the bars put in the place of stderr.
    print(text, file=sys.stderr)


@contextmanager
def progress() -> Iterator[Any]:
    """Yield a callback (stage, done, total): bars with ETA on a terminal, a line a stage else."""
    if not sys.stderr.isatty():
        yield _plain_lines()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def update(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield update


def _plain_lines() -> Any:
    seen: set[str] = set()

    def update(stage: str, done: int, total: int) -> None:
        if stage not in seen:
            seen.add(stage)
            say(f"{stage} …")

    return update
