"""The feature matrix, streamed from the warehouse in any order and put into key order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models_ml.errors import MlxError
from models_ml.warehouse import columns_sql

if TYPE_CHECKING:
    from models_ml.warehouse.base import Snapshot

_EPOCH = "date '1970-01-01'"


def read_matrix(
    snapshot: Snapshot,
    relation: str,
    features: Sequence[str],
    condition: str,
    parameters: dict[str, Any],
    tickers: npt.NDArray[np.object_],
    dt: npt.NDArray[np.datetime64],
    ticker_no: npt.NDArray[np.intp],
) -> npt.NDArray[np.float32]:
    """Stream the features and put every block's rows where their keys belong."""
    listed = snapshot.read(
        "select ticker, cast(row_number() over (order by ticker) as integer) as ticker_no "
        f"from (select distinct ticker from {relation} where {condition}) as tickers",
        parameters,
    )
    known = np.searchsorted(tickers, np.asarray(listed["ticker"].to_numpy(), dtype=object))
    to_ticker_no = np.zeros(len(listed) + 1, dtype=np.int64)
    to_ticker_no[listed["ticker_no"].to_numpy()] = known
    keys = dt.astype(np.int64) * len(tickers) + ticker_no
    matrix = np.empty((dt.size, len(features)), dtype=np.float32)
    n_placed = 0

    def place(block: npt.NDArray[np.float32]) -> None:
        nonlocal n_placed
        n_placed += len(block)
        row_keys = block[:, 1].astype(np.int64) * len(tickers)
        row_keys += to_ticker_no[block[:, 0].astype(np.int64)]
        matrix[np.searchsorted(keys, row_keys)] = block[:, 2:]

    snapshot.stream(
        f"select numbered.ticker_no, dt - {_EPOCH} as day_no, {columns_sql(features)} "
        f"from {relation} as rows_wanted inner join ("
        "select ticker as numbered_ticker, row_number() over (order by ticker) as ticker_no "
        f"from (select distinct ticker from {relation} where {condition}) as tickers"
        f") as numbered on rows_wanted.ticker = numbered.numbered_ticker where {condition}",
        ["ticker_no", "day_no", *features],
        place,
        parameters,
    )
    if n_placed != dt.size:
        raise MlxError(f"{relation} gave {n_placed} rows of features for {dt.size} keys")
    return matrix
