"""The number of legal 4x4 positions, through the kernels that games are played with."""

from __future__ import annotations

import numpy as np
import pytest

from go_engine import kernels
from go_engine._jit import kernel
from go_engine.kernels import Row


@kernel
def count_legal(size: int, start: Row, row: Row, first: int, end: int) -> int:
    """How many of the colourings `first .. end` (read as base-3 numbers, a digit a point) the
    engine finds legal, setting each up just as `Board.from_stones` does."""
    count = 0
    for colouring in range(first, end):
        row[:] = start
        rest = colouring
        for move in range(size * size):
            if rest % 3 != 0:
                kernels.place_setup_stone(row, move, 1 if rest % 3 == 1 else -1)
            rest //= 3
        rest = colouring
        legal = True
        move = 0
        while legal and rest > 0:
            legal = rest % 3 == 0 or kernels.has_liberty(row, move)
            rest //= 3
            move += 1
        count += int(legal)
    return count


def count_positions(size: int) -> int:
    start = np.zeros(kernels.row_width(size), np.int64)
    kernels.reset(start, np.zeros(1, np.int64), size, 0, 0)
    return count_legal(size, start, start.copy(), 0, 3 ** (size * size))


@pytest.mark.parametrize(("size", "count"), [(2, 57), (3, 12_675)])
def test_small_counts(size: int, count: int) -> None:
    assert count_positions(size) == count


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_4x4_count() -> None:
    """Tromp and Farnebäck's number."""
    assert count_positions(4) == 24_318_165
