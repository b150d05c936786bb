"""One run of a command in a process of its own: wall and CPU seconds, peak memory."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


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
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        begin = time.perf_counter()
        process = subprocess.Popen(
            _on_cores(command, cores),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        with _killed_after(timeout, process.pid):
            _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (stdout, stderr):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    if process.returncode != 0:
        said = f"{texts[0][-2000:]}{texts[1][-3000:]}"
        raise FailedRunError(
            f"{' '.join(command)[:300]}: exit {process.returncode} after {wall:.0f} s\n{said}"
        )
    cpu = usage.ru_utime + usage.ru_stime
    return Run(wall, cpu, usage.ru_maxrss * 1024 / 1e6, texts[0])


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
