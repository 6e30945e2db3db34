"""The question that every slow feature answers: a move, and the positions without and with it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.agents.told.slow_reading import Chain, Look
from tests.reference import after_play

ONE_TWO_MANY = ("one stone", "two stones", "three or more stones")


@dataclass(frozen=True)
class Asked:
    """A move on a point, and all there is to know about it.

    Attributes:
        before, after: the position without and with the move, each with the ko that its side to
            move may not take; in `open_before` and `open_after` the other side moves, who may.
        point, mover: the move.
        taken: the opponent's stones that it captures.
        last, previous: the points of the last two moves; None for a pass or no move.
    """

    before: Look
    after: Look
    point: int
    mover: int
    taken: Chain
    last: int | None
    previous: int | None

    @property
    def open_before(self) -> Look:
        return Look(self.before.stones, self.before.size)

    @property
    def open_after(self) -> Look:
        return Look(self.after.stones, self.after.size)


def ask(before: Look, point: int, mover: int, last: int | None, previous: int | None) -> Asked:
    """The move, which is legal and no suicide."""
    stones, taken, lost = after_play(before.stones, before.size, point, mover)
    assert not lost
    after = Look(stones, before.size)
    if len(taken) == 1 and after.chain(point) == {point} and after.liberties(point) == taken:
        after.ko = min(taken)
    return Asked(before, after, point, mover, frozenset(taken), last, previous)


def stones(count: int) -> str:
    return ONE_TWO_MANY[min(count, 3) - 1]


def number(count: int, words: tuple[str, ...], first: int = 1) -> str:
    """The count in words, the last of which stands for all more."""
    return words[min(count - first, len(words) - 1)]
