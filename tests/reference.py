"""The rules of docs/rules.md once more: slow, plain Python, sharing nothing with the engine.

A position is a tuple of N*N numbers (1 Black, -1 White, 0 empty), row by row from the top. Chains
are found by flood fill at every move, and repetition by comparing whole positions.
"""

from __future__ import annotations

from functools import cache

Position = tuple[int, ...]


@cache
def neighbours(size: int) -> tuple[tuple[int, ...], ...]:
    """For each point the points next to it along a line."""
    table = []
    for point in range(size * size):
        row, column = point // size, point % size
        near = []
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < size and 0 <= c < size:
                near.append(r * size + c)
        table.append(tuple(near))
    return tuple(table)


def chain_and_liberties(position: Position, size: int, point: int) -> tuple[set[int], set[int]]:
    """The stones connected to the one on `point`, and the empty points next to them."""
    color = position[point]
    chain, liberties, to_visit = {point}, set(), [point]
    while to_visit:
        for near in neighbours(size)[to_visit.pop()]:
            if position[near] == 0:
                liberties.add(near)
            elif position[near] == color and near not in chain:
                chain.add(near)
                to_visit.append(near)
    return chain, liberties


def is_position(position: Position, size: int) -> bool:
    """Whether every chain has a liberty."""
    return all(
        chain_and_liberties(position, size, point)[1]
        for point in range(size * size)
        if position[point]
    )


def without(position: Position, points: set[int]) -> Position:
    return tuple(0 if point in points else color for point, color in enumerate(position))


def after_play(
    position: Position, size: int, point: int, color: int
) -> tuple[Position, set[int], set[int]]:
    """The position after `color` plays on an empty point; the opponent's and own stones lost."""
    position = (*position[:point], color, *position[point + 1 :])
    taken: set[int] = set()
    for near in neighbours(size)[point]:
        if position[near] == -color:
            chain, liberties = chain_and_liberties(position, size, near)
            if not liberties:
                taken |= chain
    position = without(position, taken)
    own, liberties = chain_and_liberties(position, size, point)
    lost = set() if liberties else own
    return without(position, lost), taken, lost


def owners(position: Position, size: int) -> Position:
    """Who owns each point by area: 1, -1 or 0."""
    result = list(position)
    # With the empty points marked 2, as if by stones, a region is found like a chain.
    marked = tuple(color or 2 for color in position)
    done: set[int] = set()
    for point, color in enumerate(position):
        if color == 0 and point not in done:
            region, _ = chain_and_liberties(marked, size, point)
            done |= region
            touched = {position[n] for p in region for n in neighbours(size)[p]} - {0}
            for p in region:
                result[p] = sum(touched) if len(touched) == 1 else 0
    return tuple(result)


class ReferenceGame:
    """A game under the rules of docs/rules.md.

    Attributes:
        position: the stones now.
        to_play: 1 or -1.
        captures: (black stones, white stones) taken off so far.
        earlier: every situation the game has had, the present one included: (stones, to_play).
    """

    def __init__(
        self,
        size: int,
        ko: str = "positional",
        allow_suicide: bool = False,
        position: Position | None = None,
        to_play: int = 1,
    ) -> None:
        self.size = size
        self.ko = ko
        self.allow_suicide = allow_suicide
        self.position: Position = position or (0,) * (size * size)
        self.to_play = to_play
        self.captures = (0, 0)
        self.passes = 0
        self.earlier: list[tuple[Position, int]] = [(self.position, to_play)]
        self._earlier_stones = {self.position}
        self._earlier_situations = {(self.position, to_play)}
        self._plays: dict[int, tuple[Position, set[int], set[int]]] = {}

    @property
    def is_over(self) -> bool:
        return self.passes == 2

    def after(self, point: int) -> tuple[Position, set[int], set[int]]:
        """`after_play` here; worked out once a turn."""
        if point not in self._plays:
            self._plays[point] = after_play(self.position, self.size, point, self.to_play)
        return self._plays[point]

    def reason(self, move: int) -> str | None:
        """Why `move` is illegal; None if it is legal."""
        points = self.size * self.size
        if self.is_over:
            return "game over"
        if not 0 <= move <= points:
            return "out of range"
        if move == points:
            return None
        if self.position[move]:
            return "occupied"
        position, _, lost = self.after(move)
        if lost and (not self.allow_suicide or len(lost) == 1):
            return "suicide"
        if self._was_before_last_move(position):
            return "ko"
        if self.ko == "positional" and position in self._earlier_stones:
            return "superko"
        if self.ko == "situational" and (position, -self.to_play) in self._earlier_situations:
            return "superko"
        return None

    def _was_before_last_move(self, position: Position) -> bool:
        return len(self.earlier) > 1 and position == self.earlier[-2][0]

    def legal_mask(self) -> list[bool]:
        return [self.reason(move) is None for move in range(self.size * self.size + 1)]

    @property
    def simple_ko_point(self) -> int | None:
        """The point where the stone that took a ko just now could be taken, were it not banned."""
        for point, color in enumerate(self.position):
            if color == 0:
                position, taken, lost = self.after(point)
                if taken and not lost and self._was_before_last_move(position):
                    return point
        return None

    def play(self, move: int) -> None:
        assert self.reason(move) is None
        if move == self.size * self.size:
            self.passes += 1
        else:
            self.position, taken, lost = self.after(move)
            self.passes = 0
            black, white = self.captures
            gone = {self.to_play: len(lost), -self.to_play: len(taken)}
            self.captures = (black + gone[1], white + gone[-1])
        self.to_play = -self.to_play
        self._plays = {}
        self.earlier.append((self.position, self.to_play))
        self._earlier_stones.add(self.position)
        self._earlier_situations.add((self.position, self.to_play))

    def owners(self) -> Position:
        return owners(self.position, self.size)

    def black_score(self) -> int:
        return sum(self.owners())
