"""The features of all legal moves of a position, by kernel.

Every candidate move is played on a copy of the row; what the hand-made families ask is then read
off the board before and the board after.

    python -m agents.told.features      # the table of features, as in docs/told.md
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.told.families import FAMILIES, HAND_FAMILIES, MAX_DISTANCE, SPACE_LIMIT, features_table
from agents.told.shared import (
    CAPTURE,
    JOIN,
    LIBERTIES,
    MAKE_EYE,
    NEAR_LAST,
    NEAR_PREVIOUS,
    OWN_EYE,
    OWN_SPACE,
    PASS,
    PATH_LAST,
    PATH_PREVIOUS,
    PLACE,
    RECAPTURE,
    REGION,
    REPLY,
    SPOIL_EYE,
    THEIR_EYE,
    THEIR_SPACE,
    Scratch,
    look_at_position,
)
from agents.told.tactics import (
    attack_levels,
    capture_level,
    join_level,
    liberties_level,
    recapture_level,
    reply_level,
    rescue_levels,
)
from go_engine import concepts as c
from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.kernels import META, WALL, Row
from go_engine.scoring import area_ownership

__all__ = ["NUM_FAMILIES", "NUM_HAND", "fill_levels"]

NUM_HAND: Final = len(HAND_FAMILIES)
NUM_FAMILIES: Final = len(FAMILIES)


@kernel
def fill_levels(
    row: Row,
    last: int,
    previous: int,
    komi: float,
    moves: NDArray[np.int64],
    levels: NDArray[np.int32],
    s: Scratch,
) -> None:
    """Write the hand-made families' levels of each move: `levels [len(moves), >= NUM_HAND]`.

    `last` and `previous` are the padded points of the last two moves (0: none, or a pass), `komi`
    is White's, `moves` are legal ones. Leaves `s.liberties` filled for the patterns.
    """
    size = row[k.SIZE]
    look_at_position(row, last, previous, s)
    for m in range(moves.size):
        out = levels[m]
        out[:NUM_HAND] = 0
        if moves[m] == size * size:
            out[PASS] = _pass_level(row, komi, s)
            continue
        p = k.padded(size, moves[m])
        c.copy_row(s.reading, s.after)
        captured = k.play_unchecked(s.after, s.history, moves[m])
        if captured > 0:
            out[CAPTURE] = capture_level(row, p, captured, s)
            out[RECAPTURE] = recapture_level(row, last, s)
        rescue_levels(row, p, captured, out, s)
        attack_levels(row, p, out, s)
        out[LIBERTIES] = liberties_level(row, p, s)
        out[JOIN] = join_level(row, p, s)
        _eye_levels(row, p, out, s)
        _place_levels(row, p, last, previous, out, s)
        out[REPLY] = reply_level(row, p, last, s)


@kernel
def _pass_level(row: Row, komi: float, s: Scratch) -> int:
    size = row[k.SIZE]
    owner = np.empty(size * size, np.int8)
    margin = (area_ownership(row, owner) - komi) * row[k.TO_PLAY]
    ahead = 0 if margin < 0 else (1 if margin == 0 else 2)
    stage = 2
    for p in range(s.border.size):
        if s.border[p] == 2:
            stage = 1
    if row[k.NUM_EMPTY] * 2 > size * size:
        stage = 0
    after_pass = 1 if row[k.PASSES] > 0 else 0
    return 1 + (after_pass * 3 + ahead) * 3 + stage


# ---------------------------------------------------------------- eyes and places


@kernel
def _eye_level(row: Row, p: int, stone: int) -> int:
    """1 if `p` is a one-point eye of `stone`, 2 if only its four neighbours say so, else 0."""
    size = row[k.SIZE]
    stride = size + 1
    for step in (-1, 1, -stride, stride):
        neighbour = row[META + p + step]
        if neighbour != stone and neighbour != WALL:
            return 0
    return 1 if k.is_own_eye(row, p, stone) else 2


@kernel
def _eye_levels(row: Row, p: int, out: NDArray[np.int32], s: Scratch) -> None:
    size = row[k.SIZE]
    stride = size + 1
    mover = row[k.TO_PLAY]
    out[OWN_EYE] = _eye_level(row, p, mover)
    out[THEIR_EYE] = _eye_level(row, p, -mover)
    made = 0
    spoilt = 0
    for turn in (0, 1):  # the board with the mover's stone on p, then with the opponent's
        if turn == 1:
            s.reading[META + p] = -mover
        for across in (-1, 0, 1):
            for down in (-stride, 0, stride):
                q = p + across + down
                if q <= 0 or q == p or row[META + q] == WALL:
                    continue
                if turn == 0:
                    empty = s.after[META + q] == 0
                    if empty and k.is_own_eye(s.after, q, mover):
                        made += 0 if row[META + q] == 0 and k.is_own_eye(row, q, mover) else 1
                elif row[META + q] == 0 and k.is_own_eye(s.reading, q, -mover):
                    spoilt += 0 if k.is_own_eye(row, q, -mover) else 1
    s.reading[META + p] = 0
    out[MAKE_EYE] = min(made, 2)
    out[SPOIL_EYE] = min(spoilt, 2)


@kernel
def _space_level(row: Row, p: int, stone: int, sizes: NDArray[np.int64]) -> int:
    """Size of the region that `stone` encloses around `p` and how many of it lie next to `p`."""
    size = row[k.SIZE]
    stride = size + 1
    if sizes[p] > SPACE_LIMIT:
        return 0
    degree = 0
    for step in (-1, 1, -stride, stride):
        neighbour = row[META + p + step]
        if neighbour != WALL and neighbour != stone:
            degree += 1
    return int(1 + 5 * (sizes[p] - 1) + degree)


@kernel
def _region_level(p: int, mover: int, s: Scratch) -> int:
    border = s.border[p]
    if border == 0:
        return 0
    side = 2 if border == 2 else (0 if border == mover else 1)
    points = s.region[p]
    if points <= 2:
        width = points - 1
    else:
        width = 2 if points <= 5 else (3 if points <= 10 else 4)
    return int(1 + 5 * side + width)


@kernel
def _place_level(row: Row, p: int) -> int:
    size = row[k.SIZE]
    stride = size + 1
    r = p // stride - 1
    column = p % stride
    down = min(min(r, size - 1 - r), 4)
    across = min(min(column, size - 1 - column), 4)
    near = min(down, across)
    far = max(down, across)
    filled = size * size - row[k.NUM_EMPTY]
    phase = 2
    if filled * 10 < size * size:
        phase = 0
    elif filled * 3 < size * size:
        phase = 1
    return int(1 + 15 * phase + far * (far + 1) // 2 + near)


@kernel
def _distance(size: int, p: int, q: int) -> int:
    stride = size + 1
    down = abs(p // stride - q // stride)
    across = abs(p % stride - q % stride)
    return min(down + across + max(down, across), MAX_DISTANCE)


@kernel
def _place_levels(
    row: Row, p: int, last: int, previous: int, out: NDArray[np.int32], s: Scratch
) -> None:
    """Where the move lies: in which region, how far from edges and from the last moves."""
    size = row[k.SIZE]
    mover = row[k.TO_PLAY]
    out[OWN_SPACE] = _space_level(row, p, mover, s.own_space)
    out[THEIR_SPACE] = _space_level(row, p, -mover, s.their_space)
    out[REGION] = _region_level(p, mover, s)
    out[PLACE] = _place_level(row, p)
    if last > 0:
        # A stone that was captured at once, by suicide, leaves its own point to play on.
        out[NEAR_LAST] = max(_distance(size, p, last), 2) - 1
        out[PATH_LAST] = max(s.path_last[p], 1)
    if previous > 0:
        out[NEAR_PREVIOUS] = _distance(size, p, previous) + 1
        out[PATH_PREVIOUS] = s.path_previous[p] + 1


if __name__ == "__main__":
    import sys

    sys.stdout.write(features_table() + "\n")
