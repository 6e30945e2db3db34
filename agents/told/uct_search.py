"""Searching one position: budgets, the clock, growing and keeping the tree, what was found."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.told.model import MoveModel, padded_or_none
from agents.told.playout_weights import SHARPNESS, PlayoutWeights, Sharpness
from agents.told.priors import Reader, new_reader
from agents.told.uct import Game, expand, keep_subtree, new_game, simulate
from agents.told.uct_tree import NO_CHILDREN, Tree, UctConfig, grown, new_tree
from go_engine import GameState
from go_engine import kernels as k

__all__ = ["MoveFound", "SearchFound", "ToldSearch"]

_CHUNK: Final = 64
"""Simulations between two looks at the clock and at who leads."""


@dataclass(frozen=True, slots=True)
class MoveFound:
    """What a search found out about one move, from the side of the player to move.

    Attributes:
        move: the move.
        visits: simulations that began with it, earlier ones of a kept tree included.
        value: their mean result, 0 loss to 1 win (with the small part that the margin has in it).
        score: their mean margin in points, komi counted.
        probability: the move model's.
    """

    move: int
    visits: int
    value: float
    score: float
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class SearchFound:
    """What a search found.

    Attributes:
        moves: the moves worth searching, most visited first (the likelier of two equals).
        pv: the line of most visits.
        playouts: simulations done now.
        ownership: `float64 [N*N]`, whose each point was at the ends of these, 1 always the
            player's to move, -1 always the opponent's.
    """

    moves: tuple[MoveFound, ...]
    pv: tuple[int, ...]
    playouts: int
    ownership: NDArray[np.float64]


class ToldSearch:
    """UCT with RAVE, told priors and told playouts; keeps its tree from move to move of a game.

    What is kept counts as knowledge and not towards the budget. Not for several threads at once.
    """

    def __init__(
        self,
        model: MoveModel,
        weights: PlayoutWeights,
        config: UctConfig | None = None,
        sharpness: Sharpness = SHARPNESS,
        keep: bool = True,
    ) -> None:
        """
        Args:
            model: gives the moves their priors.
            weights: of the playouts.
            config: of the search.
            sharpness: of the playouts; see `Sharpness`.
            keep: whether to go on from the last tree where the game went on from its position.
        """
        self._model = model
        self._config = config or UctConfig()
        self._table, self._factors = (
            weights.table(sharpness.rings),
            weights.factors(sharpness.features),
        )
        self._keep = keep
        self._readers: dict[int, Reader] = {}
        self._last: tuple[GameState, Tree] | None = None

    def forget(self) -> None:
        """Begin anew."""
        self._last = None

    def search(
        self,
        state: GameState,
        rng: np.random.Generator,
        playouts: int | None = None,
        seconds: float | None = None,
    ) -> SearchFound:
        """Search `state`, which is not over, until a budget is spent or the leader cannot be
        overtaken within it. With a budget of playouts alone, equal searches (after equal earlier
        ones) of equal generators find the same.

        Raises:
            ValueError: if there is no budget, or the game is over.
        """
        if playouts is None and seconds is None:
            raise ValueError("a search needs a budget: playouts or seconds")
        if state.is_over:
            raise ValueError("the game is over")
        begun = time.monotonic()
        size, komi = state.rules.board_size, float(state.rules.komi)
        reader = self._readers.setdefault(size, new_reader(self._model, size))
        game = _game_of(state, self._table, self._factors, rng)
        tree, self._last = self._tree_for(state), None
        if tree.first[0] == NO_CHILDREN:
            row, last, previous = game.start, int(game.light[0]), int(game.previous[0])
            expand(tree, 0, row, game.history, last, previous, komi, reader)
        limit = math.inf if playouts is None else playouts
        done = 0
        chunk = 16
        while done < limit and not _decided(tree, limit - done):
            tree = grown(tree, _room_for(tree, size, self._config.expand_after))
            count = int(min(chunk, limit - done))
            done += simulate(tree, game, self._config.numbers(), komi, reader, count)
            if seconds is not None:
                spent = time.monotonic() - begun
                if spent >= seconds or _decided(tree, (seconds - spent) * done / spent):
                    break
                chunk = max(1, min(_CHUNK, int((seconds - spent) * done / spent)))
            else:
                chunk = _CHUNK
        self._last = (state.copy(), tree) if self._keep else None
        return _summary(tree, game, size, done)

    def _tree_for(self, state: GameState) -> Tree:
        """What is known about `state`, or an empty tree."""
        tree = None
        if self._last is not None:
            before, known = self._last
            node = _node_of(before, known, state)
            if node is not None:
                tree = new_tree(int(known.used[0]))
                keep_subtree(known, node, tree)
        if tree is None or (tree.first[0] == NO_CHILDREN):
            tree = new_tree(2)
        return grown(tree, _room_for(tree, state.rules.board_size, 1))


def _room_for(tree: Tree, size: int, expand_after: int) -> int:
    """Nodes that are enough for the next chunk, and then some."""
    used, have = int(tree.used[0]), tree.move.size
    needed = used + (size * size + 1) * (2 + _CHUNK // expand_after)
    return have if have >= needed else needed + used


def _node_of(before: GameState, tree: Tree, now: GameState) -> int | None:
    """The node that stands for `now` in the tree of `before`; None if none does."""
    same = (
        before.rules == now.rules
        and before.initial_to_play == now.initial_to_play
        and bool((before.initial_stones() == now.initial_stones()).all())
    )
    played = before.history
    if not same or now.history[: len(played)] != played:
        return None
    node = 0
    size = now.rules.board_size
    for move in now.history[len(played) :]:
        first, count = int(tree.first[node]), int(tree.children[node])
        point = padded_or_none(size, move)
        found = np.flatnonzero(tree.move[first : first + count] == point)
        if count == 0 or not found.size:
            return None
        node = first + int(found[0])
    return node


def _game_of(
    state: GameState,
    table: NDArray[np.int64],
    factors: NDArray[np.float64],
    rng: np.random.Generator,
) -> Game:
    row, history = state.kernel_arrays()
    size, played = state.rules.board_size, state.history
    last = padded_or_none(size, played[-1] if played else None)
    previous = padded_or_none(size, played[-2] if len(played) > 1 else None)
    seed = rng.integers(2**64, dtype=np.uint64)
    return new_game(row, history, last, previous, table, factors, seed)


def _decided(tree: Tree, left: float) -> bool:
    """Whether the most visited move stays so, whatever `left` more simulations do."""
    first, count = int(tree.first[0]), int(tree.children[0])
    visits = np.sort(tree.visits[first : first + count])
    if count == 1:
        return bool(visits[0] > 0)
    return bool(visits[-1] - visits[-2] > left)


def _summary(tree: Tree, game: Game, size: int, done: int) -> SearchFound:
    first, count = int(tree.first[0]), int(tree.children[0])
    children = np.arange(first, first + count)
    order = children[np.lexsort((-tree.chance[children], -tree.visits[children]))]
    owned = game.owned * float(game.start[k.TO_PLAY]) / max(1, done)
    moves = tuple(_move_found(tree, int(child), size) for child in order)
    return SearchFound(moves, _line(tree, size), done, owned)


def _move_found(tree: Tree, child: int, size: int) -> MoveFound:
    visits = int(tree.visits[child])
    tried = max(1, visits)
    return MoveFound(
        move=_move(tree, child, size),
        visits=visits,
        value=float(tree.reward[child]) / tried if visits else 0.0,
        score=float(tree.margin[child]) / tried,
        probability=float(tree.chance[child]),
    )


def _move(tree: Tree, node: int, size: int) -> int:
    point = int(tree.move[node])
    return size * size if point == k.NO_POINT else int(k.unpadded(size, point))


def _line(tree: Tree, size: int) -> tuple[int, ...]:
    line: list[int] = []
    node = 0
    while tree.children[node] > 0:
        children = np.arange(tree.first[node], tree.first[node] + tree.children[node])
        node = int(children[np.lexsort((-tree.chance[children], -tree.visits[children]))[0]])
        if tree.visits[node] == 0:
            break
        line.append(_move(tree, node, size))
    return tuple(line)
