"""Rows that a delivery cannot bring in, each with the place where it stands and the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models_ml.errors import MlxError

SHOWN = 20
_SHOWN_IN_MESSAGE = 3
_MAX_TEXT = 120

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Refusal:
    """One row that was refused.

    Attributes
    ----------
    file
        The file, as it was named.
    row
        Line of a CSV file (its header is line 1) or row of a Parquet file (the first is 1).
    reason
        Short name of the fault, such as ``high_below_low``.
    values
        What the row holds, shortened.
    """

    file: str
    row: int
    reason: str
    values: str

    def __str__(self) -> str:
        """File, place, reason and values in one line."""
        return f"{self.file} {self.fault}"

    @property
    def fault(self) -> str:
        """Place, reason and values, without the file."""
        unit = "row" if is_parquet(self.file) else "line"
        return f"{unit} {self.row} {self.reason} ({self.values})"


class RefusedError(MlxError):
    """A file with bad rows, refused whole.

    Attributes
    ----------
    refusals
        The first of the bad rows.
    refused
        How many there are.
    """

    def __init__(
        self, message: str, hint: str | None, refusals: tuple[Refusal, ...], refused: int
    ) -> None:
        super().__init__(message, hint)
        self.refusals = refusals
        self.refused = refused


class Marks:
    """The first fault found in each row of a table.

    Parameters
    ----------
    n_rows
        Rows of the table.
    """

    def __init__(self, n_rows: int) -> None:
        self._codes = np.zeros(n_rows, dtype=np.int16)
        self._reasons = [""]

    def mark(self, reason: str, rows: BoolArray) -> None:
        """Give a reason to those of the rows that have none yet."""
        fresh = rows & (self._codes == 0)
        if fresh.any():
            if reason not in self._reasons:
                self._reasons.append(reason)
            self._codes[fresh] = self._reasons.index(reason)

    @property
    def rows(self) -> BoolArray:
        """True where a row has a fault, shape (n_rows,)."""
        faulty: BoolArray = self._codes != 0
        return faulty

    def counts(self) -> Counter[str]:
        """Rows by reason."""
        by_code = np.bincount(self._codes, minlength=len(self._reasons))
        return Counter(dict(zip(self._reasons[1:], by_code[1:].tolist(), strict=True)))

    def first(self) -> list[tuple[int, str]]:
        """Positions and reasons of the first faulty rows."""
        places = np.flatnonzero(self._codes)[:SHOWN].tolist()
        return [(place, self._reasons[self._codes[place]]) for place in places]


class RefusalLog:
    """Collects the refused rows of all files: every one is counted, the first ones are kept."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._kept: list[Refusal] = []

    @property
    def refused(self) -> int:
        """Rows refused so far."""
        return self.counts.total()

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The first refused rows, by file and place."""
        return tuple(sorted(self._kept, key=lambda refusal: (refusal.file, refusal.row))[:SHOWN])

    def add(self, marks: Marks, rows: pa.Table) -> None:
        """Take the marked rows of a table that says where they stand (columns file and row)."""
        self.counts += marks.counts()
        for place, reason in marks.first():
            row = {
                name: column[place].as_py()
                for name, column in zip(rows.column_names, rows.columns, strict=True)
            }
            file, number = row.pop("file"), row.pop("row")
            self._kept.append(Refusal(file, number, reason, _shortened(row)))

    def add_lines(self, file: str, lines: Mapping[int, str], reason: str) -> None:
        """Take lines that could not be split into fields."""
        self.counts[reason] += len(lines)
        for number in sorted(lines)[:SHOWN]:
            self._kept.append(Refusal(file, number, reason, _cut(lines[number])))

    def error(self, n_read: int, hint: str | None) -> RefusedError:
        """Build the error that refuses everything."""
        first = self.refusals[:_SHOWN_IN_MESSAGE]
        files = {refusal.file for refusal in self.refusals}
        where = f" of {files.pop()}" if len(files) == 1 else ""
        shown = "; ".join(refusal.fault if where else str(refusal) for refusal in first)
        more = "; ..." if self.refused > len(first) else ""
        return RefusedError(
            f"{self.refused} of {n_read} rows{where} refused, nothing was written: {shown}{more}",
            hint,
            self.refusals,
            self.refused,
        )


def is_parquet(file: str) -> bool:
    """Whether a file's name says that it is Parquet."""
    return file.lower().endswith((".parquet", ".pq"))


def _shortened(row: Mapping[str, object]) -> str:
    return _cut(", ".join("" if value is None else str(value) for value in row.values()))


def _cut(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in text[:_MAX_TEXT])
    return printable + ("..." if len(text) > _MAX_TEXT else "")
