"""The command line and the Python API inside the test's own process, where no dbt runs."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from models_ml.cli.app import main
from models_ml.project import Project, load_project
from tests.sandbox import Result, Sandbox


@contextmanager
def inside(sandbox: Sandbox, env: dict[str, str] | None = None) -> Iterator[None]:
    """Put the process into a sandbox: its environment, its folder."""
    outside, folder = dict(os.environ), os.getcwd()
    os.environ.clear()
    os.environ.update({**sandbox.env, **(env or {})})
    os.chdir(sandbox.folder)
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(outside)


def project_of(sandbox: Sandbox, env: dict[str, str] | None = None) -> Project:
    """Return the project as mlx finds it in the sandbox."""
    with inside(sandbox, env):
        return load_project()


def mlx(sandbox: Sandbox, *args: str, env: dict[str, str] | None = None) -> Result:
    """Run a command as the console script does; an error that mlx does not know passes through."""
    stdout, stderr = io.StringIO(), io.StringIO()
    command_line, code = sys.argv, 0
    sys.argv = ["mlx", *args]
    try:
        with inside(sandbox, env), redirect_stdout(stdout), redirect_stderr(stderr):
            main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.argv = command_line
    return Result(" ".join(["mlx", *args]), code, stdout.getvalue(), stderr.getvalue())
