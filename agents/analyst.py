"""Any agent of ours as an analyst: by search, by its move probabilities, or by what it was told."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents.analysis import Analysis, Glance, MoveAnalysis, Snapshot
from agents.base import Agent, AgentError, Limits, MovePredictor
from go_engine import GameState

if TYPE_CHECKING:
    from agents.search import ZeroAgent
    from agents.told import ToldAgent

__all__ = ["AgentAnalyst", "PriorAnalysis"]

_THOUSAND = 1000


class PriorAnalysis:
    """An `Analysis` without search: move probabilities, complete from the start."""

    def __init__(self, policy: NDArray[np.float64]) -> None:
        """`policy [N*N + 1]`, 0 where a move may not be played."""
        order = np.argsort(-policy, kind="stable")
        moves = tuple(
            MoveAnalysis(
                move=int(move),
                visits=round(_THOUSAND * float(policy[move])),
                prior=float(policy[move]),
                pv=(int(move),),
                pv_visits=(round(_THOUSAND * float(policy[move])),),
            )
            for move in order
            if policy[move] > 0
        )
        total = 1 + sum(move.visits for move in moves)
        self._snapshot = Snapshot(total, None, None, None, moves, is_complete=True)

    def advance(self, visits: int, seconds: float = np.inf) -> Snapshot:  # noqa: ARG002
        """See `Analysis.advance`; always the same."""
        return self._snapshot


class AgentAnalyst:
    """An `Analyst` that asks an agent; the told player is made when a feature is asked for.

    A ZeroAgent searches and knows values and ownership; an agent that predicts moves gives
    probabilities; others have nothing to say.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent: Any = agent
        self._told: ToldAgent | None = None

    def analyse(self, state: GameState, allowed: frozenset[int] | None = None) -> Analysis:
        """See `Analyst.analyse`."""
        zero = self._zero()
        if zero is not None:
            from agents.search.analysis import SearchAnalysis

            zero.move_probabilities(state)  # an agent takes its weights with the first position
            return SearchAnalysis(state, zero.evaluator, zero.search, allowed)
        policy = self._predictor().move_probabilities(state)
        if allowed is not None:
            policy = np.where(np.isin(np.arange(policy.size), list(allowed)), policy, 0.0)
        if not policy.any():
            raise AgentError("none of the moves allowed is legal here")
        return PriorAnalysis(policy)

    def glance(self, state: GameState) -> Glance:
        """See `Analyst.glance`."""
        zero = self._zero()
        if zero is None:
            return Glance(self._predictor().move_probabilities(state))
        from agents.search import average_evaluation

        zero.move_probabilities(state)
        policy, value, score, ownership = average_evaluation(zero.evaluator, state)
        return Glance(policy, value, score - state.rules.komi * state.to_play, ownership)

    def visits_for(self, limits: Limits) -> int | None:
        """See `Analyst.visits_for`."""
        zero = self._zero()
        return None if zero is None else 1 + (limits.simulations or zero.simulations)

    def features(self) -> tuple[str, ...]:
        """See `Analyst.features`: the families of the told player, those of patterns left out."""
        from agents.told.families import HAND_FAMILIES

        return tuple(family.name for family in HAND_FAMILIES)

    def feature_map(self, name: str, state: GameState) -> NDArray[np.float64]:
        """See `Analyst.feature_map`: what the family adds to each move's score (the logarithm of
        the odds), less its mean over the legal moves."""
        names = self.features()
        if name not in names:
            raise AgentError(f"no feature of that name; expected one of {', '.join(names)}")
        if self._told is None:
            from agents.told import ToldAgent

            self._told = ToldAgent()
        moves, _, added = self._told.contributions(state)
        points = np.full(state.rules.num_points + 1, np.nan)
        points[moves] = added[:, names.index(name)] - added[:, names.index(name)].mean()
        return points[:-1]

    def _zero(self) -> ZeroAgent | None:
        """The searching agent, also where another one wraps it."""
        # Importing torch to find that an agent is none of those that need it would be a waste.
        if "agents.search.agent" not in sys.modules:
            return None
        from agents.search.agent import ZeroAgent

        inner = getattr(self._agent, "agent", self._agent)
        return inner if isinstance(inner, ZeroAgent) else None

    def _predictor(self) -> MovePredictor:
        if not isinstance(self._agent, MovePredictor):
            raise AgentError(f"{self._agent.name} plays, but has no opinion about other moves")
        return self._agent
