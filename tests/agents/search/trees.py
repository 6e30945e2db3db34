"""Evaluators without a network, searches of several games at once, and the laws of a tree."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluation, Evaluator
from agents.net import POSITIONS, as_batch, empty_planes
from agents.search import (
    NO_NODE,
    Games,
    SearchConfig,
    Tree,
    TreeSettings,
    clear_tree,
    expand_and_backup,
    find_leaf,
    make_games,
    make_tree,
    tree_settings,
)
from go_engine import GameState

Answer = tuple[NDArray[np.float64], float, float]
"""Logits `[A]`, value in [0, 1] and margin in points, for the player to move."""


class FunctionEvaluator:
    """Asks a function about each position's planes `[C, N, N]`, one by one: what it answers about
    a position does not depend on the batch. Remembers all planes that it was asked about."""

    def __init__(self, function: Callable[[NDArray[np.float32]], Answer]) -> None:
        self.function = function
        self.asked: list[NDArray[np.float32]] = []
        self.batches: list[int] = []

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        count, _, size, _ = planes.shape
        self.batches.append(count)
        logits = np.empty((count, size * size + 1), np.float32)
        value, score = np.empty(count, np.float32), np.empty(count, np.float32)
        for i, position in enumerate(planes):
            self.asked.append(position.copy())
            logits[i], value[i], score[i] = self.function(position)
        return Evaluation(logits, value, score, np.zeros((count, size * size), np.float32))


def random_answer(planes: NDArray[np.float32]) -> Answer:
    """Numbers drawn from a hash of the planes: no two positions agree, the same one always does."""
    rng = np.random.default_rng(zlib.crc32(np.ascontiguousarray(planes).tobytes()))
    moves = planes.shape[1] * planes.shape[2] + 1
    return rng.normal(0, 2, moves), float(rng.random()), float(rng.normal(0, 10))


def flat_answer(planes: NDArray[np.float32]) -> Answer:
    """No opinion: all moves alike, an even game."""
    return np.zeros(planes.shape[1] * planes.shape[2] + 1), 0.5, 0.0


def hash_evaluator() -> FunctionEvaluator:
    return FunctionEvaluator(random_answer)


def flat_evaluator() -> FunctionEvaluator:
    return FunctionEvaluator(flat_answer)


# ---------------------------------------------------------------- searching


def games_of(states: Sequence[GameState], num_simulations: int) -> Games:
    """The states as kernels see them, each with just the room that a search may need."""
    longest = max(state.move_count for state in states)
    games = make_games(len(states), states[0].rules.board_size, longest)._replace(
        histories=np.zeros((len(states), longest + 1 + num_simulations), np.int64)
    )
    for g, state in enumerate(states):
        row, history = state.kernel_arrays()
        games.rows[g] = row
        games.histories[g, : state.move_count + 1] = history[: state.move_count + 1]
        games.recent[g] = state.recent_stones(POSITIONS)
        games.komi[g] = state.rules.komi
    return games


def search_trees(
    states: Sequence[GameState],
    evaluator: Evaluator,
    config: SearchConfig,
    *,
    noise: NDArray[np.float32] | None = None,
    turned: bool = True,
    max_moves: int = 0,
) -> tuple[Tree, TreeSettings]:
    """Search all states, their leaves in one batch at a time, `config.leaf_batch` of each at most.

    With `turned` false every position is shown as it lies, not under a symmetry.
    """
    size = states[0].rules.board_size
    games = games_of(states, config.num_simulations)
    tree = make_tree(len(states), size, config.num_simulations, config.leaf_batch)
    settings = tree_settings(config, size, max_moves)
    if not turned:
        identity = np.tile(np.arange(size * size + 1, dtype=np.int64), (8, 1))
        identity.setflags(write=False)  # as the real table: another type compiles kernels anew
        settings = settings._replace(symmetries=identity)
    for g in range(len(states)):
        clear_tree(tree, g)
        if noise is not None:
            tree.gumbel[g] = noise[g]
    planes = empty_planes(tree.leaf.size, size)
    while True:
        waiting: list[int] = []
        for g in range(len(states)):
            while len(waiting) < len(planes):
                room = planes[len(waiting)]
                if not find_leaf(tree, games, settings, g, config.num_simulations, room):
                    break
                waiting.append(g)
        if not waiting:
            return tree, settings
        answer = evaluator.evaluate(as_batch(planes[: len(waiting)]))
        for i, g in enumerate(waiting):
            expand_and_backup(
                tree, settings, g, answer.prior_logits[i], answer.value[i], answer.score[i]
            )


# ---------------------------------------------------------------- laws


def check_tree(tree: Tree, g: int, state: GameState, max_moves: int = 0) -> list[GameState]:
    """Check every law of game `g`'s tree by playing all of its lines in GameStates; the states at
    its nodes, in the order of their numbers."""
    used = int(tree.num_nodes[g])
    assert 1 <= used <= tree.visits.shape[1]
    assert tree.parent[g, 0] == NO_NODE
    assert not tree.pending[g, :used].any()
    at: dict[int, GameState] = {0: state.copy()}
    for node in range(used):  # a parent is made before its children
        here = at[node]
        _check_node(tree, g, node, here, node > 0 and _is_end(here, max_moves))
        for move in np.flatnonzero(tree.children[g, node] != NO_NODE):
            child = int(tree.children[g, node, move])
            assert node < child < used
            assert tree.parent[g, child] == node
            assert child not in at
            at[child] = here.copy()
            at[child].play(int(move))  # raises if the move is not legal
    assert sorted(at) == list(range(used))
    return [at[node] for node in range(used)]


def _is_end(state: GameState, max_moves: int) -> bool:
    return state.is_over or 0 < max_moves <= state.move_count


def _check_node(tree: Tree, g: int, node: int, state: GameState, end: bool) -> None:
    children = tree.children[g, node]
    found = children[children != NO_NODE]
    visits = int(tree.visits[g, node])
    assert visits > 0
    assert bool(tree.terminal[g, node]) == end
    raw = tree.raw[g, node].astype(np.float64)
    assert 0 <= raw[0] <= 1
    assert 0 <= raw[1] <= 1
    if end:
        margin = (state.black_score() - state.rules.komi) * state.to_play
        assert len(found) == 0
        assert raw[1] == (1.0 if margin > 0 else 0.5 if margin == 0 else 0.0)
        assert raw[2] == margin
        assert tree.value_sum[g, node] == visits * raw[1]
        return
    assert visits == 1 + tree.visits[g, found].sum()
    legal = state.legal_mask()
    assert (np.isfinite(tree.logits[g, node]) == legal).all()
    assert not (children[~legal] != NO_NODE).any()
    assert math.isclose(tree.prior[g, node].sum(dtype=np.float64), 1.0, abs_tol=1e-4)
    assert not tree.prior[g, node][~legal].any()
    below = tree.visits[g, found].sum()
    totals = (
        (tree.utility_sum, raw[0] + below - tree.utility_sum[g, found].sum()),
        (tree.value_sum, raw[1] + below - tree.value_sum[g, found].sum()),
        (tree.margin_sum, raw[2] - tree.margin_sum[g, found].sum()),
    )
    for kept, expected in totals:
        assert math.isclose(kept[g, node], expected, rel_tol=1e-5, abs_tol=1e-4)
