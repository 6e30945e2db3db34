"""Proved values and best first moves of boards up to 4x4 under superko: see docs/solving.md."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from go_engine.rules import BLACK, KoRule, Rules
from go_engine.solving.bitboards import key_to_masks, stones_to_masks
from go_engine.solving.bounds import value_bounds
from go_engine.solving.graph import build_graph
from go_engine.solving.proof import Strategy, Workspace
from go_engine.solving.search import Node, Search
from go_engine.state import GameState
from go_engine.symmetry import symmetry_moves

__all__ = ["ExactValues", "Solution", "Solver", "exact_values", "solve"]

Report = Callable[[str], None]


def _say_nothing(_line: str) -> None:
    """The report of who wants none."""


@dataclass(frozen=True, slots=True)
class Solution:
    """What was proved about one starting position.

    Attributes:
        black_score: Black's margin by area, before komi, if both play their best.
        best_moves: every first move that keeps that score, ascending.
        low, high: black_score lies between these however long repetition is allowed to go on:
            `low` if endless play is Black's loss, `high` if it is White's. If they differ, superko
            decides.
        positions: legal positions of the board.
        nodes: nodes of the searches with full history.
        seconds: wall-clock time since the solver was made, or since its last solution.
    """

    black_score: int
    best_moves: tuple[int, ...]
    low: int
    high: int
    positions: int
    nodes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ExactValues:
    """The proved value of every position of a board as the start of a game.

    Attributes:
        stones: int8 `[P, N, N]`, all P legal positions with Black to play (1 Black, -1 White).
        black_scores: int8 `[P]`, Black's margin by area if both play their best.
    """

    stones: NDArray[np.int8]
    black_scores: NDArray[np.int8]

    def black_score(self, stones: NDArray[np.int8], to_play: int) -> int:
        """Black's margin in a game that starts from `stones [N, N]` with `to_play`.

        Raises:
            ValueError: if that is no legal position of this board.
        """
        wanted = np.asarray(stones) * to_play
        if wanted.shape == self.stones.shape[1:]:
            found = np.flatnonzero((self.stones == wanted).all(axis=(1, 2)))
            if found.size == 1:
                return int(self.black_scores[found[0]]) * to_play
        raise ValueError("not a legal position of this board")


class Solver:
    """Solves games on one board size under one superko rule, suicide off, area scoring.

    Attributes:
        size: points along an edge.
        nodes: nodes of all searches so far.
    """

    def __init__(
        self, rules: Rules, report: Report | None = None, max_nodes: int = 10_000_000
    ) -> None:
        """Makes the graph of all positions and its bounds; `report` hears of the progress.

        4x4 takes about a minute and 700 MB. No single search goes through more than `max_nodes`.

        Raises:
            ValueError: for sizes above 4 and for rules that the proofs do not cover.
        """
        if rules.ko == "simple":
            raise ValueError("the simple ko rule lets games go on for ever; solve under superko")
        if rules.allow_suicide or rules.scoring != "area" or rules.max_moves is not None:
            raise ValueError("solving takes area scoring, no suicide and no limit of moves")
        self.size = rules.board_size
        self.nodes = 0
        self._rules = rules
        self._started = time.perf_counter()
        self._report = report or _say_nothing
        self._max_nodes = max_nodes
        self._graph = build_graph(self.size)
        self._report(f"{self._graph.num_positions:,} legal positions")
        self._bounds = value_bounds(self._graph, self._report)
        self._workspace = Workspace(self._graph)
        self._searches: dict[int, Search] = {}

    def solve(self, start: GameState) -> Solution:
        """The score and all best first moves of a game at its start.

        Raises:
            ValueError: if the game has begun, or its rules are not the solver's (komi aside).
            SearchLimitError: if a search grew too long; no start known to us does on 2x2 and 3x3.
        """
        self._check(start)
        own, other = stones_to_masks(start.stones(), start.to_play)
        nodes = self.nodes
        value = self._value(own, other)
        moves = self._best_moves(start, own, other, value)
        low, high = self._bounds.at(self._graph.class_at(own, other), False)
        if start.to_play != BLACK:
            low, high = -high, -low
        started, self._started = self._started, time.perf_counter()
        return Solution(
            black_score=value * start.to_play,
            best_moves=moves,
            low=low,
            high=high,
            positions=self._graph.num_positions,
            nodes=self.nodes - nodes,
            seconds=self._started - started,
        )

    def all_values(self) -> ExactValues:
        """The value of every position; meant for 2x2 and 3x3."""
        graph, points = self._graph, self.size * self.size
        values = np.empty(graph.num_classes, np.int8)
        for c in range(graph.num_classes):
            values[c] = self._value(*key_to_masks(int(graph.keys[c]), points))
        keys = np.flatnonzero(graph.class_of >= 0)
        digits = (keys[:, None] // 3 ** np.arange(points)) % 3
        stones = np.where(digits == 2, -1, digits).astype(np.int8)
        shape = (keys.size, self.size, self.size)
        return ExactValues(stones.reshape(shape), values[graph.class_of[keys]])

    def _check(self, start: GameState) -> None:
        if start.move_count:
            raise ValueError("the game has begun; superko makes its value depend on its past")
        ours, theirs = self._rules, start.rules
        if (ours.board_size, ours.ko) != (theirs.board_size, theirs.ko) or (
            theirs.allow_suicide or theirs.scoring != "area" or theirs.max_moves is not None
        ):
            raise ValueError("the game has other rules than the solver")

    def _proves(self, node: Node, margin: int, move: int | None = None) -> bool:
        """Whether the prover of `node` is proved to get `margin`, if `move` is the first."""
        if margin not in self._searches:
            self._report(f"ranking the ways to a margin of {margin:+d}")
            strategy = Strategy(self._graph, self._bounds, margin, self._workspace)
            self._searches[margin] = Search(
                self._graph,
                self._bounds,
                strategy,
                situational=self._rules.ko == "situational",
                max_nodes=self._max_nodes,
            )
        search = self._searches[margin]
        before = search.nodes
        proved = search.proves(node, move)
        self.nodes += search.nodes - before
        return proved

    def _value(self, own: int, other: int) -> int:
        """The margin of the player to move in a game that starts here."""
        low, high = self._bounds.at(self._graph.class_at(own, other), False)
        for value in range(low, high + 1):
            if self._proves(Node(own, other, False), -value):  # at most this
                if self._proves(Node(own, other, True), value):  # at least this
                    return value
                break
        raise AssertionError("the bounds and the searches do not meet")

    def _best_moves(self, start: GameState, own: int, other: int, value: int) -> tuple[int, ...]:
        """The moves that are proved to keep `value`; all others are proved to fall short."""
        stones = start.stones().ravel()
        tables = symmetry_moves(self.size)
        alike = [s for s in range(len(tables)) if (stones[tables[s, :-1]] == stones).all()]
        best: set[int] = set()
        done: set[int] = set()
        for move in start.legal_moves().tolist():
            if move in done:
                continue
            images = {int(tables[s, move]) for s in alike}
            done |= images
            if self._proves(Node(own, other, True), value, move):
                best |= images
            elif not self._proves(Node(own, other, False), 1 - value, move):
                raise AssertionError("a move was neither proved best nor proved to fall short")
        return tuple(sorted(best))


def solve(start: GameState, report: Report | None = None) -> Solution:
    """Prove the score and the best first moves of a game at its start; see `Solver`."""
    return Solver(start.rules, report).solve(start)


def exact_values(board_size: int, ko: KoRule = "positional") -> ExactValues:
    """The proved values of all positions of a 2x2 or 3x3 board; seconds.

    Raises:
        ValueError: for another size or ko rule.
    """
    if board_size not in (2, 3):
        raise ValueError(f"board_size must be 2 or 3, not {board_size!r}")
    return Solver(Rules(board_size, ko=ko)).all_values()
