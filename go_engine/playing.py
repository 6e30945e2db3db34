"""Compiled functions that change a row: starting, placing, capturing, playing; the history.

Earlier positions live in a separate array `history`; entries at or beyond `row[HISTORY_LENGTH]`
are scratch, so a search may play on a copied row and the same `history`.

Inside, points are padded and unsigned (see `layout.at`).
"""

# ruff: noqa: F403, F405 (the layout is one vocabulary, used whole)
from __future__ import annotations

import numpy as np

from go_engine._jit import inlined_kernel, kernel
from go_engine.layout import *
from go_engine.zobrist import SIDE_KEY, STONE_KEYS

__all__ = [
    "has_liberty",
    "place_setup_stone",
    "play_point",
    "play_unchecked",
    "position_key",
    "reset",
    "start_history",
]

# ---------------------------------------------------------------- positions and history


@inlined_kernel
def position_key(row: Row) -> int:
    """What superko compares: stones, and under the situational rule the side to move."""
    key, situational, black = row[HASH], row[KO_RULE] == 2, row[TO_PLAY] == 1
    return int(key ^ SIDE_KEY if situational and black else key)


@inlined_kernel
def _enter_history(row: Row, history: Row) -> None:
    """Write the present position to the end of the history."""
    key = position_key(row)
    bit = key & (32 * FILTER_WORDS - 1)
    row[at(FILTER + (bit >> 5))] |= 1 << (bit & 31)
    history[at(row[HISTORY_LENGTH])] = key
    row[HISTORY_LENGTH] += 1


@kernel
def start_history(row: Row, history: Row) -> None:
    """Make the present position the first one that superko compares with."""
    row[FILTER : FILTER + FILTER_WORDS] = 0
    row[HISTORY_LENGTH] = 0
    _enter_history(row, history)


@kernel
def reset(row: Row, history: Row, size: int, ko_rule: int, suicide: int) -> None:
    """Empty board, Black to play; the empty position enters the history."""
    row[:] = 0
    row[SIZE] = size
    row[TO_PLAY] = 1
    row[KO_RULE] = ko_rule
    row[SUICIDE] = suicide
    row[META - 1] = WALL
    stride = size + 1
    cells = padded_points(size)
    for p in range(cells):
        row[META + COLOR * cells + p] = WALL
        row[META + HEAD * cells + p] = p
    for move in range(size * size):
        p = padded(size, move)
        row[META + COLOR * cells + p] = 0
        row[META + EMPTIES * cells + move] = p
        row[META + EMPTY_INDEX * cells + p] = move
        for q in (p - 1, p + 1, p - stride, p + stride):
            row[META + LIBERTIES * cells + q] += liberty_key(p)
    row[NUM_EMPTY] = size * size
    start_history(row, history)


# ---------------------------------------------------------------- playing


@inlined_kernel
def _remove_chain(row: Row, cells: int, stride: int, head: int) -> int:
    """Take a chain off, giving its points back as liberties; the number of stones."""
    one, down = at(1), at(stride)
    color, heads = at(META + COLOR * cells), at(META + HEAD * cells)
    following = at(META + NEXT * cells)
    liberties = at(META + LIBERTIES * cells)
    empties = at(META + EMPTIES * cells)
    where = at(META + EMPTY_INDEX * cells)
    row[HASH] ^= row[at(META + CHAIN_HASH * cells) + head]
    first = row[NUM_EMPTY]
    count = first
    p = head
    while True:
        row[color + p] = 0
        row[heads + p] = p
        row[liberties + p] = 0
        row[empties + at(count)] = p
        row[where + p] = count
        count += 1
        p = at(row[following + p])
        if p == head:
            break
    row[NUM_EMPTY] = count
    # A chain that comes off has no empty neighbour but its own points, so this adds up all.
    for i in range(first, count):
        p = at(row[empties + at(i)])
        key = liberty_key(row[empties + at(i)])
        for q in (p - one, p + one, p - down, p + down):
            row[liberties + at(row[heads + q])] += key
    return int(count - first)


@inlined_kernel
def _merge(row: Row, cells: int, a: int, b: int) -> int:
    """Join the chains with heads `a` and `b`; the head of the joined chain (the larger's)."""
    heads, following = at(META + HEAD * cells), at(META + NEXT * cells)
    liberties = at(META + LIBERTIES * cells)
    size, chain_hash = at(META + CHAIN_SIZE * cells), at(META + CHAIN_HASH * cells)
    if row[size + a] < row[size + b]:
        a, b = b, a
    p = b
    while True:
        row[heads + p] = a
        p = at(row[following + p])
        if p == b:
            break
    row[following + a], row[following + b] = row[following + b], row[following + a]
    row[liberties + a] += row[liberties + b]
    row[size + a] += row[size + b]
    row[chain_hash + a] ^= row[chain_hash + b]
    return a


@inlined_kernel
def _take_from_empties(row: Row, cells: int, p: int) -> None:
    """Strike an empty point off the list of empty points."""
    empties = at(META + EMPTIES * cells)
    where = at(META + EMPTY_INDEX * cells)
    last = row[NUM_EMPTY] - 1
    slot = row[where + p]
    moved = row[empties + at(last)]
    row[empties + at(slot)] = moved
    row[where + at(moved)] = slot
    row[NUM_EMPTY] = last


@inlined_kernel
def _place(row: Row, cells: int, stride: int, point: int, stone: int) -> tuple[int, bool]:
    """Put a stone on an empty padded point and join chains, nothing captured yet.

    Returns its chain's head, and whether a chain of the opponent has no liberty now.
    """
    p, one, down = at(point), at(1), at(stride)
    color, heads = at(META + COLOR * cells), at(META + HEAD * cells)
    liberties = at(META + LIBERTIES * cells)
    _take_from_empties(row, cells, p)
    key = liberty_key(point)
    friends = False
    kills = False
    for q in (p - one, p + one, p - down, p + down):
        neighbour = row[color + q]
        head = at(row[heads + q])
        left = row[liberties + head] - key
        row[liberties + head] = left
        friends |= neighbour == stone
        kills |= (neighbour == -stone) & (left == 0)
    stone_key = STONE_KEYS[at(0 if stone == 1 else 1), p]
    row[HASH] ^= stone_key
    row[color + p] = stone
    row[at(META + NEXT * cells) + p] = point
    row[at(META + CHAIN_HASH * cells) + p] = stone_key
    row[at(META + CHAIN_SIZE * cells) + p] = 1
    row[at(META + SEEN * cells) + p] = 1
    head = p
    if friends:
        for q in (p - one, p + one, p - down, p + down):
            other = at(row[heads + q])
            if row[color + q] == stone and other != head:
                head = _merge(row, cells, head, other)
    return head, kills


@kernel
def place_setup_stone(row: Row, move: int, stone: int) -> None:
    """Put a stone on an empty point for a set-up position: no capture, no history, no turn."""
    size = row[SIZE]
    _place(row, padded_points(size), size + 1, padded(size, move), stone)


@kernel
def has_liberty(row: Row, move: int) -> bool:
    """Whether the chain that holds the point `move` has a liberty."""
    size = row[SIZE]
    cells = padded_points(size)
    head = row[META + HEAD * cells + padded(size, move)]
    return bool(row[META + LIBERTIES * cells + head] != 0)


@inlined_kernel
def play_point(row: Row, history: Row, point: int) -> int:
    """As `play_unchecked`, for a padded point or NO_POINT, which passes."""
    size, stone = row[SIZE], row[TO_PLAY]
    row[MOVE_COUNT] += 1
    row[KO_POINT] = NO_POINT
    row[TO_PLAY] = -stone
    captured = 0
    if point == NO_POINT:
        row[PASSES] += 1
    else:
        row[PASSES] = 0
        stride, cells = size + 1, padded_points(size)
        p, one, down = at(point), at(1), at(stride)
        color, heads = at(META + COLOR * cells), at(META + HEAD * cells)
        liberties = at(META + LIBERTIES * cells)
        head, kills = _place(row, cells, stride, point, stone)
        if kills:
            at_last = NO_POINT
            for q in (p - one, p + one, p - down, p + down):
                other = at(row[heads + q])
                if row[color + q] == -stone and row[liberties + other] == 0:
                    captured += _remove_chain(row, cells, stride, other)
                    at_last = int(np.int64(q))
            row[CAPTURED_WHITE if stone == 1 else CAPTURED_BLACK] += captured
            lone = row[at(META + CHAIN_SIZE * cells) + head] == 1
            if captured == 1 and lone and row[liberties + p] == liberty_key(at_last):
                row[KO_POINT] = at_last
        elif row[liberties + head] == 0:
            lost = _remove_chain(row, cells, stride, head)
            row[CAPTURED_BLACK if stone == 1 else CAPTURED_WHITE] += lost
    _enter_history(row, history)
    return captured


@kernel
def play_unchecked(row: Row, history: Row, move: int) -> int:
    """Play a legal move (a pass too) for the side to move; the number of stones captured.

    The position reached is written to `history`, which must have room for it. Legality is the
    caller's business, the end of the game too.
    """
    size = row[SIZE]
    return play_point(row, history, NO_POINT if move == size * size else padded(size, move))
