"""Komi under which a position is even: a yardstick for playing on where the result is settled.

A search for the win finds all moves alike once every one of them wins (or loses). Under the komi at
which the network calls the game even there is always a point to fight for. (Baudis, "Balancing MCTS
by Dynamically Adjusting the Komi Value", ICGA Journal 2011, does so by the results of playouts.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluation, Evaluator
from agents.net import as_batch, empty_planes, fill_planes
from agents.search.tree import Games
from go_engine import kernels as k
from go_engine import symmetry_moves

__all__ = ["evaluate_roots", "set_even_komi"]

_ROUNDS = 2  # the estimated score depends a little on the komi that the network is shown


def evaluate_roots(games: Games, places: Sequence[int], evaluator: Evaluator) -> Evaluation:
    """The network's raw answer about the present positions of the games at `places`."""
    size = int(games.rows[places[0], k.SIZE])
    legal = np.empty(size * size + 1, np.bool_)
    planes = empty_planes(len(places), size)
    as_it_is = symmetry_moves(size)[0]
    for i, g in enumerate(places):
        row = games.rows[g]
        k.legal_mask(row, games.histories[g], legal)
        passed = bool(row[k.PASSES] > 0)
        side, komi = int(row[k.TO_PLAY]), float(games.komi[g])
        fill_planes(planes[i], games.recent[g], legal, side, passed, komi, as_it_is)
    return evaluator.evaluate(as_batch(planes))


def set_even_komi(games: Games, evaluator: Evaluator) -> NDArray[np.float32]:
    """Give every game the komi, in half points, that makes it even in the network's eyes.

    Returns `float32 [G]`: the expected result under the komi as it was, from the side to move.
    """
    everything = range(len(games.rows))
    points = float(games.rows[0, k.SIZE] ** 2)
    sides = games.rows[:, k.TO_PLAY]
    values: NDArray[np.float32] | None = None
    for _ in range(_ROUNDS):
        answer = evaluate_roots(games, everything, evaluator)
        values = answer.value.copy() if values is None else values
        games.komi[:] = np.clip(np.round(2.0 * answer.score * sides) / 2, -points, points)
    assert values is not None
    return values
