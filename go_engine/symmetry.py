"""The eight symmetries of the square, as permutations of moves.

Symmetry `s` transposes if `s & 4`, after flipping rows if `s & 1` and columns if `s & 2`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["NUM_SYMMETRIES", "inverse_moves", "symmetry_moves"]

NUM_SYMMETRIES = 8


@cache
def symmetry_moves(size: int) -> NDArray[np.int64]:
    """`int64 [8, N*N + 1]`: where each move goes, `moved = table[s, move]`; a pass stays a pass."""
    row, column = np.divmod(np.arange(size * size), size)
    table = np.empty((NUM_SYMMETRIES, size * size + 1), np.int64)
    for s in range(NUM_SYMMETRIES):
        r = size - 1 - row if s & 1 else row
        c = size - 1 - column if s & 2 else column
        table[s, :-1] = c * size + r if s & 4 else r * size + c
        table[s, -1] = size * size
    table.setflags(write=False)
    return table


@cache
def inverse_moves(size: int) -> NDArray[np.int64]:
    """`int64 [8, N*N + 1]`: where each move comes from, `move = table[s, moved]`."""
    table = np.argsort(symmetry_moves(size), axis=1)
    table.setflags(write=False)
    return table
