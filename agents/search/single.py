"""Searching positions: what the board player, the analyst and the referee's games need."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluator
from agents.net import POSITIONS, as_batch, empty_planes
from agents.search.config import SearchConfig
from agents.search.komi import set_even_komi
from agents.search.select import root_summary
from agents.search.simulate import clear_tree, find_leaves, take_answers
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
from go_engine import kernels as k

__all__ = ["SearchResult", "search_position", "search_positions"]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found; all from the side of the player to move.

    Attributes:
        move: the chosen move.
        value: mean result of the simulations of the chosen move, in [0, 1] (the mean of all would
            count the moves that were only tried); with `even_komi` the raw network's.
        score: their mean margin in points, komi counted.
        visits: `int32 [A]`, those carried over from an earlier search of the same tree included.
        qvalues: `float32 [A]`, mean utility in [0, 1], meaningful where `visits > 0`.
        policy: `float32 [A]`, the improved policy; for PUCT the shares of the visits.
        pv: the line of most visits, the chosen move first.
        simulations: how many were done, now and not by an earlier search.
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

    With `seconds` it stops once they are spent (after one simulation at the least, and never in the
    midst of a call of the network, whose leaves all count).
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
    count, size = len(states), states[0].rules.board_size
    games = as_games(states, config.num_simulations)
    tree = make_tree(count, size, config.num_simulations, config.room_for_leaves(count))
    settings = tree_settings(config, size, states[0].rules.max_moves or 0)
    for g, rng in enumerate(rngs):
        clear_tree(tree, g)
        draw_noise(tree, g, config, rng)
    values = set_even_komi(games, evaluator) if config.even_komi else None
    simulate(tree, games, settings, config.num_simulations, evaluator, deadline_in(seconds))
    found = [summarise(tree, settings, g) for g in range(count)]
    if values is None:
        return found
    return [
        under_own_komi(result, state, float(value), float(komi))
        for result, state, value, komi in zip(found, states, values, games.komi, strict=True)
    ]


def deadline_in(seconds: float | None) -> float:
    """When a search that begins now must end, on the clock of `time.monotonic`."""
    return math.inf if seconds is None else time.monotonic() + seconds


def draw_noise(tree: Tree, g: int, config: SearchConfig, rng: np.random.Generator) -> None:
    """Give game `g` the noise of a new search, or none."""
    moves = tree.gumbel.shape[1]
    noisy = config.gumbel_scale > 0
    tree.gumbel[g] = rng.gumbel(size=moves) * config.gumbel_scale if noisy else 0.0


def simulate(
    tree: Tree,
    games: Games,
    settings: TreeSettings,
    budget: int,
    evaluator: Evaluator,
    deadline: float,
) -> None:
    """Search all games until each has done `budget` simulations; past the deadline, one."""
    places = tree.leaf.size
    planes = empty_planes(places, int(games.rows[0, k.SIZE]))
    leaf_games = np.empty(places, np.int64)
    while leaves := find_leaves(tree, games, settings, budget, planes, leaf_games):
        answer = evaluator.evaluate(as_batch(planes[:leaves]))
        take_answers(
            tree,
            settings,
            leaf_games[:leaves],
            answer.prior_logits,
            answer.value,
            answer.score,
        )
        if time.monotonic() > deadline:
            budget = 1


def under_own_komi(
    result: SearchResult, state: GameState, value: float, komi: float
) -> SearchResult:
    """A search under an even `komi`, as seen under the game's own, where `value` is expected."""
    score = result.score + (komi - state.rules.komi) * state.to_play
    return dataclasses.replace(result, value=value, score=score)


def as_games(states: Sequence[GameState], room: int) -> Games:
    """The games, with room for as many moves below each as there may be new nodes."""
    longest = max(state.move_count for state in states)
    games = make_games(len(states), states[0].rules.board_size, longest + room + 1)
    for g, state in enumerate(states):
        row, history = state.kernel_arrays()
        games.rows[g] = row
        length = state.move_count + 1
        games.histories[g, :length] = history[:length]
        games.recent[g] = state.recent_stones(POSITIONS)
        games.komi[g] = state.rules.komi
    return games


def summarise(tree: Tree, settings: TreeSettings, g: int) -> SearchResult:
    """What the search of game `g` found."""
    moves = tree.gumbel.shape[1]
    visits, qvalues = np.zeros(moves, np.int32), np.zeros(moves, np.float32)
    policy = np.zeros(moves, np.float32)
    move = root_summary(tree, settings, g, visits, qvalues, policy)
    value, score = _numbers_after(tree, g, int(move))
    return SearchResult(
        move=int(move),
        value=value,
        score=score,
        visits=visits,
        qvalues=qvalues,
        policy=policy,
        pv=_principal_variation(tree, g, int(move)),
        simulations=int(tree.simulations[g]),
    )


def _numbers_after(tree: Tree, g: int, move: int) -> tuple[float, float]:
    """Mean result and margin of a root move, for the player who makes it; the root's own if it was
    never tried."""
    child = int(tree.children[g, 0, move])
    if child == NO_NODE or tree.visits[g, child] == 0:
        visits = tree.visits[g, 0]
        return float(tree.value_sum[g, 0] / visits), float(tree.margin_sum[g, 0] / visits)
    visits = tree.visits[g, child]
    return (
        float(1.0 - tree.value_sum[g, child] / visits),
        float(-tree.margin_sum[g, child] / visits),
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
