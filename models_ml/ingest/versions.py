"""Writing prices as versions: a row is added where it differs from what was known before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models_ml.errors import UsageError
from models_ml.ingest.columns import LOADED_AT, NUMBERS
from models_ml.ingest.keys import with_previous
from models_ml.warehouse import Transaction, columns_sql

_SLICE_ROWS = 250_000
_BULK_ROWS = 50_000
_STAMP = pa.timestamp("us")


@dataclass(frozen=True)
class Written:
    """Versions added to `raw.prices`: of new keys, and of keys that were there."""

    new: int
    changed: int


def write_versions(
    transaction: Transaction, rows: pa.Table, stamp: datetime, newest: datetime | None
) -> Written:
    """Add a version of each row that differs from the one known when it was delivered.

    Known is the newest version of the same ticker and day, stored or of an earlier delivery among
    the rows. Columns that the rows do not have are not compared; a new version keeps what was
    known of them. A version that was loaded before its own day counts for nothing once the day has
    come: dbt refuses it, so the same values are written again. Only keys of the delivery are looked
    up, within its dates.

    Parameters
    ----------
    transaction
        Holds the lock of the prices.
    rows
        ticker, dt, number columns, and loaded_at if the rows were delivered at different times;
        no key twice.
    stamp
        `loaded_at` of rows that have none; naive UTC.
    newest
        The newest load before, as :func:`newest_load` returns it.

    Raises
    ------
    UsageError
        A version would be added at or before the newest load: incremental models find changes
        by a `loaded_at` later than any that they have seen.
    """
    if LOADED_AT in rows.column_names:
        rows = with_previous(rows)
    new = changed = 0
    for part in _slices(rows):
        transaction.stage("stage_prices", _complete(part, stamp))
        written = _write_staged(transaction, _delivered(rows), part["dt"], newest)
        new, changed = new + written.new, changed + written.changed
    return Written(new, changed)


def newest_load(transaction: Transaction) -> datetime | None:
    """Return the newest `loaded_at` of the prices; None while there are none."""
    newest = transaction.read("select max(loaded_at) as loaded_at from raw.prices")
    found: datetime | None = newest["loaded_at"][0].as_py()
    return found


def _slices(rows: pa.Table) -> Iterator[pa.Table]:
    """Cut the rows into blocks of whole days, in order of date: memory stays bounded."""
    days = rows["dt"].to_numpy()
    order = np.argsort(days, kind="stable")
    ordered = days[order]
    start = 0
    while start < len(order):
        last = ordered[min(start + _SLICE_ROWS, len(order)) - 1]
        end = int(np.searchsorted(ordered, last, side="right"))
        yield rows.take(pa.array(order[start:end]))
        start = end


def _complete(part: pa.Table, stamp: datetime) -> pa.Table:
    part = part.set_column(0, "ticker", part["ticker"].cast(pa.string()))
    if LOADED_AT in part.column_names:
        return part
    for name, value in (
        (LOADED_AT, pa.scalar(stamp, _STAMP)),
        ("previous_loaded_at", pa.scalar(None, _STAMP)),
        ("repeats", pa.scalar(False)),
    ):
        part = part.append_column(name, pa.repeat(value, part.num_rows))
    return part


def _delivered(rows: pa.Table) -> list[str]:
    return [name for name in NUMBERS if name in rows.column_names]


def _write_staged(
    transaction: Transaction,
    delivered: Sequence[str],
    days: pa.ChunkedArray,
    newest: datetime | None,
) -> Written:
    new_versions = f"({_new_versions_sql(delivered)}) as new_versions"
    dates = {"dt_from": pc.min(days).as_py(), "dt_to": pc.max(days).as_py()}
    counts = transaction.read(
        "select count(*) as versions, sum(case when is_new then 1 else 0 end) as new_keys, "
        f"min(loaded_at) as oldest from {new_versions}",
        dates,
    ).to_pylist()[0]
    if counts["versions"] == 0:
        return Written(new=0, changed=0)
    _require_later(counts["oldest"], newest)
    columns = columns_sql(("ticker", "dt", "loaded_at", *NUMBERS))
    transaction.execute(
        f"insert into raw.prices ({columns}) select {columns} from {new_versions} "
        # A day's rows lie together, so DuckDB skips the other days by their minima and maxima.
        "order by dt, loaded_at, ticker",
        dates,
    )
    if counts["versions"] >= _BULK_ROWS:
        transaction.analyze("raw.prices")
    new = int(counts["new_keys"])
    return Written(new=new, changed=int(counts["versions"]) - new)


def _new_versions_sql(delivered: Sequence[str]) -> str:
    values = ", ".join(f"{'stage' if name in delivered else 'known'}.{name}" for name in NUMBERS)
    changed = (f"stage.{name} is distinct from known.{name}" for name in delivered)
    differs = " or ".join((*changed, _early("known.loaded_at")))
    return f"""
        select ticker, dt, loaded_at, {columns_sql(NUMBERS)}, is_new
        from (
            select distinct on (stage.ticker, stage.dt, stage.loaded_at)
                stage.ticker, stage.dt, stage.loaded_at, {values},
                known.ticker is null and stage.previous_loaded_at is null as is_new,
                case
                    when known.ticker is null or known.loaded_at < stage.previous_loaded_at
                    then stage.repeats and not ({_early("stage.previous_loaded_at")})
                    else not ({differs})
                end as is_known
            from stage_prices as stage
            left join raw.prices as known
                on stage.ticker = known.ticker and stage.dt = known.dt
                and known.dt between :dt_from and :dt_to
                and known.loaded_at <= stage.loaded_at
            order by stage.ticker, stage.dt, stage.loaded_at, known.loaded_at desc
        ) as compared
        where not is_known
    """


def _early(loaded_at: str) -> str:
    """Whether a version was loaded before its day, and this one is not."""
    return f"({loaded_at} < stage.dt and stage.dt <= stage.loaded_at)"


def _require_later(oldest: datetime, newest: datetime | None) -> None:
    if newest is not None and oldest <= newest:
        raise UsageError(
            f"loaded_at {oldest} is not after the newest load, {newest}: models that build "
            "on changes would not see these rows; nothing was written",
            hint="deliveries are replayed in order; start from an empty database, or --loaded-at "
            "a later time",
        )
