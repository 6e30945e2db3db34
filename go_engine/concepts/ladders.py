"""Reading ladders.

By this definition: the attacker may play only on a liberty of the chain, the defender only on the
chain's last liberty or where he captures an attacking chain in atari that touches it; the chain is
caught if the attacker can take it while it never gets three liberties (nor two with the defender to
move). Only the simple ko rule holds inside the reading and suicide is forbidden; of the defender's
moves at most eight are tried in one position; a reading that needs more than `LADDER_NODES`
positions, or is longer than `8 * N` moves, ends as "not caught".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.concepts.liberties import copy_row, first_liberties, in_atari
from go_engine.kernels import META, Row
from go_engine.layout import LIBERTIES, single_liberty

__all__ = ["LADDER_NODES", "chain_is_caught", "ladder_rows"]

LADDER_NODES: Final = 300
"""Positions that one reading may look at."""

_MAX_OPTIONS: Final = 8  # moves tried in one position of a reading
_FIRST_OPTION: Final = 2
_OPEN: Final = -1
_FREE: Final = 0
_CAUGHT: Final = 1


def ladder_rows(size: int) -> NDArray[np.int64]:
    """Scratch for `chain_is_caught` on a board of `size`: `int64 [8 * N, W]`."""
    return np.empty((8 * size, k.row_width(size)), np.int64)


@kernel
def _empty_around(row: Row, p: int, but: int) -> int:
    """Empty points next to `p`, `but` not counted. With three, a chain that extends to `p` is out
    of a ladder at once."""
    stride = row[k.SIZE] + 1
    count = 0
    for step in (-1, 1, -stride, stride):
        if row[META + p + step] == 0 and p + step != but:
            count += 1
    return count


@kernel
def _add_option(row: Row, p: int, options: NDArray[np.int64]) -> None:
    """Note the move `p` unless it is illegal, noted already, or there is no room for it."""
    stride = row[k.SIZE] + 1
    cells = (row[k.SIZE] + 2) * stride + 1
    count = options[0]
    for i in range(count):
        if options[_FIRST_OPTION + i] == p:
            return
    # Under the simple ko rule legality reads no history, so any array will do for it.
    if (
        _FIRST_OPTION + count < options.size
        and k._point_legality(row, options, cells, stride, p) == k.LEGAL
    ):
        options[_FIRST_OPTION + count] = p
        options[0] += 1


@kernel
def _judge(row: Row, p: int, options: NDArray[np.int64]) -> int:
    """`_FREE` or `_CAUGHT` if the chain at `p` is so at a glance, else `_OPEN`.

    Then `options` holds the moves to try: their number, 0 (how many were tried), the moves.
    """
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    options[0] = 0
    options[1] = 0
    count, a, b = first_liberties(row, p)
    stone = row[META + p]
    if row[k.TO_PLAY] != stone:
        if count == 1:
            return _FREE if a == row[k.KO_POINT] else _CAUGHT
        if count == 2:
            if _empty_around(row, b, a) < 3:
                _add_option(row, a, options)
            if _empty_around(row, a, b) < 3:
                _add_option(row, b, options)
        return _OPEN if options[0] > 0 else _FREE
    if count > 1 or _empty_around(row, a, a) >= 3:
        return _FREE
    q = p
    while True:
        for step in (-1, 1, -stride, stride):
            r = q + step
            if row[META + r] == -stone and in_atari(row, r):
                h = row[META + k.HEAD * cells + r]
                _add_option(row, single_liberty(row[META + LIBERTIES * cells + h]), options)
        q = row[META + k.NEXT * cells + q]
        if q == p:
            break
    _add_option(row, a, options)
    return _OPEN if options[0] > 0 else _CAUGHT


@kernel
def chain_is_caught(row: Row, p: int, mover: int, rows: NDArray[np.int64]) -> bool:
    """Whether the chain at the stone `p` is lost in a ladder if `mover` (1 or -1) plays next.

    `rows` is scratch from `ladder_rows`. With its owner to move only a chain in atari can be
    caught; with the attacker to move, only one of at most two liberties.
    """
    root = rows[0]
    copy_row(row, root)
    root[k.KO_RULE] = 0
    root[k.SUICIDE] = 0
    if root[k.TO_PLAY] != mover:
        root[k.TO_PLAY] = mover
        root[k.KO_POINT] = 0
    deepest = rows.shape[0] - 1
    options = np.empty((deepest + 1, _FIRST_OPTION + _MAX_OPTIONS), np.int64)
    history = np.empty(1, np.int64)
    verdict = _judge(root, p, options[0])
    depth = 0
    nodes = 1
    # Depth-first; rows[d] is the position after d moves of the line being read.
    while True:
        if verdict == _OPEN:
            if nodes >= LADDER_NODES or depth == deepest:
                return False
            tried = options[depth]
            move = tried[_FIRST_OPTION + tried[1]]
            tried[1] += 1
            child = rows[depth + 1]
            copy_row(rows[depth], child)
            child[k.HISTORY_LENGTH] = 0
            k.play_unchecked(child, history, k.unpadded(row[k.SIZE], move))
            depth += 1
            nodes += 1
            verdict = _judge(child, p, options[depth])
            continue
        if depth == 0:
            return verdict == _CAUGHT
        depth -= 1
        # A move that brings its player what he wants settles the position; so does the last one.
        wanted = _FREE if rows[depth, k.TO_PLAY] == row[META + p] else _CAUGHT
        if verdict != wanted and options[depth, 1] < options[depth, 0]:
            verdict = _OPEN
