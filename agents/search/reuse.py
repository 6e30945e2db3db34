"""Going on from the subtree of the moves that were played, in one game.

What is kept counts as knowledge and not towards the budget: a search of n simulations does n new
ones, as without reuse (KataGo's `maxPlayouts`, where its `maxVisits` would count what is kept).
So a move costs the same, and sequential halving, whose plan is made for n simulations, can follow
it: it counts the simulations of the present search, while q, the mixed value and the scale of q
take all visits. The improved policy and the visits that are reported contain what was kept.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np

from agents.base import Evaluator
from agents.search.config import SearchConfig
from agents.search.gumbel import softmax
from agents.search.komi import set_even_komi
from agents.search.simulate import add_root_noise, clear_tree
from agents.search.single import (
    SearchResult,
    as_games,
    deadline_in,
    draw_noise,
    simulate,
    summarise,
    under_own_komi,
)
from agents.search.tree import NO_NODE, Tree, TreeSettings, make_tree, tree_settings
from go_engine import GameState
from go_engine._jit import kernel

__all__ = ["KeptTree", "keep_answer", "keep_subtree", "resume_search", "with_room"]

_NODE_FIELDS: Final = (
    "visits",
    "pending",
    "utility_sum",
    "value_sum",
    "margin_sum",
    "raw",
    "terminal",
    "parent",
    "children",
    "logits",
    "prior",
    "symmetry",
    "felt_komi",
)


@kernel
def keep_subtree(tree: Tree, g: int, root: int) -> None:
    """Make `root` node 0 of game `g`'s tree and drop what is not below it; nothing may wait.

    Nodes keep their order: as a child comes after its parent, each moves to the front or stays.
    """
    used = tree.num_nodes[g]
    places = np.full(used, NO_NODE, np.int32)
    kept = 0
    for node in range(root, used):
        parent = tree.parent[g, node]
        place = NO_NODE if node == root else places[parent]
        if node == root or place != NO_NODE:
            places[node] = kept
            _move_node(tree, g, node, kept)
            tree.parent[g, kept] = place
            kept += 1
    for node in range(kept):
        for a in range(tree.children.shape[2]):
            child = tree.children[g, node, a]
            if child != NO_NODE:
                tree.children[g, node, a] = places[child]
    tree.num_nodes[g] = kept


@kernel
def keep_answer(tree: Tree, g: int, node: int) -> None:
    """Make `node`, which is expanded, the root of game `g`'s tree, and keep nothing but the
    network's answer about it: the tree is then as if that answer had just been taken."""
    clear_tree(tree, g)
    _move_node(tree, g, node, 0)
    tree.num_nodes[g] = 1
    tree.parent[g, 0] = NO_NODE
    tree.visits[g, 0] = 1
    tree.utility_sum[g, 0] = tree.raw[g, 0, 0]
    tree.value_sum[g, 0] = tree.raw[g, 0, 1]
    tree.margin_sum[g, 0] = tree.raw[g, 0, 2]
    for a in range(tree.children.shape[2]):
        tree.children[g, 0, a] = NO_NODE


@kernel
def _move_node(tree: Tree, g: int, node: int, place: int) -> None:
    tree.visits[g, place] = tree.visits[g, node]
    tree.pending[g, place] = tree.pending[g, node]
    tree.utility_sum[g, place] = tree.utility_sum[g, node]
    tree.value_sum[g, place] = tree.value_sum[g, node]
    tree.margin_sum[g, place] = tree.margin_sum[g, node]
    tree.terminal[g, place] = tree.terminal[g, node]
    tree.symmetry[g, place] = tree.symmetry[g, node]
    tree.felt_komi[g, place] = tree.felt_komi[g, node]
    for i in range(3):
        tree.raw[g, place, i] = tree.raw[g, node, i]
    for a in range(tree.children.shape[2]):
        tree.children[g, place, a] = tree.children[g, node, a]
        tree.logits[g, place, a] = tree.logits[g, node, a]
        tree.prior[g, place, a] = tree.prior[g, node, a]


@kernel
def resume_search(tree: Tree, settings: TreeSettings, g: int) -> None:
    """Begin a new search of the tree of game `g` as it is; its root is expanded, nothing waits."""
    tree.simulations[g] = 0
    tree.begun[g] = 0
    softmax(tree.logits[g, 0], tree.prior[g, 0])
    add_root_noise(tree, settings, g)


def with_room(tree: Tree, nodes: int) -> Tree:
    """`tree`, of one game and with nothing waiting, or a copy that has room for so many nodes."""
    room = tree.visits.shape[1]
    if room >= nodes:
        return tree
    size = round(tree.recent.shape[1] ** 0.5)
    larger = make_tree(1, size, nodes - 1, tree.leaf.shape[1])
    for name in _NODE_FIELDS:
        getattr(larger, name)[:, :room] = getattr(tree, name)
    for name in ("num_nodes", "simulations", "begun", "gumbel"):
        getattr(larger, name)[...] = getattr(tree, name)
    return larger


@dataclass(frozen=True, slots=True)
class _Question:
    """What was searched: all that the numbers in its tree depend on."""

    state: GameState
    config: SearchConfig
    komi: float
    evaluator: Evaluator


class KeptTree:
    """The search tree of one game, kept from one move to the next.

    A search goes on from what the last one found below the moves played since then, if there are
    any and the evaluator and the settings are the same. Otherwise it begins anew: after an undo,
    in another game, under another komi (searches for points change it), for the same position.
    """

    def __init__(self) -> None:
        self._last: tuple[_Question, Tree] | None = None

    def forget(self) -> None:
        """Begin anew."""
        self._last = None

    def search(
        self,
        state: GameState,
        evaluator: Evaluator,
        config: SearchConfig,
        rng: np.random.Generator,
        seconds: float | None = None,
    ) -> SearchResult:
        """As `search_position`, on top of what is kept."""
        deadline = deadline_in(seconds)
        last, self._last = self._last, None  # if this search fails its tree is of no use
        budget = config.num_simulations
        kept = 0 if last is None else int(last[1].num_nodes[0])
        games = as_games([state], kept + budget)
        values = set_even_komi(games, evaluator) if config.even_komi else None
        settings = tree_settings(config, state.rules.board_size, state.rules.max_moves or 0)
        question = _Question(state.copy(), config, float(games.komi[0]), evaluator)
        root = NO_NODE if last is None else _root_of(*last, question)
        if last is None or root == NO_NODE:
            tree = make_tree(1, state.rules.board_size, budget, config.room_for_leaves(1))
            clear_tree(tree, 0)
            draw_noise(tree, 0, config, rng)
        else:
            tree = last[1]
            keep_subtree(tree, 0, root)
            tree = with_room(tree, int(tree.num_nodes[0]) + budget)
            draw_noise(tree, 0, config, rng)
            resume_search(tree, settings, 0)
        simulate(tree, games, settings, budget, evaluator, deadline)
        found = summarise(tree, settings, 0)
        self._last = question, tree
        if values is None:
            return found
        return under_own_komi(found, state, float(values[0]), question.komi)


def _root_of(last: _Question, tree: Tree, now: _Question) -> int:
    """The node of the last tree that stands for the present position; NO_NODE if none can."""
    before, after = last.state, now.state
    played = before.move_count
    same_search = (
        last.evaluator is now.evaluator
        and last.komi == now.komi
        and dataclasses.replace(last.config, num_simulations=1)
        == dataclasses.replace(now.config, num_simulations=1)
    )
    same_game = (
        before.rules == after.rules
        and before.initial_to_play == after.initial_to_play
        and np.array_equal(before.initial_stones(), after.initial_stones())
        and after.move_count > played
        and after.history[:played] == before.history
    )
    if not (same_search and same_game):
        return NO_NODE
    node = 0
    for move in after.history[played:]:
        node = int(tree.children[0, node, move])
        if node == NO_NODE or tree.terminal[0, node]:
            return NO_NODE
    return node
