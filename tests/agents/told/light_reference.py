"""What told playouts look for, by slow and obvious definitions on sets of points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine import GameState

Point = tuple[int, int]
Found = set[tuple[int, str]]
SIZES = {1: "one stone", 2: "two stones", 3: "three or more stones"}
SELF_ATARI = {1: "one stone", 2: "two stones", 3: "three stones", 4: "four or more stones"}


class Reference:
    """One position; moves are numbers, points (row, column)."""

    def __init__(self, state: GameState) -> None:
        self.size = state.rules.board_size
        self.mover = state.to_play
        self.stones: dict[Point, int] = {}
        grid: NDArray[np.int8] = state.stones()
        for r in range(self.size):
            for c in range(self.size):
                self.stones[r, c] = int(grid[r, c])

    def around(self, p: Point) -> list[Point]:
        r, c = p
        near = [(r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)]
        return [q for q in near if q in self.stones]

    def chain(self, p: Point) -> frozenset[Point]:
        found, todo = {p}, [p]
        while todo:
            for q in self.around(todo.pop()):
                if self.stones[q] == self.stones[p] and q not in found:
                    found.add(q)
                    todo.append(q)
        return frozenset(found)

    def touching(self, points: frozenset[Point], color: int) -> set[Point]:
        return {q for p in points for q in self.around(p) if self.stones[q] == color} - points

    def liberties(self, points: frozenset[Point]) -> set[Point]:
        return self.touching(points, 0)

    def number(self, p: Point) -> int:
        return p[0] * self.size + p[1]

    def chains(self, color: int) -> set[frozenset[Point]]:
        return {self.chain(p) for p, stone in self.stones.items() if stone == color}

    # ------------------------------------------------------------ features

    def features(self, last: int | None, removed: list[int]) -> Found:
        """All (move, feature) there are; `removed` are the points the last move emptied."""
        found: Found = set()
        last_chain: frozenset[Point] = frozenset()
        if last is not None:
            at = divmod(last, self.size)
            last_chain = self.chain(at)
            found |= self._near(at) | self._attacks(last_chain) | self._defences(at)
            found |= self._nakade(removed)
        for chain in self.chains(-self.mover) - {last_chain}:
            found |= self._on(self.liberties(chain), 1, "captures {} elsewhere", chain)
        for p, stone in self.stones.items():
            if stone == 0:
                found |= self._self_atari(p)
        return found

    def _on(self, liberties: set[Point], count: int, words: str, chain: frozenset[Point]) -> Found:
        if len(liberties) != count:
            return set()
        text = words.format(SIZES[min(len(chain), 3)])
        return {(self.number(p), text) for p in liberties}

    def _near(self, at: Point) -> Found:
        found: Found = set()
        for p, stone in self.stones.items():
            down, across = abs(p[0] - at[0]), abs(p[1] - at[1])
            if stone == 0 and max(down, across) == 1:
                words = "diagonal to the last move" if down == across else "next to the last move"
                found.add((self.number(p), words))
        return found

    def _attacks(self, chain: frozenset[Point]) -> Found:
        liberties = self.liberties(chain)
        words = "captures the chain just played, {}"
        found = self._on(liberties, 1, words, chain)
        return found | self._on(liberties, 2, "gives atari to the chain just played, {}", chain)

    def _defences(self, at: Point) -> Found:
        found: Found = set()
        for chain in {self.chain(q) for q in self.around(at) if self.stones[q] == self.mover}:
            liberties = self.liberties(chain)
            words = "takes one of the last two liberties of an own chain just touched, {}"
            found |= self._on(liberties, 2, words, chain)
            if len(liberties) == 1:
                found |= self._on(liberties, 1, "extends a chain just put in atari, {}", chain)
                for enemy in {self.chain(q) for q in self.touching(chain, -self.mover)}:
                    words = "saves a chain just put in atari by capturing {}"
                    found |= self._on(self.liberties(enemy), 1, words, enemy)
        return found

    def _nakade(self, removed: list[int]) -> Found:
        region = {divmod(p, self.size) for p in removed}
        if not 3 <= len(region) <= 6:
            return set()
        if any(self.stones[q] == 0 and q not in region for p in region for q in self.around(p)):
            return set()
        degree = {p: sum(q in region for q in self.around(p)) for p in region}
        most = max(degree.values())
        best = [p for p in region if degree[p] == most]
        words = "plays the vital point where three to six stones were just taken"
        return {(self.number(best[0]), words)} if len(best) == 1 and most > 1 else set()

    def _self_atari(self, p: Point) -> Found:
        for chain in {self.chain(q) for q in self.around(p) if self.stones[q] == -self.mover}:
            if self.liberties(chain) == {p}:
                return set()
        self.stones[p] = self.mover
        chain = self.chain(p)
        count = len(self.liberties(chain))
        self.stones[p] = 0
        if count != 1:
            return set()
        return {(self.number(p), f"self-atari with {SELF_ATARI[min(len(chain), 4)]}")}
