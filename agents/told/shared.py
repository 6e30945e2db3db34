"""The columns of the features, what all moves of a position share, and memory to keep it in."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.told.family import MAX_PATH
from go_engine import concepts as c
from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.kernels import META, Row

__all__ = ["Scratch", "look_at_position", "new_scratch"]

# Columns of the hand-made families; the order of `families.HAND_FAMILIES`.
PASS: Final = 0
CAPTURE: Final = 1
RECAPTURE: Final = 2
ESCAPE: Final = 3
ATARI: Final = 4
DEFEND: Final = 5
THREAT: Final = 6
LIBERTIES: Final = 7
JOIN: Final = 8
CONTACT: Final = 9
OWN_EYE: Final = 10
THEIR_EYE: Final = 11
MAKE_EYE: Final = 12
SPOIL_EYE: Final = 13
OWN_SPACE: Final = 14
THEIR_SPACE: Final = 15
REGION: Final = 16
PLACE: Final = 17
NEAR_LAST: Final = 18
NEAR_PREVIOUS: Final = 19
PATH_LAST: Final = 20
PATH_PREVIOUS: Final = 21
REPLY: Final = 22
CUT: Final = 23
BIND: Final = 24
SNAPBACK: Final = 25
NET: Final = 26
KO: Final = 27
OWNER: Final = 28

MANY: Final = 5
"""Liberties that a move leaves its chain are told up to here; those before it are counted to one
more, so that a chain which had so many is known to keep enough."""


class Scratch(NamedTuple):
    """Working memory of `fill_levels` for one board size; `P` padded points, `W` cells a row.

    Attributes:
        rows: for `concepts.caught_as_it_stands`; `rows[0]` is the trail of all tries on `after`.
        after: `int64 [W]`, the position, prepared for reading; a move being looked at is tried on
            it and taken back.
        liberties: `int64 [P]`, at heads: liberties before the move, up to 6.
        caught: `int64 [P]`, at heads: 1 for an opponent chain in atari that cannot get away and
            for an own chain of two liberties that the opponent could catch in a ladder.
        heads: `int64 [P]`, heads of the own chains in atari or so threatened; `[0]` counts them.
        loose: `int64 [P]`, heads of the opponent chains of two liberties that no ladder catches;
            `[0]` counts them.
        own_space, their_space: `int64 [P]`, sizes of regions that own (opponent) stones enclose.
        region, border: `int64 [P]`, sizes of empty regions and whose stones border on them.
        path_last, path_previous: `int64 [P]`, path distances to the last two moves.
        few: `int64 [6]`, liberties of one chain.
    """

    rows: NDArray[np.int64]
    after: NDArray[np.int64]
    liberties: NDArray[np.int64]
    caught: NDArray[np.int64]
    heads: NDArray[np.int64]
    loose: NDArray[np.int64]
    own_space: NDArray[np.int64]
    their_space: NDArray[np.int64]
    region: NDArray[np.int64]
    border: NDArray[np.int64]
    path_last: NDArray[np.int64]
    path_previous: NDArray[np.int64]
    few: NDArray[np.int64]


def new_scratch(size: int) -> Scratch:
    """Working memory for boards of `size`; one for each thread."""
    cells = k.padded_points(size)

    def points() -> NDArray[np.int64]:
        return np.zeros(cells, np.int64)

    return Scratch(
        rows=c.ladder_rows(size),
        after=np.empty(k.row_width(size), np.int64),
        liberties=points(),
        caught=points(),
        heads=points(),
        loose=points(),
        own_space=points(),
        their_space=points(),
        region=points(),
        border=points(),
        path_last=points(),
        path_previous=points(),
        few=np.empty(MANY + 1, np.int64),
    )


@kernel
def look_at_position(row: Row, last: int, previous: int, s: Scratch) -> None:
    """Fill what all moves of a position share."""
    size = row[k.SIZE]
    stride = size + 1
    cells = k.padded_points(size)
    mover = row[k.TO_PLAY]
    c.copy_row(row, s.after)
    c.prepare(s.after, mover)
    s.rows[0, 0] = 1
    s.heads[0] = 0
    s.loose[0] = 0
    for p in range(stride, cells - stride):
        stone = row[META + p]
        if (stone != 1 and stone != -1) or row[META + k.HEAD * cells + p] != p:
            continue
        liberties = c.chain_liberties(row, p, s.few)
        s.liberties[p] = liberties
        s.caught[p] = 0
        if stone == mover:
            if liberties == 2:
                s.caught[p] = c.caught_as_it_stands(s.after, p, -mover, s.rows)
            if liberties == 1 or s.caught[p]:
                s.heads[0] += 1
                s.heads[s.heads[0]] = p
        elif liberties == 1:
            s.caught[p] = c.caught_as_it_stands(s.after, p, -mover, s.rows)
        elif liberties == 2 and not c.caught_as_it_stands(s.after, p, mover, s.rows):
            s.loose[0] += 1
            s.loose[s.loose[0]] = p
    c.enclosed_sizes(row, mover, s.own_space)
    c.enclosed_sizes(row, -mover, s.their_space)
    c.empty_regions(row, s.region, s.border)
    if last > 0:
        c.path_distances(row, last, MAX_PATH, s.path_last)
    if previous > 0:
        c.path_distances(row, previous, MAX_PATH, s.path_previous)
