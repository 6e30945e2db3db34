"""Borrowed arrays: the same memory, no owner, nothing lost."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import kernel
from go_engine.borrowing import borrowed


@kernel
def double(values: NDArray[np.int64]) -> int:
    view = borrowed(values)
    total = 0
    for i in range(view.shape[0]):
        part = view[i:]
        part[0] *= 2
        total += part[0]
    return total


def test_it_is_the_same_memory_and_the_owner_stays_as_it_was() -> None:
    values = np.arange(5)
    before = sys.getrefcount(values)
    assert double(values) == 20
    assert values.tolist() == [0, 2, 4, 6, 8]
    assert sys.getrefcount(values) == before
    assert double(values[1:4]) == 24  # strides and offsets stay, too
    assert values.tolist() == [0, 4, 8, 12, 8]
