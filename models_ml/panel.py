"""The feature matrix with its keys and labels, read from the warehouse in key order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models_ml.errors import MlxError
from models_ml.panel_matrix import read_matrix
from models_ml.warehouse import Warehouse, identifier

if TYPE_CHECKING:
    from models_ml.warehouse.base import Snapshot

Days = npt.NDArray[np.datetime64]
_RETURN_LABEL = re.compile(r"label_ret_(\d+)d")


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


def read_panel(
    warehouse: Warehouse,
    mart: str,
    features: Sequence[str],
    *,
    horizon: int,
    target: str = "raw",
    selection: Selection | None = None,
    labelled: bool = True,
) -> Panel:
    """Read rows of ``training_set`` with the labels of one horizon.

    Parameters and errors are those of :func:`read_shared_panel`.
    """
    shared = read_shared_panel(
        warehouse,
        mart,
        features,
        horizons=[horizon],
        target=target,
        selection=selection,
        labelled=labelled,
    )
    return shared.panel(horizon, labelled=labelled)


def read_shared_panel(
    warehouse: Warehouse,
    mart: str,
    features: Sequence[str],
    *,
    horizons: Sequence[int],
    target: str = "raw",
    selection: Selection | None = None,
    labelled: bool = True,
) -> SharedPanel:
    """Read rows of ``training_set`` with the labels of several horizons.

    The matrix is made once: blocks arrive in any order and are put into their place by key.

    Parameters
    ----------
    warehouse, mart
        Where to read: the database and the schema of the dbt models.
    features
        Feature columns, in the order of the matrix.
    horizons
        Trading days; they name the label columns.
    target
        ``raw``, ``excess`` or ``rank``.
    selection
        Tickers and days; all by default.
    labelled
        Only rows whose target is known for one horizon at least.

    Raises
    ------
    MlxError
        No row fits, or there is no such label column.
    """
    selection = selection or Selection()
    condition, parameters = selection.condition()
    relation = f"{identifier(mart)}.training_set"
    goals = {h: identifier(f"label_{'ret' if target == 'raw' else target}_{h}d") for h in horizons}
    if labelled:
        known = " or ".join(f"{goal} is not null" for goal in goals.values())
        condition += f" and ({known})"
    columns = ", ".join(
        f"label_ret_{h}d as label_{h}, {goal} as target_{h}, label_end_dt_{h}d as label_end_{h}"
        for h, goal in goals.items()
    )
    with warehouse.snapshot() as snapshot:
        _refuse_unknown_horizons(snapshot, relation, horizons)
        keys = snapshot.read(
            f"select ticker, dt, {columns} from {relation} where {condition}", parameters
        )
        if keys.num_rows == 0:
            raise _no_rows(snapshot, relation, selection)
        names, ticker_no = _numbered(keys["ticker"])
        dt = keys["dt"].to_numpy().astype("datetime64[D]")
        order = np.argsort(dt.astype(np.int64) * names.size + ticker_no)
        dt, ticker_no = dt[order], ticker_no[order]
        matrix = read_matrix(
            snapshot, relation, features, condition, parameters, names, dt, ticker_no
        )
    labels = {
        h: Labels(
            label=_floats(keys[f"label_{h}"])[order],
            target=_floats(keys[f"target_{h}"])[order],
            label_end=keys[f"label_end_{h}"].to_numpy().astype("datetime64[D]")[order],
        )
        for h in horizons
    }
    return SharedPanel(tuple(features), matrix, names[ticker_no], dt, labels)


def read_trading_days(warehouse: Warehouse, mart: str, first: Any, last: Any) -> Days:
    """Read the exchange calendar between two days, both included."""
    table = warehouse.read(
        f"select dt from {identifier(mart)}.int_trading_days "
        "where is_open and dt between :first and :last order by dt",
        {"first": _as_date(first), "last": _as_date(last)},
    )
    return np.asarray(table["dt"].to_numpy().astype("datetime64[D]"))


def count_labels(warehouse: Warehouse, mart: str, selection: Selection) -> list[dict[str, Any]]:
    """Count the rows of every ``label_ret`` column of ``labels``, and those that have matured."""
    relation = f"{identifier(mart)}.labels"
    condition, parameters = selection.condition()
    names = warehouse.read(f"select * from {relation} limit 0").column_names
    labels = [identifier(name) for name in names if name.startswith("label_ret_")]
    counts = ", ".join(f"count({name}) as {name}" for name in labels)
    row = warehouse.read(
        "select count(*) as n_rows, min(dt) as first_dt, max(dt) as last_dt, "
        f"{counts} from {relation} where {condition}",
        parameters,
    ).to_pylist()[0]
    return [
        {
            "label": name,
            "n_rows": row["n_rows"],
            "n_labelled": row[name],
            "dt_from": row["first_dt"],
            "dt_to": row["last_dt"],
        }
        for name in labels
    ]


def _refuse_unknown_horizons(snapshot: Snapshot, relation: str, horizons: Sequence[int]) -> None:
    columns = snapshot.read(f"select * from {relation} limit 0").column_names
    known = [found[1] for name in columns if (found := _RETURN_LABEL.fullmatch(name))]
    if lacking := [horizon for horizon in horizons if str(horizon) not in known]:
        raise MlxError(
            f"{relation} has no labels for horizon {lacking[0]}, only for {', '.join(known)}",
            hint="add it to the var horizons of dbt_project.yml, then dbt build --full-refresh",
        )


def _no_rows(snapshot: Snapshot, relation: str, selection: Selection) -> MlxError:
    span = snapshot.read(
        "select min(dt) as first, max(dt) as last, count(distinct ticker) as tickers "
        f"from {relation}"
    ).to_pylist()[0]
    if not span["tickers"]:
        return MlxError(f"{relation} is empty", hint="mlx ingest FILE && dbt build")
    return MlxError(
        f"{relation} has no rows for {selection}: it holds {span['tickers']} tickers, "
        f"{span['first']} to {span['last']}",
        hint="choose other --tickers, --start or --end",
    )


def _numbered(column: Any) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Return the distinct names in order, and the number of each row's name among them."""
    encoded = column.combine_chunks().dictionary_encode()
    found = np.array(encoded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(found)
    number = np.empty(found.size, dtype=np.int64)
    number[order] = np.arange(found.size)
    return found[order], number[encoded.indices.to_numpy()]


def _floats(column: Any) -> npt.NDArray[np.float64]:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _as_date(day: Any) -> date:
    return day if isinstance(day, date) else np.datetime64(day, "D").astype(date)
