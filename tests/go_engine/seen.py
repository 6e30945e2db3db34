"""What an observation must show, from the slow reference game and the prose of
`go_engine.envs.observation` alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tests.reference import Position, ReferenceGame

__all__ = ["planes_of", "seen_planes", "winner", "any_move"]


def planes_of(positions: Sequence[Position], color: int, size: int) -> NDArray[np.bool_]:
    """`bool [N, N, 17]` after `positions`, oldest first, from the side of `color`."""
    planes = np.zeros((size, size, 17), np.bool_)
    for t, position in enumerate(reversed(positions[-8:])):
        for point, stone in enumerate(position):
            r, c = divmod(point, size)
            planes[r, c, 2 * t] = stone == color
            planes[r, c, 2 * t + 1] = stone == -color
    planes[:, :, 16] = color == 1
    return planes


def seen_planes(game: ReferenceGame, color: int) -> NDArray[np.bool_]:
    """What `color` sees of `game` now."""
    return planes_of([position for position, _ in game.earlier], color, game.size)


def winner(game: ReferenceGame, komi: float) -> int:
    """1 Black, -1 White, 0 a draw."""
    score = game.black_score()
    return (score > komi) - (score < komi)


def any_move(game: ReferenceGame, rng: random.Random) -> int:
    """A legal move; a pass in one of 20 turns, and where there is no other."""
    moves = [move for move, legal in enumerate(game.legal_mask()) if legal]
    points = moves[:-1]
    return rng.choice(points) if points and rng.random() < 0.95 else moves[-1]
