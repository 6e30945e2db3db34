"""Told playouts: games played out by a fast policy that learned from experts what matters near."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.told.playout_board import (
    TOTAL,
    Light,
    Table,
    inlined_light_play,
    line_sums,
    set_weight,
    shift_of,
    weights_of,
)
from agents.told.playout_features import (
    DRAWN,
    FOUND,
    KINDS,
    NO_FEATURE,
    POINTS,
    Boosts,
    find_boosts,
    self_atari,
)
from go_engine import kernels as k
from go_engine._jit import inlined_kernel, kernel
from go_engine.borrowing import borrowed
from go_engine.kernels import META, Row, at
from go_engine.rng import Stream, draw_below, draw_uniform
from go_engine.scoring import area_ownership

__all__ = ["draw_move", "final_margin", "play_told"]


_LOW: Final = (1 << 32) - 1
_MOST: Final = float(1 << 25)  # of a lifted weight: 64 of them stay below 2**32


@inlined_kernel
def _rescale(light: Light, cells: int, b: Boosts, i: int, p: int, shift: int, by: float) -> None:
    """Multiply one side's weight of `p`, and remember the old one as the i-th that changed."""
    packed = light[at(weights_of(cells) + p)]
    weight = (packed >> shift) & _LOW
    b[at(DRAWN + 2 * i)] = p
    b[at(DRAWN + 2 * i + 1)] = packed
    lifted = np.int64(min(weight * by, _MOST))
    set_weight(light, cells, p, packed + ((lifted - weight) << shift))


@inlined_kernel
def _lift(row: Row, light: Light, factors: NDArray[np.float64], b: Boosts) -> int:
    """Multiply the weights of boosted points; how many changes `b` remembers."""
    shift = shift_of(row[k.TO_PLAY])
    stride = row[k.SIZE] + 1
    cells = (stride + 1) * stride + 1
    count = find_boosts(row, light, b)
    changed = 0
    for i in range(count):
        p = b[at(POINTS + i)]
        _rescale(light, cells, b, changed, p, shift, factors[at(b[at(KINDS + i)])])
        b[at(FOUND + p)] = 0
        changed += 1
    return changed


@inlined_kernel
def _pick(light: Light, cells: int, stride: int, shift: int, ticket: int) -> int:
    """The point that holds number `ticket` of one side's weights laid end to end."""
    line = line_sums(cells) + 1
    weight = (light[at(line)] >> shift) & _LOW
    while ticket >= weight:
        ticket -= weight
        line += 1
        weight = (light[at(line)] >> shift) & _LOW
    p = weights_of(cells) + (line - line_sums(cells)) * stride
    weight = (light[at(p)] >> shift) & _LOW
    while ticket >= weight:
        ticket -= weight
        p += 1
        weight = (light[at(p)] >> shift) & _LOW
    return p - weights_of(cells)


@inlined_kernel
def _keep(
    row: Row, history: Row, cells: int, stride: int, p: int, factors: NDArray[np.float64]
) -> float:
    """What is dear to find out about the point `p`: 0 if it is not legal, the factor of its
    self-atari if it is one, else 1."""
    if k._point_legality(row, history, cells, stride, p) != k.LEGAL:
        return 0.0
    feature = self_atari(row, cells, stride, p)
    return 1.0 if feature == NO_FEATURE else factors[at(feature)]


@inlined_kernel
def draw_move(
    row: Row,
    history: Row,
    light: Light,
    factors: NDArray[np.float64],
    b: Boosts,
    stream: Stream,
) -> int:
    """A legal padded point drawn in proportion to weight times factors; 0, a pass, if all are 0.

    What is dear to find out is asked of drawn points only: an illegal one gets the weight 0, one
    that is self-atari its factor, with which it is then accepted; both leave the draw exact. The
    weights are as before afterwards.
    """
    stride, shift = row[k.SIZE] + 1, shift_of(row[k.TO_PLAY])
    cells = (stride + 1) * stride + 1
    changed = _lift(row, light, factors, b)
    lifted = changed
    found = k.NO_POINT
    total = (light[TOTAL] >> shift) & _LOW
    while found == k.NO_POINT and total > 0:
        p = _pick(light, cells, stride, shift, draw_below(stream, total))
        seen = False
        for i in range(lifted, changed):
            seen |= b[at(DRAWN + 2 * i)] == p
        keep = 1.0 if seen else _keep(row, history, cells, stride, p, factors)
        if keep < 1.0:
            _rescale(light, cells, b, changed, p, shift, keep)
            changed += 1
            total = (light[TOTAL] >> shift) & _LOW
        if keep >= 1.0 or (keep > 0.0 and draw_uniform(stream) < keep):
            found = p
    for i in range(changed - 1, -1, -1):
        set_weight(light, cells, b[at(DRAWN + 2 * i)], b[at(DRAWN + 2 * i + 1)])
    return found


@kernel
def play_told(
    row: Row,
    history: Row,
    light: Light,
    table: Table,
    factors: NDArray[np.float64],
    b: Boosts,
    stream: Stream,
    max_moves: int,
    moves: NDArray[np.int64],
) -> int:
    """Play to two passes, or `max_moves` more; how many were played.

    Writes the padded points (0 for passes) to the front of `moves`.
    """
    row, history, light, table = borrowed(row), borrowed(history), borrowed(light), borrowed(table)
    factors, b, stream, moves = borrowed(factors), borrowed(b), borrowed(stream), borrowed(moves)
    count = 0
    while count < max_moves and row[k.PASSES] < 2:
        p = draw_move(row, history, light, factors, b, stream)
        inlined_light_play(row, history, light, table, p)
        moves[at(count)] = p
        count += 1
    return count


@kernel
def final_margin(row: Row, owner: NDArray[np.int8]) -> int:
    """As `area_ownership`, and faster where every empty point stands alone."""
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    lonely = True
    margin = 0
    for i in range(row[k.NUM_EMPTY]):
        p = row[at(META + k.EMPTIES * cells + i)]
        black = white = False
        for step in (-1, 1, -stride, stride):
            color = row[at(META + p + step)]
            black |= color == 1
            white |= color == -1
            lonely &= color != 0
        side = 0 if black == white else (1 if black else -1)
        owner[at(k.unpadded(size, p))] = side
        margin += side
    if not lonely:
        return area_ownership(row, owner)
    move = 0
    for r in range(1, size + 1):
        for p in range(r * stride, r * stride + size):
            color = row[at(META + p)]
            if color != 0:
                owner[at(move)] = color
                margin += color
            move += 1
    return margin
