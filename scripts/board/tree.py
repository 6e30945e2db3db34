"""The tree of a game: every line that was played or read, what was said and thought of each move.

The main line takes the first child everywhere; playing a move makes it the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from go_engine import BLACK, GameState
from go_engine.sgf import SgfError, SgfGame, read_variations, write_sgf
from scripts.board.words import printable

__all__ = ["GameTree", "Node", "Opinion", "read_tree", "tree_of"]

MAX_LINES = 500
"""Variations read of one record; more than anybody browses, and a bound on hostile files."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a search thinks of a position.

    Attributes:
        black_win_rate: Black's expected result, in [0, 1].
        black_lead: Black's expected margin in points, komi counted; None if unknown.
        simulations: how long it thought; more is to be trusted more.
        best: the move it would play.
    """

    black_win_rate: float
    black_lead: float | None
    simulations: int
    best: int


@dataclass(eq=False)
class Node:
    """A position of the tree, by the move that led to it (None at the root)."""

    move: int | None = None
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    comment: str = ""
    opinion: Opinion | None = None

    @property
    def depth(self) -> int:
        """Moves from the root."""
        return len(self.path()) - 1

    def path(self) -> list[Node]:
        """The nodes from the root to this one, both included."""
        nodes, node = [self], self.parent
        while node is not None:
            nodes.append(node)
            node = node.parent
        return nodes[::-1]

    def child(self, move: int) -> Node:
        """The node after `move`, made if there is none yet, and now the first."""
        found = next((node for node in self.children if node.move == move), None)
        if found is None:
            found = Node(move, self)
        else:
            self.children.remove(found)
        self.children.insert(0, found)
        return found

    def line(self) -> list[Node]:
        """From the root through this node and on along first children to a leaf."""
        nodes = self.path()
        while nodes[-1].children:
            nodes.append(nodes[-1].children[0])
        return nodes

    def think(self, opinion: Opinion) -> None:
        """Keep `opinion` unless a longer search has spoken already."""
        if self.opinion is None or opinion.simulations >= self.opinion.simulations:
            self.opinion = opinion


@dataclass(eq=False)
class GameTree:
    """All lines of a game from one starting position.

    Attributes:
        start: the position before the first move; never played on.
        black, white: the players' names, printable; empty if unknown.
        result: as a record that was read says; empty for a game of our own.
    """

    start: GameState
    root: Node = field(default_factory=Node)
    black: str = ""
    white: str = ""
    result: str = ""

    def state_at(self, node: Node) -> GameState:
        """A new game in the position of `node`."""
        state = self.start.copy()
        for step in node.path()[1:]:
            assert step.move is not None
            state.play_unchecked(step.move)
        return state

    def main_line(self) -> list[Node]:
        """The root and the first children after it."""
        return self.root.line()

    def sgf(self, *, black: str, white: str, result: str, date: str) -> str:
        """The tree as one SGF record, the main line first."""
        line = self.main_line()
        comments = {i: node.comment for i, node in enumerate(line) if node.comment}
        rates = {i: node.opinion.black_win_rate for i, node in enumerate(line) if node.opinion}
        text = write_sgf(
            self.state_at(line[-1]),
            black=black,
            white=white,
            result=result,
            date=date,
            comments=comments,
            black_win_rates=rates,
        )
        if all(len(node.children) < 2 for node in line):
            return text
        return _with_variations(text, self, line)


def tree_of(state: GameState) -> GameTree:
    """A tree of one line: the moves of `state`."""
    start = state.copy()
    for _ in range(state.move_count):
        start.undo()
    tree = GameTree(start)
    node = tree.root
    for move in state.history:
        node = node.child(move)
    return tree


def read_tree(data: bytes | str) -> GameTree:
    """The tree of a record's first game. Of a broken variation the part before it is kept.

    Raises:
        SgfError: if not even the main line can be read.
    """
    lines = _lines(data)
    main = next(lines)
    start = main.start()
    tree = GameTree(
        start, black=printable(main.black), white=printable(main.white), result=main.result
    )
    _add(tree, main)
    for line in lines:
        _add(tree, line)
    return tree


def _lines(data: bytes | str) -> Iterator[SgfGame]:
    for count, line in enumerate(_readable(read_variations(data))):
        if count == MAX_LINES:
            return
        yield line


def _readable(lines: Iterator[SgfGame]) -> Iterator[SgfGame]:
    yield next(lines)  # the main line must be sound
    try:
        yield from lines
    except SgfError:
        return


def _add(tree: GameTree, game: SgfGame) -> None:
    node = tree.root
    nodes = [node]
    for move in game.moves:
        found = next((child for child in node.children if child.move == move), None)
        if found is None:
            found = Node(move, node)
            node.children.append(found)
        node = found
        nodes.append(node)
    for count, comment in game.comments.items():
        if count < len(nodes):
            nodes[count].comment = nodes[count].comment or printable(comment, lines=True)


def _with_variations(text: str, tree: GameTree, line: Iterable[Node]) -> str:
    from sgfmill.sgf import Sgf_game

    size = tree.start.rules.board_size
    first = tree.start.initial_to_play
    game = Sgf_game.from_string(text)
    waiting = list(zip(line, game.get_main_sequence(), strict=True))
    on_main = {id(node) for node, _ in waiting}
    while waiting:
        node, written = waiting.pop()
        for child in node.children:
            if id(child) in on_main:
                continue
            assert child.move is not None
            color = first if node.depth % 2 == 0 else -first
            row, column = divmod(child.move, size)
            new = written.new_child()
            point = (size - 1 - row, column) if row < size else None
            new.set_move("b" if color == BLACK else "w", point)
            if child.comment:
                new.set("C", child.comment)
            waiting.append((child, new))
    out = game.serialise().decode()
    assert isinstance(out, str)
    return out
