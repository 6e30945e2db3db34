"""Life, eyes, cuts and snapbacks, for Python callers: on a `GameState`, its moves and points."""

from __future__ import annotations

import numpy as np

from go_engine import kernels as k
from go_engine.concepts.life import ALIVE, TERRITORY, benson_life
from go_engine.concepts.queries import liberties_after
from go_engine.state import GameState

__all__ = [
    "capturable_chains",
    "cutting_points",
    "false_eyes",
    "is_self_atari",
    "is_snapback",
    "real_eyes",
    "unconditional_territory",
    "unconditionally_alive",
]


def unconditionally_alive(state: GameState, color: int) -> list[int]:
    """Points of `color`'s chains that cannot be taken even if `color` always passes, ascending.

    By Benson's theorem (1976; see `concepts.life`), which holds while suicide takes nothing of the
    opponent's, so under all our rules.
    """
    return _marked(state, color, ALIVE)


def unconditional_territory(state: GameState, color: int) -> list[int]:
    """Points that living chains of `color` enclose so tightly that nothing can live there.

    They make up Benson's vital regions: every empty point of such a region is a liberty of one
    unconditionally living chain. Stones of the other side in them are dead: `color` can take them,
    whatever is played. Ascending.
    """
    return _marked(state, color, TERRITORY)


def _marked(state: GameState, color: int, mark: int) -> list[int]:
    size = state.rules.board_size
    out = np.empty(k.padded_points(size), np.int64)
    benson_life(state._row, color, out)
    return [m for m in range(size * size) if out[k.padded(size, m)] == mark]


def real_eyes(state: GameState, color: int) -> list[int]:
    """One-point eyes of `color` that hold, ascending.

    An eye is an empty point whose neighbours are all stones of `color`. It holds if these stones
    are one chain, or if the opponent has fewer than two of the diagonal points (fewer than one,
    that is none, on the edge and in the corner).
    """
    return [point for point, holds in _eyes(state, color) if holds]


def false_eyes(state: GameState, color: int) -> list[int]:
    """One-point eyes of `color` that do not hold (see `real_eyes`), ascending: `color` may one day
    have to fill them to save a part of what surrounds them."""
    return [point for point, holds in _eyes(state, color) if not holds]


def _eyes(state: GameState, color: int) -> list[tuple[int, bool]]:
    size = state.rules.board_size
    grid = state.stones().ravel()
    found = []
    for point in np.flatnonzero(grid == 0).tolist():
        near = state.board.neighbours(point)
        if any(grid[q] != color for q in near):
            continue
        is_one_chain = set(near) <= set(state.board.chain(near[0]))
        holds = is_one_chain or k.is_own_eye(state._row, k.padded(size, point), color)
        found.append((point, holds))
    return found


def is_self_atari(state: GameState, move: int) -> bool:
    """Whether `move`, a legal one, leaves its own chain with exactly one liberty.

    Raises:
        IllegalMoveError: if `move` is not legal.
        ValueError: for a pass.
    """
    return liberties_after(state, move) == 1


def is_snapback(state: GameState, move: int) -> bool:
    """Whether `move`, a legal one, is taken only to take back more: a snapback.

    The stone (or chain) that `move` makes is in atari and takes nothing; if the opponent takes it,
    the chain that did so has one liberty, and the mover may play there at once and takes at least
    two stones, and more than were lost. (The usual meaning of the word, made exact.)

    Raises:
        IllegalMoveError: if `move` is not legal.
        ValueError: for a pass.
    """
    if liberties_after(state, move) != 1:
        return False
    after = state.copy()
    after.play(move)
    if (after.stones() != 0).sum() <= (state.stones() != 0).sum():
        return False
    lost = after.board.chain(move)
    (answer,) = after.board.liberties(move)
    if not after.is_legal(answer):
        return False
    after.play(answer)
    taker = after.board.chain(answer)
    back = after.board.liberties(answer)
    if len(back) != 1 or not after.is_legal(back[0]):
        return False
    return len(taker) >= 2 and len(taker) > len(lost)


def capturable_chains(state: GameState, color: int) -> list[list[int]]:
    """Chains of `color` that the player to move, its opponent, can take with one legal move, each
    as its points, in the order of their first points.

    Raises:
        ValueError: if it is `color`'s own turn.
    """
    if state.to_play == color:
        raise ValueError("it is the turn of the chains' own side")
    return [chain for chain in state.board.chains(color) if _can_be_taken(state, chain)]


def _can_be_taken(state: GameState, chain: list[int]) -> bool:
    liberties = state.board.liberties(chain[0])
    return len(liberties) == 1 and state.is_legal(liberties[0])


def cutting_points(state: GameState, color: int) -> list[int]:
    """Empty points where a stone of the other side would keep chains of `color` apart, ascending.

    Two different chains of `color` touch the point, and they have no second liberty in common
    through which they could still be joined at once.
    """
    grid = state.stones().ravel()
    board = state.board
    found = []
    for point in np.flatnonzero(grid == 0).tolist():
        chains = {board.chain(q)[0] for q in board.neighbours(point) if grid[q] == color}
        liberties = [set(board.liberties(first)) - {point} for first in sorted(chains)]
        pairs = [(a, b) for i, a in enumerate(liberties) for b in liberties[:i]]
        if any(not a & b for a, b in pairs):
            found.append(point)
    return found
