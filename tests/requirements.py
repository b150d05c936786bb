"""What pyproject.toml asks for, and what that brings along."""

import tomllib
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.sandbox import ROOT

OWN_NAME = "mlx-returns"
DEV = "dev"


def requirements(*extras: str) -> list[Requirement]:
    """Return what the package and some of its extras ask for on this platform."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    wanted = [Requirement(line) for line in lines]
    return [r for r in wanted if r.name != OWN_NAME and (not r.marker or r.marker.evaluate())]


def runtime_extras() -> list[str]:
    """Return the extras that users install, without the developers' one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [extra for extra in project["optional-dependencies"] if extra != DEV]


def closure(wanted: list[Requirement]) -> set[str]:
    """Return the names of everything that requirements bring along, as installed here."""
    seen: set[tuple[str, str]] = set()
    queue = [(canonicalize_name(r.name), extra) for r in wanted for extra in ("", *r.extras)]
    while queue:
        name, extra = queue.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for line in metadata.requires(name) or []:
            r = Requirement(line)
            if r.marker is None or r.marker.evaluate({"extra": extra}):
                queue += [(canonicalize_name(r.name), sub) for sub in ("", *r.extras)]
    return {name for name, _ in seen}
