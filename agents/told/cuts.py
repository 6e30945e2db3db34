"""Levels of the families about cutting, sacrifice, nets and ko.

`p` is the padded point of a move, `row` the position before it, `s.after` the one after it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agents.told.shared import ATARI, BIND, CAPTURE, CUT, NET, THREAT, Scratch
from go_engine import concepts as c
from go_engine import kernels as k
from go_engine._jit import bare_kernel, inlined_kernel
from go_engine.kernels import META, Row

__all__ = ["cut_levels", "ko_level", "net_levels", "snapback_level"]


@bare_kernel
def _meet_elsewhere(row: Row, a: int, b: int, p: int) -> bool:
    """Whether the chains with heads `a` and `b` have a liberty in common besides `p`."""
    stride = row[k.SIZE] + 1
    cells = k.padded_points(row[k.SIZE])
    q = a
    while True:
        for step in (-1, 1, -stride, stride):
            r = q + step
            if row[META + r] == 0 and r != p:
                for side in (-1, 1, -stride, stride):
                    if row[META + k.HEAD * cells + r + side] == b:
                        return True
        q = row[META + k.NEXT * cells + q]
        if q == a:
            return False


@bare_kernel
def _apart(row: Row, p: int, stone: int) -> int:
    """The most stones of the smaller chain, 3 at most, of two different ones of `stone` that touch
    `p` and meet at no other liberty; 0 if there are none."""
    stride = row[k.SIZE] + 1
    cells = k.padded_points(row[k.SIZE])
    most = 0
    for i in range(3):
        q = p + (-1 if i == 0 else (1 if i == 1 else -stride))
        if row[META + q] != stone:
            continue
        a = row[META + k.HEAD * cells + q]
        for j in range(i + 1, 4):
            r = p + (1 if j == 1 else (-stride if j == 2 else stride))
            b = row[META + k.HEAD * cells + r]
            if row[META + r] != stone or b == a:
                continue
            sizes = META + k.CHAIN_SIZE * cells
            smaller = min(row[sizes + a], row[sizes + b], 3)
            if smaller > most and not _meet_elsewhere(row, a, b, p):
                most = smaller
    return int(most)


@inlined_kernel
def cut_levels(row: Row, p: int, out: NDArray[np.int32]) -> None:
    """CUT and BIND."""
    stride = row[k.SIZE] + 1
    mover = row[k.TO_PLAY]
    own = 0
    theirs = 0
    for step in (-1, 1, -stride, stride):
        own += row[META + p + step] == mover
        theirs += row[META + p + step] == -mover
    if theirs > 1:
        out[CUT] = _apart(row, p, -mover)
    if own > 1:
        out[BIND] = _apart(row, p, mover)


@bare_kernel
def snapback_level(after: Row, p: int, rows: NDArray[np.int64]) -> int:
    """SNAPBACK of a move that captured nothing and left its own chain with one liberty."""
    size = after[k.SIZE]
    cells = k.padded_points(size)
    trail = rows[0]
    mark = trail[0]
    count, answer, _ = c.first_liberties(after, p)
    if count != 1 or k._point_legality(after, trail, cells, size + 1, answer) != k.LEGAL:
        return 0
    lost = c.try_move(after, answer, trail)
    taken = after[META + k.CHAIN_SIZE * cells + after[META + k.HEAD * cells + answer]]
    can_take = c.in_atari(after, answer)
    c.take_back(after, trail, mark)
    return int(min(taken, 3) - 1) if can_take and taken > max(lost, 1) else 0


@bare_kernel
def _has_prey(row: Row, head: int) -> bool:
    """Whether the chain `head` touches a chain of the other side in atari."""
    stride = row[k.SIZE] + 1
    cells = k.padded_points(row[k.SIZE])
    stone = row[META + head]
    q = head
    while True:
        for step in (-1, 1, -stride, stride):
            if row[META + q + step] == -stone and c.in_atari(row, q + step):
                return True
        q = row[META + k.NEXT * cells + q]
        if q == head:
            return False


@bare_kernel
def _kept_in(after: Row, head: int, rows: NDArray[np.int64]) -> bool:
    """Whether the chain `head` of two liberties, to move, is lost wherever it extends."""
    size = after[k.SIZE]
    cells = k.padded_points(size)
    trail = rows[0]
    mark = trail[0]
    mover = -after[META + head]
    if _has_prey(after, head):
        return False
    _, a, b = c.first_liberties(after, head)
    for liberty in (a, b):
        if k._point_legality(after, trail, cells, size + 1, liberty) != k.LEGAL:
            continue
        c.try_move(after, liberty, trail)
        caught = c.caught_as_it_stands(after, head, mover, rows)
        c.take_back(after, trail, mark)
        if not caught:
            return False
    return True


@inlined_kernel
def net_levels(row: Row, p: int, out: NDArray[np.int32], s: Scratch) -> None:
    """NET: on a point beside (eight neighbours), not on, a liberty of a loose chain."""
    size = row[k.SIZE]
    stride = size + 1
    cells = k.padded_points(size)
    for i in range(1, s.loose[0] + 1):
        head = s.loose[i]
        _, a, b = c.first_liberties(row, head)
        beside = False
        for liberty in (a, b):
            rows_apart = abs(liberty // stride - p // stride)
            columns_apart = abs(liberty % stride - p % stride)
            beside = beside or max(rows_apart, columns_apart) == 1
        stones = min(row[META + k.CHAIN_SIZE * cells + head], 3)
        wanted = beside and p not in (a, b) and stones > out[NET]
        if wanted and _kept_in(s.after, head, s.rows):
            out[NET] = stones


@inlined_kernel
def ko_level(row: Row, p: int, out: NDArray[np.int32], s: Scratch) -> int:
    """KO, once CAPTURE, ATARI and THREAT are known."""
    size = row[k.SIZE]
    stride = size + 1
    cells = k.padded_points(size)
    mover = row[k.TO_PLAY]
    walled = True
    lone = 0
    in_atari = 0
    for step in (-1, 1, -stride, stride):
        q = p + step
        own = row[META + q] == mover
        walled = walled and (own or row[META + q] == k.WALL)
        head = row[META + k.HEAD * cells + q]
        if own and s.liberties[head] == 1:
            in_atari += 1
            lone += row[META + k.CHAIN_SIZE * cells + head] == 1
    level = 0
    if walled and lone == 1 and in_atari == 1:
        level = 1
    elif row[k.KO_POINT] == k.NO_POINT:
        level = 0
    elif out[CAPTURE] > 1:
        level = 6
    elif out[ATARI] > 6:
        level = 5
    elif out[ATARI] > 0:
        level = 2 + (out[ATARI] - 1) % 3
    elif out[THREAT] > 0:
        level = 7
    return int(level)
