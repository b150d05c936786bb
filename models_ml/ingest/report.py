"""What an ingest did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from models_ml.ingest.refusals import Refusal


@dataclass(frozen=True)
class IngestReport:
    """Rows of price files, and what became of them.

    ``read = new + changed + unchanged + duplicates + refused``.

    Attributes
    ----------
    files
        The files, globs resolved.
    read
        Rows in them.
    new
        Rows of tickers and days that were not there.
    changed
        Rows that differ from the newest version: each adds a version.
    unchanged
        Rows that are there already.
    duplicates
        Rows that repeat another one of the files.
    refused
        Rows left out; `refused_by_reason` counts them, `refusals` shows the first.
    suspect
        Rows that came in although their values cannot be right; dbt rejects and reports them.
    loaded_at
        Time of the (last) delivery, naive UTC.
    deliveries
        Number of different times of delivery.
    dt_from, dt_to
        First and last day of the rows that were not refused.
    tickers
        Number of their tickers.
    absent
        Columns of ours that the files do not have.
    ignored
        Columns of the files that are none of ours.
    warnings
        What came in but looks wrong.
    """

    files: tuple[str, ...]
    read: int
    new: int
    changed: int
    unchanged: int
    duplicates: int
    refused: int
    suspect: int
    loaded_at: datetime
    deliveries: int
    dt_from: date
    dt_to: date
    tickers: int
    refused_by_reason: dict[str, int]
    refusals: tuple[Refusal, ...]
    absent: tuple[str, ...]
    ignored: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """One document; dates are ISO text."""
        return asdict(self) | {
            "loaded_at": self.loaded_at.isoformat(),
            "dt_from": self.dt_from.isoformat(),
            "dt_to": self.dt_to.isoformat(),
        }


@dataclass(frozen=True)
class ReferenceReport:
    """Rows of a universe or securities file, which replaces its table's content.

    Attributes
    ----------
    file
        The file.
    table
        The table that now holds what the file holds.
    read
        Rows in the file.
    new, changed, unchanged
        What became of them.
    removed
        Rows of the table that the file does not have.
    tickers
        Number of tickers in the file.
    warnings
        What came in but looks wrong.
    """

    file: str
    table: str
    read: int
    new: int
    changed: int
    unchanged: int
    removed: int
    tickers: int
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """One document."""
        return asdict(self)
