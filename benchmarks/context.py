"""What every benchmark is given: data, engines, limits and a place to work."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from benchmarks.ledger import Ledger
from benchmarks.peers import Peer
from benchmarks.prices import Prices
from benchmarks.workplace import ROOT, Workplace, open_workplace
from tests import postgres

BUILD = ROOT / "build"


@dataclass
class Context:
    """Options of the command line and what follows from them."""

    data: Path
    repeats: int
    engines: tuple[str, ...]
    timeout: float
    limit: int | None = None
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def folder(self) -> Path:
        """Scratch folder of the benchmarks."""
        return BUILD / "bench"

    @property
    def prices(self) -> Prices:
        """The prices to work on."""
        return Prices(self.data)

    @cached_property
    def server(self) -> postgres.Server:
        """PostgreSQL, found or started as the tests do; stopped at the end if it is ours."""
        found = postgres.find_or_start(os.getpid())
        if found.home is not None:
            self.stack.callback(postgres.stop, found)
        return found

    def ledger(self, name: str) -> Ledger:
        """Return the record of a benchmark's runs on this data."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return Ledger(self.folder / f"{name}-{self.data.stem}.json", self.repeats)

    @contextmanager
    def workplace(self, engine: str, name: str) -> Iterator[Workplace]:
        """Open an empty database of an engine."""
        server = self.server if engine == "postgres" else None
        folder = self.folder / f"{name}-{engine}"
        with open_workplace(engine, folder, server, self.timeout) as place:
            yield place

    def peer(self, name: str) -> Peer:
        """Return a peer in its own environment, installed on first use."""
        return Peer(name, BUILD / "peers", self.timeout)
