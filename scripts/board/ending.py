"""How a line of play ends: somebody gives up or runs out of time, or both pass and count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from go_engine import BLACK, GameState
from go_engine.settling import propose_dead, settled_score
from go_engine.sgf import margin_string

__all__ = ["Ending", "Phase", "propose"]

Phase = Literal["playing", "agreeing", "over"]


@dataclass
class Ending:
    """How a line of play ended.

    Attributes:
        resigned: the colour that gave up or ran out of time; None after passes.
        on_time: whether it was by the clock.
        dead: points of stones taken off before the count.
        is_agreed: whether the players agree on them.
    """

    resigned: int | None = None
    on_time: bool = False
    dead: frozenset[int] = frozenset()
    is_agreed: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to agree on."""
        return self.is_agreed or self.resigned is not None

    def result(self, state: GameState) -> str:
        """As SGF writes it: `B+3.5`, `W+R`, `0`; `state` is the last position."""
        if self.resigned is not None:
            return f"{'W' if self.resigned == BLACK else 'B'}+{'T' if self.on_time else 'R'}"
        return margin_string(settled_score(state, self.dead) - state.rules.komi)


def propose(state: GameState) -> Ending:
    """The end of a game by passes, with the stones that are probably dead."""
    return Ending(dead=propose_dead(state, np.random.default_rng(0)))
