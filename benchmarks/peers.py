"""Peers in virtual environments of their own, with pinned versions."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Run, run

SCRIPTS = Path(__file__).parent / "peer_scripts"
# pyqlib 0.9.7 was made for pandas 2 and runs with NumPy 2.
PINS = {
    "qlib": (
        "pyqlib==0.9.7",
        "numpy==2.4.6",
        "pandas==2.3.3",
        "scipy==1.17.1",
        "lightgbm==4.7.0",
        "pyarrow==25.0.1",
    ),
    "polars": ("polars==1.35.2",),
    "pandas": ("pandas==2.3.3", "numpy==2.2.6", "pyarrow==21.0.0"),
}


@dataclass(frozen=True)
class Peer:
    """One peer; scripts run with its packages and nothing of the project's."""

    name: str
    folder: Path
    timeout: float

    @property
    def python(self) -> Path:
        """The environment's interpreter, made and filled on first use."""
        home = self.folder / self.name
        pins = PINS[self.name]
        stamp = home / f".{hashlib.sha256(' '.join(pins).encode()).hexdigest()[:12]}"
        python = home / "bin" / "python"
        if not stamp.exists():
            print(f"  installing {', '.join(pins)}", flush=True)
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
            subprocess.run(
                [str(python), "-m", "pip", "install", "--quiet", *pins],
                check=True,
                timeout=self.timeout,
            )
            stamp.touch()
        return python

    def run(self, script: str, *args: str, cores: int | None = None) -> tuple[Any, Run]:
        """Run a script of the folder peer_scripts; its JSON answer and what it took.

        Raises
        ------
        FailedRunError
            It failed, or took longer than the time limit.
        """
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TZ": "UTC"}
        command = [str(self.python), str(SCRIPTS / script), *args]
        done = run(command, env=environment, cwd=self.folder, timeout=self.timeout, cores=cores)
        return json.loads(done.output.strip().splitlines()[-1]), done
