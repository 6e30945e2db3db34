"""Searching positions: what the board player, the analyst and the referee's games need."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluator
from agents.net import POSITIONS, as_batch, empty_planes
from agents.search.config import SearchConfig
from agents.search.komi import set_even_komi
from agents.search.simulate import clear_tree, find_leaves, root_summary, take_answers
from agents.search.tree import (
    NO_NODE,
    Games,
    Tree,
    TreeSettings,
    make_games,
    make_tree,
    tree_settings,
)
from go_engine import GameState

__all__ = ["SearchResult", "search_position", "search_positions"]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found; all from the side of the player to move.

    Attributes:
        move: the chosen move.
        value: mean result of all simulations, in [0, 1]; with `even_komi` the raw network's.
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
    return search_positions([state], evaluator, config, [rng], seconds)[0]


def search_positions(
    states: Sequence[GameState],
    evaluator: Evaluator,
    config: SearchConfig,
    rngs: Sequence[np.random.Generator],
    seconds: float | None = None,
) -> list[SearchResult]:
    """Search positions side by side, their leaves in one call of the network.

    All are of one board size and have the same `rules.max_moves`.

    What is found in one does not depend on the others, but for the last bits of a network whose
    answers depend on the size of the batch. `seconds` are for all together.
    """
    count, size, simulations = len(states), states[0].rules.board_size, config.num_simulations
    games = _as_games(states, simulations)
    tree = make_tree(count, size, simulations)
    for g, rng in enumerate(rngs):
        clear_tree(tree, g)
        if config.gumbel_scale > 0:
            tree.gumbel[g] = rng.gumbel(size=size * size + 1) * config.gumbel_scale
    values = set_even_komi(games, evaluator) if config.even_komi else None
    settings = tree_settings(config, size, states[0].rules.max_moves or 0)
    planes = empty_planes(count, size)
    leaf_games = np.empty(count, np.int64)
    deadline = None if seconds is None else time.monotonic() + seconds
    while leaves := find_leaves(tree, games, settings, simulations, planes, leaf_games):
        answer = evaluator.evaluate(as_batch(planes[:leaves]))
        take_answers(
            tree,
            settings,
            leaf_games[:leaves],
            answer.prior_logits,
            answer.value,
            answer.score,
        )
        if deadline is not None and tree.simulations.min() > 0 and time.monotonic() > deadline:
            break
    found = [_result(tree, settings, g) for g in range(count)]
    if values is None:
        return found
    return [
        dataclasses.replace(
            result,
            value=float(value),
            score=result.score + (float(komi) - state.rules.komi) * state.to_play,
        )
        for result, state, value, komi in zip(found, states, values, games.komi, strict=True)
    ]


def _as_games(states: Sequence[GameState], num_simulations: int) -> Games:
    """The games, with room for as many moves below each as there are simulations."""
    longest = max(state.move_count for state in states)
    games = make_games(len(states), states[0].rules.board_size, longest + num_simulations + 1)
    for g, state in enumerate(states):
        row, history = state.kernel_arrays()
        games.rows[g] = row
        length = state.move_count + 1
        games.histories[g, :length] = history[:length]
        games.recent[g] = state.recent_stones(POSITIONS)
        games.komi[g] = state.rules.komi
    return games


def _result(tree: Tree, settings: TreeSettings, g: int) -> SearchResult:
    moves = tree.gumbel.shape[1]
    visits, qvalues = np.zeros(moves, np.int32), np.zeros(moves, np.float32)
    policy = np.zeros(moves, np.float32)
    move = root_summary(tree, settings, g, visits, qvalues, policy)
    return SearchResult(
        move=int(move),
        value=float(tree.value_sum[g, 0] / tree.visits[g, 0]),
        score=float(tree.margin_sum[g, 0] / tree.visits[g, 0]),
        visits=visits,
        qvalues=qvalues,
        policy=policy,
        pv=_principal_variation(tree, g, int(move)),
        simulations=int(tree.simulations[g]),
    )


def _principal_variation(tree: Tree, g: int, first: int) -> tuple[int, ...]:
    line, node = [first], int(tree.children[g, 0, first])
    while node != NO_NODE:
        children = tree.children[g, node]
        counts = np.where(children == NO_NODE, 0, tree.visits[g, children])
        if tree.terminal[g, node] or not counts.any():
            break
        line.append(int(counts.argmax()))
        node = int(children[line[-1]])
    return tuple(line)
