"""Answers of KataGo's JSON analysis protocol: what an analysis says, from the side asked for."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.analysis import Analyst, MoveAnalysis, Snapshot
from agents.gtp.queries import Query
from go_engine.coords import move_to_vertex
from go_engine.rules import BLACK, WHITE
from go_engine.state import GameState
from go_engine.symmetry import NUM_SYMMETRIES, symmetry_moves

__all__ = ["full_answer"]

_UNKNOWN: Final = 0.5  # where an agent has no opinion about the result
_DIGITS: Final = 6


def full_answer(
    query: Query,
    turn: int,
    state: GameState,
    snapshot: Snapshot,
    analyst: Analyst,
    *,
    is_final: bool,
) -> dict[str, Any]:
    """The answer about one position; `state` is the one that was searched.

    Raises:
        AgentError: if the analyst cannot say what the query asks for.
    """
    sides = {"BLACK": BLACK, "WHITE": WHITE, "SIDETOMOVE": state.to_play}
    sign = sides[query.perspective] * state.to_play
    moves = [move for move in snapshot.moves if move.visits > 0]
    answer: dict[str, Any] = {
        "id": query.id,
        "isDuringSearch": not is_final,
        "moveInfos": [
            _move_info(move, order, state, snapshot, sign, query.pv_visits)
            for order, move in enumerate(moves)
        ],
        "rootInfo": _root_info(state, snapshot, sign),
        "turnNumber": turn,
    }
    if query.policy or query.ownership:
        glance = analyst.glance(state)
        if query.policy:
            policy = np.where(state.legal_mask(), glance.policy, -1.0)
            answer["policy"] = _rounded(policy)
        if query.ownership and glance.ownership is not None:
            answer["ownership"] = _rounded(sign * glance.ownership)
    if query.moves_ownership and is_final:
        for info, move in zip(answer["moveInfos"], moves, strict=True):
            owner = _ownership_after(state, move.move, analyst)
            if owner is not None:
                info["ownership"] = _rounded(-sign * owner)
    return answer


def _ownership_after(state: GameState, move: int, analyst: Analyst) -> NDArray[np.float64] | None:
    """From the side to play after the move; None if that ends the game, or nobody knows."""
    after = state.copy()
    after.play(move)
    return None if after.is_over else analyst.glance(after).ownership


def _seen_from(share: float | None, sign: int) -> float:
    """A share in [0, 1] of the mover's, from the mover's side (1) or the other (-1)."""
    known = _UNKNOWN if share is None else share
    return round(known if sign > 0 else 1.0 - known, _DIGITS)


def _values(
    value: float | None, lead: float | None, utility: float | None, sign: int
) -> dict[str, Any]:
    points = round(sign * (lead or 0.0), _DIGITS)
    return {
        "winrate": _seen_from(value, sign),
        "scoreLead": points,
        "scoreMean": points,
        "scoreSelfplay": points,
        "utility": round(2 * _seen_from(utility, sign) - 1, _DIGITS),
    }


def _move_info(
    move: MoveAnalysis,
    order: int,
    state: GameState,
    snapshot: Snapshot,
    sign: int,
    with_visits: bool,
) -> dict[str, Any]:
    size = state.rules.board_size
    value = snapshot.value if move.value is None else move.value
    margin = 0.0 if value is None or move.lcb is None else value - move.lcb
    lead = snapshot.lead if move.lead is None else move.lead
    values = _values(value, lead, move.utility, sign)
    info = {
        "move": move_to_vertex(move.move, size),
        "visits": move.visits,
        **values,
        "lcb": round(values["winrate"] - sign * margin, _DIGITS),
        "utilityLcb": round(values["utility"] - 2 * sign * margin, _DIGITS),
        "prior": round(move.prior, _DIGITS),
        "order": order,
        "pv": [move_to_vertex(each, size) for each in move.pv],
    }
    if with_visits:
        info["pvVisits"] = list(move.pv_visits)
    return info


def _root_info(state: GameState, snapshot: Snapshot, sign: int) -> dict[str, Any]:
    this, symmetric = _hashes(state)
    return {
        **_values(snapshot.value, snapshot.lead, snapshot.utility, sign),
        "visits": snapshot.visits,
        "currentPlayer": "B" if state.to_play == BLACK else "W",
        "thisHash": this,
        "symHash": symmetric,
    }


def _hashes(state: GameState) -> tuple[str, str]:
    """Of stones, side to play and simple ko; mirror images share the second."""
    board = state.stones().ravel().copy()
    if (ko := state.simple_ko_point) is not None:
        board[ko] = 2
    images = []
    for moved in symmetry_moves(state.rules.board_size)[:NUM_SYMMETRIES, :-1]:
        image = np.empty_like(board)
        image[moved] = board
        text = image.tobytes() + bytes([state.to_play == BLACK])
        images.append(hashlib.sha256(text).hexdigest()[:32].upper())
    return images[0], min(images)


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]
