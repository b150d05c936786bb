"""The decoder of PostgreSQL's binary COPY, fed in pieces of any size."""

import struct

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models_ml.warehouse import copy_binary
from models_ml.warehouse.copy_binary import Float32Decoder

matrices = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.floats(width=32, allow_nan=True),
)


def encoded(matrix: npt.NDArray[np.float32]) -> bytes:
    """Encode as the manual says (COPY, binary format), field by field."""
    stream = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
    for row in matrix.tolist():
        stream += struct.pack(">h", len(row))
        for value in row:
            stream += struct.pack(">if", 4, value)
    return stream + struct.pack(">h", -1)


@given(matrix=matrices, sizes=st.lists(st.integers(1, 40), min_size=1), block=st.integers(19, 200))
def test_pieces_of_any_size_give_the_matrix_back(
    matrix: npt.NDArray[np.float32], sizes: list[int], block: int
) -> None:
    blocks: list[npt.NDArray[np.float32]] = []
    decoder = Float32Decoder(matrix.shape[1], lambda rows: blocks.append(rows.copy()))
    data = encoded(matrix)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copy_binary, "_BLOCK_BYTES", block)
        position = 0
        while position < len(data):
            for size in sizes:
                piece = data[position : position + size]
                assert decoder.write(piece) == len(piece)
                position += size
        decoder.finish()
    np.testing.assert_array_equal(np.concatenate(blocks), matrix)


def test_no_rows_give_no_block() -> None:
    blocks: list[object] = []
    decoder = Float32Decoder(3, blocks.append)
    decoder.write(encoded(np.empty((0, 3), np.float32)))
    decoder.finish()
    assert blocks == []


@pytest.mark.parametrize("lost", [1, 2, 3, 10, 30])
def test_a_stream_that_was_cut_is_noticed(lost: int) -> None:
    decoder = Float32Decoder(2, lambda rows: None)
    decoder.write(encoded(np.ones((3, 2), np.float32))[:-lost])
    with pytest.raises(ValueError, match="left over"):
        decoder.finish()
