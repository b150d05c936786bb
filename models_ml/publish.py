"""Publishing: forecasts, their log and the run that made them, in one transaction."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models_ml.runs import run_row, utc_now
from models_ml.shadow import Shadow
from models_ml.warehouse import Warehouse, append, upsert, upsert_each

if TYPE_CHECKING:
    import pyarrow as pa


def publish(
    warehouse: Warehouse,
    ml: str,
    rows: pa.Table,
    shadows: tuple[Shadow, ...],
    run: dict[str, Any],
    fingerprint: Future[str],
) -> int:
    """Upsert both tables; the run is recorded only where it changed something.

    Parameters
    ----------
    warehouse, ml
        Where to write: the database and the schema of the tables of mlx.
    rows
        Forecasts, with the columns of ``ml.preds``.
    shadows
        What challengers forecast, for ``ml.preds_log`` alone.
    run
        Columns of ``ml.runs`` but for when it ended and the data's fingerprint.
    fingerprint
        Of the data, still being computed.

    Returns
    -------
    int
        Rows that were not there yet with the same values.
    """
    keys = {
        f"{ml}.preds": ["ticker", "dt", "horizon"],
        f"{ml}.preds_log": ["ticker", "dt", "horizon", "model_id"],
    }
    keep = ["run_id", "created_at"]
    with warehouse.transaction("preds") as transaction:
        published, logged = upsert_each(transaction, keys, rows, keep=keep)
        n_logged = logged.written
        for table in filter(None, (each.table for each in shadows)):
            name = f"{ml}.preds_log"
            n_logged += upsert(transaction, name, table, key=keys[name], keep=keep).written
        if published.written or n_logged:
            finished: datetime = utc_now()
            known = {"data_fingerprint": fingerprint.result(), "finished_at": finished}
            append(transaction, f"{ml}.runs", run_row({**run, **known}))
    return max(published.written, n_logged)
