"""Openings judged by a network, for those who trust one more than random playouts."""

from __future__ import annotations

from agents.analyst import AgentAnalyst
from agents.arena.openings import OpeningJudge
from agents.base import AgentError
from agents.spec import make_agent
from go_engine.state import GameState

__all__ = ["agent_judge"]


def agent_judge(spec: str) -> OpeningJudge:
    """What an agent's network expects at first sight, komi counted, to a tenth of a point.

    Raises:
        AgentError: if the agent cannot be made; when it judges, if it has no opinion of leads.
    """
    analyst = AgentAnalyst(make_agent(spec))

    def lead(state: GameState) -> float:
        found = analyst.glance(state).lead
        if found is None:
            raise AgentError(f"{spec} cannot judge openings: it has no opinion about points")
        return round(found, 1)

    return lead
