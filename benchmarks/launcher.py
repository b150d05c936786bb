"""Start a command, wait for it, and write what it took to a file descriptor.

    python -IS launcher.py DESCRIPTOR COMMAND...

On Linux the peak memory of a process is at least that of the process that started it [1]_. This one
imports next to nothing.

.. [1] getrusage(2), ``ru_maxrss``, which execve(2) keeps.
"""

import json
import os
import sys
import time


def main() -> None:
    """Write exit code, wall and CPU seconds, and peak memory in 10^6 bytes as JSON."""
    descriptor, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(descriptor, False)
    begin = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    took = {
        "exit": os.waitstatus_to_exitcode(status),
        "wall": time.perf_counter() - begin,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss * 1024 / 1e6,
    }
    with os.fdopen(descriptor, "w") as report:
        json.dump(took, report)


if __name__ == "__main__":
    main()
