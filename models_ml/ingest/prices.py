"""Prices from files into `raw.prices`, the append-only log of versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from models_ml.errors import UsageError
from models_ml.ingest.columns import LOADED_AT, NUMBERS
from models_ml.ingest.delivery import Delivery, read_delivery
from models_ml.ingest.reading import expand_paths
from models_ml.ingest.refusals import RefusalLog
from models_ml.ingest.report import IngestReport
from models_ml.ingest.stamps import end_of_day, naive_utc
from models_ml.ingest.tables import LOCK
from models_ml.ingest.thin_days import thin_days
from models_ml.ingest.versions import Written, newest_load, write_versions
from models_ml.project import load_project
from models_ml.warehouse import Transaction, open_warehouse

if TYPE_CHECKING:
    from models_ml.project import Project


@dataclass(frozen=True)
class PriceOptions:
    """How the files of a delivery are taken, as :func:`ingest` says."""

    loaded_at: datetime | date | None = None
    as_of_column: str | None = None
    skip_bad: bool = False
    keep_bad: bool = False


@dataclass(frozen=True)
class PreparedPrices:
    """The checked rows of a delivery; nothing is written yet.

    Attributes
    ----------
    files
        The files, globs resolved.
    delivery
        Their rows.
    log
        The rows that were left out.
    stamp
        When the delivery was made; None for the time of writing.
    """

    files: tuple[str, ...]
    delivery: Delivery
    log: RefusalLog
    stamp: datetime | None

    def write(self, transaction: Transaction) -> IngestReport:
        """Add a version of each row that differs; the transaction holds the lock of ingest.

        Raises
        ------
        UsageError
            The delivery is not after the newest load.
        """
        rows = self.delivery.rows.drop_columns(["file", "row"])
        # The present is read under the lock, so that loads are stamped in their order.
        stamp = self.stamp or _now()
        newest = newest_load(transaction)
        written = write_versions(transaction, rows, stamp, newest)
        warnings = thin_days(transaction, rows["dt"], newest) if written.new else ()
        return _report(self, written, stamp, warnings)


def ingest(
    paths: str | Path | Sequence[str | Path],
    *,
    project: Project | None = None,
    columns: Mapping[str, str] | None = None,
    loaded_at: datetime | date | None = None,
    as_of_column: str | None = None,
    skip_bad: bool = False,
    keep_bad: bool = False,
    on_progress: Callable[[str], None] | None = None,
) -> IngestReport:
    """Add the prices of CSV and Parquet files to the warehouse, in one transaction.

    A row is added, as a new version, only where it differs from the newest version of its ticker
    and day: the same file twice adds nothing. Columns are found by name and common aliases;
    what the files do not have stays as it was known, or NULL.

    Parameters
    ----------
    paths
        Files or globs: .csv, .csv.gz, .tsv, .txt, .parquet. Together they are one delivery.
    project
        The project whose warehouse is written; by default the one around the current directory.
    columns
        Our column name to the file's, where it is not found by itself.
    loaded_at
        When the files were delivered, to replay history: naive UTC, or a date for the end of that
        day. Must be later than every load before it. Default: now.
    as_of_column
        A column of the files that says when each row was delivered (a date means the end of that
        day); the deliveries are replayed in order.
    skip_bad
        Leave bad rows out, instead of refusing everything. The report counts and lists them.
    keep_bad
        Let rows in whose values cannot be right (a negative price, high below low); the model
        int_rejected_prices then rejects and reports them. Rows that cannot be read or keyed stay
        refused.
    on_progress
        Called with a line of text at each step.

    Raises
    ------
    RefusedError
        Rows are bad; its `refusals` are the first ones. Nothing was written.
    UsageError
        No such file, a missing or ambiguous column, a `loaded_at` in the future or not after the
        newest load.
    MlxError
        A file cannot be read, the warehouse cannot be reached or has no tables yet.
    """
    project = project or load_project()
    tell = on_progress or _silent
    options = PriceOptions(loaded_at, as_of_column, skip_bad, keep_bad)
    prepared = read_prices(paths, columns=columns or {}, options=options, on_progress=tell)
    tell("writing")
    with open_warehouse(project).transaction(LOCK) as transaction:
        return prepared.write(transaction)


def read_prices(
    paths: str | Path | Sequence[str | Path],
    *,
    columns: Mapping[str, str],
    options: PriceOptions,
    on_progress: Callable[[str], None],
) -> PreparedPrices:
    """Read and check price files, as :func:`ingest` takes them.

    Raises
    ------
    MlxError
        As for :func:`ingest`, without the warehouse.
    """
    files = expand_paths([paths] if isinstance(paths, str | Path) else paths)
    now = _now()
    stamp = _checked_stamp(options, now)
    log = RefusalLog()
    delivery = read_delivery(
        files,
        columns=columns,
        as_of_column=options.as_of_column,
        stamp=stamp or now,
        now=now,
        keep_bad=options.keep_bad,
        log=log,
        on_progress=on_progress,
    )
    if log.refused and not options.skip_bad:
        raise log.error(delivery.read, hint="mend the file, or leave these rows out: --skip-bad")
    return PreparedPrices(tuple(files), delivery, log, stamp)


def _checked_stamp(options: PriceOptions, now: datetime) -> datetime | None:
    loaded_at = options.loaded_at
    if loaded_at is None:
        return None
    if options.as_of_column is not None:
        raise UsageError("loaded_at and as_of_column both say when the rows were delivered")
    if isinstance(loaded_at, datetime):
        stamp = naive_utc(loaded_at)
    else:
        stamp = end_of_day(loaded_at, now)
    if stamp > now:
        raise UsageError(f"loaded_at {stamp} is in the future (now is {now:%Y-%m-%d %H:%M} UTC)")
    return stamp


def _report(
    prepared: PreparedPrices, written: Written, stamp: datetime, warnings: tuple[str, ...]
) -> IngestReport:
    delivery, log, rows = prepared.delivery, prepared.log, prepared.delivery.rows
    stamps = rows[LOADED_AT] if LOADED_AT in rows.column_names else pa.array([stamp])
    days = pc.min_max(rows["dt"]).as_py()
    return IngestReport(
        files=prepared.files,
        read=delivery.read,
        new=written.new,
        changed=written.changed,
        unchanged=rows.num_rows - written.new - written.changed,
        duplicates=delivery.duplicates,
        refused=log.refused,
        suspect=delivery.suspect,
        loaded_at=pc.max(stamps).as_py(),
        deliveries=len(pc.unique(stamps)),
        dt_from=days["min"],
        dt_to=days["max"],
        tickers=len(pc.unique(rows["ticker"])),
        refused_by_reason=dict(log.counts),
        refusals=log.refusals,
        absent=tuple(name for name in NUMBERS if name not in rows.column_names),
        ignored=delivery.ignored,
        warnings=warnings,
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _silent(_: str) -> None:
    pass
