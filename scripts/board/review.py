"""Looking back: what each move cost, and which three cost most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from go_engine import BLACK
from scripts.board.analyst import Analyst
from scripts.board.session import Session
from scripts.board.tree import GameTree, Node
from scripts.board.words import COLOR_NAMES, vertex_name

__all__ = ["Loss", "judge", "loss_of", "mark_of", "unjudged", "worst_moves"]

SIMULATIONS: Final = 64
"""Of the search that judges a position for the review."""
TRUSTED: Final = 16
"""Shorter searches judge no move."""
_DOUBTFUL: Final = 0.12  # of the expected result, lost by one move
_BLUNDER: Final = 0.25


@dataclass(frozen=True, slots=True)
class Loss:
    """What a move cost by the searches before and after it.

    Attributes:
        node: where the move led to.
        color: who made it.
        win_rate: expected result given away, in [-1, 1]; below 0 it gained.
        points: margin given away; None if unknown.
        better: what the search before it would have played.
    """

    node: Node
    color: int
    win_rate: float
    points: float | None
    better: int

    def words(self, size: int) -> str:
        """Such as `Move 12, Black D4: lost 31 % and 8.2 points; E5 was better.`"""
        assert self.node.move is not None
        played = vertex_name(self.node.move, size)
        points = "" if self.points is None else f" and {self.points:.1f} points"
        better = (
            ""
            if self.better == self.node.move
            else f"; {vertex_name(self.better, size)} was better"
        )
        name = COLOR_NAMES[self.color]
        return f"Move {self.node.depth}, {name} {played}: lost {self.win_rate:.0%}{points}{better}."


def loss_of(tree: GameTree, node: Node) -> Loss | None:
    """What the move that led to `node` cost; None where no search worth trusting has looked.

    The position before the move may have been left unjudged: then the mover's previous position
    stands in for the one before, so the answer in between is taken to have cost nothing.
    """
    after, parent = node.opinion, node.parent
    if after is None or parent is None or after.simulations < TRUSTED:
        return None
    earlier = parent if parent.opinion else parent.parent
    before = earlier.opinion if earlier else None
    if before is None or before.simulations < TRUSTED:
        return None
    color = tree.start.to_play if parent.depth % 2 == 0 else -tree.start.to_play
    sign = 1 if color == BLACK else -1
    rate = sign * (before.black_win_rate - after.black_win_rate)
    points = None
    if before.black_lead is not None and after.black_lead is not None:
        points = sign * (before.black_lead - after.black_lead)
    better = before.best if earlier is parent else (node.move if node.move is not None else -1)
    return Loss(node, color, rate, points, better)


def mark_of(loss: Loss | None) -> str:
    """`?` for a doubtful move, `??` for a blunder, otherwise nothing."""
    if loss is None or loss.win_rate < _DOUBTFUL:
        return ""
    return "??" if loss.win_rate >= _BLUNDER else "?"


def unjudged(tree: GameTree, line: list[Node]) -> list[Node]:
    """The positions of a line that the review still has to look at."""
    return [
        node
        for node in line
        if (node.opinion is None or node.opinion.simulations < SIMULATIONS)
        and not tree.state_at(node).is_over
    ]


def judge(session: Session, analyst: Analyst) -> Iterator[tuple[int, int]]:
    """Look at every position of the line shown that no search has judged yet.

    Yields how many are done and how many there are, after each.

    Raises:
        AgentError: if there are no weights.
        Stopped: if the analyst is told to stop; what is done is kept.
    """
    waiting = unjudged(session.tree, session.node.line())
    for done, node in enumerate(waiting, start=1):
        decision, _ = analyst.search(session.tree.state_at(node), SIMULATIONS)
        session.note(decision, node)
        yield done, len(waiting)


def worst_moves(tree: GameTree, line: list[Node], color: int = 0, count: int = 3) -> list[Loss]:
    """The moves of `color` (0: of both) on a line that cost most, worst first; only real losses."""
    losses = [loss for node in line if (loss := loss_of(tree, node)) is not None]
    wanted = [loss for loss in losses if color in (0, loss.color) and loss.win_rate >= 0.03]
    return sorted(wanted, key=lambda loss: -loss.win_rate)[:count]
