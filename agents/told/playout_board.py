"""The board of told playouts: beside the engine's row, the weight of every point for both sides.

The weight of an empty point is what the eight points around it are worth to a side that plays
there, a whole number (`SCALE` is a factor of 1) that a table of 65,536 *ring codes* holds; own eyes
weigh nothing. Codes, weights and their sums are kept up to date move by move, so that a move can be
drawn without looking at the whole board. Both sides' numbers travel in one: Black's in the low 32
bits, White's in the high ones; they are never negative and their sums stay below 2**32, so that
adding the packed numbers adds both.

All of it stands in one array `light [light_width(N)]`, so that copying a playout's board is copying
two arrays. Points are padded, as in `go_engine.layout`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels as k
from go_engine._jit import inlined_kernel, kernel
from go_engine.kernels import META, WALL, Row, at
from go_engine.layout import single_liberty

__all__ = [
    "ATARI_STONES",
    "CODES",
    "LAST",
    "LAST_REMOVED",
    "LIGHT_META",
    "NUM_ATARI",
    "SCALE",
    "TOTAL",
    "Light",
    "Table",
    "inlined_light_play",
    "light_play",
    "light_width",
    "line_sums",
    "set_weight",
    "shift_of",
    "start_light",
    "weights_of",
]

Light = NDArray[np.int64]
Table = NDArray[np.int64]
"""`int64 [65536]`: the packed weights of each ring code."""

SCALE: Final = 1024

# Scalars.
LAST: Final = 0  # padded point of the last move; 0 for a pass or none
LAST_REMOVED: Final = 1  # stones that it took off
NUM_ATARI: Final = 2
TOTAL: Final = 3  # sum of all weights, packed
LINE_FACTOR: Final = 4  # (p * this) >> 20 is p // (N + 1), for all padded points
# The cell before the sections is never read for its value: "-1" is the corner's neighbour.
LIGHT_META: Final = 6

# Sections of P cells each, then one of N + 2.
CODES: Final = 0  # the ring around each point, two bits each: 0 empty, 1 Black, 2 White, 3 wall
WEIGHTS: Final = 1  # packed; 0 where a stone is
ATARI_STONES: Final = 2  # the first NUM_ATARI cells: a stone of each chain that may be in atari
SUMS: Final = 3  # of the weights in each line of the board, packed


def light_width(size: int) -> int:
    """Cells of `light` on a board of `size`."""
    return LIGHT_META + SUMS * ((size + 2) * (size + 1) + 1) + size + 2


@inlined_kernel
def shift_of(stone: int) -> int:
    """Where a side's number begins in a packed one."""
    return 0 if stone == 1 else 32


@inlined_kernel
def weights_of(cells: int) -> int:
    """The first cell of the weights."""
    return LIGHT_META + WEIGHTS * cells


@inlined_kernel
def line_sums(cells: int) -> int:
    """The first cell of the sums over the lines of the board."""
    return LIGHT_META + SUMS * cells


@inlined_kernel
def set_weight(light: Light, cells: int, p: int, packed: int) -> None:
    """Give the point `p` its packed weights; the sums follow."""
    cell = at(weights_of(cells) + p)
    change = packed - light[cell]
    light[cell] = packed
    light[at(line_sums(cells) + ((p * light[LINE_FACTOR]) >> 20))] += change
    light[TOTAL] += change


@inlined_kernel
def _change(row: Row, light: Light, table: Table, stride: int, p: int, bits: int) -> None:
    """Tell the ring codes around `p` that its two bits changed by exclusive or with `bits`."""
    cells = (stride + 1) * stride + 1
    shift = 14
    for across in (-stride, 0, stride):
        for along in (-1, 0, 1):
            if across == 0 and along == 0:
                continue
            q = p + across + along
            light[at(LIGHT_META + q)] ^= bits << shift
            shift -= 2
            if row[at(META + q)] == 0:
                set_weight(light, cells, q, table[at(light[at(LIGHT_META + q)])])


@inlined_kernel
def _note_atari(row: Row, light: Light, cells: int, p: int) -> None:
    """Put the chain of the stone `p` on the list if it is in atari and not there yet."""
    heads = META + k.HEAD * cells
    head = row[at(heads + p)]
    only = single_liberty(row[at(META + k.LIBERTIES * cells + head)])
    first = LIGHT_META + ATARI_STONES * cells
    count = light[NUM_ATARI]
    is_new = only != k.NO_POINT and count < cells
    if is_new:
        for i in range(count):
            known = light[at(first + i)]
            is_new &= row[at(META + known)] == 0 or row[at(heads + known)] != head
    if is_new:
        light[at(first + count)] = p
        light[NUM_ATARI] = count + 1


@kernel
def start_light(row: Row, light: Light, table: Table, last: int) -> None:
    """Fill `light` for the position; `last` is the padded point of the last move (0: none)."""
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    light[:] = 0
    light[LAST] = last
    light[LINE_FACTOR] = (1 << 20) // stride + 1
    for p in range(stride, cells - stride):
        color = row[META + p]
        if color == WALL:
            continue
        code = 0
        shift = 0
        for across in (-stride, 0, stride):
            for along in (-1, 0, 1):
                if across == 0 and along == 0:
                    continue
                stone = row[META + p + across + along]
                code |= (2 if stone == -1 else stone) << shift
                shift += 2
        light[LIGHT_META + p] = code
        if color == 0:
            set_weight(light, cells, p, table[at(code)])
        else:
            _note_atari(row, light, cells, p)


@inlined_kernel
def inlined_light_play(row: Row, history: Row, light: Light, table: Table, point: int) -> None:
    """Play a legal padded point, or pass (0), on `row` and keep `light` up to date."""
    size, stone, before = row[k.SIZE], row[k.TO_PLAY], row[k.NUM_EMPTY]
    stride = size + 1
    cells = (size + 2) * stride + 1
    k.play_point(row, history, point)
    light[LAST] = point
    light[LAST_REMOVED] = 0
    if point != k.NO_POINT:
        set_weight(light, cells, point, 0)
        _change(row, light, table, stride, point, 1 if stone == 1 else 2)
        removed = row[k.NUM_EMPTY] - before + 1
        light[LAST_REMOVED] = removed
        own = row[at(META + point)] == 0  # a suicide
        bits = 1 if (stone == 1) == own else 2
        for i in range(before - 1, before - 1 + removed):
            q = row[at(META + k.EMPTIES * cells + i)]
            _change(row, light, table, stride, q, bits)
            set_weight(light, cells, q, table[at(light[at(LIGHT_META + q)])])
        for step in (0, -1, 1, -stride, stride):
            color = row[at(META + point + step)]
            if color == 1 or color == -1:
                _note_atari(row, light, cells, point + step)


@kernel
def light_play(row: Row, history: Row, light: Light, table: Table, point: int) -> None:
    """As `inlined_light_play`, for where a move does not matter so much."""
    inlined_light_play(row, history, light, table, point)
