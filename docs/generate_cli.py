"""Write docs/cli.md from the commands themselves: ``python docs/generate_cli.py``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from models_ml.cli.app import app

PAGE = Path(__file__).with_name("cli.md")
HEAD = """# Commands

This page is written by `python docs/generate_cli.py`.

The answer goes to stdout, all else (progress, warnings, errors, dbt's log) to stderr. With `--json`
stdout is one JSON document; an error is one, too: `{"error": {"type", "message", "hint"}}`. Every
option can be given by its variable instead; the option wins.
"""
WITHOUT_VARIABLE = {"help", "version", "install_completion", "show_completion"}


def commands() -> dict[str, Any]:
    """Return the commands by their names; those of a group as ``models list``."""
    return dict(_commands_of(typer.main.get_command(app)))


def _commands_of(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands_of(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def render() -> str:
    """Return the page."""
    group: Any = typer.main.get_command(app)
    parts = [HEAD, f"{group.epilog}\n", "## mlx\n", *_table(group)]
    for name, command in commands().items():
        text, _, example = command.help.partition("Example: ")
        parts += [f"## mlx {name}\n", textwrap.fill(text, 100) + "\n"]
        parts += [f"```sh\n{example.strip()}\n```\n", *_table(command)]
    return "\n".join(parts)


def _table(command: Any) -> list[str]:
    rows = [_row(option) for option in command.params if option.name not in WITHOUT_VARIABLE]
    head = ["| option | variable | default | |", "|---|---|---|---|"]
    return [*head, *rows, ""] if rows else []


def _row(option: Any) -> str:
    cells = [f"`{_usage(option)}`", f"`{option.envvar}`", _default(option), option.help]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _usage(option: Any) -> str:
    if option.param_type_name == "argument":
        return str(option.name).upper() + ("…" if option.nargs != 1 else "")
    choices = type(option.default) if isinstance(option.default, Enum) else ()
    return " ".join([option.opts[0], *filter(None, ["|".join(choice.value for choice in choices)])])


def _default(option: Any) -> str:
    if isinstance(option.show_default, str):
        return str(option.show_default)
    if option.default is False:
        return "off"
    default = getattr(option.default, "value", option.default)
    return "" if default is None else f"`{default}`"


if __name__ == "__main__":
    PAGE.write_text(render())
