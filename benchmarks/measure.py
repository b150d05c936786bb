"""One run of a command in a process of its own: wall and CPU seconds, peak memory."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LAUNCHER = (sys.executable, "-IS", str(Path(__file__).with_name("launcher.py")))


class FailedRunError(Exception):
    """A measured command failed or took longer than it may; the message has its output."""


@dataclass(frozen=True)
class Run:
    """What a command took.

    Attributes
    ----------
    wall, cpu
        Seconds; CPU of the process and of the children it waited for.
    peak_mb
        Peak resident memory of the largest process, in 10^6 bytes.
    output
        What it printed to stdout.
    """

    wall: float
    cpu: float
    peak_mb: float
    output: str


def run(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    timeout: float,
    cores: int | None = None,
) -> Run:
    """Run a command to its end, on so many cores, within so many seconds.

    Raises
    ------
    FailedRunError
        It ended with an error, or was killed at the timeout.
    """
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        stdout, stderr, report = files
        process = subprocess.Popen(
            [*LAUNCHER, str(report.fileno()), *_on_cores(command, cores)],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            pass_fds=(report.fileno(),),
            start_new_session=True,
        )
        with _killed_after(timeout, process.pid):
            process.wait()
        said, complained, took = (_text(file) for file in files)
    figures = json.loads(took or "{}")
    code = figures.pop("exit", process.returncode)
    if code != 0:
        raise FailedRunError(
            f"{' '.join(command)[:300]}: exit {code} after {figures.get('wall', timeout):.1f} s\n"
            f"{said[-2000:]}{complained[-3000:]}"
        )
    return Run(**figures, output=said)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _on_cores(command: Sequence[str], cores: int | None) -> list[str]:
    if cores is None:
        return list(command)
    chosen = sorted(os.sched_getaffinity(0))[:cores]
    return ["taskset", "--cpu-list", ",".join(map(str, chosen)), *command]


@contextlib.contextmanager
def _killed_after(seconds: float, group: int) -> Iterator[None]:
    def kill() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)

    timer = threading.Timer(seconds, kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
