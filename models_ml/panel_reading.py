"""Reading a panel from ``training_set``, and the exchange calendar beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models_ml.errors import MlxError
from models_ml.panel import Days, Labels, Panel, Selection, SharedPanel
from models_ml.panel_matrix import read_matrix
from models_ml.warehouse import Warehouse, identifier

if TYPE_CHECKING:
    from models_ml.warehouse.base import Snapshot

_RETURN_LABEL = re.compile(r"label_ret_(\d+)d")


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
