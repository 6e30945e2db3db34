"""The patterns that a model knows, and finding one by its number.

A number is found through *slots*: each family has a hash table of its own with open addressing
(linear probing; Knuth, TAOCP 3, 6.4), at most half full. Nearly every question is settled by one
cell of it, where bisection would read a dozen of the sorted numbers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.told.patterns import NUM_PATTERNS
from go_engine._jit import inlined_kernel, kernel
from go_engine.layout import at

__all__ = ["PatternTables", "look_up", "pattern_tables"]

_SPREAD: Final = -7046029254386353131
"""The golden ratio's fraction of 2^64, odd, as a signed number: multiplying by it spreads numbers
that differ in few bits (TAOCP 3, 6.4)."""


class PatternTables(NamedTuple):
    """The patterns a model knows; made by `pattern_tables`.

    Attributes:
        codes: `int64 [T]`, family after family, ascending within one.
        starts: `int64 [NUM_PATTERNS + 1]`: family `f` owns `codes[starts[f]:starts[f + 1]]`.
        slots: `int32 [S]`, family after family: levels (1 + place in the family), 0 in free cells.
    """

    codes: NDArray[np.int64]
    starts: NDArray[np.int64]
    slots: NDArray[np.int32]


def pattern_tables(codes: NDArray[np.int64], starts: NDArray[np.int64]) -> PatternTables:
    """Tables of the `codes` of all families, which `starts` divides as in `PatternTables`.

    Raises:
        ValueError: if the numbers of a family do not ascend.
    """
    rises = np.diff(codes) > 0
    edges = starts[(starts > 0) & (starts < codes.size)]
    rises[edges - 1] = True
    if not rises.all():
        raise ValueError("the patterns' numbers do not ascend")
    cells = sum(_cells(int(count)) for count in np.diff(starts))
    slots = np.zeros(cells, np.int32)
    _fill_slots(codes, starts, slots)
    return PatternTables(codes, starts, slots)


@inlined_kernel
def _cells(count: int) -> int:
    """Cells for a family of `count` patterns: the power of two that is twice that or more."""
    cells = 1
    while cells < 2 * count:
        cells *= 2
    return cells


@inlined_kernel
def _home(code: int, cells: int) -> int:
    """The cell of a family's table where the search for `code` begins."""
    return ((code * _SPREAD) >> 32) & (cells - 1)


@kernel
def _fill_slots(
    codes: NDArray[np.int64], starts: NDArray[np.int64], slots: NDArray[np.int32]
) -> None:
    """Write `slots`, zeros so far."""
    base = 0
    for f in range(NUM_PATTERNS):
        cells = _cells(starts[f + 1] - starts[f])
        for i in range(starts[f], starts[f + 1]):
            cell = _home(codes[i], cells)
            while slots[base + cell] != 0:
                cell = (cell + 1) & (cells - 1)
            slots[base + cell] = i - starts[f] + 1
        base += cells


@kernel
def look_up(
    codes: NDArray[np.int64], tables: PatternTables, levels: NDArray[np.int32], column: int
) -> None:
    """Write the level of each code (1 + its place in its family, 0 if unknown).

    `codes [M, NUM_PATTERNS]` to `levels [M, column + NUM_PATTERNS]`, from `column` on.
    """
    known, slots = tables.codes, tables.slots
    base = 0
    for f in range(NUM_PATTERNS):
        start = tables.starts[f]
        cells = _cells(tables.starts[f + 1] - start)
        for m in range(codes.shape[0]):
            code = codes[m, f]
            cell = _home(code, cells)
            level = slots[at(base + cell)]
            while level != 0 and known[at(start + level - 1)] != code:
                cell = (cell + 1) & (cells - 1)
                level = slots[at(base + cell)]
            levels[m, column + f] = level
        base += cells
