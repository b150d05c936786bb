"""The functions that the package offers, under the names of the commands."""

import inspect
import subprocess
import sys
from dataclasses import fields

import pytest
import typer

import models_ml
from models_ml.cli.app import app
from models_ml.train_config import TrainConfig

IMPORTS = [
    "from models_ml import ingest, train, infer, WalkForward, CombinatorialPurged",
    "import models_ml.infer, models_ml.train, models_ml.ingest, models_ml.cli.app",
]
CHECK = "from models_ml import ingest, train, infer, WalkForward; import inspect;"
CHECK += "assert all(map(inspect.isfunction, (ingest, train, infer))), (ingest, train, infer);"
CHECK += "assert inspect.isclass(WalkForward)"


@pytest.mark.parametrize("first", IMPORTS)
def test_functions_stay_functions_whatever_was_imported_before(first: str) -> None:
    subprocess.run([sys.executable, "-c", f"{first}\n{CHECK}\n{CHECK}"], check=True)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, models_ml; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert not {"numpy", "lightgbm", "duckdb", "pyarrow", "typer"} & set(loaded.stdout.split())


def test_what_is_offered_is_there() -> None:
    assert all(callable(getattr(models_ml, name)) for name in models_ml.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        _ = models_ml.nosuch


def defaults_of_command(name: str) -> dict[str, object]:
    """Return the defaults of a command's options, enums as their values."""
    command = typer.main.get_command(app)
    found = {option.name: option.default for option in command.commands[name].params}  # type: ignore[attr-defined]
    return {str(key): getattr(value, "value", value) for key, value in found.items()}


def test_train_has_the_defaults_of_its_command() -> None:
    command = defaults_of_command("train")
    config = {field.name: getattr(TrainConfig(), field.name) for field in fields(TrainConfig)}
    only_in_python = {"min_names", "params_known_to"}
    only_on_screen = {"dry_run", "as_json", "help"}
    assert set(command) - only_on_screen == set(config) - only_in_python
    del config["params"]
    for name in set(config) - only_in_python:
        assert command[name] == config[name], name
    assert TrainConfig().params == {}


def test_infer_has_the_defaults_of_its_command() -> None:
    command = defaults_of_command("infer")
    function = inspect.signature(models_ml.infer).parameters
    only_in_python = {"project", "only"}
    only_on_screen = {"day", "stale_only", "as_json", "help"}
    assert set(command) - only_on_screen == set(function) - only_in_python
    assert (command["horizon"], function["horizon"].default) == (None, 1), "all that are stale"
    for name in set(function) - only_in_python - {"horizon"}:
        assert command[name] == function[name].default, name


def test_walk_forward_has_the_defaults_of_train() -> None:
    splitter = inspect.signature(models_ml.WalkForward.__init__).parameters
    for name in ("n_splits", "horizon", "test_days", "embargo_days", "window"):
        assert splitter[name].default == getattr(TrainConfig(), name), name
