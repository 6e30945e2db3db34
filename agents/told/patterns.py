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
from go_engine._jit import kernel
from go_engine.kernels import META, WALL, Row

__all__ = ["NO_PATTERN", "NUM_PATTERNS", "PatternTables", "disc", "fill_codes", "look_up"]

NUM_PATTERNS: Final = len(PATTERN_FAMILIES)
PATTERN3: Final = 0
RESPONSE: Final = 4

NO_PATTERN: Final = -1
"""The code of a pass in every family, and of a move far from the last one among responses."""

_RADII: Final = (4, 5, 7)
"""Radii of the families between `PATTERN3` and `RESPONSE`."""

_RESPONSE_POINTS: Final = 20


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


def _keys(count: int) -> NDArray[np.int64]:
    """Fixed random numbers: own, opponent, wall, last move; `[4, count]`."""
    bits = np.random.Generator(np.random.PCG64(0x7017)).integers(
        np.iinfo(np.int64).min, np.iinfo(np.int64).max, (4, count), np.int64
    )
    bits.setflags(write=False)
    return bits


_DISC: Final = disc(max(_RADII))
_OFFSETS: Final = np.array(_DISC, np.int64)
_IMAGES: Final = _symmetric_indices(_DISC)
_KEYS: Final = _keys(len(_DISC))
_COUNTS: Final = np.array([len(disc(radius)) for radius in _RADII], np.int64)

# The ring around a point, clockwise from the point above; even entries are next to the point.
_RING_ROWS: Final = np.array([-1, -1, 0, 1, 1, 1, 0, -1], np.int64)
_RING_COLUMNS: Final = np.array([0, 1, 1, 1, 0, -1, -1, -1], np.int64)


@kernel
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


@kernel
def _pattern3(row: Row, p: int, mover: int, liberties: NDArray[np.int64]) -> int:
    """Number of the 3x3 pattern around `p`, 3 bits a point: the smallest of its eight images."""
    ring = np.empty(8, np.int64)
    for i in range(8):
        ring[i] = _ring_state(row, p, i, mover, liberties)
    best = np.int64(1) << 30
    for turn in range(0, 8, 2):
        for direction in (-1, 1):
            code = np.int64(0)
            for i in range(8):
                code = code * 8 + ring[(turn + direction * i) % 8]
            best = min(best, code)
    return int(best)


@kernel
def _smallest(hashes: NDArray[np.int64]) -> int:
    best = hashes[0]
    for s in range(1, 8):
        best = min(best, hashes[s])
    return int(best)


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
    size = row[k.SIZE]
    stride = size + 1
    mover = row[k.TO_PLAY]
    hashes = np.empty(8, np.int64)
    for m in range(moves.size):
        codes[m] = NO_PATTERN
        if moves[m] == size * size:
            continue
        p = k.padded(size, moves[m])
        codes[m, PATTERN3] = _pattern3(row, p, mover, liberties)
        at_row = moves[m] // size
        at_column = moves[m] % size
        hashes[:] = 1
        near = -1
        i = 0
        for f in range(_COUNTS.size):
            while i < _COUNTS[f]:
                r = at_row + _OFFSETS[i, 0]
                c = at_column + _OFFSETS[i, 1]
                state = 2
                if r >= 0 and r < size and c >= 0 and c < size:
                    q = (r + 1) * stride + c
                    stone = row[META + q]
                    state = -1 if stone == 0 else (0 if stone == mover else 1)
                    if q == last and i < _RESPONSE_POINTS:
                        near = i
                if state >= 0:
                    for s in range(8):
                        hashes[s] ^= _KEYS[state, _IMAGES[s, i]]
                i += 1
            codes[m, PATTERN3 + 1 + f] = _smallest(hashes)
            if near >= 0 and _COUNTS[f] == _RESPONSE_POINTS:
                for s in range(8):
                    hashes[s] ^= _KEYS[3, _IMAGES[s, near]]
                codes[m, RESPONSE] = _smallest(hashes)
                for s in range(8):
                    hashes[s] ^= _KEYS[3, _IMAGES[s, near]]


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
            low = start
            high = end
            while low < high:
                middle = (low + high) // 2
                if tables.codes[middle] < code:
                    low = middle + 1
                else:
                    high = middle
            known = low < end and tables.codes[low] == code
            levels[m, column + f] = low - start + 1 if known else 0
