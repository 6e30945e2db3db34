"""Manners of a bot that plays people: it gives up a lost game, and ends a settled one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

import numpy as np

from agents.base import RESIGN, Decision
from go_engine import BLACK, WHITE, GameState
from go_engine.concepts import unconditional_territory, unconditionally_alive
from go_engine.settling import propose_dead, settled_winner

__all__ = ["RESIGN_BELOW", "is_settled", "polite"]

RESIGN_BELOW: Final = 0.03
"""Expected result under which a game is lost ..."""
_RESIGN_MOVES: Final = 3
"""... if it stays there for so many of its own moves in a row,"""
_RESIGN_BEHIND: Final = 5.0
"""and the margin, where known, is at least so many points: a close game is worth playing out."""
_LEAST_SIMULATIONS: Final = 16
"""Searches shorter than this do not judge a game."""


def polite(
    state: GameState, decision: Decision, values: Sequence[float], is_disputed: bool
) -> Decision:
    """What a well-mannered bot does instead of `decision`, or `decision` itself.

    Args:
        state: the position that the bot is to move in.
        decision: what its search chose.
        values: what it expected at its moves so far in this game, this one last.
        is_disputed: whether the players failed to agree on dead stones: then it plays on until the
            board says all.
    """
    if decision.move == RESIGN or is_disputed:
        return decision
    if _is_lost(state, decision, values):
        return dataclasses.replace(decision, move=RESIGN, pv=(), reasons=("the game is lost",))
    if decision.move == state.rules.pass_move:
        return decision
    reason = _reason_to_pass(state)
    if reason:
        move = state.rules.pass_move
        return dataclasses.replace(decision, move=move, pv=(move,), reasons=(reason,))
    return decision


def _is_lost(state: GameState, decision: Decision, values: Sequence[float]) -> bool:
    if sum(decision.visits.values()) < _LEAST_SIMULATIONS or len(values) < _RESIGN_MOVES:
        return False
    if decision.score is not None and decision.score > -_RESIGN_BEHIND:
        return False
    return not _is_early(state) and all(v < RESIGN_BELOW for v in values[-_RESIGN_MOVES:])


def _is_early(state: GameState) -> bool:
    """Whether too little has happened to speak of an end."""
    return state.move_count < state.rules.num_points // 3


def _reason_to_pass(state: GameState) -> str:
    if is_settled(state):
        return "nothing is left to gain: every point is settled"
    if state.passes == 1 and not _is_early(state):
        dead = propose_dead(state, np.random.default_rng(0))
        if settled_winner(state, dead) == state.to_play:
            return "passing ends the game, and the count wins it"
    return ""


def is_settled(state: GameState) -> bool:
    """Whether each point belongs to unconditionally living chains or their territory (Benson)."""
    sure: set[int] = set()
    for color in (BLACK, WHITE):
        sure.update(unconditionally_alive(state, color), unconditional_territory(state, color))
    return len(sure) == state.rules.num_points
