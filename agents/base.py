"""What an agent is, what it may spend, and what it answers."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from go_engine import GameState

__all__ = [
    "RESIGN",
    "Agent",
    "AgentError",
    "BatchAgent",
    "Decision",
    "Evaluation",
    "Evaluator",
    "Explainer",
    "Limits",
    "MovePredictor",
    "Stoppable",
    "Stopped",
]

RESIGN: Final = -1
"""A `Decision.move` that gives the game up. No point and no pass has this number."""


class AgentError(Exception):
    """An agent cannot be made or cannot go on; the message is one line a person can act on.

    Attributes:
        ending: what the arena calls the end of a game in which an agent raises this.
    """

    ending: ClassVar[str] = "crash"


class Stopped(Exception):
    """The answer is wanted no longer. No error of the agent, which may be asked again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one move may cost. `None` leaves it to the agent's own setting.

    Attributes:
        simulations: search simulations per move (network search).
        playouts: playouts per move (playout search).
        seconds: wall-clock seconds per move.
        seconds_left: wall-clock seconds for this and all later moves of the game; a player that
            needs more loses. Whoever sets it sets `seconds` to a fair share of it too.
    """

    simulations: int | None = None
    playouts: int | None = None
    seconds: float | None = None
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What an agent chose and why.

    Attributes:
        move: the move, or RESIGN.
        value: expected result for the player to move, 0 (loss) to 1 (win), a draw 0.5; None if the
            agent has no opinion.
        score: expected margin in points for the player to move, komi counted; None if unknown.
        visits: moves considered and how often each was searched, most first.
        pv: the expected continuation, starting with `move`.
        reasons: why, in words, most important first.
    """

    move: int
    value: float | None = None
    score: float | None = None
    visits: Mapping[int, int] = field(default_factory=dict)
    pv: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()


@runtime_checkable
class Agent(Protocol):
    """A player. It sees a game state and never changes it.

    Attributes:
        name: how it is called in tables; two agents that play differently differ in name.
    """

    name: str

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        """A legal move of `state`, which is not over, or RESIGN. All chance comes from `rng`.

        Raises:
            AgentError: if the agent cannot answer (an outside engine died, say).
        """
        ...

    def new_game(self) -> None:
        """Forget what was kept from the game before."""
        ...

    def close(self) -> None:
        """Free processes and memory; the agent is not used afterwards. May be called twice."""
        ...


@runtime_checkable
class BatchAgent(Agent, Protocol):
    """An agent that keeps nothing between moves and can be asked about many positions at once."""

    def select_moves(
        self,
        states: Sequence[GameState],
        limits: Sequence[Limits],
        rngs: Sequence[np.random.Generator],
    ) -> list[Decision]:
        """What `select_move` says of each: `states[i]` with `limits[i]` and `rngs[i]`."""
        ...


@runtime_checkable
class MovePredictor(Protocol):
    """An agent that can say how likely each move is without searching."""

    def move_probabilities(self, state: GameState) -> NDArray[np.float64]:
        """`float64 [N*N + 1]`, zero where illegal, summing to 1; `state` is not over."""
        ...


@runtime_checkable
class Stoppable(Protocol):
    """An agent whose thinking can be called off.

    Attributes:
        stop: while it is set, by whichever thread, `select_move` raises `Stopped` within a moment;
            None if nobody ever will.
    """

    stop: threading.Event | None


@runtime_checkable
class Explainer(Protocol):
    """An agent that was told how to play and can say what speaks for a move."""

    def reasons_for(self, state: GameState, move: int) -> tuple[str, ...]:
        """In words, strongest first.

        Raises:
            ValueError: if `move` is not legal in `state`.
        """
        ...


class Evaluation(NamedTuple):
    """A network's answer about L positions of size N; everything from the player to move's side.

    Attributes:
        prior_logits: `float32 [L, N*N + 1]`, unmasked, pass last.
        value: `float32 [L]`, expected result, 0 loss, 0.5 draw, 1 win.
        score: `float32 [L]`, expected area margin in points, before komi.
        ownership: `float32 [L, N*N]`, -1 the opponent's, 1 the mover's.
    """

    prior_logits: NDArray[np.float32]
    value: NDArray[np.float32]
    score: NDArray[np.float32]
    ownership: NDArray[np.float32]


class Evaluator(Protocol):
    """Turns input planes into evaluations, many positions in one call."""

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        """Evaluate `planes [L, C, N, N]` (see `agents.net.planes`)."""
        ...
