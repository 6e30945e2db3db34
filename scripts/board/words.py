"""Sentences about a game, for people."""

from __future__ import annotations

from typing import Final

from agents.base import RESIGN, Decision
from go_engine import BLACK, WHITE, GameState
from go_engine.coords import move_to_vertex
from go_engine.settling import settled_points, settled_score

__all__ = [
    "COLOR_NAMES",
    "dead_stones",
    "outcome",
    "score",
    "thoughts",
    "vertex_name",
    "why_illegal",
]

COLOR_NAMES: Final = {BLACK: "Black", WHITE: "White"}

_ILLEGAL: Final = {
    "occupied": "there is already a stone on {}",
    "suicide": "{} would be suicide: the stone would have no liberty",
    "ko": "{} would take the ko back at once; play elsewhere first",
    "superko": "{} would repeat an earlier position, which superko forbids",
    "game over": "the game is over",
}


def why_illegal(vertex: str, reason: str) -> str:
    """What an `IllegalMoveError.reason` means."""
    return _ILLEGAL.get(reason, "{} is illegal (" + reason + ")").format(vertex)


def vertex_name(move: int, size: int) -> str:
    """The vertex of a move, `pass` or `resign`."""
    return "resign" if move == RESIGN else move_to_vertex(move, size)


def dead_stones(state: GameState, dead: frozenset[int]) -> str:
    """Which chains are taken off before the count, in one line, each named by its first stone."""
    named = []
    for chain in sorted(state.board.chains(BLACK) + state.board.chains(WHITE)):
        if chain[0] in dead:
            more = f" and {len(chain) - 1} more" if len(chain) > 1 else ""
            named.append(vertex_name(chain[0], state.rules.board_size) + more)
    return ", ".join(named) or "none"


def score(state: GameState, dead: frozenset[int] = frozenset()) -> str:
    """The count of the position without the stones on `dead`, in one line."""
    black, white = settled_points(state, dead)
    komi = state.rules.komi
    margin = black - white - komi
    ahead = "even" if margin == 0 else f"{COLOR_NAMES[1 if margin > 0 else -1]} is ahead"
    by = "" if margin == 0 else f" by {_points(abs(margin))}"
    return f"Black {black}, White {white} and {komi:g} komi: {ahead}{by}"


def outcome(state: GameState, dead: frozenset[int], resigned: int | None, human: int) -> str:
    """How the game ended and for whom, in one line; `dead` stones do not count."""
    if resigned is not None:
        said = f"{COLOR_NAMES[resigned]} resigns; {COLOR_NAMES[-resigned]} wins."
        return f"{said} {'You lose.' if resigned == human else 'You win!'}"
    margin = settled_score(state, dead) - state.rules.komi
    counted = score(state, dead).partition(":")[0]
    if margin == 0:
        return f"The game is a draw ({counted})."
    winner = BLACK if margin > 0 else WHITE
    said = f"{COLOR_NAMES[winner]} wins by {_points(abs(margin))} ({counted})."
    return f"{said} {'You win!' if winner == human else 'You lose.'}"


def thoughts(decision: Decision) -> str:
    """What the mover expects, as far as it has an opinion; empty otherwise."""
    expects = []
    if decision.value is not None:
        expects.append(f"to win with probability {decision.value:.0%}")
    if decision.score is not None:
        side = "ahead" if decision.score >= 0 else "behind"
        expects.append(f"to end {abs(decision.score):.1f} points {side}")
    return f"It expects {' and '.join(expects)}." if expects else ""


def _points(number: float) -> str:
    return "1 point" if number == 1 else f"{number:g} points"
