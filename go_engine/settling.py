"""Agreeing on dead stones when a game between people and bots is over.

Our own tournaments play on until the position as it stands says all. People pass earlier. Then:
propose what is dead (`propose_dead`), let the players change it (`toggle_chain`), and count what is
left (`settled`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from go_engine.concepts.shapes import unconditional_territory, unconditionally_alive
from go_engine.playout import playout_ownership
from go_engine.rules import BLACK, EMPTY, WHITE
from go_engine.state import GameState

__all__ = [
    "propose_dead",
    "settled_points",
    "settled_score",
    "settled_winner",
    "toggle_chain",
    "without_stones",
]

_PLAYOUTS = 500
_LOST = 0.1  # a chain is called dead where the other side holds it by more than this, of -1 to 1


def propose_dead(
    state: GameState,
    rng: np.random.Generator,
    ownership: NDArray[np.floating] | None = None,
) -> frozenset[int]:
    """The points of stones that are probably dead, whole chains, whoever is to move.

    What Benson's theorem settles is certain: chains that live unconditionally are not dead, stones
    in the territory of such chains are (see `concepts.unconditional_territory`). The rest is judged
    by how often each point ends as whose: in light playouts, or as `ownership` says.

    Args:
        state: the finished game (or any position).
        rng: what the playouts draw their chance from.
        ownership: `[N, N]` or `[N*N]`, a network's opinion: 1 is Black's for certain, -1 White's;
            instead of playouts.
    """
    grid = state.stones().ravel()
    if ownership is None:
        judged = _played_out(state, rng)
    else:
        judged = np.asarray(ownership, np.float64).reshape(grid.size)
    dead: set[int] = set()
    for color in (BLACK, WHITE):
        alive = set(unconditionally_alive(state, color))
        lost = set(unconditional_territory(state, -color))
        for chain in state.board.chains(color):
            if chain[0] in alive:
                continue
            is_lost = color * float(judged[chain].mean()) < -_LOST
            if chain[0] in lost or is_lost:
                dead.update(chain)
    return frozenset(dead)


def _played_out(state: GameState, rng: np.random.Generator) -> NDArray[np.float64]:
    """Ownership `[N*N]` by playouts that go on from the stones, either side moving first."""
    stones = state.stones()
    beginners = [GameState.from_stones(state.rules, stones, color) for color in (BLACK, WHITE)]
    both = [playout_ownership(game, _PLAYOUTS // 2, rng) for game in beginners]
    return (both[0] + both[1]) / 2


def toggle_chain(state: GameState, dead: Iterable[int], point: int) -> frozenset[int]:
    """`dead` with the chain at `point` dead if it was not, and not dead if it was.

    Raises:
        ValueError: if no stone is on `point`.
    """
    chain = state.board.chain(point) if 0 <= point < state.rules.num_points else []
    if not chain:
        raise ValueError("no stone on that point")
    now = frozenset(dead)
    return now - set(chain) if point in now else now | set(chain)


def without_stones(state: GameState, dead: Iterable[int]) -> NDArray[np.int8]:
    """`int8 [N, N]`: the stones with those on the points `dead` taken off.

    Raises:
        ValueError: if there is no stone on one of them.
    """
    grid = state.stones().ravel()
    for point in dead:
        if not 0 <= point < grid.size or grid[point] == EMPTY:
            raise ValueError("a point without a stone cannot be dead")
    points = list(dead)
    grid[points] = EMPTY
    return grid.reshape(state.rules.board_size, -1)


def settled_points(state: GameState, dead: Iterable[int]) -> tuple[int, int]:
    """Black's points and White's, before komi, once the stones on `dead` are taken off, counted as
    `rules.scoring` says. Under territory scoring they become prisoners.

    Raises:
        ValueError: if there is no stone on one of the points.
    """
    points = list(frozenset(dead))
    left = without_stones(state, points)
    owner = GameState.from_stones(state.rules, left, state.to_play).ownership()
    if state.rules.scoring == "area":
        return int((owner == BLACK).sum()), int((owner == WHITE).sum())
    before, empty = state.stones().ravel()[points], left == EMPTY
    black_lost, white_lost = state.captures
    black = int((owner[empty] == BLACK).sum()) + white_lost + int((before == WHITE).sum())
    white = int((owner[empty] == WHITE).sum()) + black_lost + int((before == BLACK).sum())
    return black, white


def settled_score(state: GameState, dead: Iterable[int]) -> int:
    """Black's points minus White's, before komi; see `settled_points`."""
    black, white = settled_points(state, dead)
    return black - white


def settled_winner(state: GameState, dead: Iterable[int]) -> int:
    """1 if Black is ahead by `settled_score` minus komi, -1 if White is, 0 for a draw.

    Raises:
        ValueError: if there is no stone on one of the points.
    """
    margin = settled_score(state, dead) - state.rules.komi
    return (margin > 0) - (margin < 0)
