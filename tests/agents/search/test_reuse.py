"""Going on from a subtree: the same numbers as there, and only where it is the game's own."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.search import (
    NO_NODE,
    KeptTree,
    SearchConfig,
    Tree,
    search_position,
)
from agents.search import reuse as reuse_module
from agents.search.reuse import keep_subtree, resume_search, with_room
from go_engine import GameState, Rules
from tests.agents.search.test_tree import BROAD, ko_mad, random_game, superko_only
from tests.agents.search.trees import (
    Answer,
    FunctionEvaluator,
    check_tree,
    hash_evaluator,
    search_trees,
)
from tests.go_engine.comparison import ko_lover, several_kos

CONFIG = SearchConfig(40, gumbel_scale=0.0, c_visit=2.0)
FIELDS = ("visits", "utility_sum", "value_sum", "margin_sum", "raw", "terminal", "logits")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def assert_same(copy: Tree, at: int, tree: Tree, node: int) -> int:
    """Compare two subtrees of games 0 move by move, whatever their nodes' numbers; their size."""
    for name in (*FIELDS, "symmetry", "felt_komi"):
        np.testing.assert_array_equal(getattr(copy, name)[0, at], getattr(tree, name)[0, node])
    size = 1
    for a, child in enumerate(tree.children[0, node]):
        there = int(copy.children[0, at, a])
        assert (there == NO_NODE) == (child == NO_NODE)
        if child != NO_NODE:
            assert copy.parent[0, there] == at
            size += assert_same(copy, there, tree, int(child))
    return size


def copy_of(tree: Tree) -> Tree:
    return tree._replace(**{name: getattr(tree, name).copy() for name in Tree._fields})


@pytest.mark.parametrize("root", ["gumbel", "puct"])
@pytest.mark.parametrize("size", [2, 5, 9])
def test_a_subtree_is_kept_as_it_is(root: str, size: int) -> None:
    state = random_game(Rules(size, 7.0), size, 3)
    config = dataclasses.replace(BROAD, root=root, num_simulations=120)
    tree, settings = search_trees([state], hash_evaluator(), config)
    nodes = check_tree(tree, 0, state)
    sizes = []
    for node in range(0, len(nodes), 7):
        if tree.terminal[0, node]:
            continue
        kept = copy_of(tree)
        keep_subtree(kept, 0, node)
        assert assert_same(kept, 0, tree, node) == kept.num_nodes[0]
        assert kept.parent[0, 0] == NO_NODE
        resume_search(kept, settings, 0)
        check_tree(kept, 0, nodes[node])
        sizes.append(int(kept.num_nodes[0]))
    assert sizes[0] == tree.num_nodes[0]
    assert 1 in sizes
    assert max(sizes[1:]) > 1


def test_more_room() -> None:
    state = random_game(Rules(5, 7.0), 5, 3)
    tree, _ = search_trees([state], hash_evaluator(), BROAD)
    assert with_room(tree, 61) is tree
    larger = with_room(tree, 150)
    assert larger.visits.shape == (1, 150)
    check_tree(larger, 0, state)
    assert assert_same(larger, 0, tree, 0) == tree.num_nodes[0]


# ---------------------------------------------------------------- in a game


@pytest.mark.parametrize("root", ["gumbel", "puct"])
@pytest.mark.parametrize("leaf_batch", [1, 4])
@pytest.mark.parametrize("aim", [{}, {"even_komi": True, "score_weight": 0.6}])
def test_a_game_with_a_kept_tree(root: str, leaf_batch: int, aim: dict[str, bool]) -> None:
    """Laws hold at every move, the budget is kept, and knowledge grows."""
    config = dataclasses.replace(CONFIG, root=root, leaf_batch=leaf_batch, **aim)
    kept, state, evaluator, reused = KeptTree(), GameState(Rules(5, 7.0)), hash_evaluator(), 0
    while not state.is_over and state.move_count < 12:
        found = kept.search(state, evaluator, config, rng())
        assert kept._last is not None
        question, tree = kept._last
        under = GameState.from_moves(Rules(5, question.komi), state.history)
        check_tree(tree, 0, under)
        assert found.simulations == 40
        assert tree.visits[0, 0] == 1 + found.visits.sum() >= 41
        reused += int(found.visits.sum()) > 40
        state.play(found.move)
        if not state.is_over:
            replies = tree.children[0, tree.children[0, 0, found.move]]
            counts = np.where(replies == NO_NODE, 0, tree.visits[0, replies])
            state.play(int(counts.argmax() if counts.any() else state.legal_moves()[0]))
    if not aim:
        assert reused > 1


def test_what_was_known_is_not_asked_again() -> None:
    kept, evaluator, state = KeptTree(), hash_evaluator(), random_game(Rules(5, 7.0), 4, 1)
    found = kept.search(state, evaluator, CONFIG, rng())
    before = len(evaluator.asked)
    state.play(found.move)
    again = kept.search(state, evaluator, CONFIG, rng())
    assert len(evaluator.asked) - before <= 40  # not even the root
    assert again.visits.sum() == 40 + found.visits[found.move] - 1


def fresh_result(state: GameState, config: SearchConfig = CONFIG) -> list[int]:
    found = search_position(state, hash_evaluator(), config, rng())
    return [int(count) for count in found.visits]


def test_only_descendants_of_the_same_game_are_gone_on_from() -> None:
    evaluator = hash_evaluator()
    start = random_game(Rules(5, 7.0), 6, 2)
    reply = search_position(start, evaluator, CONFIG, rng()).pv[:2]
    after = GameState.from_moves(start.rules, (*start.history, *reply))
    stones = GameState.from_stones(start.rules, after.stones(), after.to_play)
    undone = after.copy()
    undone.undo()
    undone.undo()
    undone.undo()
    beside = start.copy()
    beside.undo()
    beside.play(next(int(m) for m in beside.legal_moves() if m != start.history[-1]))
    other_komi = GameState.from_moves(Rules(5, 6.0), after.history)
    other_ko = GameState.from_moves(Rules(5, 7.0, "situational"), after.history)
    kept = KeptTree()

    def visits(state: GameState, config: SearchConfig = CONFIG, forget: bool = False) -> int:
        kept.search(start, evaluator, CONFIG, rng())
        if forget:
            kept.forget()
        return int(kept.search(state, evaluator, config, rng()).visits.sum())

    assert visits(after) > 40
    assert visits(after, forget=True) == 40
    for state in (start, undone, beside, stones, other_komi, other_ko):
        assert visits(state) == 40
        assert kept.search(state, evaluator, CONFIG, rng()).visits.tolist() == fresh_result(state)
    assert visits(after, dataclasses.replace(CONFIG, c_visit=3.0)) == 40
    assert visits(after, dataclasses.replace(CONFIG, num_simulations=7)) > 7
    kept.search(start, evaluator, CONFIG, rng())
    assert kept.search(after, hash_evaluator(), CONFIG, rng()).visits.sum() == 40


def test_a_search_that_failed_leaves_nothing_behind() -> None:
    def fail(planes: NDArray[np.float32]) -> Answer:
        raise RuntimeError(f"no network for {planes.shape}")

    kept, evaluator, state = KeptTree(), hash_evaluator(), random_game(Rules(5, 7.0), 4, 1)
    found = kept.search(state, evaluator, CONFIG, rng())
    state.play(found.move)
    with pytest.raises(RuntimeError):
        kept.search(state, FunctionEvaluator(fail), CONFIG, rng())
    found = kept.search(state, evaluator, CONFIG, rng())
    assert found.visits.tolist() == fresh_result(state)


def test_time_ends_a_search_on_a_kept_tree() -> None:
    kept, evaluator, state = KeptTree(), hash_evaluator(), random_game(Rules(5, 7.0), 4, 1)
    found = kept.search(state, evaluator, CONFIG, rng())
    state.play(found.move)
    calls = len(evaluator.batches)
    again = kept.search(state, evaluator, CONFIG, rng(), seconds=0.0)
    assert len(evaluator.batches) == calls + 1
    assert again.simulations == evaluator.batches[-1]


def test_superko_in_a_kept_tree() -> None:
    """Games of several kos, searched move by move: at every node just the legal moves count, with
    the whole game as history."""
    dice, forbidden, reused = random.Random(5), 0, 0
    config = SearchConfig(60, c_visit=0.0, c_scale=0.0, max_considered=4, gumbel_scale=0.0)
    for _ in range(10):
        setting = several_kos(Rules(5, 7.0), dice)
        state, reference = setting.engine_game(GameState), setting.reference_game()
        kept, evaluator = KeptTree(), ko_mad(setting)
        for _ in range(5):
            found = kept.search(state, evaluator, config, rng())
            assert kept._last is not None
            for here in check_tree(kept._last[1], 0, state):
                if not here.is_over:
                    forbidden += superko_only(here, setting.ko_points)
            reused += found.visits.sum() > 60
            move = ko_lover(reference, setting, dice)
            reference.play(move)
            state.play(move)
            if state.is_over:
                break
    assert reused > 5
    assert forbidden > 5


def test_all_node_fields_are_kept() -> None:
    """The list of what belongs to a node is complete: all arrays `[G, M, ...]`."""
    tree, _ = search_trees([GameState(Rules(3))], hash_evaluator(), CONFIG)
    per_node = {name for name in Tree._fields if getattr(tree, name).shape[:2] == (1, 41)}
    assert per_node == set(reuse_module._NODE_FIELDS)
