"""Simulations of the told search: select, expand, play out, backup. Knows no clock, no budget."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.told.formula import move_score
from agents.told.playout import final_margin, play_told
from agents.told.playout_board import LAST, Light, Table, light_play, light_width, start_light
from agents.told.playout_features import Boosts, new_boosts
from agents.told.priors import Reader, fill_priors
from agents.told.uct_tree import (
    EQUIVALENCE,
    EVEN_VISITS,
    EXPAND_AFTER,
    EXPLORATION,
    MARGIN_SHARE,
    NO_CHILDREN,
    TOLD_VISITS,
    Tree,
    borrowed_tree,
)
from go_engine import kernels as k
from go_engine._jit import inlined_kernel, kernel
from go_engine.borrowing import borrowed
from go_engine.concepts import copy_row
from go_engine.kernels import Row
from go_engine.rng import Stream

__all__ = ["MOST_MOVES", "Game", "expand", "keep_subtree", "new_game", "simulate"]

MOST_MOVES: Final = 3
"""A playout ends after so many moves for every point of the board."""


class Game(NamedTuple):
    """The position that is searched, and working memory. `P` padded points.

    Attributes:
        start: `int64 [W]`, the row of the root.
        light: `int64 [light_width]`, its light board.
        table: ring weights of the playouts.
        factors: `float64 [NUM_FEATURES]`, factors of the playouts.
        row, here: the position a simulation has reached.
        history: with room for the moves of a simulation behind those played.
        boosts: of the playouts.
        stream: `uint64 [1]`.
        moves: `int64 [...]`, padded points of one simulation.
        path: `int64 [...]`, its nodes.
        first_by: `int8 [P]`, who was first to play a point.
        owner: `int8 [N*N]`.
        owned: `int64 [N*N]`, summed owners at the ends of all simulations.
        previous: `int64 [1]`, padded point of the move before the last one.
    """

    start: Row
    light: Light
    table: Table
    factors: NDArray[np.float64]
    row: Row
    here: Light
    history: Row
    boosts: Boosts
    stream: Stream
    moves: NDArray[np.int64]
    path: NDArray[np.int64]
    first_by: NDArray[np.int8]
    owner: NDArray[np.int8]
    owned: NDArray[np.int64]
    previous: NDArray[np.int64]


def new_game(
    row: Row,
    history: Row,
    last: int,
    previous: int,
    table: Table,
    factors: NDArray[np.float64],
    seed: np.uint64,
) -> Game:
    """The position of `row` and `history`, which are copied; `last` and `previous` are padded."""
    size = int(row[k.SIZE])
    points = size * size
    length = int(row[k.HISTORY_LENGTH])
    room = points * (MOST_MOVES + 2)
    game = Game(
        start=row.copy(),
        light=np.zeros(light_width(size), np.int64),
        table=table,
        factors=factors,
        row=row.copy(),
        here=np.zeros(light_width(size), np.int64),
        history=np.concatenate([history[:length], np.zeros(2 * room, np.int64)]),
        boosts=new_boosts(size),
        stream=np.array([seed], np.uint64),
        moves=np.zeros(2 * room, np.int64),
        path=np.zeros(2 * room, np.int64),
        first_by=np.zeros(k.padded_points(size), np.int8),
        owner=np.zeros(points, np.int8),
        owned=np.zeros(points, np.int64),
        previous=np.array([previous], np.int64),
    )
    start_light(game.start, game.light, table, last)
    return game


@inlined_kernel
def _borrowed_game(game: Game) -> Game:
    """The same game for use within one kernel; see `borrowed`."""
    return Game(
        borrowed(game.start),
        borrowed(game.light),
        borrowed(game.table),
        borrowed(game.factors),
        borrowed(game.row),
        borrowed(game.here),
        borrowed(game.history),
        borrowed(game.boosts),
        borrowed(game.stream),
        borrowed(game.moves),
        borrowed(game.path),
        borrowed(game.first_by),
        borrowed(game.owner),
        borrowed(game.owned),
        borrowed(game.previous),
    )


# ---------------------------------------------------------------- one simulation


@kernel
def expand(
    tree: Tree, node: int, row: Row, history: Row, last: int, previous: int, komi: float, r: Reader
) -> None:
    """Give a node its children, with the model's probabilities. The tree has room for them."""
    size = row[k.SIZE]
    count = fill_priors(row, history, last, previous, komi, r)
    first = tree.used[0]
    tree.first[node] = first
    tree.children[node] = count
    tree.used[0] = first + count
    for i in range(count):
        child = first + i
        move = r.moves[i]
        tree.move[child] = 0 if move == size * size else k.padded(size, move)
        tree.chance[child] = r.chances[i]
        tree.visits[child] = 0
        tree.reward[child] = 0.0
        tree.margin[child] = 0.0
        tree.rave_visits[child] = 0
        tree.rave_reward[child] = 0.0
        tree.first[child] = NO_CHILDREN
        tree.children[child] = 0


@kernel
def select(tree: Tree, node: int, settings: NDArray[np.float64]) -> int:
    """The child that promises most."""
    visits = tree.visits[node]
    # The node's rewards are its mover's, who is the opponent of the one to move.
    mean = 1.0 - tree.reward[node] / visits if visits > 0 else 0.5
    root = np.sqrt(float(visits))
    even, told = settings[EVEN_VISITS], settings[TOLD_VISITS]
    best = -np.inf
    found = int(tree.first[node])
    for child in range(tree.first[node], tree.first[node] + tree.children[node]):
        trust = told * np.sqrt(tree.chance[child])
        score = move_score(
            tree.visits[child],
            tree.reward[child],
            tree.rave_visits[child],
            tree.rave_reward[child],
            even + trust,
            even * mean + trust,
            tree.chance[child],
            root,
            settings[EQUIVALENCE],
            settings[EXPLORATION],
        )
        if score > best:
            best, found = score, child
    return found


@kernel
def _descend(tree: Tree, game: Game, settings: NDArray[np.float64], komi: float, r: Reader) -> int:
    """Play from the root to a node that is no inner one; the depth it has.

    `game.path[:depth + 1]` holds the nodes, `game.moves[:depth]` the moves.
    """
    row, here = game.row, game.here
    copy_row(game.start, row)
    copy_row(game.light, here)
    node = depth = 0
    game.path[0] = 0
    room = tree.move.size
    most = row[k.SIZE] * row[k.SIZE]
    while row[k.PASSES] < 2 and depth < most:
        if tree.first[node] == NO_CHILDREN:
            fresh = node != 0 and tree.visits[node] < settings[EXPAND_AFTER]
            if fresh or tree.used[0] + most + 1 > room:
                break
            previous = game.previous[0]
            if depth > 1:
                previous = game.moves[depth - 2]
            elif depth == 1:
                previous = game.light[LAST]
            expand(tree, node, row, game.history, here[LAST], previous, komi, r)
        node = select(tree, node, settings)
        point = int(tree.move[node])
        light_play(row, game.history, here, game.table, point)
        game.moves[depth] = point
        depth += 1
        game.path[depth] = node
    return depth


@kernel
def _backup(tree: Tree, game: Game, depth: int, length: int, black: float, margin: float) -> None:
    """Add one simulation of `length` moves, the first `depth` of them in the tree.

    `black` is the reward and `margin` the margin from Black's side.
    """
    first_by, moves = game.first_by, game.moves
    first_by[:] = 0
    starter = game.start[k.TO_PLAY]
    for t in range(length - 1, depth - 1, -1):
        first_by[moves[t]] = starter if t % 2 == 0 else -starter
    for d in range(depth, -1, -1):
        node = game.path[d]
        mover = starter if d % 2 == 0 else -starter
        if d < length:
            first_by[moves[d]] = mover
        tree.visits[node] += 1
        tree.reward[node] += 1.0 - black if mover == 1 else black
        tree.margin[node] -= margin * mover
        reward = black if mover == 1 else 1.0 - black
        for child in range(tree.first[node], tree.first[node] + tree.children[node]):
            point = tree.move[child]
            if point != k.NO_POINT and first_by[point] == mover:
                tree.rave_visits[child] += 1
                tree.rave_reward[child] += reward


@kernel
def simulate(
    tree: Tree, game: Game, settings: NDArray[np.float64], komi: float, r: Reader, count: int
) -> int:
    """Do up to `count` simulations; fewer if the tree's room is used up. How many were done.

    Raises nothing and may be run without the interpreter's lock; `komi` is White's.
    """
    tree, game = borrowed_tree(tree), _borrowed_game(game)
    size = game.start[k.SIZE]
    points = size * size
    share = settings[MARGIN_SHARE]
    done = 0
    while done < count and (tree.used[0] + points + 1 <= tree.move.size or tree.children[0] > 0):
        depth = _descend(tree, game, settings, komi, r)
        length = depth
        if game.row[k.PASSES] < 2:
            length += play_told(
                game.row,
                game.history,
                game.here,
                game.table,
                game.factors,
                game.boosts,
                game.stream,
                MOST_MOVES * points,
                game.moves[depth:],
            )
        margin = final_margin(game.row, game.owner) - komi
        for point in range(points):
            game.owned[point] += game.owner[point]
        result = 1.0 if margin > 0 else (0.0 if margin < 0 else 0.5)
        part = 0.5 + 0.5 * max(-1.0, min(1.0, margin / points))
        _backup(tree, game, depth, length, (1.0 - share) * result + share * part, margin)
        done += 1
    return done


@kernel
def keep_subtree(tree: Tree, root: int, other: Tree) -> None:
    """Copy what lies at and below `root` into the empty tree `other`, which has room for it."""
    other.used[0] = 1
    _copy_node(tree, root, other, 0)
    source = np.empty(tree.used[0], np.int32)
    source[0] = root
    node = 0
    while node < other.used[0]:
        old = source[node]
        if tree.first[old] != NO_CHILDREN:
            first = other.used[0]
            other.first[node] = first
            for i in range(tree.children[old]):
                source[first + i] = tree.first[old] + i
                _copy_node(tree, tree.first[old] + i, other, first + i)
            other.used[0] = first + tree.children[old]
        node += 1


@kernel
def _copy_node(tree: Tree, a: int, other: Tree, b: int) -> None:
    """Everything but where the children are."""
    other.move[b] = tree.move[a]
    other.visits[b] = tree.visits[a]
    other.reward[b] = tree.reward[a]
    other.margin[b] = tree.margin[a]
    other.rave_visits[b] = tree.rave_visits[a]
    other.rave_reward[b] = tree.rave_reward[a]
    other.chance[b] = tree.chance[a]
    other.first[b] = NO_CHILDREN
    other.children[b] = tree.children[a]
