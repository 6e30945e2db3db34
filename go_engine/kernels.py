"""Compiled functions on rows: the one board that games, playouts and searches play on.

This module is what others import. Here stand the questions (what is legal, what is where); the
layout of a row (`layout`) and what changes one (`playing`) are part of the same namespace.

Moves are `0 .. N*N-1` row-major from the top-left point, `N*N` passes.
"""

# ruff: noqa: F403, F405 (one namespace in three files)
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import inlined_kernel, kernel
from go_engine.layout import *
from go_engine.playing import *
from go_engine.zobrist import SIDE_KEY, STONE_KEYS


@inlined_kernel
def _repeats(row: Row, history: Row, key: int, wanted: bool) -> bool:
    """Whether the history holds `key`; False if that is not `wanted`."""
    bit = key & (32 * FILTER_WORDS - 1)
    maybe = row[at(FILTER + (bit >> 5))] & (1 << (bit & 31)) != 0
    i = row[HISTORY_LENGTH] if wanted and maybe else 0
    found = False
    while i > 0 and not found:
        i -= 1
        found = history[at(i)] == key
    return found


@inlined_kernel
def _key_after(row: Row, cells: int, stride: int, point: int, stone: int, suicide: bool) -> int:
    """`position_key` after `stone` plays `point`, captures (or its suicide) carried out."""
    p, one, down = at(point), at(1), at(stride)
    color, heads = at(META + COLOR * cells), at(META + HEAD * cells)
    liberties = at(META + LIBERTIES * cells)
    chain_hash = at(META + CHAIN_HASH * cells)
    result = row[HASH]
    if row[KO_RULE] == 2 and stone == -1:
        result ^= SIDE_KEY
    if not suicide:
        result ^= STONE_KEYS[at(0 if stone == 1 else 1), p]
    gone = stone if suicide else -stone
    key = liberty_key(point)
    a = b = c = at(NO_POINT)
    for q in (p - one, p + one, p - down, p + down):
        head = at(row[heads + q])
        total = row[liberties + head]
        dies = total == (total & COUNT_MASK) * key  # in atari, and this is its liberty
        if row[color + q] == gone and dies and head not in (a, b, c):
            result ^= row[chain_hash + head]
        a, b, c = head, a, b
    return int(result)


@inlined_kernel
def _point_legality(row: Row, history: Row, cells: int, stride: int, point: int) -> int:
    """As `legality`, for an empty padded point of a game that goes on."""
    p, one, down = at(point), at(1), at(stride)
    stone, ko_rule = row[TO_PLAY], row[KO_RULE]
    liberties = at(META + LIBERTIES * cells)
    free = row[liberties + p] != 0
    friends = False
    captures = False
    if not free:
        color, heads = at(META + COLOR * cells), at(META + HEAD * cells)
        key = liberty_key(point)
        for q in (p - one, p + one, p - down, p + down):
            neighbour = row[color + q]
            total = row[liberties + at(row[heads + q])]
            atari = total == (total & COUNT_MASK) * key
            friends |= neighbour == stone
            free |= (neighbour == stone) & (not atari)
            captures |= (neighbour == -stone) & atari
    suicide = not free and not captures
    forbidden = suicide and (row[SUICIDE] == 0 or not friends)
    # A stone on a point that was never occupied makes a position that never was. (Not so for
    # a suicide, whose stone does not stay.)
    can_repeat = row[at(META + SEEN * cells) + p] != 0 or suicide
    wanted = can_repeat and not forbidden and ko_rule != 0
    key_after = 0
    if wanted:
        key_after = _key_after(row, cells, stride, point, stone, suicide)
    repeats = _repeats(row, history, key_after, wanted)
    at_ko = point == row[KO_POINT]
    code = LEGAL
    if forbidden:
        code = SUICIDAL
    elif at_ko and (repeats or ko_rule == 0):
        code = KO
    elif repeats:
        code = SUPERKO
    return code


@kernel
def legality(row: Row, history: Row, move: int) -> int:
    """LEGAL, or the code of the first reason why the side to move may not play `move`."""
    size = row[SIZE]
    stride, cells = size + 1, padded_points(size)
    over = row[PASSES] >= 2
    in_range = 0 <= move <= size * size
    is_point = 0 <= move < size * size
    # For what is no point of the board any other one will do.
    p = padded(size, move if is_point else 0)
    occupied = row[META + COLOR * cells + p] != 0
    code = _point_legality(row, history, cells, stride, p)
    if over:
        code = GAME_OVER
    elif not in_range:
        code = OUT_OF_RANGE
    elif not is_point:
        code = LEGAL
    elif occupied:
        code = OCCUPIED
    return code


@kernel
def legal_mask(row: Row, history: Row, mask: NDArray[np.bool_]) -> None:
    """Write `mask [N*N + 1]`, True where the side to move may play; all False after the end."""
    size = row[SIZE]
    stride, cells = size + 1, padded_points(size)
    goes_on = row[PASSES] < 2
    move = 0
    for r in range(1, size + 1):
        for p in range(r * stride, r * stride + size):
            legal = False
            if goes_on and row[META + COLOR * cells + p] == 0:
                legal = _point_legality(row, history, cells, stride, p) == LEGAL
            mask[at(move)] = legal
            move += 1
    mask[at(move)] = goes_on


@kernel
def try_play(row: Row, history: Row, move: int) -> int:
    """Play `move` if it is legal; LEGAL or the reason why not, in which case nothing changed."""
    code = legality(row, history, move)
    if code == LEGAL:
        play_unchecked(row, history, move)
    return code


@kernel
def stones(row: Row, out: NDArray[np.int8]) -> None:
    """Write `out [N*N]`: 1 Black, -1 White, 0 empty."""
    size = row[SIZE]
    stride = size + 1
    base = META + COLOR * padded_points(size) + stride
    for r in range(size):
        for c in range(size):
            out[r * size + c] = row[base + r * stride + c]


@inlined_kernel
def is_own_eye(row: Row, p: int, stone: int) -> bool:
    """Whether the empty padded point `p` is a one-point eye of `stone` that playouts leave alone.

    All neighbours are `stone`'s, and of the diagonal points at most one is the opponent's; none
    if `p` stands on an edge. (The usual playout rule; Gelly et al. 2006.)
    """
    size = row[SIZE]
    one, down = at(1), at(size + 1)
    cell = at(META + COLOR * padded_points(size) + p)
    walled = True
    for q in (cell - one, cell + one, cell - down, cell + down):
        walled &= (row[q] == stone) | (row[q] == WALL)
    hostile = 0
    edge = False
    for q in (cell - down - one, cell - down + one, cell + down - one, cell + down + one):
        edge |= row[q] == WALL
        hostile += row[q] == -stone
    return bool(walled and hostile + edge < 2)
