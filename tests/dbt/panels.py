"""The built tables, cell by cell: what must be equal between builds and between engines."""

from typing import Any

import numpy as np
import pandas as pd

from tests.sandbox import Sandbox

KEYS = {
    "int_trading_days": ["dt"],
    "int_rejected_prices": ["ticker", "dt"],
    "int_price_grid": ["ticker", "dt"],
    "features_alpha158": ["ticker", "dt"],
    "labels": ["ticker", "dt"],
}
BOOKKEEPING = {"changed_at", "counted_at"}
TOLERANCE = {np.dtype("float64"): (1e-9, 1e-12), np.dtype("float32"): (1e-6, 1e-6)}


def read_panels(sandbox: Sandbox, schema: str = "mart") -> dict[str, pd.DataFrame]:
    """Read the tables sorted by key, without the columns that say when a row was built."""
    return {table: _read(sandbox, f"{schema}.{table}", key) for table, key in KEYS.items()}


def differences(left: pd.DataFrame, right: pd.DataFrame) -> list[str]:
    """Say where two tables differ: rows, then cells beyond rounding; empty where they are equal.

    A column of float64 may differ by 1e-9 of its value, of float32 by 1e-6 or, near zero, by 1e-6;
    everything else, and which cells are NULL, must be the same.
    """
    if list(left.columns) != list(right.columns):
        return [f"columns {sorted(set(left.columns) ^ set(right.columns))}"]
    if not left.index.equals(right.index):
        return [
            f"rows only on the left {list(left.index.difference(right.index)[:5])}, "
            f"only on the right {list(right.index.difference(left.index)[:5])}"
        ]
    found = []
    for name in left.columns:
        apart = _apart(left[name], right[name])
        if apart.any():
            first = left.index[apart][0]
            found.append(
                f"{name}: {apart.sum()} cells, first at {first}: "
                f"{left.loc[[first], name].iloc[0]!r} and {right.loc[[first], name].iloc[0]!r}"
            )
    return found


def assert_same_panels(left: dict[str, pd.DataFrame], right: dict[str, pd.DataFrame]) -> None:
    """Fail with every table and column that differs."""
    found = {table: differences(left[table], right[table]) for table in left}
    assert not any(found.values()), "\n".join(
        f"{table}: {line}" for table, lines in found.items() for line in lines[:8]
    )


def _read(sandbox: Sandbox, relation: str, key: list[str]) -> pd.DataFrame:
    with sandbox.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(f"select * from {relation}")
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    real = relation.endswith(".features_alpha158")
    frame = pd.DataFrame(rows, columns=names, dtype=object).drop(columns=[*BOOKKEEPING & {*names}])
    frame = frame.set_index(key).sort_index()
    return frame.apply(lambda column: _numbers(column, np.float32 if real else np.float64))


def _numbers(column: pd.Series, number: Any) -> pd.Series:
    given = column.dropna()
    if given.empty or not all(isinstance(value, float) for value in given):
        return column.where(column.notna(), None)
    return column.astype(number)


def _apart(left: pd.Series, right: pd.Series) -> np.ndarray:
    null = left.isna().to_numpy()
    apart: np.ndarray = null != right.isna().to_numpy()
    both = ~null & ~apart
    if left.dtype not in TOLERANCE:
        apart[both] = (left[both] != right[both]).to_numpy()
        return apart
    relative, absolute = TOLERANCE[left.dtype]
    apart[both] = ~np.isclose(left[both], right[both], rtol=relative, atol=absolute)
    return apart
