"""The layout of a row: where a position's numbers stand in one array of 64-bit integers.

A row holds everything a position needs, so copying a game is copying a row and a batch of games is
a 2-D array `rows [G, W]`. Its first `META` cells are scalars (named below), then come sections of
`P` cells each, indexed by *padded point*: the board has a wall on every side, one column of
wall between the rows serving both edges, so that `P = (N + 2) * (N + 1) + 1` and neighbours are
always at `p - 1, p + 1, p - (N + 1), p + (N + 1)`. Padded point 0 is a wall; it stands for "none"
and for a pass.

Chains are circular linked lists with one head. Liberties are kept as pseudo-liberties: for every
(stone, empty neighbour) pair of a chain one *liberty key* is added up, which packs three numbers:
the count of pairs, the sum of the points, the sum of their squares. All pairs name the one point
`p` exactly if the total is `count * liberty_key(p)` (Cauchy-Schwarz), which tells atari at `p`
without listing liberties; no liberty is left exactly if the total is 0. An empty point counts as
the head of itself, and so does a wall: what happens next to it is added up in the same way, so
the total of an empty point is what a stone put there would have of its own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import inlined_kernel

__all__ = [
    "Row",
    "SIZE",
    "TO_PLAY",
    "HASH",
    "KO_POINT",
    "MOVE_COUNT",
    "PASSES",
    "HISTORY_LENGTH",
    "KO_RULE",
    "SUICIDE",
    "NUM_EMPTY",
    "CAPTURED_BLACK",
    "CAPTURED_WHITE",
    "FILTER",
    "FILTER_WORDS",
    "META",
    "COLOR",
    "HEAD",
    "NEXT",
    "LIBERTIES",
    "CHAIN_HASH",
    "CHAIN_SIZE",
    "SEEN",
    "EMPTIES",
    "EMPTY_INDEX",
    "SECTIONS",
    "WALL",
    "NO_POINT",
    "COUNT_MASK",
    "LEGAL",
    "OCCUPIED",
    "SUICIDAL",
    "KO",
    "SUPERKO",
    "GAME_OVER",
    "OUT_OF_RANGE",
    "padded_points",
    "row_width",
    "padded",
    "unpadded",
    "at",
    "liberty_key",
    "single_liberty",
]

Row = NDArray[np.int64]

# Scalars of a row.
SIZE: Final = 0
TO_PLAY: Final = 1
HASH: Final = 2  # of the stones alone
KO_POINT: Final = 3  # padded point that may not be retaken at once; NO_POINT if none
MOVE_COUNT: Final = 4
PASSES: Final = 5  # consecutive passes just made
HISTORY_LENGTH: Final = 6
KO_RULE: Final = 7  # as in rules.KO_CODES
SUICIDE: Final = 8  # 1 if multi-stone suicide is allowed
NUM_EMPTY: Final = 9
CAPTURED_BLACK: Final = 10  # black stones taken off so far
CAPTURED_WHITE: Final = 11
FILTER: Final = 16  # FILTER_WORDS cells: one of their bits is set for every position in the history
FILTER_WORDS: Final = 32  # of 32 bits each
# The cell before the sections is a wall too: the top left point's diagonal neighbour is "-1".
META: Final = FILTER + FILTER_WORDS + 1

# Sections of a row, each P cells.
COLOR: Final = 0  # 1 Black, -1 White, 0 empty, WALL off the board
HEAD: Final = 1  # head point of the chain a stone belongs to; the point itself where no stone is
NEXT: Final = 2  # next stone of the same chain
LIBERTIES: Final = 3  # at a head: sum of the chain's liberty keys
CHAIN_HASH: Final = 4  # at a head: xor of the chain's stone keys
CHAIN_SIZE: Final = 5  # at a head
SEEN: Final = 6  # 1 if the point was ever occupied in this game
EMPTIES: Final = 7  # the first NUM_EMPTY cells list the empty points, in no particular order
EMPTY_INDEX: Final = 8  # where in EMPTIES an empty point stands
SECTIONS: Final = 9

WALL: Final = 3
NO_POINT: Final = 0
COUNT_MASK: Final = (1 << 12) - 1  # a sum of liberty keys, and this: the number of pairs

# What `kernels.legality` answers.
LEGAL: Final = 0
OCCUPIED: Final = 1
SUICIDAL: Final = 2
KO: Final = 3
SUPERKO: Final = 4
GAME_OVER: Final = 5
OUT_OF_RANGE: Final = 6


@inlined_kernel
def padded_points(size: int) -> int:
    """P, the number of padded points of a board of `size`."""
    return (size + 2) * (size + 1) + 1


def row_width(size: int) -> int:
    """W, the number of cells in the row of a board of `size`."""
    return META + SECTIONS * padded_points(size)


@inlined_kernel
def padded(size: int, move: int) -> int:
    """Padded point of a move that is not a pass."""
    return (move // size + 1) * (size + 1) + move % size


@inlined_kernel
def unpadded(size: int, point: int) -> int:
    """Move on a padded point."""
    return (point // (size + 1) - 1) * size + point % (size + 1)


@inlined_kernel
def at(cell: int) -> int:
    """`cell` as an unsigned number, which numba need not check for counting from the end.

    Mix these with their like only: unsigned and signed numbers together become floats.
    """
    return np.uint64(cell)  # type: ignore[return-value]


@inlined_kernel
def liberty_key(point: int) -> int:
    """1, the padded point and its square in one number, with room for 4 * 361 of them."""
    return 1 + (point << 12) + ((point * point) << 32)


@inlined_kernel
def single_liberty(total: int) -> int:
    """The one padded point that all liberty keys of a sum name; NO_POINT if none or several."""
    count = total & COUNT_MASK
    points = (total >> 12) & ((1 << 20) - 1)
    single = count > 0 and count * (total >> 32) == points * points
    return points // count if single else NO_POINT
