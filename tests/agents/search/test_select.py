"""The moves that simulations take below the root, against slow readings of the two rules."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agents.search import SearchConfig, Tree, TreeSettings
from agents.search.gumbel import improved_policy
from agents.search.select import collect_children, select_below
from go_engine import Rules
from tests.agents.search.test_tree import random_game
from tests.agents.search.trees import hash_evaluator, search_trees


def selected(tree: Tree, settings: TreeSettings, node: int) -> int:
    moves = tree.gumbel.shape[1]
    return select_below(
        settings,
        tree.children[0],
        tree.logits[0],
        tree.prior[0],
        tree.visits[0],
        tree.pending[0],
        tree.utility_sum[0],
        tree.raw[0, node, 0],
        node,
        np.zeros(moves, np.int32),
        np.zeros(moves, np.float32),
    )


def slow_gumbel(tree: Tree, config: SearchConfig, node: int) -> np.ndarray:
    """How much each move lags behind the improved policy (eq. 14)."""
    moves = tree.gumbel.shape[1]
    visits, qvalues = np.zeros(moves, np.int32), np.zeros(moves, np.float32)
    prior, scores, policy = (np.zeros(moves, np.float32) for _ in range(3))
    collect_children(tree, 0, node, visits, qvalues)
    logits, raw = tree.logits[0, node], tree.raw[0, node, 0]
    improved_policy(
        logits, visits, qvalues, raw, config.c_visit, config.c_scale, prior, scores, policy
    )
    begun = visits + _pending(tree, node)
    return np.where(np.isfinite(logits), policy - begun / (1 + begun.sum()), -np.inf)


def slow_puct(tree: Tree, config: SearchConfig, node: int) -> np.ndarray:
    """Wu 2019, section 2, in results from -1 to 1 as there; halved at last."""
    visits, qvalues = np.zeros(82, np.int32), np.zeros(82, np.float32)
    collect_children(tree, 0, node, visits, qvalues)
    prior = np.exp(tree.logits[0, node].astype(np.float64))
    prior /= prior.sum()
    begun = visits + _pending(tree, node)
    own = 2 * tree.utility_sum[0, node] / tree.visits[0, node] - 1
    fresh = own - config.fpu_reduction * math.sqrt(prior[visits > 0].sum())
    mean = np.where(visits > 0, 2 * qvalues - 1, fresh)
    n = 1 + begun.sum()
    rate = config.c_puct + math.log((1 + n + 19652) / 19652)
    scores = (mean + rate * prior * math.sqrt(n) / (1 + begun)) / 2
    return np.where(np.isfinite(tree.logits[0, node]), scores, -np.inf)


def _pending(tree: Tree, node: int) -> np.ndarray:
    children = tree.children[0, node]
    return np.where(children >= 0, tree.pending[0, children], 0)


@pytest.mark.parametrize("root", ["gumbel", "puct"])
@pytest.mark.parametrize("c_visit", [0.5, 50.0, 2000.0])
def test_the_best_by_the_slow_rule_is_taken(root: str, c_visit: float) -> None:
    """At every node of real trees; then with walks made to wait, and some children unanswered."""
    config = SearchConfig(200, root=root, gumbel_scale=0.0, c_visit=c_visit)
    tree, settings = search_trees([random_game(Rules(9, 7.0), 20, 3)], hash_evaluator(), config)
    slow = slow_gumbel if root == "gumbel" else slow_puct
    rng = np.random.default_rng(0)
    checked = 0
    for waits in (0, 3):
        if waits:
            tree.pending[0] = rng.integers(1, waits + 1, tree.pending.shape[1])
            parents = (tree.children[0] >= 0).any(axis=1)
            tree.visits[0, ~parents & (rng.random(len(parents)) < 0.3)] = 0
        for node in range(1 if root == "gumbel" else 0, int(tree.num_nodes[0])):
            if not tree.terminal[0, node] and tree.visits[0, node] > 0:
                scores = slow(tree, config, node)
                move = selected(tree, settings, node)
                assert scores[move] >= scores.max() - 1e-5
                checked += int((tree.children[0, node] >= 0).any())
    assert checked > 60
