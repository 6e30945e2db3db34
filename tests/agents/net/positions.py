"""Planes of positions from random games."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agents.net import POSITIONS, as_batch, empty_planes, fill_planes
from go_engine import NUM_SYMMETRIES, GameState, Rules, symmetry_moves
from go_engine.playout import random_playout_move


def planes_of_random_games(size: int, count: int, seed: int) -> NDArray[np.float32]:
    """`[count, C, N, N]`: positions of random games, each under a random symmetry and komi."""
    rng = np.random.default_rng(seed)
    planes = empty_planes(count, size)
    state = GameState(Rules(size))
    for i in range(count):
        state.play(random_playout_move(state, rng))
        if state.is_over or state.move_count > 2 * size * size:
            state = GameState(Rules(size, float(rng.integers(-5, 20))))
        fill_planes(
            planes[i],
            state.recent_stones(POSITIONS),
            state.legal_mask(),
            state.to_play,
            state.passes > 0,
            state.rules.komi,
            symmetry_moves(size)[int(rng.integers(NUM_SYMMETRIES))],
        )
    return as_batch(planes)
