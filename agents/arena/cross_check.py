"""A second opinion on games that were counted as they stood: did somebody pass too soon?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from agents.arena.records import SCORED, GameRecord
from go_engine.rules import Rules
from go_engine.sgf import margin_string

__all__ = ["Disagreement", "Judge", "cross_check"]

Judge = Callable[[Rules, Sequence[int]], float]
"""Black's margin, komi counted, of a finished game once its dead stones are off."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A game whose winner the judge names otherwise.

    Attributes:
        record: the game.
        margin: Black's margin, komi counted, by the judge.
    """

    record: GameRecord
    margin: float

    def __str__(self) -> str:
        ours = self.record.margin or 0.0
        said = f"counted {margin_string(ours)}, by the judge {margin_string(self.margin)}"
        return f"game {self.record.game_id}: {said}"


def cross_check(records: Iterable[GameRecord], judge: Judge) -> Iterator[Disagreement | None]:
    """For each game that was counted on the board, the judge's objection, or None.

    Games that stopped at the move limit are left out: they were not over.

    Raises:
        Whatever `judge` raises.
    """
    for record in records:
        if record.ending in SCORED and record.ending != "move limit" and record.margin is not None:
            margin = judge(record.rules, record.moves)
            differs = _sign(margin) != _sign(record.margin)
            yield Disagreement(record, margin) if differs else None


def _sign(margin: float) -> int:
    return (margin > 0) - (margin < 0)
