"""A position as plain tuples and sets, and ladders read on it: slow, and shares no code with the
engine or the features. For `slow_features`."""

from __future__ import annotations

from functools import cached_property

from tests.reference import Position, after_play, chain_and_liberties, neighbours

Chain = frozenset[int]

MOST_NODES = 300
"""What the readings under test may look at; where this reading needs more nothing is compared."""


class TooLongError(Exception):
    """A ladder that the kernels may have given up."""


class Look:
    """A position and its chains.

    Attributes:
        stones: see `Position`.
        size: of the board.
        ko: the point where a ko may not be retaken now, or None.
    """

    def __init__(self, stones: Position, size: int, ko: int | None = None) -> None:
        self.stones = stones
        self.size = size
        self.ko = ko

    @cached_property
    def _chains(self) -> dict[int, tuple[Chain, Chain]]:
        found: dict[int, tuple[Chain, Chain]] = {}
        for point, color in enumerate(self.stones):
            if color and point not in found:
                chain, liberties = chain_and_liberties(self.stones, self.size, point)
                both = frozenset(chain), frozenset(liberties)
                found.update(dict.fromkeys(chain, both))
        return found

    def near(self, point: int) -> tuple[int, ...]:
        return neighbours(self.size)[point]

    def chain(self, point: int) -> Chain:
        return self._chains[point][0]

    def liberties(self, point: int) -> Chain:
        return self._chains[point][1]

    def chains(self, color: int) -> set[Chain]:
        return {chain for chain, _ in self._chains.values() if self.stones[min(chain)] == color}

    def touching(self, point: int, color: int) -> set[Chain]:
        """The chains of `color` next to a point."""
        return {self.chain(q) for q in self.near(point) if self.stones[q] == color}

    def touched_by(self, chain: Chain) -> set[Chain]:
        """The other side's chains next to a chain."""
        color = self.stones[min(chain)]
        return {c for p in chain for c in self.touching(p, -color)}

    def play(self, point: int, color: int) -> Look | None:
        """The position afterwards; None where the simple ko rule or suicide forbids it."""
        if self.stones[point] or point == self.ko:
            return None
        stones, taken, lost = after_play(self.stones, self.size, point, color)
        if lost:
            return None
        after = Look(stones, self.size)
        alone = after.chain(point) == {point} and len(taken) == 1
        if alone and after.liberties(point) == taken:
            after.ko = next(iter(taken))
        return after

    def diagonals(self, point: int) -> list[int | None]:
        """The four points diagonally next to one, None beyond the edge."""
        row, column = divmod(point, self.size)
        found: list[int | None] = []
        for r, c in ((row - 1, column - 1), (row - 1, column + 1), (row + 1, column - 1),
                     (row + 1, column + 1)):  # fmt: skip
            inside = 0 <= r < self.size and 0 <= c < self.size
            found.append(r * self.size + c if inside else None)
        return found

    def is_eye(self, point: int, color: int) -> bool:
        """An empty point all of whose neighbours are `color`'s, with fewer than two bad diagonals:
        the opponent's stones, and the edge counted as one."""
        if self.stones[point] or any(self.stones[q] != color for q in self.near(point)):
            return False
        diagonals = self.diagonals(point)
        hostile = sum(q is not None and self.stones[q] == -color for q in diagonals)
        return hostile + (None in diagonals) < 2

    def region(self, start: int, outside: int | None) -> Chain:
        """The points connected to `start` without stones of `outside`; empty ones alone if None."""
        found, waiting = {start}, [start]
        while waiting:
            for q in self.near(waiting.pop()):
                color = self.stones[q]
                free = color == 0 if outside is None else color != outside
                if free and q not in found:
                    found.add(q)
                    waiting.append(q)
        return frozenset(found)


def is_caught(look: Look, point: int, to_play: int) -> bool:
    """Whether the chain on `point` is lost in a ladder, as `concepts.ladders` defines it.

    Raises:
        TooLongError: if the whole tree of moves has too many nodes.
    """
    budget = [MOST_NODES]
    return _caught(look, point, to_play, budget)


def _caught(look: Look, point: int, to_play: int, budget: list[int]) -> bool:
    budget[0] -= 1
    if budget[0] < 0:
        raise TooLongError
    color, liberties = look.stones[point], look.liberties(point)
    if to_play == color:
        if len(liberties) > 1:
            return False
        moves = set(liberties)
        for prey in look.touched_by(look.chain(point)):
            if len(look.liberties(min(prey))) == 1:
                moves |= look.liberties(min(prey))
        children = [look.play(move, color) for move in moves]
        return all(_caught(c, point, -color, budget) for c in children if c is not None)
    if len(liberties) > 2:
        return False
    if len(liberties) == 1:
        return look.play(next(iter(liberties)), to_play) is not None
    children = [look.play(move, to_play) for move in liberties]
    return any(_caught(c, point, color, budget) for c in children if c is not None)
