"""Every command explains itself, every option has a variable, and the page of commands is fresh."""

import re
import shlex
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from docs.generate_cli import PAGE, WITHOUT_VARIABLE, commands, render
from models_ml import __version__
from models_ml.cli.app import app
from tests.sandbox import ROOT

NAMES = sorted(commands())
SAMPLES = {
    "start": "2024-02-29", "end": "2024-02-29", "day": "2024-02-29", "learning_rate": "0.25",
    "years": "7.5", "test_days": "17", "horizons": "1,3", "half_life_days": "250", "level": "0.9",
    "horizon": "9", "timeout": "30",
}  # fmt: skip


def run(*arguments: str) -> Any:
    """Run a command with a screen wide enough that no help text is broken."""
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "500", "TERMINAL_WIDTH": "500"})


def options() -> list[tuple[str, Any]]:
    return [
        (name, option)
        for name, command in commands().items()
        for option in command.params
        if option.name not in WITHOUT_VARIABLE
    ]


def example_of(name: str) -> list[str]:
    found = re.search(r"Example: (.+)$", commands()[name].help, re.MULTILINE)
    assert found is not None
    return shlex.split(found[1])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_a_command_shows_its_help_whole(name: str, flag: str) -> None:
    """A text in brackets, say, would vanish as markup."""
    result = run(*name.split(), flag)
    assert result.exit_code == 0
    assert result.stderr == ""
    shown = " ".join(result.stdout.replace("│", " ").split())
    command = commands()[name]
    assert " ".join(command.help.split()) in shown
    for option in command.params:
        assert " ".join(option.help.split()) in shown, option.name
        assert all(text in shown for text in option.opts if text.startswith("-"))
        if isinstance(option.show_default, str):
            assert f"[default: ({option.show_default})]" in shown, option.name


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_command_can_be_typed(name: str) -> None:
    program, *typed = example_of(name)
    words = name.split()
    assert (program, typed[: len(words)]) == ("mlx", words)
    commands()[name].make_context(name, typed[len(words) :])


@pytest.mark.parametrize(
    ("name", "option"), options(), ids=lambda value: getattr(value, "name", value)
)
def test_an_option_can_be_given_by_its_variable(
    name: str, option: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sample = sample_of(option, tmp_path)
    flag = option.default is False
    for other in commands()[name].params:
        if other.required and other is not option:
            monkeypatch.setenv(other.envvar, "required")
    given = [sample] if option.param_type_name == "argument" else [option.opts[0], sample]
    if option.param_type_name == "argument":
        given = ["required"] * arguments_of(name).index(option.name) + given
    if option.default is True:
        given, sample = [option.secondary_opts[0]], "0"
    by_hand = value_of(name, [option.opts[0]] if flag else given, option.name)
    assert by_hand != option.default
    assert re.fullmatch(r"MLX_[A-Z_]+", option.envvar)
    monkeypatch.setenv(option.envvar, "1" if flag else sample)
    assert value_of(name, [], option.name) == by_hand


def arguments_of(name: str) -> list[str]:
    params = commands()[name].params
    return [str(param.name) for param in params if param.param_type_name == "argument"]


def value_of(name: str, arguments: list[str], option: str) -> Any:
    return commands()[name].make_context(name, arguments).params[option]


def sample_of(option: Any, folder: Path) -> str:
    """Return a value that is not the option's default."""
    if isinstance(option.default, Enum):
        return str(list(type(option.default))[-1].value)
    if isinstance(option.default, int | float):
        return str(option.default + 50)
    if option.name == "params":
        (folder / "x.json").touch()
        return str(folder / "x.json")
    return SAMPLES.get(option.name, "sample")


def test_a_variable_means_one_option() -> None:
    meanings: dict[str, set[str]] = {"MLX_TARGET": {"target of dbt"}, "MLX_AS_OF": {"as_of"}}
    for _, option in options():
        meanings.setdefault(option.envvar, set()).add(option.opts[0])
    assert {variable: names for variable, names in meanings.items() if len(names) > 1} == {}


def test_the_exit_codes_stand_in_the_help() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert (
        "Exit codes: 0 done, 1 failed, 2 usage or configuration, 130 interrupted." in result.stdout
    )
    for name in NAMES:
        assert re.search(rf"^│ {name.split()[0]} ", result.stdout, re.MULTILINE)


def test_without_a_command_there_is_help() -> None:
    result = run()
    assert result.exit_code == 2
    assert "Usage:" in result.stdout + result.stderr


def test_the_version() -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"mlx {__version__}\n")


def test_the_global_options_reach_the_project() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "models_ml.cli.app", "--target", "nowhere", "infer"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no target 'nowhere'" in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_in_the_readme_or_the_page_of_commands(name: str) -> None:
    assert f"mlx {name}" in (ROOT / "README.md").read_text() + PAGE.read_text()


def test_the_page_of_commands_is_fresh() -> None:
    assert PAGE.read_text() == render(), "run python docs/generate_cli.py"


def test_the_readme_leads_to_the_page_of_commands() -> None:
    assert f"({PAGE.relative_to(ROOT)})" in (ROOT / "README.md").read_text()
