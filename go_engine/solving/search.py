"""Search with the whole history, for the positions where the two bounds do not meet.

The search walks real positions and keeps those that the game has had, so superko is exact. It stops
where the bounds grant the prover his margin by a strategy that stays clear of all of them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from go_engine.solving.bitboards import NO_POINT, play
from go_engine.solving.bounds import ValueBounds
from go_engine.solving.graph import PositionGraph
from go_engine.solving.proof import Strategy

__all__ = ["Node", "Search", "SearchLimitError"]

_MAX_DEPTH: Final = 250
"""Moves in one line; up to three Python calls each, and the interpreter allows 1000 in all."""


class SearchLimitError(RuntimeError):
    """A question that the search does not answer within its limits; no claim either way."""


class Node(NamedTuple):
    """A position in a game, as masks of the player to move and of the opponent.

    Attributes:
        own, other: the stones of the player to move, and the opponent's.
        provers: whether the prover is to move.
        passed: whether the last move was a pass.
        closed: the simple ko point, or NO_POINT.
    """

    own: int
    other: int
    provers: bool
    passed: bool = False
    closed: int = NO_POINT


class Search:
    """Looks for a proof that the prover has his strategy's margin under superko, suicide off.

    Attributes:
        nodes: nodes gone through so far.
    """

    def __init__(
        self,
        graph: PositionGraph,
        bounds: ValueBounds,
        strategy: Strategy,
        *,
        situational: bool,
        max_nodes: int,
    ) -> None:
        """`situational` superko, or positional; at most `max_nodes` for a question."""
        self.nodes = 0
        self._graph = graph
        self._bounds = bounds
        self._strategy = strategy
        self._situational = situational
        self._max_nodes = max_nodes
        self._last_node = 0  # the number of nodes at which a question is given up
        self._depth = 0  # of the node in hand
        self._had: set[tuple[int, ...]] = set()  # positions or situations of the game so far
        self._classes: dict[int, int] = {}  # how often it has had each class, seen by the prover

    def proves(self, start: Node, move: int | None = None) -> bool:
        """Whether a proof was found that the prover gets his margin in a game that starts at
        `start`, if `move` (a legal one; a point or `N*N`) is the first. False claims nothing.

        Raises:
            SearchLimitError: if the search grows too long or too deep.
        """
        self._last_node = self.nodes + self._max_nodes
        self._depth = 0
        self._had.clear()
        self._classes.clear()
        return self._enter(start, move)

    def _key(self, node: Node) -> tuple[int, ...]:
        """What superko compares."""
        key = (node.own, node.other) if node.provers else (node.other, node.own)
        return (*key, int(node.provers)) if self._situational else key

    def _enter(self, node: Node, move: int | None = None) -> bool:
        """Whether `node`, or `move` there, is won for the prover; it counts as had meanwhile."""
        key = self._key(node)
        is_new = key not in self._had
        mine, theirs = (node.own, node.other) if node.provers else (node.other, node.own)
        c = self._graph.class_at(mine, theirs)
        self._had.add(key)
        self._classes[c] = self._classes.get(c, 0) + 1
        self._depth += 1
        won = self._is_won(node) if move is None else self._is_won_after(node, move)
        self._depth -= 1
        self._classes[c] -= 1
        if self._classes[c] == 0:
            del self._classes[c]
        if is_new:
            self._had.remove(key)
        return won

    def _is_won(self, node: Node) -> bool:
        self.nodes += 1
        if self.nodes > self._last_node or self._depth > _MAX_DEPTH:
            raise SearchLimitError(f"no answer after {self.nodes:,} nodes")
        verdict = self._verdict(node)
        if verdict is not None:
            return verdict
        for after in self._plays(node):
            if self._enter(after) == node.provers:
                return node.provers
        return self._is_won_by_pass(node)

    def _is_won_after(self, node: Node, move: int) -> bool:
        size = self._graph.size
        if move == size * size:
            return self._is_won_by_pass(node)
        legal, after, left, closed = play(node.own, node.other, move, size)
        if not legal:
            raise ValueError(f"illegal move {move}")
        return self._enter(Node(left, after, not node.provers, False, closed))

    def _is_won_by_pass(self, node: Node) -> bool:
        """Whether the prover has his margin after a pass of whoever is to move."""
        if not node.passed:
            return self._enter(Node(node.other, node.own, not node.provers, True))
        margin = int(self._graph.margins[self._graph.class_at(node.own, node.other)])
        return (margin if node.provers else -margin) >= self._strategy.margin

    def _verdict(self, node: Node) -> bool | None:
        """What the bounds say; None if they leave it open, or repetition might be in the way."""
        # The ban on retaking at once ends with a pass.
        closed = NO_POINT if node.passed else node.closed
        state = self._graph.state_at(node.own, node.other, closed)
        low, high = self._bounds.at(state, node.passed)
        if (high if node.provers else -low) < self._strategy.margin:
            return False
        number = self._strategy.node(state, node.provers, node.passed)
        if self._strategy.is_granted(number):
            entered = self._strategy.entered(number)
            if entered is not None and entered.isdisjoint(self._classes):
                return True
        return None

    def _plays(self, node: Node) -> list[Node]:
        """Where the plays lead that superko allows; first what looks worst for who answers."""
        size = self._graph.size
        found = []
        for point in range(size * size):
            legal, after, left, closed = play(node.own, node.other, point, size)
            answer = Node(left, after, not node.provers, False, closed)
            if legal and self._key(answer) not in self._had:
                low, high = self._bounds.at(self._graph.state_at(left, after, closed), False)
                found.append((low + high, low, answer))
        found.sort(key=lambda entry: entry[:2])
        return [answer for _, _, answer in found]
