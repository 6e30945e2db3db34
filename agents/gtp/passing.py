"""Passing sensibly: what an engine owes the people and programs it plays.

Agents play for the count of the position as it stands, which is how our own games end. Others pass
as soon as they agree on what is dead. Between the two a won game can be lost by a pass (the dead
stones still stand and count) or by playing on (own territory is filled until it dies).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from agents.base import RESIGN
from go_engine.concepts.shapes import is_self_atari, unconditional_territory
from go_engine.settling import propose_dead, settled_winner
from go_engine.state import GameState

__all__ = ["sensible_move"]


def sensible_move(state: GameState, move: int, candidates: Iterable[int] = ()) -> int:
    """`move`, or what is better where passing is concerned.

    *As it stands* the dead stones count as alive; *settled* they are taken off, as
    `go_engine.settling` judges them.

    - After the opponent's pass, a pass that wins both as it stands and settled ends the game.
    - A move inside own territory that nobody can invade any more and that takes nothing is a pass
      in disguise at best: it becomes a pass, unless the count as it stands is worse than settled.
    - A pass while the count as it stands is worse than settled would throw the difference away:
      another move takes its place, the first of `candidates` outside that territory, or else one
      next to dead stones of the opponent; if there is neither, it stays a pass.

    Args:
        state: the position, not over.
        move: what the agent chose; a resignation stays one.
        candidates: other moves that the agent considered, the best first.
    """
    pass_move = state.rules.pass_move
    if move == RESIGN:
        return move
    is_idle = move != pass_move and _is_idle(state, move)
    if move != pass_move and state.passes == 0 and not is_idle:
        return move
    side = state.to_play
    dead = propose_dead(state, np.random.default_rng(0))
    settled = side * settled_winner(state, dead)
    # Under territory rules dead stones come off by agreement, never by being taken.
    stands = settled if state.rules.scoring == "territory" else side * state.winner()
    if move != pass_move:
        wins = stands > 0 and settled > 0
        return pass_move if (state.passes and wins) or (is_idle and stands >= settled) else move
    if stands >= settled:
        return move
    return _instead_of_passing(state, dead, candidates)


def _is_idle(state: GameState, move: int) -> bool:
    """Whether a point is own territory for good, and playing there takes nothing."""
    if move not in unconditional_territory(state, state.to_play):
        return False
    after = state.copy()
    after.play(move)
    return after.captures == state.captures


def _instead_of_passing(state: GameState, dead: frozenset[int], candidates: Iterable[int]) -> int:
    own = set(unconditional_territory(state, state.to_play))
    pass_move = state.rules.pass_move
    for move in candidates:
        if move != pass_move and state.is_legal(move) and move not in own:
            return move
    stones, board = state.stones().ravel(), state.board
    theirs = sorted(point for point in dead if stones[point] == -state.to_play)
    for point in theirs:
        for liberty in board.liberties(point):
            if state.is_legal(liberty) and not is_self_atari(state, liberty):
                return liberty
    return pass_move
