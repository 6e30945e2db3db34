"""Analysing a position: what an analysis says, and who can be asked for one.

An analysis goes on for as long as it is asked to and can be read at any time, which is what
programs need that show a search while it runs. Everything in it is from the side of the player to
move.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from agents.base import Limits
from go_engine.state import GameState

__all__ = ["Analysis", "Analyst", "Glance", "MoveAnalysis", "Snapshot", "lower_bound"]

_DEVIATIONS: Final = 1.96  # 97.5 % of a normal distribution lie below


@dataclass(frozen=True, slots=True)
class MoveAnalysis:
    """One move.

    Attributes:
        move: which.
        visits: simulations after it; parts per thousand of the prior where nothing is searched.
        prior: how likely it was before the search, in [0, 1].
        value: expected result in [0, 1], a draw 0.5; None if there is no opinion.
        lcb: a lower bound of `value`; see `lower_bound`.
        lead: expected margin in points, komi counted; None if unknown.
        utility: what the search maximises, in [0, 1]; None if nothing is.
        pv: the expected continuation, beginning with the move.
        pv_visits: visits of each move of `pv`.
    """

    move: int
    visits: int
    prior: float
    value: float | None = None
    lcb: float | None = None
    lead: float | None = None
    utility: float | None = None
    pv: tuple[int, ...] = ()
    pv_visits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An analysis as it stands.

    Attributes:
        visits: of the position itself: one more than those of its moves.
        value, lead, utility: as in MoveAnalysis, of the position.
        moves: those that may be played, the best first; not visited ones come last.
        is_complete: whether going on would change nothing any more.
    """

    visits: int
    value: float | None
    lead: float | None
    utility: float | None
    moves: tuple[MoveAnalysis, ...]
    is_complete: bool = False


class Glance(NamedTuple):
    """A position at first sight, without search.

    Attributes:
        policy: `float64 [N*N + 1]`, how likely each move is; 0 where illegal, sums to 1.
        value: expected result in [0, 1]; None if there is no opinion.
        lead: expected margin in points, komi counted; None likewise.
        ownership: `float64 [N*N]`, 1 the mover's for certain, -1 the opponent's; None likewise.
    """

    policy: NDArray[np.float64]
    value: float | None = None
    lead: float | None = None
    ownership: NDArray[np.float64] | None = None


class Analysis(Protocol):
    """One position, looked at for as long as one likes."""

    def advance(self, visits: int, seconds: float = math.inf) -> Snapshot:
        """Search on until the position has `visits` in all, or for so many seconds, and report.

        The first call makes at least one visit, whatever the limits.

        Raises:
            AgentError: if the search cannot go on.
        """
        ...


class Analyst(Protocol):
    """Whoever can be asked about positions; `state` is never over and never changed."""

    def analyse(self, state: GameState, allowed: frozenset[int] | None = None) -> Analysis:
        """Begin an analysis; `allowed` restricts the moves looked at, None being all legal ones.

        Raises:
            AgentError: if positions cannot be analysed, or no allowed move is legal.
        """
        ...

    def glance(self, state: GameState) -> Glance:
        """The position at first sight.

        Raises:
            AgentError: if there is nothing to say about positions.
        """
        ...

    def visits_for(self, limits: Limits) -> int | None:
        """Visits of a position that a move is worth; None where nothing is searched."""
        ...

    def features(self) -> tuple[str, ...]:
        """What `feature_map` can show; () for nothing."""
        ...

    def feature_map(self, name: str, state: GameState) -> NDArray[np.float64]:
        """How much one told feature speaks for each point, `float64 [N*N]`, NaN where illegal.

        Raises:
            AgentError: if there is no feature of that name.
        """
        ...


def lower_bound(value: float, visits: int) -> float:
    """What the expected result is at least, with 97.5 % confidence, in [0, 1]: Wilson's bound for a
    share of `value` among `visits` trials (Wilson 1927). Results between win and loss vary less
    than that, so it errs on the careful side."""
    if visits < 1:
        return 0.0
    square = _DEVIATIONS**2
    inner = value * (1.0 - value) / visits + square / (4.0 * visits**2)
    centre = value + square / (2.0 * visits)
    return max(0.0, (centre - _DEVIATIONS * math.sqrt(max(0.0, inner))) / (1.0 + square / visits))
