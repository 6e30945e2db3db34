"""The board as one row of 64-bit integers, and the compiled functions that play on it.

A row holds everything a position needs, so copying a game is copying a row and a batch of games is
a 2-D array `rows [G, W]`. Its first `META` cells are scalars (named below), then come sections of
`P` cells each, indexed by *padded point*: the board has a wall on every side, one column of
wall between the rows serving both edges, so that `P = (N + 2) * (N + 1) + 1` and neighbours are
always at `p - 1, p + 1, p - (N + 1), p + (N + 1)`.

Chains are circular linked lists with one head. Liberties are kept as pseudo-liberties: for every
(empty neighbour, stone) pair of a chain the count, the sum of the points and the sum of their
squares. All pairs name one point exactly if `count * squares == sum * sum` (Cauchy-Schwarz), which
tells atari without listing liberties.

Earlier positions live in a separate array `history`; entries at or beyond `row[HISTORY_LENGTH]`
are scratch, so a search may play on a copied row and the same `history`.

Moves are `0 .. N*N-1` row-major from the top-left point, `N*N` passes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import kernel
from go_engine.zobrist import SIDE_KEY, STONE_KEYS

Row = NDArray[np.int64]

# Scalars of a row.
SIZE: Final = 0
TO_PLAY: Final = 1
HASH: Final = 2  # of the stones alone
KO_POINT: Final = 3  # padded point that may not be retaken at once; 0 (a wall) means none
MOVE_COUNT: Final = 4
PASSES: Final = 5  # consecutive passes just made
HISTORY_LENGTH: Final = 6
KO_RULE: Final = 7  # as in rules.KO_CODES
SUICIDE: Final = 8  # 1 if multi-stone suicide is allowed
NUM_EMPTY: Final = 9
CAPTURED_BLACK: Final = 10  # black stones taken off so far
CAPTURED_WHITE: Final = 11
META: Final = 16

# Sections of a row, each P cells.
COLOR: Final = 0  # 1 Black, -1 White, 0 empty, WALL off the board
HEAD: Final = 1  # head point of the chain a stone belongs to
NEXT: Final = 2  # next stone of the same chain
PSEUDO: Final = 3  # at a head: number of pseudo-liberties
LIB_SUM: Final = 4
LIB_SQUARES: Final = 5
CHAIN_HASH: Final = 6  # at a head: xor of the chain's stone keys
CHAIN_SIZE: Final = 7
SEEN: Final = 8  # 1 if the point was ever occupied in this game
EMPTIES: Final = 9  # the first NUM_EMPTY cells list the empty points, in no particular order
EMPTY_INDEX: Final = 10  # where in EMPTIES an empty point stands
SECTIONS: Final = 11

WALL: Final = 3

# What `legality` answers.
LEGAL: Final = 0
OCCUPIED: Final = 1
SUICIDAL: Final = 2
KO: Final = 3
SUPERKO: Final = 4
GAME_OVER: Final = 5
OUT_OF_RANGE: Final = 6


@kernel
def padded_points(size: int) -> int:
    """P, the number of padded points of a board of `size`."""
    return (size + 2) * (size + 1) + 1


def row_width(size: int) -> int:
    """W, the number of cells in the row of a board of `size`."""
    return META + SECTIONS * padded_points(size)


@kernel
def padded(size: int, move: int) -> int:
    """Padded point of a move that is not a pass."""
    return (move // size + 1) * (size + 1) + move % size


@kernel
def unpadded(size: int, point: int) -> int:
    """Move on a padded point."""
    return (point // (size + 1) - 1) * size + point % (size + 1)


@kernel
def position_key(row: Row) -> int:
    """What superko compares: stones, and under the situational rule the side to move."""
    if row[KO_RULE] == 2 and row[TO_PLAY] == 1:
        return int(row[HASH] ^ SIDE_KEY)
    return int(row[HASH])


@kernel
def reset(row: Row, history: Row, size: int, ko_rule: int, suicide: int) -> None:
    """Empty board, Black to play; the empty position enters the history."""
    row[:] = 0
    row[SIZE] = size
    row[TO_PLAY] = 1
    row[KO_RULE] = ko_rule
    row[SUICIDE] = suicide
    stride = size + 1
    cells = (size + 2) * stride + 1
    color = META + COLOR * cells
    for p in range(cells):
        row[color + p] = WALL
    empties = META + EMPTIES * cells
    where = META + EMPTY_INDEX * cells
    for move in range(size * size):
        p = (move // size + 1) * stride + move % size
        row[color + p] = 0
        row[empties + move] = p
        row[where + p] = move
    row[NUM_EMPTY] = size * size
    history[0] = position_key(row)
    row[HISTORY_LENGTH] = 1


@kernel
def _remove_chain(row: Row, cells: int, stride: int, head: int) -> int:
    """Take a chain off, giving its points back as liberties; the number of stones."""
    color = META + COLOR * cells
    heads = META + HEAD * cells
    following = META + NEXT * cells
    pseudo = META + PSEUDO * cells
    lib_sum = META + LIB_SUM * cells
    squares = META + LIB_SQUARES * cells
    empties = META + EMPTIES * cells
    where = META + EMPTY_INDEX * cells
    row[HASH] ^= row[META + CHAIN_HASH * cells + head]
    count = row[NUM_EMPTY]
    taken = 0
    p = head
    while True:
        row[color + p] = 0
        row[empties + count] = p
        row[where + p] = count
        count += 1
        taken += 1
        for step in (-1, 1, -stride, stride):
            q = p + step
            # Stones of the chain itself get liberties too; they are gone when we are done.
            if row[color + q] == 1 or row[color + q] == -1:
                h = row[heads + q]
                row[pseudo + h] += 1
                row[lib_sum + h] += p
                row[squares + h] += p * p
        p = row[following + p]
        if p == head:
            break
    row[NUM_EMPTY] = count
    return taken


@kernel
def _merge(row: Row, cells: int, a: int, b: int) -> int:
    """Join the chains with heads `a` and `b`; the head of the joined chain (the larger's)."""
    heads = META + HEAD * cells
    following = META + NEXT * cells
    size = META + CHAIN_SIZE * cells
    if row[size + a] < row[size + b]:
        a, b = b, a
    p = b
    while True:
        row[heads + p] = a
        p = row[following + p]
        if p == b:
            break
    row[following + a], row[following + b] = row[following + b], row[following + a]
    for section in (PSEUDO, LIB_SUM, LIB_SQUARES, CHAIN_SIZE):
        cell = META + section * cells
        row[cell + a] += row[cell + b]
    chain_hash = META + CHAIN_HASH * cells
    row[chain_hash + a] ^= row[chain_hash + b]
    return a


@kernel
def _place(row: Row, cells: int, stride: int, p: int, stone: int) -> int:
    """Put a stone on an empty point and join chains, nothing captured yet; its chain's head."""
    color = META + COLOR * cells
    heads = META + HEAD * cells
    pseudo = META + PSEUDO * cells
    lib_sum = META + LIB_SUM * cells
    squares = META + LIB_SQUARES * cells
    empties = META + EMPTIES * cells
    where = META + EMPTY_INDEX * cells

    last = row[NUM_EMPTY] - 1
    slot = row[where + p]
    moved = row[empties + last]
    row[empties + slot] = moved
    row[where + moved] = slot
    row[NUM_EMPTY] = last

    free = 0
    free_sum = 0
    free_squares = 0
    for step in (-1, 1, -stride, stride):
        q = p + step
        neighbour = row[color + q]
        if neighbour == 0:
            free += 1
            free_sum += q
            free_squares += q * q
        elif neighbour != WALL:
            h = row[heads + q]
            row[pseudo + h] -= 1
            row[lib_sum + h] -= p
            row[squares + h] -= p * p
    key = STONE_KEYS[0 if stone == 1 else 1, p]
    row[HASH] ^= key
    row[color + p] = stone
    row[heads + p] = p
    row[META + NEXT * cells + p] = p
    row[pseudo + p] = free
    row[lib_sum + p] = free_sum
    row[squares + p] = free_squares
    row[META + CHAIN_HASH * cells + p] = key
    row[META + CHAIN_SIZE * cells + p] = 1
    row[META + SEEN * cells + p] = 1
    head = p
    for step in (-1, 1, -stride, stride):
        q = p + step
        if row[color + q] == stone and row[heads + q] != head:
            head = _merge(row, cells, head, row[heads + q])
    return head


@kernel
def place_setup_stone(row: Row, move: int, stone: int) -> None:
    """Put a stone on an empty point for a set-up position: no capture, no history, no turn."""
    size = row[SIZE]
    stride = size + 1
    _place(row, (size + 2) * stride + 1, stride, padded(size, move), stone)


@kernel
def num_pseudo_liberties(row: Row, move: int) -> int:
    """Pairs (stone of the chain on `move`, empty neighbour); 0 exactly if it has no liberty."""
    size = row[SIZE]
    cells = padded_points(size)
    head = row[META + HEAD * cells + padded(size, move)]
    return int(row[META + PSEUDO * cells + head])


@kernel
def play_unchecked(row: Row, history: Row, move: int) -> int:
    """Play a legal move (a pass too) for the side to move; the number of stones captured.

    The position reached is written to `history`, which must have room for it. Legality is the
    caller's business, the end of the game too.
    """
    size = row[SIZE]
    stone = row[TO_PLAY]
    row[MOVE_COUNT] += 1
    row[KO_POINT] = 0
    row[TO_PLAY] = -stone
    captured = 0
    if move == size * size:
        row[PASSES] += 1
    else:
        row[PASSES] = 0
        stride = size + 1
        cells = (size + 2) * stride + 1
        color = META + COLOR * cells
        heads = META + HEAD * cells
        pseudo = META + PSEUDO * cells
        p = padded(size, move)
        head = _place(row, cells, stride, p, stone)
        ko_point = 0
        for step in (-1, 1, -stride, stride):
            q = p + step
            if row[color + q] == -stone and row[pseudo + row[heads + q]] == 0:
                captured += _remove_chain(row, cells, stride, row[heads + q])
                ko_point = q
        if captured > 0:
            row[CAPTURED_WHITE if stone == 1 else CAPTURED_BLACK] += captured
            lone = row[META + CHAIN_SIZE * cells + head] == 1
            if captured == 1 and lone and row[pseudo + p] == 1:
                row[KO_POINT] = ko_point
        elif row[pseudo + head] == 0:
            lost = _remove_chain(row, cells, stride, head)
            row[CAPTURED_BLACK if stone == 1 else CAPTURED_WHITE] += lost
    history[row[HISTORY_LENGTH]] = position_key(row)
    row[HISTORY_LENGTH] += 1
    return captured


@kernel
def _repeats(row: Row, history: Row, stones_hash: int, stone: int) -> bool:
    """Whether the position after `stone`'s move, hashed so, stands in the history."""
    key = stones_hash
    if row[KO_RULE] == 2 and stone == -1:
        key ^= int(SIDE_KEY)
    for i in range(row[HISTORY_LENGTH] - 1, -1, -1):  # noqa: SIM110 (numba compiles no any())
        if history[i] == key:
            return True
    return False


@kernel
def _hash_after(row: Row, cells: int, stride: int, p: int, stone: int, suicide: bool) -> int:
    """Hash of the stones after `stone` plays `p`, captures (or its suicide) carried out."""
    color = META + COLOR * cells
    heads = META + HEAD * cells
    pseudo = META + PSEUDO * cells
    lib_sum = META + LIB_SUM * cells
    squares = META + LIB_SQUARES * cells
    chain_hash = META + CHAIN_HASH * cells
    result = row[HASH]
    if not suicide:
        result ^= STONE_KEYS[0 if stone == 1 else 1, p]
    gone = stone if suicide else -stone
    a = b = c = 0
    for step in (-1, 1, -stride, stride):
        q = p + step
        if row[color + q] == gone:
            h = row[heads + q]
            if h in (a, b, c):
                continue
            a, b, c = h, a, b
            total = row[lib_sum + h]
            if suicide or row[pseudo + h] * row[squares + h] == total * total:
                result ^= row[chain_hash + h]
    return int(result)


@kernel
def legality(row: Row, history: Row, move: int) -> int:
    """LEGAL, or the code of the first reason why the side to move may not play `move`."""
    size = row[SIZE]
    if row[PASSES] >= 2:
        return GAME_OVER
    if move < 0 or move > size * size:
        return OUT_OF_RANGE
    if move == size * size:
        return LEGAL
    stride = size + 1
    cells = (size + 2) * stride + 1
    p = padded(size, move)
    if row[META + COLOR * cells + p] != 0:
        return OCCUPIED
    return _point_legality(row, history, cells, stride, p)


@kernel
def _point_legality(row: Row, history: Row, cells: int, stride: int, p: int) -> int:
    """As `legality`, for an empty padded point of a game that goes on."""
    color = META + COLOR * cells
    heads = META + HEAD * cells
    pseudo = META + PSEUDO * cells
    lib_sum = META + LIB_SUM * cells
    squares = META + LIB_SQUARES * cells
    stone = row[TO_PLAY]
    free = False
    friends = False
    captures = False
    for step in (-1, 1, -stride, stride):
        neighbour = row[color + p + step]
        if neighbour == 0:
            free = True
        elif neighbour != WALL:
            h = row[heads + p + step]
            total = row[lib_sum + h]
            atari = row[pseudo + h] * row[squares + h] == total * total
            if neighbour == stone:
                friends = True
                free = free or not atari
            else:
                captures = captures or atari
    suicide = not free and not captures
    if suicide and (row[SUICIDE] == 0 or not friends):
        return SUICIDAL
    if row[KO_RULE] == 0:
        return KO if p == row[KO_POINT] else LEGAL
    # A stone on a point that was never occupied makes a position that never was. (Not so for
    # a suicide, whose stone does not stay.)
    if row[META + SEEN * cells + p] != 0 or suicide:
        after = _hash_after(row, cells, stride, p, stone, suicide)
        if _repeats(row, history, after, stone):
            return KO if p == row[KO_POINT] else SUPERKO
    return LEGAL


@kernel
def legal_mask(row: Row, history: Row, mask: NDArray[np.bool_]) -> None:
    """Write `mask [N*N + 1]`, True where the side to move may play; all False after the end."""
    size = row[SIZE]
    points = size * size
    mask[: points + 1] = False
    if row[PASSES] >= 2:
        return
    mask[points] = True
    stride = size + 1
    cells = (size + 2) * stride + 1
    empties = META + EMPTIES * cells
    for i in range(row[NUM_EMPTY]):
        p = row[empties + i]
        if _point_legality(row, history, cells, stride, p) == LEGAL:
            mask[unpadded(size, p)] = True


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
    base = META + stride
    for r in range(size):
        for c in range(size):
            out[r * size + c] = row[base + r * stride + c]


@kernel
def is_own_eye(row: Row, p: int, stone: int) -> bool:
    """Whether the empty padded point `p` is a one-point eye of `stone` that playouts leave alone.

    All neighbours are `stone`'s, and of the diagonal points at most one is the opponent's; none
    if `p` stands on an edge. (The usual playout rule; Gelly et al. 2006.)
    """
    size = row[SIZE]
    stride = size + 1
    color = META + p
    for step in (-1, 1, -stride, stride):
        neighbour = row[color + step]
        if neighbour != stone and neighbour != WALL:
            return False
    hostile = 0
    edge = 0
    for step in (-stride - 1, -stride + 1, stride - 1, stride + 1):
        diagonal = row[color + step]
        if diagonal == WALL:
            edge = 1
        elif diagonal == -stone:
            hostile += 1
    return hostile + edge < 2
