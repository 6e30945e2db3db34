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
from go_engine._jit import bare_kernel, inlined_kernel
from go_engine.concepts.liberties import copy_row, first_liberties, in_atari
from go_engine.concepts.trying import take_back, trail_cells, try_move
from go_engine.kernels import META, Row
from go_engine.layout import LIBERTIES, NO_POINT, single_liberty

__all__ = ["LADDER_NODES", "caught_as_it_stands", "chain_is_caught", "ladder_rows", "prepare"]

LADDER_NODES: Final = 300
"""Positions that one reading may look at."""

_MAX_OPTIONS: Final = 8  # moves tried in one position of a reading
# A reading's note of one position: moves to try, how many were tried, the trail's length before,
# the moves.
_FIRST_OPTION: Final = 3
_NOTE: Final = _FIRST_OPTION + _MAX_OPTIONS
_OPEN: Final = -1
_FREE: Final = 0
_CAUGHT: Final = 1


def ladder_rows(size: int) -> NDArray[np.int64]:
    """Scratch for `chain_is_caught` on a board of `size`: `int64 [2, cells]`, a trail and notes.

    The trail has room for two tries more than a reading makes; behind the notes fits a row.
    """
    notes = (8 * size + 1) * _NOTE
    trail = trail_cells(size, 8 * size + 2)
    scratch = np.empty((2, max(trail, notes + k.row_width(size))), np.int64)
    scratch[0, 0] = 1
    return scratch


@inlined_kernel
def _empty_around(row: Row, p: int, but: int) -> int:
    """Empty points next to `p`, `but` not counted. With three, a chain that extends to `p` is out
    of a ladder at once."""
    stride = row[k.SIZE] + 1
    count = 0
    for step in (-1, 1, -stride, stride):
        if row[META + p + step] == 0 and p + step != but:
            count += 1
    return count


@bare_kernel
def _add_option(row: Row, p: int, notes: NDArray[np.int64], note: int) -> None:
    """Note the move `p` unless it is illegal, noted already, or there is no room for it."""
    stride = row[k.SIZE] + 1
    cells = k.padded_points(row[k.SIZE])
    count = notes[note]
    known = False
    for i in range(count):
        known = known or notes[note + _FIRST_OPTION + i] == p
    # Under the simple ko rule legality reads no history, so any array will do for it.
    if (
        not known
        and count < _MAX_OPTIONS
        and k._point_legality(row, notes, cells, stride, p) == k.LEGAL
    ):
        notes[note + _FIRST_OPTION + count] = p
        notes[note] = count + 1


@bare_kernel
def _judge(row: Row, p: int, notes: NDArray[np.int64], note: int) -> int:
    """`_FREE` or `_CAUGHT` if the chain at `p` is so at a glance, else `_OPEN`.

    Then the note that starts at `notes[note]` holds the moves to try.
    """
    size = row[k.SIZE]
    stride = size + 1
    cells = k.padded_points(size)
    notes[note] = 0
    notes[note + 1] = 0
    stone = row[META + p]
    last = single_liberty(row[META + LIBERTIES * cells + row[META + k.HEAD * cells + p]])
    if row[k.TO_PLAY] != stone:
        if last != NO_POINT:
            return _FREE if last == row[k.KO_POINT] else _CAUGHT
        count, a, b = first_liberties(row, p)
        if count == 2:
            if _empty_around(row, b, a) < 3:
                _add_option(row, a, notes, note)
            if _empty_around(row, a, b) < 3:
                _add_option(row, b, notes, note)
        return _OPEN if notes[note] > 0 else _FREE
    if last == NO_POINT or _empty_around(row, last, last) >= 3:
        return _FREE
    q = p
    while True:
        for step in (-1, 1, -stride, stride):
            r = q + step
            if row[META + r] == -stone and in_atari(row, r):
                h = row[META + k.HEAD * cells + r]
                liberty = single_liberty(row[META + LIBERTIES * cells + h])
                _add_option(row, liberty, notes, note)
        q = row[META + k.NEXT * cells + q]
        if q == p:
            break
    _add_option(row, last, notes, note)
    return _OPEN if notes[note] > 0 else _CAUGHT


@bare_kernel
def prepare(row: Row, mover: int) -> None:
    """Give a row of one's own the rules of a reading, `mover` to play. Only for readings then."""
    row[k.KO_RULE] = 0
    row[k.SUICIDE] = 0
    if row[k.TO_PLAY] != mover:
        row[k.TO_PLAY] = mover
        row[k.KO_POINT] = k.NO_POINT


@bare_kernel
def caught_as_it_stands(row: Row, p: int, mover: int, rows: NDArray[np.int64]) -> bool:
    """As `chain_is_caught`, reading on `row` itself, which must have been prepared for reading and
    is left as it was. Tries may lie upon it if their trail is `rows[0]`."""
    trail, notes = rows[0], rows[1]
    mark = trail[0]
    to_play, ko_point = row[k.TO_PLAY], row[k.KO_POINT]
    if to_play != mover:
        row[k.TO_PLAY] = mover
        row[k.KO_POINT] = k.NO_POINT
    deepest = 8 * row[k.SIZE] - 1
    depth = 0
    nodes = 1
    verdict = _judge(row, p, notes, 0)
    # Depth-first, until the first position is settled; the note of depth d starts at d * _NOTE.
    while depth > 0 or verdict == _OPEN:
        note = depth * _NOTE
        if verdict == _OPEN:
            if nodes >= LADDER_NODES or depth == deepest:
                verdict = _FREE
                break
            move = notes[note + _FIRST_OPTION + notes[note + 1]]
            notes[note + 1] += 1
            notes[note + 2] = trail[0]
            try_move(row, move, trail)
            depth += 1
            nodes += 1
            verdict = _judge(row, p, notes, note + _NOTE)
        else:
            depth -= 1
            note -= _NOTE
            take_back(row, trail, notes[note + 2])
            # A move that brings its player what he wants settles the position; so does the last.
            wanted = _FREE if row[k.TO_PLAY] == row[META + p] else _CAUGHT
            if verdict != wanted and notes[note + 1] < notes[note]:
                verdict = _OPEN
    take_back(row, trail, mark)
    row[k.TO_PLAY] = to_play
    row[k.KO_POINT] = ko_point
    return verdict == _CAUGHT


@bare_kernel
def chain_is_caught(row: Row, p: int, mover: int, rows: NDArray[np.int64]) -> bool:
    """Whether the chain at the stone `p` is lost in a ladder if `mover` (1 or -1) plays next.

    `rows` is scratch from `ladder_rows`. With its owner to move only a chain in atari can be
    caught; with the attacker to move, only one of at most two liberties.
    """
    own = rows[1, (8 * row[k.SIZE] + 1) * _NOTE :]
    copy_row(row, own)
    prepare(own, mover)
    return caught_as_it_stands(own, p, mover, rows)
