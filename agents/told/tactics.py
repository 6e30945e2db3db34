"""Levels of the tactical families: captures, ataris, rescues, liberties, contact.

`p` is the padded point of a move, `row` the position before it, `s.after` the one after it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agents.told.shared import ATARI, CONTACT, DEFEND, ESCAPE, MANY, THREAT, Scratch
from go_engine import concepts as c
from go_engine import kernels as k
from go_engine._jit import inlined_kernel
from go_engine.kernels import META, Row

__all__ = [
    "attack_levels",
    "capture_level",
    "join_level",
    "liberties_level",
    "recapture_level",
    "reply_level",
    "rescue_levels",
]


@inlined_kernel
def _size_class(stones: int) -> int:
    """0 for one stone, 1 for two, 2 for more."""
    return min(stones, 3) - 1


@inlined_kernel
def _touches_own_atari(row: Row, head: int, s: Scratch) -> bool:
    """Whether the opponent chain `head` touches a chain of the mover's that is in atari."""
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    q = head
    while True:
        for step in (-1, 1, -stride, stride):
            r = q + step
            own = row[META + r] == row[k.TO_PLAY]
            if own and s.liberties[row[META + k.HEAD * cells + r]] == 1:
                return True
        q = row[META + k.NEXT * cells + q]
        if q == head:
            return False


@inlined_kernel
def capture_level(row: Row, p: int, captured: int, s: Scratch) -> int:
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    if s.after[k.KO_POINT] != 0:
        return 1
    kind = 2
    for step in (-1, 1, -stride, stride):
        q = p + step
        if row[META + q] != -row[k.TO_PLAY]:
            continue
        head = row[META + k.HEAD * cells + q]
        if s.liberties[head] != 1:
            continue
        if _touches_own_atari(row, head, s):
            kind = 0
        elif s.caught[head] == 0:
            kind = min(kind, 1)
    return 2 + 3 * kind + _size_class(captured)


@inlined_kernel
def recapture_level(row: Row, last: int, s: Scratch) -> int:
    """Whether the last move's stone is gone after the move, and more with it."""
    size = row[k.SIZE]
    cells = (size + 2) * (size + 1) + 1
    if row[META + last] == 0 or s.after[META + last] != 0:
        return 0
    head = row[META + k.HEAD * cells + last]
    return 1 if row[META + k.CHAIN_SIZE * cells + head] == 1 else 2


@inlined_kernel
def _frees(row: Row, head: int, p: int, captured: int) -> bool:
    """Whether a move on `p` may change the fate of the threatened own chain `head`: it captures,
    or stands on or right beside (eight neighbours) one of the chain's two liberties."""
    if captured > 0:
        return True
    size = row[k.SIZE]
    stride = size + 1
    _, a, b = c.first_liberties(row, head)
    for liberty in (a, b):
        if liberty == 0:
            continue
        rows_apart = abs(liberty // stride - p // stride)
        columns_apart = abs(liberty % stride - p % stride)
        if rows_apart <= 1 and columns_apart <= 1:
            return True
    return False


@inlined_kernel
def rescue_levels(row: Row, p: int, captured: int, out: NDArray[np.int32], s: Scratch) -> None:
    """ESCAPE (own chains in atari) and DEFEND (own chains that a ladder would catch).

    Of several chains the best saved one counts: by outcome, then by size.
    """
    size = row[k.SIZE]
    cells = (size + 2) * (size + 1) + 1
    mover = row[k.TO_PLAY]
    for i in range(1, s.heads[0] + 1):
        head = s.heads[i]
        stones = _size_class(row[META + k.CHAIN_SIZE * cells + head])
        _, a, b = c.first_liberties(row, head)
        on_liberty = p in (a, b)
        if s.liberties[head] == 1:
            if not on_liberty and captured == 0:
                continue
            count, _, _ = c.first_liberties(s.after, head)
            if count == 1 and not on_liberty:
                continue
            outcome = 2
            if count == 1:
                outcome = 0
            elif count == 2 and c.caught_as_it_stands(s.after, head, -mover, s.rows):
                outcome = 1
            out[ESCAPE] = max(out[ESCAPE], 1 + 3 * outcome + stones)
        elif _frees(row, head, p, captured):
            if not c.caught_as_it_stands(s.after, head, -mover, s.rows):
                out[DEFEND] = max(out[DEFEND], 4 + stones)
            elif on_liberty:
                out[DEFEND] = max(out[DEFEND], 1 + stones)


@inlined_kernel
def attack_levels(row: Row, p: int, out: NDArray[np.int32], s: Scratch) -> None:
    """ATARI, THREAT and CONTACT: what the stone does to the opponent chains it touches."""
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    mover = row[k.TO_PLAY]
    after = s.after
    touched = 0
    fewest = 4
    ataris = 0
    stones = 0
    laddered = False
    laddered_stones = 0
    a = b = d = 0
    for step in (-1, 1, -stride, stride):
        q = p + step
        if after[META + q] != -mover:
            continue
        head = after[META + k.HEAD * cells + q]
        if head in (a, b, d):
            continue
        a, b, d = head, a, b
        touched += 1
        # An opponent chain loses the liberty played on, and no capture gives it another.
        count = s.liberties[head] - 1
        fewest = min(fewest, count)
        chain_stones = after[META + k.CHAIN_SIZE * cells + head]
        if count == 1:
            ataris += 1
            stones = max(stones, chain_stones)
            if c.caught_as_it_stands(after, head, -mover, s.rows):
                laddered = True
                laddered_stones = max(laddered_stones, chain_stones)
        elif count == 2 and c.caught_as_it_stands(after, head, mover, s.rows):
            out[THREAT] = max(out[THREAT], 1 + _size_class(chain_stones))
    if touched > 0:
        out[CONTACT] = 1 + 4 * (min(touched, 3) - 1) + fewest - 1
    if ataris == 0:
        return
    if c.in_atari(after, p):
        out[ATARI] = 9
    elif ataris > 1:
        out[ATARI] = 8 if laddered else 7
    elif laddered:
        out[ATARI] = 4 + _size_class(laddered_stones)
    else:
        out[ATARI] = 1 + _size_class(stones)


@inlined_kernel
def liberties_level(row: Row, p: int, s: Scratch) -> int:
    """The own chain once the move is played."""
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    for step in (-1, 1, -stride, stride):
        q = p + step
        if row[META + q] == row[k.TO_PLAY] and s.liberties[row[META + k.HEAD * cells + q]] > MANY:
            return 6 + MANY  # the stone takes but one of them
    head = s.after[META + k.HEAD * cells + p]
    stones = s.after[META + k.CHAIN_SIZE * cells + head]
    if stones == 1:  # each liberty of a lone stone makes one pair with it
        count = s.after[META + k.LIBERTIES * cells + head] & k.COUNT_MASK
    else:
        count = min(c.chain_liberties(s.after, p, s.few), MANY)
    if count == 1:
        return int(min(stones, 4))
    if count == 2:
        if c.caught_as_it_stands(s.after, p, -row[k.TO_PLAY], s.rows):
            return 5 + _size_class(stones)
        return 8
    return int(6 + count)


@inlined_kernel
def join_level(row: Row, p: int, s: Scratch) -> int:
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    chains = 0
    weakest = 3
    a = b = d = 0
    for step in (-1, 1, -stride, stride):
        q = p + step
        if row[META + q] != row[k.TO_PLAY]:
            continue
        head = row[META + k.HEAD * cells + q]
        if head in (a, b, d):
            continue
        a, b, d = head, a, b
        chains += 1
        weakest = min(weakest, s.liberties[head])
    return 0 if chains == 0 else 1 + 3 * (min(chains, 3) - 1) + weakest - 1


@inlined_kernel
def reply_level(row: Row, p: int, last: int, s: Scratch) -> int:
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    if last == 0 or row[META + last] != -row[k.TO_PLAY]:
        return 0
    head = row[META + k.HEAD * cells + last]
    for step in (-1, 1, -stride, stride):
        q = p + step
        if row[META + q] == -row[k.TO_PLAY] and row[META + k.HEAD * cells + q] == head:
            return int(min(s.liberties[head], 4))
    return 0
