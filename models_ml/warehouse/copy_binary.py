"""Decoding PostgreSQL's binary COPY of rows that hold nothing but ``real`` values.

Without NULLs such rows are of one width, so NumPy reads a block of them at once: a 16-bit field
count, then per field a 32-bit length and a big-endian float (PostgreSQL manual, COPY, formats).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

_HEADER_BYTES = 19  # signature (11), flags (4), length of the empty header extension (4)
_TRAILER_BYTES = 2
_BLOCK_BYTES = 1 << 24


class Float32Decoder:
    """A file-like sink for ``copy_expert`` that hands on blocks of float32.

    Parameters
    ----------
    n_columns
        Values a row.
    consume
        Called with blocks of shape (rows, n_columns).
    """

    def __init__(self, n_columns: int, consume: Callable[[npt.NDArray[np.float32]], None]) -> None:
        self._row_bytes = 2 + 8 * n_columns
        self._n_columns = n_columns
        self._consume = consume
        self._buffer = bytearray()
        self._at_start = True

    def write(self, data: bytes) -> int:
        """Take the next bytes of the stream."""
        self._buffer += data
        if self._at_start and len(self._buffer) >= _HEADER_BYTES:
            del self._buffer[:_HEADER_BYTES]
            self._at_start = False
        if len(self._buffer) >= _BLOCK_BYTES:
            self._decode()
        return len(data)

    def finish(self) -> None:
        """Decode what is left.

        Raises
        ------
        ValueError
            The stream ended in the middle of a row.
        """
        self._decode()
        if len(self._buffer) != _TRAILER_BYTES:
            raise ValueError(f"COPY stream ended with {len(self._buffer)} bytes left over")

    def _decode(self) -> None:
        n_rows = len(self._buffer) // self._row_bytes
        if n_rows == 0:
            return
        used = n_rows * self._row_bytes
        rows = np.frombuffer(bytes(self._buffer[:used]), np.uint8).reshape(n_rows, self._row_bytes)
        fields = np.ascontiguousarray(rows[:, 2:]).view(">u4").reshape(n_rows, self._n_columns, 2)
        self._consume(fields[:, :, 1].view(">f4").astype(np.float32))
        del self._buffer[:used]
