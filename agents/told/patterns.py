"""Patterns around a point, as numbers that are the same under rotation and reflection.

Colours are the mover's and the opponent's, so a pattern is also the same under a swap of colours.
The distance here is `dx + dy + max(dx, dy)`, whose discs are rounder than diamonds (Stern et al.
2006). A small pattern's number holds the pattern itself; that of a larger one is a Zobrist hash,
the smallest over the eight symmetries.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.told.families import PATTERN_FAMILIES
from go_engine import kernels as k
from go_engine._jit import bare_kernel, inlined_kernel, kernel
from go_engine.kernels import META, WALL, Row

__all__ = ["NO_PATTERN", "NUM_PATTERNS", "PatternTables", "disc", "fill_codes", "look_up"]

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
_LAST: Final = 7
"""The state of a point that was played last, beside the states that `_state` tells."""


class PatternTables(NamedTuple):
    """The patterns a model knows.

    Attributes:
        codes: `int64 [T]`, family after family, ascending within one.
        starts: `int64 [NUM_PATTERNS + 1]`: family `f` owns `codes[starts[f]:starts[f + 1]]`.
    """

    codes: NDArray[np.int64]
    starts: NDArray[np.int64]


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
    """Fixed random numbers, `int64 [8, len(offsets), 8]`: for each state of a point (wall, own
    stone with 1, 2 or more liberties, the opponent's, last move) and each offset, one for each of
    the eight symmetries. Patterns without liberties use those of one."""
    bits = np.random.Generator(np.random.PCG64(0x7017)).integers(
        np.iinfo(np.int64).min, np.iinfo(np.int64).max, (8, len(offsets)), np.int64
    )
    turned = np.ascontiguousarray(bits[:, _symmetric_indices(offsets).T])
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


@inlined_kernel
def _ring_state(row: Row, p: int, i: int, mover: int, liberties: NDArray[np.int64]) -> int:
    """One point of the 3x3 pattern: 0 empty, 1 wall, own 2 to 4, opponent 5 to 7.

    Chains next to `p` are told apart by liberties (1, 2, more); others count as having one.
    """
    size = row[k.SIZE]
    stride = size + 1
    q = p + _RING_ROWS[i] * stride + _RING_COLUMNS[i]
    stone = row[META + q] if q > 0 else WALL  # only the corner above the top left has no cell
    if stone == 0:
        return 0
    if stone == WALL:
        return 1
    few = 0
    if i % 2 == 0:
        head = row[META + k.HEAD * ((size + 2) * stride + 1) + q]
        few = min(liberties[head], 3) - 1
    return (2 if stone == mover else 5) + few


@inlined_kernel
def _pattern3(row: Row, p: int, mover: int, liberties: NDArray[np.int64]) -> int:
    """Number of the 3x3 pattern around `p`, 3 bits a point: the smallest of its eight images."""
    forward = 0  # clockwise from the point above
    backward = 0  # the other way round, from the same point
    for i in range(8):
        state = _ring_state(row, p, i, mover, liberties)
        forward |= state << (3 * (7 - i))
        backward |= state << (3 * ((i + 7) % 8))
    best = 1 << 30
    for _ in range(4):
        best = min(best, forward, backward)
        forward = ((forward << 6) | (forward >> 18)) & _RING_MASK
        backward = ((backward << 6) | (backward >> 18)) & _RING_MASK
    return best


@inlined_kernel
def _smallest(hashes: NDArray[np.int64]) -> int:
    best = hashes[0]
    for s in range(1, 8):
        best = min(best, hashes[s])
    return int(best)


@inlined_kernel
def _stir(hashes: NDArray[np.int64], state: int, i: int) -> None:
    """Put the state of the point `i` into the pattern, or take it out again."""
    for s in range(8):
        hashes[s] ^= _KEYS[state, i, s]


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
    hashes = np.empty((2, 8), np.int64)
    states = np.empty((2, wide * wide), np.int64)
    steps = np.empty(_COUNTS[-1], np.int64)
    for i in range(steps.size):
        steps[i] = _OFFSETS[i, 0] * wide + _OFFSETS[i, 1]
    _paint(row, liberties, states)
    _fill_all(row, last, moves, liberties, codes, hashes, states, steps)


@bare_kernel
def _paint(row: Row, liberties: NDArray[np.int64], states: NDArray[np.int64]) -> None:
    """Write the board with `_REACH` lines of wall around it to `states [2, (N + 2 * reach)^2]`: the
    state of each point without liberties and with them, -1 where it is empty."""
    size = row[k.SIZE]
    cells = k.padded_points(size)
    wide = size + 2 * _REACH
    for i in range(wide * wide):
        states[0, i] = 0
        states[1, i] = 0
    for r in range(size):
        for column in range(size):
            q = (r + 1) * (size + 1) + column
            stone = row[META + q]
            state = -1
            tactical = -1
            if stone != 0:
                state = 1 if stone == row[k.TO_PLAY] else 4
                tactical = state + min(liberties[row[META + k.HEAD * cells + q]], 3) - 1
            i = (r + _REACH) * wide + column + _REACH
            states[0, i] = state
            states[1, i] = tactical


@bare_kernel
def _fill_all(
    row: Row,
    last: int,
    moves: NDArray[np.int64],
    liberties: NDArray[np.int64],
    codes: NDArray[np.int64],
    hashes: NDArray[np.int64],
    states: NDArray[np.int64],
    steps: NDArray[np.int64],
) -> None:
    """`fill_codes` on a painted board; `steps` are the offsets on it."""
    size = row[k.SIZE]
    mover = row[k.TO_PLAY]
    wide = size + 2 * _REACH
    plain, tactical = hashes[0], hashes[1]
    bare, full = states[0], states[1]
    for m in range(moves.size):
        for f in range(NUM_PATTERNS):
            codes[m, f] = NO_PATTERN
        if moves[m] == size * size:
            continue
        p = k.padded(size, moves[m])
        codes[m, PATTERN3] = _pattern3(row, p, mover, liberties)
        center = (moves[m] // size + _REACH) * wide + moves[m] % size + _REACH
        near = _offset_of(last, p, size + 1) if last > 0 else -1
        for s in range(8):
            plain[s] = 1
            tactical[s] = 2
        for i in range(_NEAR_POINTS):
            state = full[center + steps[i]]
            if state >= 0:
                _stir(tactical, state, i)
        if near >= 0 and near < _NEAR_POINTS:
            _stir(tactical, _LAST, near)
        codes[m, TACTICS12] = _smallest(tactical)
        i = 0
        for f in range(_COUNTS.size):
            while i < _COUNTS[f]:
                state = bare[center + steps[i]]
                if state >= 0:
                    _stir(plain, state, i)
                i += 1
            codes[m, PATTERN3 + 1 + f] = _smallest(plain)
            if near >= 0 and near < i and i <= _RESPONSE_POINTS:
                _stir(plain, _LAST, near)
                codes[m, RESPONSE12 if i == _NEAR_POINTS else RESPONSE] = _smallest(plain)
                _stir(plain, _LAST, near)


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


@kernel
def look_up(
    codes: NDArray[np.int64], tables: PatternTables, levels: NDArray[np.int32], column: int
) -> None:
    """Write the level of each code (1 + its place in its family, 0 if unknown).

    `codes [M, NUM_PATTERNS]` to `levels [M, column + NUM_PATTERNS]`, from `column` on.
    """
    for f in range(NUM_PATTERNS):
        start = tables.starts[f]
        end = tables.starts[f + 1]
        for m in range(codes.shape[0]):
            code = codes[m, f]
            # Bisection without branches, which would be mispredicted half the time.
            base = start
            count = end - start
            while count > 1:
                half = count >> 1
                base += half if tables.codes[base + half] <= code else 0
                count -= half
            known = count == 1 and tables.codes[base] == code
            levels[m, column + f] = base - start + 1 if known else 0
