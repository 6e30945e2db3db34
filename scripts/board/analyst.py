"""The analyst: what the untold network sees in a position, and what the told player would say.

It thinks in slices that grow, so that there is something to show at once, and stops within one
evaluation of the network when it is told to.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from agents.base import AgentError, Decision, Evaluator, Limits
from go_engine import BLACK, GameState
from scripts.board.words import vertex_name

if TYPE_CHECKING:
    from agents.told import ToldAgent

__all__ = ["Analyst", "Hint", "Sight"]

SLICES: Final = (16, 64, 200, 600, 1600)
"""Simulations of one look after the other."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the network sees at a glance, without search; Black's side.

    Attributes:
        policy: `float64 [N*N + 1]`, how likely each move is for the player to move.
        black_win_rate: in [0, 1].
        black_lead: in points, komi counted.
        ownership: `float64 [N*N]`, 1 Black's for certain, -1 White's.
    """

    policy: NDArray[np.float64]
    black_win_rate: float
    black_lead: float
    ownership: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hint:
    """What one adviser would play, and why in words."""

    adviser: str
    move: int
    reasons: tuple[str, ...]


class Analyst:
    """One network and the told player, made when they are first needed.

    Not for two threads at once, but for `stop`, which any thread may set and clear, and what is
    asked of the told player alone: its answers come one after the other.
    """

    def __init__(self, weights: Path | str | None = None) -> None:
        """`weights`: a file or a shipped name; None is what suits the board."""
        self.stop = threading.Event()
        self._weights = weights
        self._evaluators: dict[str, Evaluator] = {}
        self._told: ToldAgent | None = None
        self._told_lock = threading.Lock()  # its readers keep working memory

    def look(self, state: GameState) -> Sight:
        """The network's first impression of `state`, which is not over.

        Raises:
            AgentError: if there are no weights.
            Stopped: if told to stop.
        """
        from agents.search import average_evaluation

        policy, value, score, ownership = average_evaluation(self._evaluator(state), state)
        side = state.to_play
        rate = value if side == BLACK else 1 - value
        return Sight(policy, rate, side * score - state.rules.komi, side * ownership)

    def search(self, state: GameState, simulations: int) -> tuple[Decision, dict[int, float]]:
        """A searched decision, and the expected result of each move considered (in [0, 1], for the
        player to move).

        Raises:
            AgentError: if there are no weights.
            Stopped: if told to stop.
        """
        from agents.search import SearchConfig, search_position

        config = SearchConfig(simulations, gumbel_scale=0.0, score_weight=0.0)
        rng = np.random.default_rng(0)  # without Gumbel noise nothing is drawn
        found = search_position(state, self._evaluator(state), config, rng)
        order = np.argsort(-found.visits, kind="stable")
        visits = {int(m): int(found.visits[m]) for m in order if found.visits[m] > 0}
        rates = {move: float(found.qvalues[move]) for move in visits}
        decision = Decision(found.move, found.value, found.score, visits, found.pv)
        return decision, rates

    def searches(self, state: GameState) -> Iterator[tuple[Decision, dict[int, float]]]:
        """Longer and longer searches of one position.

        Raises:
            AgentError, Stopped: as `search`.
        """
        for simulations in SLICES:
            yield self.search(state, simulations)

    def hints(self, state: GameState, simulations: int = 100) -> list[Hint]:
        """What the untold network and the told player would play here, whichever there are.

        Raises:
            AgentError: if there is neither.
            Stopped: if told to stop.
        """
        return _collected(
            lambda: self._untold_hint(state, simulations), lambda: self._told_hint(state)
        )

    def why(self, before: GameState, move: int, simulations: int = 100) -> list[Hint]:
        """What both have to say about `move`, made in the position `before`."""
        return _collected(
            lambda: self._untold_about(before, move, simulations),
            lambda: Hint("told", move, self.told_reasons(before, move)),
        )

    def told_chances(self, state: GameState) -> NDArray[np.float64]:
        """How likely the told player finds each move, `float64 [N*N + 1]`; from any thread.

        Raises:
            AgentError: if its weights are missing.
        """
        with self._told_alone() as told:
            return told.move_probabilities(state)

    def told_reasons(self, state: GameState, move: int) -> tuple[str, ...]:
        """What the told player finds in a move; from any thread.

        Raises:
            AgentError: if its weights are missing.
            ValueError: if the move is not legal.
        """
        with self._told_alone() as told:
            return told.reasons_for(state, move)

    @contextlib.contextmanager
    def _told_alone(self) -> Iterator[ToldAgent]:
        """The told player, for nobody else meanwhile."""
        with self._told_lock:
            if self._told is None:
                from agents.told import ToldAgent

                self._told = ToldAgent()
            yield self._told

    def _untold_hint(self, state: GameState, simulations: int) -> Hint:
        decision, rates = self.search(state, simulations)
        sight = self.look(state)
        size = state.rules.board_size
        reasons = [f"expects to win {decision.value:.0%} of such games"]
        if decision.score is not None:
            side = "ahead" if decision.score >= 0 else "behind"
            reasons[0] += f", {abs(decision.score):.1f} points {side}"
        if len(decision.pv) > 1:
            line = " ".join(vertex_name(move, size) for move in decision.pv[:6])
            reasons.append(f"then perhaps {line}")
        others = [move for move in rates if move != decision.move][:2]
        if others:
            named = ", ".join(f"{vertex_name(m, size)} ({rates[m]:.0%})" for m in others)
            reasons.append(f"it also looked at {named}")
        first = int(sight.policy.argmax())
        if first != decision.move:
            reasons.append(f"before reading it leaned to {vertex_name(first, size)}")
        return Hint("untold", decision.move, tuple(reasons))

    def _told_hint(self, state: GameState) -> Hint:
        with self._told_alone() as told:
            decision = told.select_move(state, Limits(), np.random.default_rng(0))
        return Hint("told", decision.move, decision.reasons)

    def _untold_about(self, before: GameState, move: int, simulations: int) -> Hint:
        decision, rates = self.search(before, simulations)
        size, mine = before.rules.board_size, vertex_name(move, before.rules.board_size)
        after = before.copy()
        after.play(move)
        rate = rates.get(move)
        if not after.is_over:
            answer, _ = self.search(after, simulations)
            rate = 1 - (answer.value or 0.0)
        prior = self.look(before).policy[move]
        reasons = [f"gave {mine} a chance of {prior:.0%} at first sight"]
        if rate is not None:
            reasons.append(f"now expects the mover to win {rate:.0%} of such games")
        if decision.move == move:
            reasons.append("would have played it, too")
        else:
            best = vertex_name(decision.move, size)
            reasons.append(f"would have played {best} (to win {decision.value:.0%})")
        return Hint("untold", move, tuple(reasons))

    def _evaluator(self, state: GameState) -> Evaluator:
        from agents.net import StoppableEvaluator, load_net, make_evaluator
        from agents.search import find_weights

        path = find_weights(self._weights, state.rules.board_size)
        if str(path) not in self._evaluators:
            self._evaluators[str(path)] = make_evaluator(load_net(path))
        return StoppableEvaluator(self._evaluators[str(path)], self.stop)


def _collected(*askings: Callable[[], Hint]) -> list[Hint]:
    """What those say who are here.

    Raises:
        AgentError: if nobody is, with the first one's reason.
    """
    hints, errors = [], []
    for ask in askings:
        try:
            hints.append(ask())
        except AgentError as error:
            errors.append(error)
    if not hints:
        raise errors[0]
    return hints
