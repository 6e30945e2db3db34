"""The features of all legal moves of a position, by kernel.

Every candidate move is tried on one copy of the row and taken back; what the hand-made families ask
is read off the board before and the board after.

    python -m agents.told.features      # the table of features, as in docs/told.md
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.told.cuts import cut_levels, ko_level, net_levels, snapback_level
from agents.told.families import FAMILIES, HAND_FAMILIES, features_table
from agents.told.family import MAX_DISTANCE, SPACE_LIMIT
from agents.told.shared import (
    CAPTURE,
    JOIN,
    KO,
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
    SNAPBACK,
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
from go_engine._jit import bare_kernel, inlined_kernel, kernel
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
    look_at_position(row, last, previous, s)
    _fill_moves(row, last, previous, moves, levels, s)
    for m in range(moves.size):
        if moves[m] == row[k.SIZE] * row[k.SIZE]:
            levels[m, PASS] = _pass_level(row, komi, s)


@bare_kernel
def _fill_moves(
    row: Row,
    last: int,
    previous: int,
    moves: NDArray[np.int64],
    levels: NDArray[np.int32],
    s: Scratch,
) -> None:
    """All but PASS, the position having been looked at."""
    size = row[k.SIZE]
    after = s.after
    trail = s.rows[0]
    for m in range(moves.size):
        out = levels[m]
        out[:NUM_HAND] = 0
        if moves[m] == size * size:
            continue
        p = k.padded(size, moves[m])
        captured = c.try_move(after, p, trail)
        if captured > 0:
            out[CAPTURE] = capture_level(row, p, captured, s)
            out[RECAPTURE] = recapture_level(row, last, s)
        if after[META + p] != 0:  # a suicide that the rules allow has no tactics
            _tactics(row, p, captured, out, s)
        _eye_levels(row, p, captured, out, s)
        c.take_back(after, trail, 1)
        out[JOIN] = join_level(row, p, s)
        cut_levels(row, p, out)
        _place_levels(row, p, last, previous, out, s)
        out[REPLY] = reply_level(row, p, last, s)
        out[KO] = ko_level(row, p, out, s)


@inlined_kernel
def _tactics(row: Row, p: int, captured: int, out: NDArray[np.int32], s: Scratch) -> None:
    """What the stone that stands on `p` now means for chains around it."""
    if s.heads[0] > 0:
        rescue_levels(row, p, captured, out, s)
    attack_levels(row, p, out, s)
    out[LIBERTIES] = liberties_level(row, p, s)
    if captured == 0 and 0 < out[LIBERTIES] < 5:
        out[SNAPBACK] = snapback_level(s.after, p, s.rows)
    if s.loose[0] > 0:
        net_levels(row, p, out, s)


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


@inlined_kernel
def _eye_level(row: Row, p: int, stone: int) -> int:
    """1 if `p` is a one-point eye of `stone`, 2 if only its four neighbours say so, else 0."""
    size = row[k.SIZE]
    stride = size + 1
    for step in (-1, 1, -stride, stride):
        neighbour = row[META + p + step]
        if neighbour != stone and neighbour != WALL:
            return 0
    return 1 if k.is_own_eye(row, p, stone) else 2


@inlined_kernel
def _completes_eye(row: Row, p: int, q: int, stone: int) -> bool:
    """Whether the empty `q` beside `p` becomes an eye (`kernels.is_own_eye`) of `stone` if a stone
    of that colour stands on `p`."""
    stride = row[k.SIZE] + 1
    walled = True
    for step in (-1, 1, -stride, stride):
        neighbour = row[META + q + step]
        walled = walled and (q + step == p or neighbour in (stone, WALL))
    hostile = 0
    edge = 0
    for r in (q - stride - 1, q - stride + 1, q + stride - 1, q + stride + 1):
        hostile += row[META + r] == -stone
        edge |= row[META + r] == WALL
    return walled and hostile + edge < 2


@inlined_kernel
def _eye_levels(row: Row, p: int, captured: int, out: NDArray[np.int32], s: Scratch) -> None:
    """OWN_EYE, THEIR_EYE, MAKE_EYE and SPOIL_EYE."""
    size = row[k.SIZE]
    stride = size + 1
    mover = row[k.TO_PLAY]
    out[OWN_EYE] = _eye_level(row, p, mover)
    out[THEIR_EYE] = _eye_level(row, p, -mover)
    made = 0
    spoilt = 0
    for step in (-1, 1, -stride, stride):
        q = p + step
        if row[META + q] == 0:
            # Neither side has an eye on `q` as long as `p` beside it is empty.
            made += k.is_own_eye(s.after, q, mover)
            spoilt += _completes_eye(row, p, q, -mover)
        elif captured > 0 and s.after[META + q] == 0:
            made += k.is_own_eye(s.after, q, mover)
    if captured > 0:
        # Only captures can open a diagonal point, or make an eye by taking a diagonal stone off.
        for q in (p - stride - 1, p - stride + 1, p + stride - 1, p + stride + 1):
            if s.after[META + q] == 0 and k.is_own_eye(s.after, q, mover):
                made += row[META + q] != 0 or not k.is_own_eye(row, q, mover)
    out[MAKE_EYE] = min(made, 2)
    out[SPOIL_EYE] = min(spoilt, 2)


@inlined_kernel
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


@inlined_kernel
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


@inlined_kernel
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


@inlined_kernel
def _distance(size: int, p: int, q: int) -> int:
    stride = size + 1
    down = abs(p // stride - q // stride)
    across = abs(p % stride - q % stride)
    return min(down + across + max(down, across), MAX_DISTANCE)


@inlined_kernel
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
