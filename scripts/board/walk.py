"""Going through a game: the position shown, and the ways from it."""

from __future__ import annotations

from scripts.board.tree import GameTree, Node

__all__ = ["Walk"]


class Walk:
    """A place in a tree.

    Attributes:
        tree: every line of the game.
        node: where the board stands; at first the end of the main line.
        state: its position.
    """

    def __init__(self, tree: GameTree) -> None:
        self.tree = tree
        self.node = tree.main_line()[-1]
        self.state = tree.state_at(self.node)

    @property
    def is_browsing(self) -> bool:
        """Whether moves follow the position that the board shows."""
        return bool(self.node.children)

    def go_to(self, node: Node) -> None:
        """Show the position of a node of the tree."""
        self.node = node
        self.state = self.tree.state_at(node)

    def step(self, count: int) -> int:
        """Go `count` moves forward (back, if negative) on this line; how many it were."""
        line, here = self.node.line(), self.node.depth
        there = min(max(here + count, 0), len(line) - 1)
        if there != here:
            self.go_to(line[there])
        return there - here

    def next_variation(self) -> bool:
        """Go over to the next variation of the move shown; False if it has none."""
        parent = self.node.parent
        if parent is None or len(parent.children) < 2:
            return False
        place = parent.children.index(self.node)
        self.go_to(parent.children[(place + 1) % len(parent.children)])
        return True

    def color_at(self, node: Node) -> int:
        """Who is to play at a node."""
        first = self.tree.start.to_play
        return first if node.depth % 2 == 0 else -first
