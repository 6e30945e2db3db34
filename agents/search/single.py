"""Searching one position: what the board player, the analyst and the referee's games need."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluator
from agents.net import POSITIONS, as_batch, empty_planes
from agents.search.config import SearchConfig
from agents.search.tree import (
    NO_NODE,
    Games,
    Tree,
    TreeSettings,
    clear_tree,
    expand_and_backup,
    find_leaf,
    make_games,
    make_tree,
    root_summary,
    tree_settings,
)
from go_engine import GameState

__all__ = ["SearchResult", "search_position"]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found; all from the side of the player to move.

    Attributes:
        move: the chosen move.
        value: mean result of all simulations, in [0, 1].
        score: mean margin in points of all simulations, komi counted.
        visits: `int32 [A]`.
        qvalues: `float32 [A]`, mean utility in [0, 1], meaningful where `visits > 0`.
        policy: `float32 [A]`, the improved policy.
        pv: the line of most visits, the chosen move first.
        simulations: how many were done.
    """

    move: int
    value: float
    score: float
    visits: NDArray[np.int32]
    qvalues: NDArray[np.float32]
    policy: NDArray[np.float32]
    pv: tuple[int, ...]
    simulations: int


def search_position(
    state: GameState,
    evaluator: Evaluator,
    config: SearchConfig,
    rng: np.random.Generator,
    seconds: float | None = None,
) -> SearchResult:
    """Search `state`, which is not over and is left as it was.

    With `seconds` it stops early once they are spent (after one simulation at the least).
    """
    size = state.rules.board_size
    games = _single_game(state, config.num_simulations)
    tree = make_tree(1, size, config.num_simulations)
    clear_tree(tree, 0)
    moves = size * size + 1
    if config.gumbel_scale > 0:
        tree.gumbel[0] = rng.gumbel(size=moves) * config.gumbel_scale
    limit = state.move_count + config.max_moves if config.max_moves else 0
    settings = tree_settings(config, size, limit)
    planes = empty_planes(1, size)
    deadline = None if seconds is None else time.monotonic() + seconds
    while find_leaf(tree, games, settings, 0, config.num_simulations, planes[0]):
        answer = evaluator.evaluate(as_batch(planes))
        expand_and_backup(
            tree, settings, 0, answer.prior_logits[0], answer.value[0], answer.score[0]
        )
        if deadline is not None and tree.simulations[0] > 0 and time.monotonic() > deadline:
            break
    return _result(tree, settings)


def _single_game(state: GameState, num_simulations: int) -> Games:
    """The one game, with room for as many moves below it as there are simulations."""
    row, history = state.kernel_arrays()
    games = make_games(1, state.rules.board_size, state.move_count + num_simulations + 1)
    games.rows[0] = row
    length = state.move_count + 1
    games.histories[0, :length] = history[:length]
    games.recent[0] = state.recent_stones(POSITIONS)
    games.komi[0] = state.rules.komi
    return games


def _result(tree: Tree, settings: TreeSettings) -> SearchResult:
    moves = tree.gumbel.shape[1]
    visits, qvalues = np.zeros(moves, np.int32), np.zeros(moves, np.float32)
    policy = np.zeros(moves, np.float32)
    move = root_summary(tree, settings, 0, visits, qvalues, policy)
    return SearchResult(
        move=int(move),
        value=float(tree.value_sum[0, 0] / tree.visits[0, 0]),
        score=float(tree.margin_sum[0, 0] / tree.visits[0, 0]),
        visits=visits,
        qvalues=qvalues,
        policy=policy,
        pv=_principal_variation(tree, int(move)),
        simulations=int(tree.simulations[0]),
    )


def _principal_variation(tree: Tree, first: int) -> tuple[int, ...]:
    line, node = [first], int(tree.children[0, 0, first])
    while node != NO_NODE:
        children = tree.children[0, node]
        counts = np.where(children == NO_NODE, 0, tree.visits[0, children])
        if tree.terminal[0, node] or not counts.any():
            break
        line.append(int(counts.argmax()))
        node = int(children[line[-1]])
    return tuple(line)
