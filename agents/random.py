"""The random agent: every move that fills no own one-point eye is as good as any other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agents.base import Decision, Limits
from go_engine import GameState
from go_engine.playout import random_playout_move

__all__ = ["RandomAgent"]


class RandomAgent:
    """Plays uniformly at random among the legal moves that fill no own one-point eye.

    It passes only when no such move is left, so its games fill the board and are decided by the
    count of the position as it stands. `limits` mean nothing to it.
    """

    def __init__(self) -> None:
        self.name = "random"

    def select_move(
        self,
        state: GameState,
        limits: Limits,  # noqa: ARG002
        rng: np.random.Generator,
    ) -> Decision:
        """See `Agent.select_move`; one number is drawn from `rng`."""
        return Decision(random_playout_move(state, rng))

    def select_moves(
        self,
        states: Sequence[GameState],
        limits: Sequence[Limits],
        rngs: Sequence[np.random.Generator],
    ) -> list[Decision]:
        """See `BatchAgent.select_moves`."""
        return list(map(self.select_move, states, limits, rngs))

    def new_game(self) -> None:
        """Nothing is remembered."""

    def close(self) -> None:
        """Nothing is held."""
