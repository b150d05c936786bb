"""Prices, index membership and securities at once: all files are checked, then all are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models_ml.ingest.columns import (
    PRICE_ALIASES,
    SECURITY_ALIASES,
    UNIVERSE_ALIASES,
    share_mapping,
)
from models_ml.ingest.prices import PreparedPrices, PriceOptions, read_prices
from models_ml.ingest.reference import PreparedReference, read_securities, read_universe
from models_ml.ingest.report import IngestReport, ReferenceReport
from models_ml.ingest.tables import LOCK
from models_ml.warehouse import open_warehouse

if TYPE_CHECKING:
    from models_ml.project import Project

_ALIASES = {
    "prices": PRICE_ALIASES,
    "universe": UNIVERSE_ALIASES,
    "securities": SECURITY_ALIASES,
}


@dataclass(frozen=True)
class PreparedFiles:
    """Checked files, by the name of their table; nothing is written yet."""

    files: Mapping[str, PreparedPrices | PreparedReference]

    def write(self, project: Project) -> dict[str, IngestReport | ReferenceReport]:
        """Write them all in one transaction; a report of each.

        Raises
        ------
        UsageError
            The prices are not after the newest load.
        MlxError
            The warehouse cannot be reached or has no tables yet.
        """
        with open_warehouse(project).transaction(LOCK) as transaction:
            return {name: file.write(transaction) for name, file in self.files.items()}


def read_files(
    prices: Sequence[str | Path],
    universe: Path | None,
    securities: Path | None,
    *,
    columns: Mapping[str, str],
    options: PriceOptions,
    on_progress: Callable[[str], None],
) -> PreparedFiles:
    """Read and check files of any kind; the small ones first.

    Parameters
    ----------
    prices, universe, securities
        The files; none of a kind is fine.
    columns
        Our column name to the files'; each file is given those that its kind has.
    options, on_progress
        Of the prices.

    Raises
    ------
    RefusedError
        Rows of a file are bad.
    UsageError
        No such file, a missing or ambiguous column, or a mapped one that no given file has.
    MlxError
        A file cannot be read.
    """
    given = {"prices": prices, "universe": universe, "securities": securities}
    chosen = share_mapping(columns, {name: _ALIASES[name] for name, file in given.items() if file})
    references = {}
    if universe:
        references["universe"] = read_universe(universe, chosen["universe"])
    if securities:
        references["securities"] = read_securities(securities, chosen["securities"])
    if not prices:
        return PreparedFiles(references)
    delivery = read_prices(
        prices, columns=chosen["prices"], options=options, on_progress=on_progress
    )
    return PreparedFiles({"prices": delivery, **references})
