"""What there is to learn from a position, as lines of text: the same words on both screens."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from agents.base import Decision
from scripts.board.analyst import Analyst, Hint
from scripts.board.review import Loss, loss_of, mark_of
from scripts.board.session import Session
from scripts.board.words import COLOR_NAMES, printable, vertex_name

__all__ = [
    "ADVISERS",
    "blunder_words",
    "candidate_lines",
    "estimate_line",
    "hint_lines",
    "plain_reasons",
    "review_lines",
    "told_line",
    "why_lines",
]

ADVISERS = {"untold": "The untold network", "told": "The told player"}

_WEIGHED: Final = re.compile(r"(.+) ([+-]\d+\.\d)")  # as the told player gives its reasons
_SHAPE: Final = re.compile(r"(the shape around it) \(.*\)")


def plain_reasons(reasons: Sequence[str]) -> list[str]:
    """Reasons for people: the logarithms behind them as factors, what several sizes of pattern say
    about the shape added up to one reason. Others stay as they are."""
    sums: dict[str, float] = {}
    plain: list[str] = []
    for reason in reasons:
        match = _WEIGHED.fullmatch(reason)
        if match is None:
            plain.append(reason)
            continue
        words = _SHAPE.sub(r"\1", match[1])
        sums[words] = sums.get(words, 0.0) + float(match[2])
    strongest = sorted(sums.items(), key=lambda item: -abs(item[1]))
    return plain + [f"{words}: {_factor(log)}" for words, log in strongest]


def _factor(log: float) -> str:
    times = math.exp(abs(log))
    return f"{times:.{0 if times >= 10 else 1}f} times {'likelier' if log >= 0 else 'less likely'}"


def hint_lines(hints: Sequence[Hint], size: int) -> list[str]:
    """What each adviser would play and why."""
    lines = []
    for hint in hints:
        who = ADVISERS.get(hint.adviser, printable(hint.adviser))
        lines.append(f"{who} would play {vertex_name(hint.move, size)}.")
        lines += [f"  - {reason}" for reason in plain_reasons(hint.reasons)]
    return lines


def why_lines(session: Session, analyst: Analyst) -> list[str]:
    """What the mover said about the last move, and what both advisers say.

    Raises:
        ValueError: if there is no last move.
        AgentError: if there is nobody to ask.
    """
    node = session.node
    if node.parent is None or node.move is None:
        raise ValueError("no move has been made yet")
    size = session.state.rules.board_size
    color = session.color_at(node.parent)
    lines = [f"About {COLOR_NAMES[color]} {vertex_name(node.move, size)}:"]
    said = session.last_decision
    if said is not None and said.reasons and said.move == node.move:
        lines += [
            f"  {session.name_of(color)}:",
            *(f"  - {reason}" for reason in plain_reasons(said.reasons)),
        ]
    for hint in analyst.why(session.tree.state_at(node.parent), node.move):
        lines.append(f"  {ADVISERS[hint.adviser]}:")
        lines += [f"  - {reason}" for reason in plain_reasons(hint.reasons)]
    loss = loss_of(session.tree, node)
    if mark_of(loss) and loss is not None:
        lines.append(loss.words(size))
    return lines


def candidate_lines(
    decision: Decision, rates: Mapping[int, float], size: int, count: int = 6
) -> list[str]:
    """The moves a search looked at: vertex, chance to win, visits."""
    total = max(1, sum(decision.visits.values()))
    lines = [f"Looked at {total} positions."]
    for number, (move, visits) in enumerate(list(decision.visits.items())[:count], start=1):
        rate = f"{rates[move]:4.0%}" if move in rates else "    "
        lines.append(f"{number}. {vertex_name(move, size):5} wins {rate}, {visits} visits")
    lines.append(f"Expected: {' '.join(vertex_name(move, size) for move in decision.pv[:10])}")
    return lines


def told_line(analyst: Analyst, session: Session, move: int) -> str:
    """What the told player finds in one move, in words.

    Raises:
        ValueError: if it is not legal here.
    """
    size = session.state.rules.board_size
    reasons = plain_reasons(analyst.told_reasons(session.state, move))
    chance = analyst.told_chances(session.state)[move]
    said = "; ".join(reasons) or "nothing special"
    return f"told about {vertex_name(move, size)} ({chance:.0%} likely): {said}."


def estimate_line(rate: float, lead: float) -> str:
    """Who is ahead by the network's count."""
    side = "Black" if lead > 0 else "White"
    return (
        f"The network expects {side} to be ahead by {abs(lead):.1f} points at the end; "
        f"Black wins {rate:.0%}."
    )


def blunder_words(loss: Loss | None, size: int) -> str:
    """A remark on a move that lost much; empty otherwise."""
    mark = mark_of(loss)
    if loss is None or not mark:
        return ""
    kind = "blunder" if mark == "??" else "doubtful move"
    assert loss.node.move is not None
    name = vertex_name(loss.node.move, size)
    return f"{name[0].upper()}{name[1:]} looks like a {kind}: it gave away {loss.win_rate:.0%}."


def review_lines(losses: Sequence[Loss], size: int) -> list[str]:
    """The moves that cost most, or that there was none."""
    if not losses:
        return ["No move cost much. Well played!"]
    return ["The moves that cost most:", *(loss.words(size) for loss in losses)]
