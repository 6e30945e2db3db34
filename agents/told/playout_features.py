"""What a told playout looks for around the last move, and what its moves must beware of.

A *boost* is a point and a feature that multiplies the point's weight by a learned factor; the ring
around the point counts already (`playout_board`). Only what the last move brought up is looked at,
and the chains in atari: that is what makes playouts local answers, and fast. Sources: the ideas
are MoGo's (Gelly et al. 2006), the form, factors in a lottery, is Coulom's (2007).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.told.playout_board import (
    ATARI_STONES,
    LAST,
    LAST_REMOVED,
    LIGHT_META,
    NUM_ATARI,
    Light,
)
from go_engine import kernels as k
from go_engine._jit import inlined_kernel, kernel
from go_engine.kernels import META, Row, at
from go_engine.layout import liberty_key, single_liberty

__all__ = [
    "ATARI",
    "CAPTURE_LAST",
    "DRAWN",
    "ESCAPE",
    "FEATURES",
    "FOUND",
    "KINDS",
    "NEAR",
    "NO_FEATURE",
    "NUM_FEATURES",
    "POINTS",
    "Boosts",
    "find_boosts",
    "list_features",
    "new_boosts",
    "self_atari",
]

_SIZES: Final = ("one stone", "two stones", "three or more stones")

FEATURES: Final = (
    "next to the last move",
    "diagonal to the last move",
    *(f"captures the chain just played, {size}" for size in _SIZES),
    *(f"saves a chain just put in atari by capturing {size}" for size in _SIZES),
    *(f"captures {size} elsewhere" for size in _SIZES),
    *(f"extends a chain just put in atari, {size}" for size in _SIZES),
    *(f"gives atari to the chain just played, {size}" for size in _SIZES),
    *(
        f"takes one of the last two liberties of an own chain just touched, {size}"
        for size in _SIZES
    ),
    "plays the vital point where three to six stones were just taken",
    *(f"self-atari with {size}" for size in _SIZES[:2]),
    "self-atari with three stones",
    "self-atari with four or more stones",
)
NEAR: Final = 0
CAPTURE_LAST: Final = 2
CAPTURE_TO_SAVE: Final = 5
CAPTURE_OTHER: Final = 8
ESCAPE: Final = 11
ATARI: Final = 14
TWO_LIBERTIES: Final = 17
NAKADE: Final = 20
SELF_ATARI: Final = 21
NUM_FEATURES: Final = len(FEATURES)
NO_FEATURE: Final = -1

_ROOM: Final = 64
_MOST_DRAWN: Final = 19 * 19 + _ROOM


Boosts = NDArray[np.int64]
"""`int64 [boosts_width(N)]`, working memory: what was found in a position, and what drawing a move
must put back. One array for all, as each array costs time wherever it is handed on."""

PAIR: Final = 0  # liberties of one chain
POINTS: Final = 3  # padded points with a boost; one may appear several times
KINDS: Final = POINTS + _ROOM  # and the feature of each
DRAWN: Final = KINDS + _ROOM  # points whose weight a draw changed
FOUND: Final = DRAWN + 2 * _MOST_DRAWN  # at a point, bit f: feature f was found; 0 between draws


def new_boosts(size: int) -> Boosts:
    """Working memory for boards of `size`; one for each thread."""
    return np.zeros(FOUND + k.padded_points(size), np.int64)


@inlined_kernel
def _add(b: Boosts, count: int, p: int, feature: int) -> int:
    """Note a boost, once; the new number of them."""
    bit = 1 << feature
    mask = b[at(FOUND + p)]
    is_new = mask & bit == 0 and count < _ROOM
    if is_new:
        b[at(FOUND + p)] = mask | bit
        b[at(POINTS + count)] = p
        b[at(KINDS + count)] = feature
    return count + is_new


@inlined_kernel
def _two_liberties(row: Row, b: Boosts, cells: int, stride: int, p: int) -> bool:
    """Whether the chain at `p` has exactly two liberties; they are then written to `b[PAIR:]`."""
    following = META + k.NEXT * cells
    count = 0
    x = y = k.NO_POINT
    q = p
    goes_on = True
    while goes_on:
        for step in (-1, 1, -stride, stride):
            r = q + step
            if row[at(META + r)] == 0 and r != x and r != y:
                count += 1
                x, y = r, x
        q = row[at(following + q)]
        goes_on = q != p and count < 3
    b[PAIR], b[PAIR + 1] = x, y
    return count == 2


@inlined_kernel
def _chain_boosts(
    row: Row, b: Boosts, count: int, p: int, single: int, double: int, size_class: int
) -> int:
    """Boost the last liberty of the chain at `p` by `single`, or its last two by `double`."""
    stride = row[k.SIZE] + 1
    cells = (stride + 1) * stride + 1
    head = row[at(META + k.HEAD * cells + p)]
    only = single_liberty(row[at(META + k.LIBERTIES * cells + head)])
    if only != k.NO_POINT:
        count = _add(b, count, only, single + size_class)
    elif _two_liberties(row, b, cells, stride, p):
        count = _add(b, count, b[PAIR], double + size_class)
        count = _add(b, count, b[PAIR + 1], double + size_class)
    return count


@inlined_kernel
def _size_class(row: Row, cells: int, p: int) -> int:
    """0, 1, 2: one, two, more stones in the chain at `p`."""
    head = row[at(META + k.HEAD * cells + p)]
    return int(min(row[at(META + k.CHAIN_SIZE * cells + head)], 3)) - 1


@inlined_kernel
def _rescuing_captures(row: Row, b: Boosts, count: int, p: int) -> int:
    """Boost captures of chains in atari around the chain at `p`."""
    stride = row[k.SIZE] + 1
    cells = (stride + 1) * stride + 1
    other = -row[at(META + p)]
    q = p
    goes_on = True
    while goes_on:
        for step in (-1, 1, -stride, stride):
            r = q + step
            if row[at(META + r)] == other:
                head = row[at(META + k.HEAD * cells + r)]
                only = single_liberty(row[at(META + k.LIBERTIES * cells + head)])
                if only != k.NO_POINT:
                    feature = CAPTURE_TO_SAVE + _size_class(row, cells, r)
                    count = _add(b, count, only, feature)
        q = row[at(META + k.NEXT * cells + q)]
        goes_on = q != p
    return count


@inlined_kernel
def _vital_point(row: Row, cells: int, stride: int, removed: int) -> int:
    """The one point with most neighbours among the points just emptied, if no stone is left among
    them and no other empty point touches them; NO_POINT if there is none."""
    first = META + k.EMPTIES * cells + row[k.NUM_EMPTY] - removed
    best = 1
    found = k.NO_POINT
    touching = 0
    for i in range(removed):
        p = row[at(first + i)]
        degree = 0
        for step in (-1, 1, -stride, stride):
            degree += row[at(META + p + step)] == 0
        touching += degree
        if degree > best:
            best, found = degree, p
        elif degree == best:
            found = k.NO_POINT
    inside = 0
    for i in range(removed):
        for j in range(removed):
            gap = abs(row[at(first + i)] - row[at(first + j)])
            inside += gap == 1 or gap == stride
    return found if inside == touching else k.NO_POINT


@inlined_kernel
def _around_last(row: Row, light: Light, b: Boosts, last: int) -> int:
    """The boosts that the last stone brought up; how many."""
    stride, mover = row[k.SIZE] + 1, row[k.TO_PLAY]
    cells = (stride + 1) * stride + 1
    heads = META + k.HEAD * cells
    count = 0
    for across in (-stride, 0, stride):
        for along in (-1, 0, 1):
            q = last + across + along
            if row[at(META + q)] == 0 and q != last:
                count = _add(b, count, q, NEAR + (across != 0 and along != 0))
    if row[at(META + last)] == -mover:
        size_class = _size_class(row, cells, last)
        count = _chain_boosts(row, b, count, last, CAPTURE_LAST, ATARI, size_class)
    before = k.NO_POINT
    for step in (-1, 1, -stride, stride):
        q = last + step
        if row[at(META + q)] == mover and row[at(heads + q)] != before:
            before = row[at(heads + q)]
            size_class = _size_class(row, cells, q)
            count = _chain_boosts(row, b, count, q, ESCAPE, TWO_LIBERTIES, size_class)
            if single_liberty(row[at(META + k.LIBERTIES * cells + before)]) != k.NO_POINT:
                count = _rescuing_captures(row, b, count, q)
    removed = light[LAST_REMOVED]
    if removed >= 3 and removed <= 6:
        vital = _vital_point(row, cells, stride, removed)
        if vital != k.NO_POINT:
            count = _add(b, count, vital, NAKADE)
    return count


@inlined_kernel
def find_boosts(row: Row, light: Light, b: Boosts) -> int:
    """Fill `b`'s points and their features for the side to move; how many boosts there are.

    Drops from the list of chains in atari what is no longer one.
    """
    stride, mover, last = row[k.SIZE] + 1, row[k.TO_PLAY], light[LAST]
    cells = (stride + 1) * stride + 1
    heads = META + k.HEAD * cells
    count = 0
    last_head = k.NO_POINT
    if last != k.NO_POINT:
        count = _around_last(row, light, b, last)
        last_head = row[at(heads + last)]
    first = LIGHT_META + ATARI_STONES * cells
    i = 0
    while i < light[NUM_ATARI]:
        p = light[at(first + i)]
        color, head = row[at(META + p)], row[at(heads + p)]
        only = single_liberty(row[at(META + k.LIBERTIES * cells + head)])
        if color == 0 or only == k.NO_POINT:
            light[NUM_ATARI] -= 1
            light[at(first + i)] = light[at(first + light[NUM_ATARI])]
        else:
            if color == -mover and head != last_head:
                count = _add(b, count, only, CAPTURE_OTHER + _size_class(row, cells, p))
            i += 1
    return count


@inlined_kernel
def self_atari(row: Row, cells: int, stride: int, p: int) -> int:
    """The self-atari feature of playing the empty point `p`, a legal move, or NO_FEATURE.

    Exact for moves that capture nothing; one that captures is none. The liberties of the new chain
    are those of the chains joined but for `p`, and the empty points beside it: as sums of liberty
    keys they add up, and `single_liberty` tells whether they name one point.
    """
    mover = row[k.TO_PLAY]
    heads, liberties = META + k.HEAD * cells, META + k.LIBERTIES * cells
    key = liberty_key(p)
    total = 0
    stones = 1
    captures = False
    a = b = c = np.int64(0)
    for step in (-1, 1, -stride, stride):
        q = p + step
        color, head = row[at(META + q)], row[at(heads + q)]
        if color == 0:
            total += liberty_key(q)
        elif color == mover:
            total -= key
            if head != a and head != b and head != c:
                total += int(row[at(liberties + head)])
                stones += int(row[at(META + k.CHAIN_SIZE * cells + head)])
            a, b, c = head, a, b
        elif color == -mover:
            captures |= single_liberty(row[at(liberties + head)]) == p
    harmless = captures or single_liberty(total) == k.NO_POINT
    return NO_FEATURE if harmless else SELF_ATARI + min(stones, 4) - 1


@kernel
def list_features(row: Row, light: Light, b: Boosts, out: NDArray[np.int64]) -> int:
    """Write `out [n, 2]`, (padded point, feature) for every boost and every self-atari on an empty
    point, legal or not; n. For learning the factors and for tests."""
    stride = row[k.SIZE] + 1
    cells = (stride + 1) * stride + 1
    count = find_boosts(row, light, b)
    for i in range(count):
        out[i, 0] = b[POINTS + i]
        out[i, 1] = b[KINDS + i]
        b[FOUND + b[POINTS + i]] = 0
    for i in range(row[k.NUM_EMPTY]):
        p = row[META + k.EMPTIES * cells + i]
        feature = self_atari(row, cells, stride, p)
        if feature != NO_FEATURE:
            out[count, 0] = p
            out[count, 1] = feature
            count += 1
    return count
