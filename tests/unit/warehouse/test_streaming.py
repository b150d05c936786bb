"""Numbers arrive as float32 blocks, whatever the block boundaries."""

import numpy as np
import numpy.typing as npt
import pytest

from models_ml.warehouse import Warehouse, copy_binary, duckdb

N_ROWS = 1000
# Whole numbers, fractions that float32 holds exactly, NULL in every seventh row.
NUMBERS = (
    "select i, i / 4.0 as quarter, case when i % 7 = 0 then null else -i end as gap "
    f"from generate_series(1, {N_ROWS}) as numbers (i)"
)


def streamed(warehouse: Warehouse, sql: str, columns: list[str]) -> list[npt.NDArray[np.float32]]:
    blocks: list[npt.NDArray[np.float32]] = []
    with warehouse.snapshot() as snapshot:
        snapshot.stream(sql, columns, lambda block: blocks.append(block.copy()))
    return blocks


@pytest.mark.parametrize("rows_a_block", [1, 3, 999, 1000, 1001])
def test_every_row_arrives_once_in_order(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, rows_a_block: int
) -> None:
    monkeypatch.setattr(duckdb, "_BATCH_ROWS", rows_a_block)
    monkeypatch.setattr(copy_binary, "_BLOCK_BYTES", rows_a_block * 26)
    blocks = streamed(warehouse, NUMBERS + " order by i", ["i", "quarter", "gap"])
    assert {block.dtype for block in blocks} == {np.dtype(np.float32)}
    if rows_a_block < N_ROWS:
        assert len(blocks) > 1
    i = np.arange(1, N_ROWS + 1, dtype=np.float32)
    expected = np.column_stack([i, i / 4, np.where(i % 7 == 0, np.nan, -i)])
    np.testing.assert_array_equal(np.concatenate(blocks), expected)


def test_columns_come_in_the_order_asked(warehouse: Warehouse) -> None:
    (block,) = streamed(warehouse, "select 1 as a, 2 as b, 3 as c", ["c", "a"])
    assert block.tolist() == [[3.0, 1.0]]


def test_a_double_is_rounded_to_the_nearest_float32(warehouse: Warehouse) -> None:
    (block,) = streamed(warehouse, "select cast(0.1 as double precision) as x", ["x"])
    assert block[0, 0] == np.float32(0.1)


def test_no_rows_give_no_values(warehouse: Warehouse) -> None:
    assert sum(block.size for block in streamed(warehouse, "select k from t", ["k"])) == 0


def test_parameters_are_bound(warehouse: Warehouse) -> None:
    blocks: list[list[list[float]]] = []
    with warehouse.snapshot() as snapshot:
        snapshot.stream(
            f"select i from ({NUMBERS}) as n where i = any(:wanted) order by i",
            ["i"],
            lambda block: blocks.append(block.tolist()),
            {"wanted": [5, 3]},
        )
    assert blocks == [[[3.0], [5.0]]]
