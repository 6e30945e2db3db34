"""Agents as opponents in environments: `GoEnv(opponent=make_opponent("told"))`.

    import gymnasium
    import go_engine.envs
    from agents.envs import make_opponent

    env = gymnasium.make("untold/Go-v0", opponent=make_opponent("zero:simulations=50"))

`go_engine.envs` takes any callable `(state, rng) -> move` and knows no agents; here they get names.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.base import Agent, Limits
from agents.spec import AgentSpec, make_agent
from go_engine import GameState

__all__ = ["AgentOpponent", "make_opponent"]


class AgentOpponent:
    """An agent as a callable `(state, rng) -> move`; it may give up, answering `RESIGN` (-1).

    It plays one game at a time: several environments share it only if the agent keeps nothing
    between its moves (`random` and `told` do not).

    Attributes:
        agent: the agent that plays.
        limits: what one move may cost.
    """

    def __init__(self, agent: Agent, limits: Limits | None = None) -> None:
        self.agent = agent
        self.limits = limits or Limits()
        self._moves_seen = 0

    def __call__(self, state: GameState, rng: np.random.Generator) -> int:
        """The agent's move in `state`, which does not change; all chance comes from `rng`.

        Raises:
            AgentError: if the agent cannot answer.
        """
        # A game in which nobody, or the other side alone, has moved is a new one.
        if state.move_count <= max(1, self._moves_seen):
            self.agent.new_game()
        self._moves_seen = state.move_count
        return self.agent.select_move(state, self.limits, rng).move

    def __deepcopy__(self, memo: dict[int, Any]) -> AgentOpponent:
        """Itself: Gymnasium copies the arguments of the environments it makes, but an agent may
        hold a network or a process."""
        return self

    def close(self) -> None:
        """Free what the agent holds. Environments leave that to whoever made the opponent."""
        self.agent.close()


def make_opponent(spec: str | AgentSpec, limits: Limits | None = None) -> AgentOpponent:
    """The agent that `spec` names (see `agents.spec`) as an opponent.

    Raises:
        SpecError: if the text does not follow the grammar.
        AgentError: if the agent cannot be made.
    """
    return AgentOpponent(make_agent(spec), limits)
