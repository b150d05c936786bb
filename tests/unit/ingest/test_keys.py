"""Duplicates and repeated deliveries, against plain Python dictionaries."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from models_ml.ingest.keys import compare_neighbours, duplicates, with_previous

DAY, STAMP = date(2016, 3, 1), datetime(2016, 3, 2, 22)


def table(rows: Sequence[tuple[str, int, int, float | None]], *, stamped: bool = True) -> pa.Table:
    """Rows of ticker, day, delivery and close."""
    columns = {
        "ticker": pa.array([row[0] for row in rows], pa.string()).dictionary_encode(),
        "dt": pa.array([DAY + timedelta(row[1]) for row in rows], pa.date32()),
        "close": pa.array([row[3] for row in rows], pa.float64()),
        "loaded_at": pa.array([STAMP + timedelta(row[2]) for row in rows], pa.timestamp("us")),
    }
    return pa.table(columns if stamped else {n: columns[n] for n in ("ticker", "dt", "close")})


def places(rows: pa.Table) -> tuple[list[int], list[int]]:
    contradicting, repeating = duplicates(compare_neighbours(rows))
    return contradicting.nonzero()[0].tolist(), repeating.nonzero()[0].tolist()


def test_rows_without_duplicates() -> None:
    assert places(table([("A", 0, 0, 1.0), ("B", 0, 0, 1.0), ("A", 1, 0, 1.0)])) == ([], [])


def test_a_repetition_is_left_out_but_the_first() -> None:
    rows = [("B", 0, 0, 1.0), ("A", 0, 0, None), ("B", 0, 0, 1.0), ("A", 0, 0, None)]
    assert places(table(rows)) == ([], [2, 3])


def test_contradicting_rows_are_all_refused() -> None:
    rows = [("A", 0, 0, 1.0), ("B", 0, 0, 1.0), ("A", 0, 0, 2.0), ("A", 0, 0, 1.0)]
    assert places(table(rows)) == ([0, 2, 3], [])


def test_a_value_contradicts_null() -> None:
    assert places(table([("A", 0, 0, 1.0), ("A", 0, 0, None)])) == ([0, 1], [])


def test_rows_of_other_deliveries_are_no_duplicates() -> None:
    rows = [("A", 0, 0, 1.0), ("A", 0, 1, 2.0)]
    assert places(table(rows)) == ([], [])
    assert places(table(rows, stamped=False)) == ([0, 1], [])


def test_previous_delivery_and_whether_it_is_repeated() -> None:
    rows = with_previous(
        table([("A", 0, 2, 2.0), ("A", 0, 0, 1.0), ("B", 0, 2, 1.0), ("A", 0, 1, 1.0)])
    )
    first, second = STAMP, STAMP + timedelta(1)
    assert rows["previous_loaded_at"].to_pylist() == [second, None, None, first]
    assert rows["repeats"].to_pylist() == [False, False, False, True]


@pytest.mark.parametrize("seed", range(20))
def test_duplicates_of_random_rows_equal_a_dictionary(seed: int) -> None:
    choose = random.Random(seed)
    rows = [
        (choose.choice("ABC"), choose.randrange(3), choose.randrange(2), choose.choice([1.0, None]))
        for _ in range(choose.randrange(1, 40))
    ]
    values: dict[Any, set[float | None]] = {}
    for row in rows:
        values.setdefault(row[:3], set()).add(row[3])
    contradicting = [n for n, row in enumerate(rows) if len(values[row[:3]]) > 1]
    repeating = [
        n
        for n, row in enumerate(rows)
        if len(values[row[:3]]) == 1 and row[:3] in [other[:3] for other in rows[:n]]
    ]
    assert places(table(rows)) == (contradicting, repeating)
