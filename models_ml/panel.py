"""The feature matrix with its keys and labels, and which rows of it are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Selection:
    """Which rows of the training set: tickers and days, all where None."""

    tickers: tuple[str, ...] | None = None
    start: date | None = None
    end: date | None = None

    def condition(self) -> tuple[str, dict[str, Any]]:
        """Return the SQL condition and its parameters."""
        clauses, parameters = ["true"], dict[str, Any]()
        if self.tickers is not None:
            clauses.append("ticker = any(:tickers)")
            parameters["tickers"] = list(self.tickers)
        if self.start is not None:
            clauses.append("dt >= :start")
            parameters["start"] = self.start
        if self.end is not None:
            clauses.append("dt <= :end")
            parameters["end"] = self.end
        return " and ".join(clauses), parameters

    def __str__(self) -> str:
        """Say it in words, for messages."""
        who = "all tickers" if self.tickers is None else ", ".join(self.tickers)
        return f"{who}, {self.start or 'the first day'} to {self.end or 'the last day'}"


@dataclass(frozen=True)
class Panel:
    """Rows of the training set, sorted by day, then by ticker.

    Attributes
    ----------
    features
        Names of the matrix' columns.
    matrix
        float32, shape (n_rows, n_features); NaN where a feature is NULL.
    ticker, dt
        Keys, shape (n_rows,).
    label
        Return over the horizon, float64; NaN where it has not matured.
    target
        What the learner is to fit, float64: the raw, excess or rank label.
    label_end
        Day on which the label is known; NaT while it has not come.
    """

    features: tuple[str, ...]
    matrix: npt.NDArray[np.float32]
    ticker: npt.NDArray[np.object_]
    dt: Days
    label: npt.NDArray[np.float64]
    target: npt.NDArray[np.float64]
    label_end: Days

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.dt.size)

    def only(self, tickers: Sequence[str], days: Sequence[date]) -> Panel:
        """Return the rows with these keys."""
        wanted = set(zip(tickers, days, strict=True))
        keys = zip(self.ticker, self.dt.astype(date), strict=True)
        kept = np.fromiter((key in wanted for key in keys), dtype=bool, count=self.n_rows)
        columns = ("matrix", "ticker", "dt", "label", "target", "label_end")
        return replace(self, **{name: getattr(self, name)[kept] for name in columns})

    def fingerprint(self) -> str:
        """SHA-256 of keys, labels and features, in key order."""
        digest = hashlib.sha256("\n".join(self.features).encode())
        digest.update("\n".join(self.ticker).encode())
        for values in (self.dt, self.target, self.label, self.matrix):
            digest.update(np.ascontiguousarray(values).view(np.uint8).data)
        return digest.hexdigest()


@dataclass(frozen=True)
class Labels:
    """Labels of one horizon, shape (n_rows,) each; see :class:`Panel`."""

    label: npt.NDArray[np.float64]
    target: npt.NDArray[np.float64]
    label_end: Days


@dataclass(frozen=True)
class SharedPanel:
    """One matrix with the labels of several horizons, sorted by day, then by ticker."""

    features: tuple[str, ...]
    matrix: npt.NDArray[np.float32]
    ticker: npt.NDArray[np.object_]
    dt: Days
    labels: Mapping[int, Labels]

    def panel(self, horizon: int, *, labelled: bool = True) -> Panel:
        """Return a horizon's panel: the rows whose target is known, or all of them.

        The matrix is shared where these are the first rows, and copied where they are not.
        """
        labels = self.labels[horizon]
        known = np.isfinite(labels.target) if labelled else np.ones(self.dt.size, dtype=bool)
        n_known = int(known.sum())
        rows = slice(0, n_known) if known[:n_known].all() else known
        return Panel(
            features=self.features,
            matrix=self.matrix[rows],
            ticker=self.ticker[rows],
            dt=self.dt[rows],
            label=labels.label[rows],
            target=labels.target[rows],
            label_end=labels.label_end[rows],
        )
