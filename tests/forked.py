"""Commands in processes of their own that are forked from one with everything imported.

Importing dbt takes two seconds, most of what a command on a small database costs; the suite runs
hundreds of them.
"""

import atexit
import gc
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from multiprocessing.context import ForkServerContext
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

COMMANDS = {"dbt": ("dbt.cli.main", "cli"), "mlx": ("models_ml.cli.app", "main")}
PRELOADED = (
    *(module for module, _ in COMMANDS.values()),
    *("dbt.adapters.duckdb", "dbt.adapters.postgres", "lightgbm", "models_ml.train"),
)


def run_forked(
    command: str, args: Sequence[str], *, env: Mapping[str, str], folder: Path, timeout: float
) -> CompletedProcess[str]:
    """Run dbt or mlx as its console script does, without input.

    Parameters
    ----------
    command
        `dbt` or `mlx`.
    env
        The whole environment of the process.
    folder
        Where it runs.
    timeout
        Seconds after which it is killed.

    Raises
    ------
    TimeoutExpired
        It took longer.
    """
    with tempfile.TemporaryDirectory() as place:
        output = (Path(place) / "stdout", Path(place) / "stderr")
        process = _context().Process(
            target=_become, args=(command, tuple(args), dict(env), folder, output)
        )
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            raise TimeoutExpired([command, *args], timeout)
        stdout, stderr = (path.read_text() for path in output)
        return CompletedProcess([command, *args], process.exitcode, stdout, stderr)


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


def _become(
    command: str,
    args: tuple[str, ...],
    env: dict[str, str],
    folder: Path,
    output: tuple[Path, Path],
) -> None:
    """Be the command from here on; what was imported before is no garbage to look through."""
    gc.freeze()
    for path, stream in zip(output, (1, 2), strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv = [command, *args]
    module, name = COMMANDS[command]
    main: Callable[[], object] = getattr(import_module(module), name)
    try:
        main()
    finally:
        # What a process does at its end, and a forked one does not: dbt closes its database there.
        atexit._run_exitfuncs()
