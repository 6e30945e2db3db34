"""Positions of boards up to 4x4 as two bit masks, and the rules on them, for exhaustive work.

Bit `row * N + column` stands for a point; `own` are the stones of the player to move, `other`
the opponent's. A position's *key* is the number whose base-3 digit at each point is 0 (empty),
1 (own) or 2 (other). Suicide is off. The engine's rows serve games; these masks serve tables
of every position, and the tests hold the two against each other.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import inlined_kernel, kernel
from go_engine.symmetry import NUM_SYMMETRIES, inverse_moves

__all__ = [
    "MAX_SOLVED_SIZE",
    "NO_POINT",
    "area_margin",
    "all_have_liberties",
    "key_to_masks",
    "moved_masks",
    "neighbours",
    "play",
    "stones_to_masks",
    "ternary_of_masks",
]

MAX_SOLVED_SIZE: Final = 4
NO_POINT: Final = -1


def ternary_of_masks(size: int) -> NDArray[np.int64]:
    """`int64 [2**(N*N)]`: each mask's bits read as base-3 digits; `own + 2 * other` is a key."""
    table = np.zeros(1, np.int64)
    for point in range(size * size):
        table = np.concatenate([table, table + 3**point])
    return table


def moved_masks(size: int) -> NDArray[np.int32]:
    """`int32 [8, 2**(N*N)]`: each mask under each symmetry of `go_engine.symmetry`."""
    tables = []
    for inverse in inverse_moves(size):
        # Where a bit goes: the point that the inverse takes back to it.
        target = np.argsort(inverse[:-1])
        table = np.zeros(1, np.int32)
        for point in range(size * size):
            table = np.concatenate([table, table | np.int32(1 << int(target[point]))])
        tables.append(table)
    assert len(tables) == NUM_SYMMETRIES
    return np.stack(tables)


def stones_to_masks(stones: NDArray[np.int8], to_play: int) -> tuple[int, int]:
    """`(own, other)` of `stones [N, N]` (1 Black, -1 White) as `to_play` sees them."""
    flat = np.asarray(stones).ravel()
    own = sum(1 << int(point) for point in np.flatnonzero(flat == to_play))
    other = sum(1 << int(point) for point in np.flatnonzero(flat == -to_play))
    return own, other


@inlined_kernel
def neighbours(mask: int, size: int) -> int:
    """The points next to any point of `mask`; points of `mask` itself may be among them."""
    left = 0
    for row in range(size):
        left |= 1 << (row * size)
    board = (1 << (size * size)) - 1
    right = left << (size - 1)
    sideways = ((mask & ~right) << 1) | ((mask & ~left) >> 1)
    return (sideways | (mask << size) | (mask >> size)) & board


@inlined_kernel
def _flood(seed: int, within: int, size: int) -> int:
    """The points of `within` that are connected to `seed`, which lies in it."""
    region = seed
    while True:
        grown = (region | neighbours(region, size)) & within
        if grown == region:
            break
        region = grown
    return region


@inlined_kernel
def all_have_liberties(own: int, other: int, size: int) -> bool:
    """Whether every chain has a liberty: the position is one that can stand on the board."""
    near = neighbours(((1 << (size * size)) - 1) & ~(own | other), size)
    free = _flood(near & own, own, size) == own
    return free and _flood(near & other, other, size) == other


@inlined_kernel
def area_margin(own: int, other: int, size: int) -> int:
    """Area of `own` minus area of `other`, every stone counted as alive (Tromp-Taylor)."""
    empty = ((1 << (size * size)) - 1) & ~(own | other)
    reached_own = _flood(neighbours(own, size) & empty, empty, size)
    reached_other = _flood(neighbours(other, size) & empty, empty, size)
    mine = own | (reached_own & ~reached_other)
    theirs = other | (reached_other & ~reached_own)
    margin = 0
    for point in range(size * size):
        margin += ((mine >> point) & 1) - ((theirs >> point) & 1)
    return margin


@inlined_kernel
def play(own: int, other: int, point: int, size: int) -> tuple[bool, int, int, int]:
    """`own` plays `point`: (legal without regard to ko, own, other after it, simple ko point).

    The simple ko point is where `other` may not retake at once; NO_POINT if there is none. The
    engine's definition: one stone was taken by a lone stone whose one liberty is where it stood.
    """
    bit = 1 << point
    board = (1 << (size * size)) - 1
    legal = (own | other) & bit == 0
    after = own | bit
    empty = board & ~(after | other)
    captured = 0
    seeds = neighbours(bit, size) & other
    while seeds != 0:
        chain = _flood(seeds & -seeds, other, size)
        if neighbours(chain, size) & empty == 0:
            captured |= chain
        seeds &= ~chain
    left = other & ~captured
    chain = _flood(bit, after, size)
    liberties = neighbours(chain, size) & board & ~(after | left)
    legal &= liberties != 0
    ko_point = NO_POINT
    lone = chain == bit and liberties == captured
    if lone and captured != 0 and captured & (captured - 1) == 0:
        ko_point = 0
        while captured >> ko_point != 1:
            ko_point += 1
    return legal, after, left, ko_point if legal else NO_POINT


@kernel
def key_to_masks(key: int, points: int) -> tuple[int, int]:
    """`(own, other)` of a key."""
    own = 0
    other = 0
    for point in range(points):
        digit = key % 3
        key //= 3
        own |= int(digit == 1) << point
        other |= int(digit == 2) << point
    return own, other
