"""Trying a move on a row and taking it back, for reading ahead.

A reading visits many positions that differ in a few cells; copying a row for each would cost more
than all else. So a try writes down every cell it changes, and taking it back restores them in
reverse.

Only what reading needs is kept right: stones, chains, liberties, the side to move and the simple ko
point. Hash, history, the list of empty points and counts stay those of the position before, so a
try must be taken back before anything else is asked of the row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels as k
from go_engine._jit import bare_kernel, inlined_kernel
from go_engine.kernels import META, Row, at
from go_engine.layout import liberty_key

__all__ = ["take_back", "trail_cells", "try_move"]

Trail = NDArray[np.int64]


def trail_cells(size: int, depth: int) -> int:
    """Length of a trail that `depth` tries, one upon the other, cannot overrun.

    A try changes at most 32 cells and one for each stone that joining relabels (each of fewer than
    N*N stones at most twice), and seven for each stone taken off; in one line no more stones come
    off than the board holds and the line adds. Each change takes two cells.
    """
    points = size * size
    return 1 + 2 * (depth * (32 + 2 * points) + 7 * (points + depth))


@inlined_kernel
def _write(row: Row, cell: int, value: int, trail: Trail, top: int) -> int:
    """`row[cell] = value`, what was there going to the trail, whose length is `top`; the length
    then. (Kept in a register: reading it from the trail each time would be a wait each time.)"""
    trail[top] = np.int64(cell)
    trail[top + at(1)] = row[cell]
    row[cell] = value
    return top + at(2)


@bare_kernel
def _take_off(row: Row, cells: int, stride: int, head: int, trail: Trail) -> int:
    """Take a chain off, giving its points back as liberties; the number of stones."""
    one, down = at(1), at(stride)
    color, heads = at(META + k.COLOR * cells), at(META + k.HEAD * cells)
    following, liberties = at(META + k.NEXT * cells), at(META + k.LIBERTIES * cells)
    first = at(head)
    top = at(trail[0])
    count = 0
    p = first
    while True:
        top = _write(row, color + p, 0, trail, top)
        top = _write(row, heads + p, int(np.int64(p)), trail, top)
        top = _write(row, liberties + p, 0, trail, top)
        count += 1
        p = at(row[following + p])
        if p == first:
            break
    while True:
        key = liberty_key(int(np.int64(p)))
        for q in (p - one, p + one, p - down, p + down):
            h = liberties + at(row[heads + q])
            top = _write(row, h, row[h] + key, trail, top)
        p = at(row[following + p])
        if p == first:
            break
    trail[0] = top
    return count


@bare_kernel
def _join(row: Row, cells: int, a: int, b: int, trail: Trail) -> int:
    """Join the chains with heads `a` and `b`; the head of the joined chain (the larger's)."""
    heads, following = at(META + k.HEAD * cells), at(META + k.NEXT * cells)
    liberties, sizes = at(META + k.LIBERTIES * cells), at(META + k.CHAIN_SIZE * cells)
    if row[sizes + at(a)] < row[sizes + at(b)]:
        a, b = b, a
    keep, gone = at(a), at(b)
    top = at(trail[0])
    p = gone
    while True:
        top = _write(row, heads + p, a, trail, top)
        p = at(row[following + p])
        if p == gone:
            break
    after_keep, after_gone = row[following + keep], row[following + gone]
    top = _write(row, following + keep, after_gone, trail, top)
    top = _write(row, following + gone, after_keep, trail, top)
    joined = row[liberties + keep] + row[liberties + gone]
    top = _write(row, liberties + keep, joined, trail, top)
    top = _write(row, sizes + keep, row[sizes + keep] + row[sizes + gone], trail, top)
    trail[0] = top
    return a


@bare_kernel
def try_move(row: Row, point: int, trail: Trail) -> int:
    """Play the empty padded `point` for the side to move; the number of opponent stones captured.

    Legality is the caller's business; a suicide takes the own chain off. `trail` is
    `int64 [trail_cells]` and starts with `trail[0] = 1`; its length before the try is what
    `take_back` wants.
    """
    size, stone = row[k.SIZE], row[k.TO_PLAY]
    stride, cells = size + 1, k.padded_points(size)
    p, one, down = at(point), at(1), at(stride)
    color, heads = at(META + k.COLOR * cells), at(META + k.HEAD * cells)
    liberties = at(META + k.LIBERTIES * cells)
    sizes = at(META + k.CHAIN_SIZE * cells)
    key = liberty_key(point)
    friends = False
    kills = False
    top = at(trail[0])
    for q in (p - one, p + one, p - down, p + down):
        neighbour = row[color + q]
        cell = liberties + at(row[heads + q])
        left = row[cell] - key
        top = _write(row, cell, left, trail, top)
        friends |= neighbour == stone
        kills |= (neighbour == -stone) & (left == 0)
    top = _write(row, at(k.TO_PLAY), -stone, trail, top)
    top = _write(row, at(k.KO_POINT), k.NO_POINT, trail, top)
    top = _write(row, color + p, stone, trail, top)
    top = _write(row, at(META + k.NEXT * cells) + p, point, trail, top)
    trail[0] = _write(row, sizes + p, 1, trail, top)
    head = point
    if friends:
        for q in (p - one, p + one, p - down, p + down):
            other = row[heads + q]
            if row[color + q] == stone and other != head:
                head = _join(row, cells, head, other, trail)
    captured = 0
    at_last = 0
    if kills:
        for q in (p - one, p + one, p - down, p + down):
            other = row[heads + q]
            if row[color + q] == -stone and row[liberties + at(other)] == 0:
                captured += _take_off(row, cells, stride, other, trail)
                at_last = int(np.int64(q))
    if captured == 1 and row[sizes + at(head)] == 1:
        if row[liberties + p] == liberty_key(at_last):
            row[k.KO_POINT] = at_last  # the trail holds what was there before the try
    elif row[liberties + at(head)] == 0:
        _take_off(row, cells, stride, head, trail)
    return captured


@inlined_kernel
def take_back(row: Row, trail: Trail, length: int) -> None:
    """Undo the tries made since the trail had this length."""
    top = trail[0]
    while top > length:
        top -= 2
        row[at(trail[at(top)])] = trail[at(top + 1)]
    trail[0] = length
