"""Publishing: forecasts, their log and the run that made them, in one transaction."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models_ml.errors import MlxError
from models_ml.runs import run_row, utc_now
from models_ml.shadow import Shadow
from models_ml.warehouse import Transaction, Warehouse, append, upsert, upsert_each

if TYPE_CHECKING:
    import pyarrow as pa


def publish(
    warehouse: Warehouse,
    ml: str,
    rows: pa.Table,
    shadows: tuple[Shadow, ...],
    run: dict[str, Any],
    fingerprint: Future[str],
    *,
    champion: str | None = None,
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
    champion
        Model that must still be the champion of its horizon.

    Returns
    -------
    int
        Rows that were not there yet with the same values.

    Raises
    ------
    MlxError
        Another model became the champion meanwhile; nothing was written.
    """
    keys = {
        f"{ml}.preds": ["ticker", "dt", "horizon"],
        f"{ml}.preds_log": ["ticker", "dt", "horizon", "model_id"],
    }
    keep = ["run_id", "created_at"]
    with warehouse.transaction("preds") as transaction:
        if champion is not None:
            _require_champion(transaction, ml, champion)
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


def _require_champion(transaction: Transaction, ml: str, model_id: str) -> None:
    """Refuse to publish over what a new champion may have published in the meantime."""
    query = f"select alias from {ml}.models where model_id = :model_id and alias = 'champion'"
    if not transaction.read(query, {"model_id": model_id}).num_rows:
        raise MlxError(
            f"model {model_id} is no longer the champion; nothing was published",
            hint="mlx infer again, or name the model",
        )
