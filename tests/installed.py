"""An installation of the built wheel in which nothing but its runtime dependencies can be seen."""

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tests.requirements import closure, requirements
from tests.sandbox import OWN_VARIABLES, ROOT, Result


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the wheel in it, far from the checkout."""

    python: Path
    folder: Path

    @property
    def mlx(self) -> Path:
        """The console script."""
        return self.python.parent / "mlx"

    def run(self, *command: str, cwd: Path | None = None) -> Result:
        """Run a command with nothing of the caller's project settings in its environment."""
        hidden = (*OWN_VARIABLES, "PYTHON", "VIRTUAL_ENV")
        env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        done = subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return Result(" ".join(command), done.returncode, done.stdout, done.stderr)


def build_wheel(folder: Path) -> Path:
    """Build the wheel with the build backend that is installed, without the network."""
    command = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([sys.executable, *command, "--wheel-dir", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Installation:
    """Install a wheel into a new virtual environment, beside its runtime dependencies alone.

    The dependencies are links to the packages of this interpreter, so nothing is downloaded.
    """
    environment = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    (site_packages,) = environment.glob("lib/python*/site-packages")
    link_packages(closure(requirements()), site_packages)
    return Installation(python, folder)


def link_packages(names: set[str], site_packages: Path) -> None:
    """Link the top-level files and folders of installed packages into another site-packages."""
    for name in names:
        distribution = metadata.distribution(name)
        for top in {path.parts[0] for path in distribution.files or []} - {"..", "__pycache__"}:
            link = site_packages / top
            if not link.exists():
                link.symlink_to(str(distribution.locate_file(top)))
