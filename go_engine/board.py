"""A board: stones, chains, liberties and hash, without history or rules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels
from go_engine.coords import move_to_vertex
from go_engine.rules import BLACK, MAX_SIZE, MIN_SIZE, WHITE
from go_engine.zobrist import STONE_KEYS

__all__ = ["Board"]


class Board:
    """Stones on a square board and the chains they form; knows no turn, ko or end of game.

    A view on a row (see `kernels`): the board that `GameState.board` gives out shows that game as
    it goes on.
    """

    __slots__ = ("_row",)

    def __init__(self, row: NDArray[np.int64]) -> None:
        self._row = row

    @classmethod
    def from_stones(cls, stones: NDArray[np.int8]) -> Board:
        """A board holding `stones [N, N]` (1 Black, -1 White, 0 empty).

        Raises:
            ValueError: for another shape or value, or a chain without a liberty.
        """
        grid = np.asarray(stones)
        if grid.ndim != 2 or grid.shape[0] != grid.shape[1]:
            raise ValueError(f"stones must be a square array, not one of shape {grid.shape}")
        size = int(grid.shape[0])
        if not MIN_SIZE <= size <= MAX_SIZE:
            raise ValueError(f"board size must be {MIN_SIZE} to {MAX_SIZE}, not {size}")
        if not np.isin(grid, (BLACK, 0, WHITE)).all():
            raise ValueError("stones must hold 1 (Black), -1 (White) and 0 (empty) only")
        row = np.zeros(kernels.row_width(size), np.int64)
        kernels.reset(row, np.zeros(1, np.int64), size, 0, 0)
        for move in np.flatnonzero(grid):
            kernels.place_setup_stone(row, int(move), int(grid.flat[move]))
        for move in np.flatnonzero(grid):
            if not kernels.has_liberty(row, int(move)):
                vertex = move_to_vertex(int(move), size)
                raise ValueError(f"the chain at {vertex} has no liberty")
        return cls(row)

    @property
    def size(self) -> int:
        """Points along an edge, N."""
        return int(self._row[kernels.SIZE])

    @property
    def hash(self) -> int:
        """Zobrist hash of the stones, a signed 64-bit number; the empty board's is 0."""
        return int(self._row[kernels.HASH])

    def stones(self) -> NDArray[np.int8]:
        """`int8 [N, N]`: 1 Black, -1 White, 0 empty; row 0 is the top edge. A copy."""
        out = np.empty(self.size * self.size, np.int8)
        kernels.stones(self._row, out)
        return out.reshape(self.size, self.size)

    def chain(self, point: int) -> list[int]:
        """Points of the chain that holds `point`, ascending; empty where no stone is."""
        grid = self.stones().ravel()
        color = grid[point]
        if color == 0:
            return []
        found, queue = {point}, [point]
        while queue:
            for near in self.neighbours(queue.pop()):
                if grid[near] == color and near not in found:
                    found.add(near)
                    queue.append(near)
        return sorted(found)

    def chains(self, color: int) -> list[list[int]]:
        """The chains of `color`, each as its points, in the order of their first points."""
        found: list[list[int]] = []
        left = set(np.flatnonzero(self.stones().ravel() == color).tolist())
        while left:
            found.append(self.chain(min(left)))
            left -= set(found[-1])
        return found

    def liberties(self, point: int) -> list[int]:
        """Empty points next to the chain that holds `point`, ascending."""
        grid = self.stones().ravel()
        near = {q for p in self.chain(point) for q in self.neighbours(p)}
        return sorted(q for q in near if grid[q] == 0)

    def neighbours(self, point: int) -> list[int]:
        """The points next to `point` along the lines: two, three or four."""
        size = self.size
        row, column = divmod(point, size)
        near = []
        if row > 0:
            near.append(point - size)
        if row < size - 1:
            near.append(point + size)
        if column > 0:
            near.append(point - 1)
        if column < size - 1:
            near.append(point + 1)
        return near

    def check_consistency(self) -> None:
        """Recompute chains, liberties, hash and empty list from the stones alone.

        Raises:
            AssertionError: naming the first thing that differs from what the row holds.
        """
        row, size = self._row, self.size
        cells = kernels.padded_points(size)
        section = [row[kernels.META + k * cells :][:cells] for k in range(kernels.SECTIONS)]
        grid = self.stones().ravel()
        points = [kernels.padded(size, move) for move in range(size * size)]
        self._check_surroundings(section, points)
        expected_hash = 0
        empties = set()
        for move, p in enumerate(points):
            if grid[move] == 0:
                empties.add(p)
                slot = int(section[kernels.EMPTY_INDEX][p])
                _check(0 <= slot < cells, "place in the empty list")
                _check(section[kernels.EMPTIES][slot] == p, "empty list")
                continue
            _check(section[kernels.SEEN][p] == 1, "points occupied before")
            expected_hash ^= int(STONE_KEYS[0 if grid[move] == BLACK else 1, p])
            chain = [points[m] for m in self.chain(move)]
            head = int(section[kernels.HEAD][p])
            _check(head in chain, "chain head")
            self._check_chain(section, chain, head)
        _check(self.hash == expected_hash, "hash")
        count = int(row[kernels.NUM_EMPTY])
        _check(set(section[kernels.EMPTIES][:count].tolist()) == empties, "set of empty points")
        _check(count == len(empties), "number of empty points")

    def _check_surroundings(self, section: list[NDArray[np.int64]], points: list[int]) -> None:
        """Walls, and what points without a stone keep: they are heads of themselves."""
        color, stride = section[kernels.COLOR], self.size + 1
        wall = np.ones(len(color), bool)
        wall[points] = False
        _check(bool((color[wall] == kernels.WALL).all()), "wall")
        expected = np.zeros_like(color)
        for p in points:
            if color[p] == 0:
                expected[[p - 1, p + 1, p - stride, p + stride]] += kernels.liberty_key(p)
        alone = wall | (color == 0)
        _check(bool((section[kernels.HEAD][alone] == np.flatnonzero(alone)).all()), "own head")
        _check(bool((section[kernels.LIBERTIES] == expected)[alone].all()), "empty neighbours")

    def _check_chain(self, section: list[NDArray[np.int64]], chain: list[int], head: int) -> None:
        color, following = section[kernels.COLOR], section[kernels.NEXT]
        stride = self.size + 1
        walked, p = [head], int(following[head])
        while p != head and len(walked) <= len(chain):
            walked.append(p)
            p = int(following[p])
        _check(sorted(walked) == sorted(chain), "links of a chain")
        pairs = [q for p in chain for q in (p - 1, p + 1, p - stride, p + stride) if color[q] == 0]
        _check(len(pairs) > 0, "a chain without liberty")
        total = sum(kernels.liberty_key(q) for q in pairs)
        _check(int(section[kernels.LIBERTIES][head]) == total, "liberties")
        _check(int(section[kernels.CHAIN_SIZE][head]) == len(chain), "chain size")
        keys = STONE_KEYS[0 if color[head] == BLACK else 1]
        chain_hash = int(np.bitwise_xor.reduce(keys[chain]))
        _check(int(section[kernels.CHAIN_HASH][head]) == chain_hash, "chain hash")


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(f"board out of step with its stones: {what}")
