"""Patterns around a point, as numbers that are the same under rotation and reflection.

Colours are the mover's and the opponent's, so a pattern is also the same under a swap of colours.
The distance here is `dx + dy + max(dx, dy)`, whose discs are rounder than diamonds (Stern et al.
2006). A small pattern's number holds the pattern itself; that of a larger one is a Zobrist hash,
the smallest over the eight symmetries.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agents.told.families import PATTERN_FAMILIES
from go_engine import kernels as k
from go_engine._jit import bare_kernel, inlined_kernel, kernel
from go_engine.kernels import META, Row
from go_engine.layout import at

__all__ = ["NO_PATTERN", "NUM_PATTERNS", "disc", "fill_codes"]

NUM_PATTERNS: Final = len(PATTERN_FAMILIES)
PATTERN3: Final = 0
RESPONSE: Final = 5
RESPONSE12: Final = 6
TACTICS12: Final = 7

NO_PATTERN: Final = -1
"""The code of a pass in every family, and of a move far from the last one among responses."""

_RADII: Final = (4, 5, 7, 9)
"""Radii of the families between `PATTERN3` and `RESPONSE`."""

_RESPONSE_POINTS: Final = 20
_NEAR_POINTS: Final = 12
_EMPTY: Final = 0
_OFF_BOARD: Final = 1
_OWN: Final = 2  # a stone of a chain with one liberty, + 1 with two, + 2 with more
_OPPONENT: Final = 5  # likewise
_LAST: Final = 8  # the point that was played last; only in hashes, beside what it is else


def disc(radius: int) -> list[tuple[int, int]]:
    """Offsets (row, column) at distance 1 to `radius`, nearest first; closed under symmetry."""
    span = range(-radius, radius + 1)
    found = [
        (abs(r) + abs(c) + max(abs(r), abs(c)), r, c)
        for r in span
        for c in span
        if (r, c) != (0, 0)
    ]
    return [(r, c) for distance, r, c in sorted(found) if distance <= radius]


def _symmetric_indices(offsets: list[tuple[int, int]]) -> NDArray[np.int64]:
    """`int64 [8, len(offsets)]`: the index of each offset's image."""
    where = {offset: i for i, offset in enumerate(offsets)}
    table = np.empty((8, len(offsets)), np.int64)
    for s in range(8):
        for i, (r, c) in enumerate(offsets):
            image = (-r if s & 1 else r, -c if s & 2 else c)
            table[s, i] = where[image[::-1] if s & 4 else image]
    return table


def _turned_keys(offsets: list[tuple[int, int]]) -> NDArray[np.int64]:
    """Fixed random numbers, `int64 [9, len(offsets), 8]`: for each state of a point (as painted,
    and `_LAST`) and each offset, one for each of the eight symmetries; zeros for an empty point,
    which change no hash. Patterns without liberties use those of one."""
    bits = np.random.Generator(np.random.PCG64(0x7017)).integers(
        np.iinfo(np.int64).min, np.iinfo(np.int64).max, (8, len(offsets)), np.int64
    )
    turned = np.zeros((9, len(offsets), 8), np.int64)
    turned[1:] = bits[:, _symmetric_indices(offsets).T]
    turned.setflags(write=False)
    return turned


_DISC: Final = disc(max(_RADII))
_OFFSETS: Final = np.array(_DISC, np.int64)
_KEYS: Final = _turned_keys(_DISC)
_REACH: Final = max(row for row, _ in _DISC)
_COUNTS: Final = np.array([len(disc(radius)) for radius in _RADII], np.int64)

# The ring around a point, clockwise from the point above; even entries are next to the point.
_RING_ROWS: Final = np.array([-1, -1, 0, 1, 1, 1, 0, -1], np.int64)
_RING_COLUMNS: Final = np.array([0, 1, 1, 1, 0, -1, -1, -1], np.int64)
_RING_MASK: Final = (1 << 24) - 1

Eight: TypeAlias = tuple[int, int, int, int, int, int, int, int]
"""A pattern's hash under each of the eight symmetries."""


@inlined_kernel
def _pattern3(bare: NDArray[np.int64], full: NDArray[np.int64], center: int, wide: int) -> int:
    """Number of the 3x3 pattern around `center`, 3 bits a point: the smallest of its eight images.

    Chains next to the point are told apart by liberties (1, 2, more); others count as having one.
    """
    forward = 0  # clockwise from the point above
    backward = 0  # the other way round, from the same point
    for i in range(8):
        near = center + _RING_ROWS[i] * wide + _RING_COLUMNS[i]
        state = full[at(near)] if i % 2 == 0 else bare[at(near)]
        forward |= state << (3 * (7 - i))
        backward |= state << (3 * ((i + 7) % 8))
    best = 1 << 30
    for _ in range(4):
        best = min(best, forward, backward)
        forward = ((forward << 6) | (forward >> 18)) & _RING_MASK
        backward = ((backward << 6) | (backward >> 18)) & _RING_MASK
    return best


@inlined_kernel
def _smallest(hashes: Eight) -> int:
    a, b, c, d, e, f, g, h = hashes
    return min(min(min(a, b), min(c, d)), min(min(e, f), min(g, h)))


@inlined_kernel
def _stir(hashes: Eight, state: int, i: int) -> Eight:
    """With the state of the point `i` put into the pattern."""
    a, b, c, d, e, f, g, h = hashes
    s, j = at(state), at(i)
    return (
        a ^ _KEYS[s, j, 0],
        b ^ _KEYS[s, j, 1],
        c ^ _KEYS[s, j, 2],
        d ^ _KEYS[s, j, 3],
        e ^ _KEYS[s, j, 4],
        f ^ _KEYS[s, j, 5],
        g ^ _KEYS[s, j, 6],
        h ^ _KEYS[s, j, 7],
    )


@kernel
def fill_codes(
    row: Row,
    last: int,
    moves: NDArray[np.int64],
    liberties: NDArray[np.int64],
    codes: NDArray[np.int64],
) -> None:
    """Write `codes [len(moves), NUM_PATTERNS]`: the number of each pattern around each move.

    `last` is the padded point of the last move (0: none, or a pass); `liberties [P]` holds, at
    heads, the liberties of chains, at least up to 3.
    """
    wide = row[k.SIZE] + 2 * _REACH
    states = np.empty((2, wide * wide), np.int64)
    steps = np.empty(_COUNTS[-1], np.int64)
    for i in range(steps.size):
        steps[i] = _OFFSETS[i, 0] * wide + _OFFSETS[i, 1]
    _paint(row, liberties, states)
    _fill_all(row, last, moves, codes, states, steps)


@bare_kernel
def _paint(row: Row, liberties: NDArray[np.int64], states: NDArray[np.int64]) -> None:
    """Write the board with `_REACH` lines of wall around it to `states [2, (N + 2 * reach)^2]`: the
    state of each point without liberties (all stones as if they had one) and with them."""
    size = row[k.SIZE]
    cells = k.padded_points(size)
    wide = size + 2 * _REACH
    for i in range(wide * wide):
        states[0, i] = _OFF_BOARD
        states[1, i] = _OFF_BOARD
    for r in range(size):
        for column in range(size):
            q = (r + 1) * (size + 1) + column
            stone = row[META + q]
            state = _EMPTY
            tactical = _EMPTY
            if stone != 0:
                state = _OWN if stone == row[k.TO_PLAY] else _OPPONENT
                tactical = state + min(liberties[row[META + k.HEAD * cells + q]], 3) - 1
            i = (r + _REACH) * wide + column + _REACH
            states[0, i] = state
            states[1, i] = tactical


@bare_kernel
def _fill_all(
    row: Row,
    last: int,
    moves: NDArray[np.int64],
    codes: NDArray[np.int64],
    states: NDArray[np.int64],
    steps: NDArray[np.int64],
) -> None:
    """`fill_codes` on a painted board; `steps` are the offsets on it."""
    size = row[k.SIZE]
    wide = size + 2 * _REACH
    bare, full = states[0], states[1]
    for m in range(moves.size):
        out = codes[m]
        for f in range(NUM_PATTERNS):
            out[f] = NO_PATTERN
        if moves[m] == size * size:
            continue
        center = (moves[m] // size + _REACH) * wide + moves[m] % size + _REACH
        near = -1
        if last > 0:
            near = _offset_of(last, k.padded(size, moves[m]), size + 1)
        out[PATTERN3] = _pattern3(bare, full, center, wide)
        tactical = (2, 2, 2, 2, 2, 2, 2, 2)
        for i in range(_NEAR_POINTS):
            tactical = _stir(tactical, full[at(center + steps[i])], i)
        if near >= 0 and near < _NEAR_POINTS:
            tactical = _stir(tactical, _LAST, near)
        out[TACTICS12] = _smallest(tactical)
        plain = (1, 1, 1, 1, 1, 1, 1, 1)
        first = 0
        for f in range(_COUNTS.size):
            for i in range(first, _COUNTS[f]):
                plain = _stir(plain, bare[at(center + steps[i])], i)
            first = _COUNTS[f]
            out[PATTERN3 + 1 + f] = _smallest(plain)
            if near >= 0 and near < first and first <= _RESPONSE_POINTS:
                out[RESPONSE12 if first == _NEAR_POINTS else RESPONSE] = _smallest(
                    _stir(plain, _LAST, near)
                )


@inlined_kernel
def _offset_of(q: int, p: int, stride: int) -> int:
    """The index of the offset from padded point `p` to `q` if it is one of the
    `_RESPONSE_POINTS` nearest, else -1."""
    down = q // stride - p // stride
    across = q % stride - p % stride
    found = -1
    for i in range(_RESPONSE_POINTS):
        if _OFFSETS[i, 0] == down and _OFFSETS[i, 1] == across:
            found = i
    return found
