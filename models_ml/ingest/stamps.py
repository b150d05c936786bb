"""Times of delivery: when a row became known, in naive UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

import pyarrow as pa
import pyarrow.compute as pc

from models_ml.errors import UsageError
from models_ml.ingest.arrays import flat, is_text, mask, nulls, wrong_type
from models_ml.ingest.parsing import Parsed, parse_date, parse_distinct

_END_OF_DAY = time(23, 59, 59)
_DATE_ONLY = re.compile(r"\d{4}-?\d\d-?\d\d", re.ASCII)
_STAMP = pa.timestamp("us")


def parse_stamps(name: str, column: pa.ChunkedArray, now: datetime) -> Parsed:
    """Read the times at which rows were delivered, in UTC; a date means the end of its day.

    Raises
    ------
    MlxError
        The column holds neither dates nor times.
    """
    if pa.types.is_timestamp(column.type):
        values = flat(column)
        if values.type.tz is None:
            values = values.cast(_STAMP, safe=False)
        else:
            values = values.cast(pa.timestamp("us", "UTC"), safe=False).cast(_STAMP)
        faults = {f"missing_{name}": nulls(values)}
    else:
        if pa.types.is_date(column.type):
            column = column.cast(pa.date32()).cast(pa.string())
        elif pa.types.is_integer(column.type):
            column = column.cast(pa.string())
        if not is_text(column.type):
            raise wrong_type(name, column.type, "dates or times")
        parsed = parse_distinct(name, column, lambda text: parse_stamp(text, now), _STAMP).decoded()
        values, faults = parsed.values, parsed.faults
    future = pc.greater(values, pa.scalar(now, _STAMP))
    return Parsed(values, faults | {f"future_{name}": mask(future)})


def parse_stamp(text: str, now: datetime) -> datetime:
    """Read one time, naive UTC; a date means the end of its day, today's the present."""
    if _DATE_ONLY.fullmatch(text):
        return end_of_day(parse_date(text), now)
    return naive_utc(datetime.fromisoformat(text))


def parse_loaded_at(text: str) -> datetime:
    """Read the value of ``--loaded-at``: a date (the end of that day) or an ISO time, UTC.

    Raises
    ------
    UsageError
        It is neither.
    """
    try:
        return parse_stamp(text.strip(), datetime.now(UTC).replace(tzinfo=None))
    except ValueError:
        raise UsageError(
            f"loaded_at {text!r} is neither a date nor a time",
            hint="2016-03-02, or 2016-03-02T22:00:00",
        ) from None


def end_of_day(day: date, now: datetime) -> datetime:
    """Last second of a day, but not later than now if it is today (UTC)."""
    return now if day == now.date() else datetime.combine(day, _END_OF_DAY)


def naive_utc(moment: datetime) -> datetime:
    """Convert a time with a zone to UTC; one without is UTC already."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
