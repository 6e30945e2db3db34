"""Several leaves of one search in one call of the network."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.net import as_batch, empty_planes
from agents.search import (
    KeptTree,
    SearchConfig,
    clear_tree,
    find_leaves,
    make_tree,
    search_position,
    search_positions,
    take_answers,
    tree_settings,
)
from go_engine import GameState, Rules
from tests.agents.search.test_search import centre_and_pass
from tests.agents.search.test_tree import only_passes, random_game
from tests.agents.search.trees import (
    check_tree,
    flat_evaluator,
    games_of,
    hash_evaluator,
    search_trees,
)

CONFIGS = [
    SearchConfig(90, root=root, gumbel_scale=0.0, c_visit=c_visit, leaf_batch=leaves)
    for root, c_visit in (("gumbel", 2.0), ("gumbel", 50.0), ("puct", 50.0))
    for leaves in (2, 8, 32)
]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("config", CONFIGS)
def test_laws_and_an_exact_budget(config: SearchConfig) -> None:
    for size, plies in ((2, 4), (5, 10), (9, 30)):
        states = [random_game(Rules(size, 7.0), plies, seed) for seed in range(2)]
        evaluator = hash_evaluator()
        tree, _ = search_trees(states, evaluator, config)
        for g, state in enumerate(states):
            check_tree(tree, g, state)
            assert tree.simulations[g] == 90
            assert tree.visits[g, 0] == 91
            assert tree.offered[g] == tree.answered[g] == 0
        assert max(evaluator.batches) <= 2 * config.leaf_batch


@pytest.mark.parametrize("config", CONFIGS)
def test_no_position_is_asked_about_twice(config: SearchConfig) -> None:
    evaluator = hash_evaluator()
    tree, _ = search_trees([random_game(Rules(9, 7.0), 12, 1)], evaluator, config)
    nodes = int(tree.num_nodes[0]) - int(tree.terminal[0].sum())
    assert len(evaluator.asked) == nodes == sum(evaluator.batches)


@pytest.mark.parametrize("root", ["gumbel", "puct"])
def test_what_waits_is_counted_on_its_path(root: str) -> None:
    config = SearchConfig(60, root=root, gumbel_scale=0.0, leaf_batch=8, c_visit=2.0)
    games = games_of([random_game(Rules(5, 7.0), 6, 1)], 60)
    tree, settings = make_tree(1, 5, 60, 8), tree_settings(config, 5, 0)
    clear_tree(tree, 0)
    planes, leaf_games, evaluator = empty_planes(8, 5), np.zeros(8, np.int64), hash_evaluator()
    together = 0
    while count := find_leaves(tree, games, settings, 60, planes, leaf_games):
        used = int(tree.num_nodes[0])
        waiting = tree.leaf[0, :count].tolist()
        assert len(set(waiting)) == count
        assert not tree.visits[0, waiting].any()
        on_path = np.zeros(used, np.int32)
        for node in waiting + tree.met[0, : int(tree.num_met[0])].tolist():
            while node >= 0:
                on_path[node] += 1
                node = int(tree.parent[0, node])
        np.testing.assert_array_equal(tree.pending[0, :used], on_path)
        answer = evaluator.evaluate(as_batch(planes[:count]))
        take_answers(
            tree, settings, leaf_games[:count], answer.prior_logits, answer.value, answer.score
        )
        assert not tree.pending[0, :used].any()
        together = max(together, count)
    assert together == 8


@pytest.mark.parametrize("config", CONFIGS[1::3])
def test_alone_or_beside_others(config: SearchConfig) -> None:
    noisy = dataclasses.replace(config, gumbel_scale=1.0)
    states = [random_game(Rules(5, 7.0), plies, plies) for plies in (0, 3, 8)]
    together = search_positions(
        states, hash_evaluator(), noisy, [np.random.default_rng(s) for s in range(3)]
    )
    for s, (state, found) in enumerate(zip(states, together, strict=True)):
        alone = search_position(state, hash_evaluator(), noisy, np.random.default_rng(s))
        assert alone.move == found.move
        assert alone.value == found.value
        assert (alone.visits == found.visits).all()
        assert (alone.policy == found.policy).all()


def test_a_time_limit_ends_it_after_one_simulation_at_the_least() -> None:
    config = SearchConfig(10_000, leaf_batch=16)
    found = search_position(GameState(Rules(5)), hash_evaluator(), config, rng(), seconds=0.0)
    assert found.simulations == 1 == found.visits.sum()


@pytest.mark.parametrize(("root", "leaves"), [("gumbel", 4), ("puct", 16)])
def test_what_one_leaf_at_a_time_finds_is_found(root: str, leaves: int) -> None:
    config = SearchConfig(64, root=root, gumbel_scale=0.0, score_weight=0.0, leaf_batch=leaves)
    found = search_position(centre_and_pass(8.5), flat_evaluator(), config, rng())
    assert (found.move, found.qvalues[9]) == (9, 1.0)
    found = search_position(centre_and_pass(9.5), flat_evaluator(), config, rng())
    assert found.move != 9


@pytest.mark.parametrize("root", ["gumbel", "puct"])
def test_a_forced_line_gets_its_simulations_one_by_one(root: str) -> None:
    """Where only a pass is legal there is nothing else to look at meanwhile."""
    config = SearchConfig(30, root=root, gumbel_scale=0.0, leaf_batch=8)
    state = only_passes()
    tree, _ = search_trees([state], hash_evaluator(), config)
    check_tree(tree, 0, state)
    assert tree.simulations[0] == 30


ONE_EACH = [
    SearchConfig(simulations, gumbel_scale=noise, c_visit=c_visit, max_considered=considered)
    for simulations, considered in ((1, 16), (90, 16), (90, 5), (400, 16))
    for noise, c_visit in ((0.0, 50.0), (1.0, 2.0))
]
"""Whose searches let one leaf wait below each root move."""


def as_bytes(positions: list[NDArray[np.float32]]) -> list[bytes]:
    """In an order that does not depend on when they were asked about."""
    return sorted(planes.tobytes() for planes in positions)


def one_at_a_time(_: SearchConfig, num_games: int) -> int:
    return 1


@pytest.mark.parametrize("config", ONE_EACH)
@pytest.mark.parametrize("size", [2, 5, 9])
def test_leaves_below_different_root_moves_change_nothing(
    config: SearchConfig, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = [random_game(Rules(size, 7.0), plies, plies) for plies in (0, 2 * size)]
    for seed, state in enumerate(states):
        faster, slower = hash_evaluator(), hash_evaluator()
        with monkeypatch.context() as patch:
            found = search_position(state, faster, config, np.random.default_rng(seed))
            patch.setattr(SearchConfig, "room_for_leaves", one_at_a_time)
            alone = search_position(state, slower, config, np.random.default_rng(seed))
        for name in ("move", "pv", "simulations", "value", "score"):
            assert getattr(found, name) == getattr(alone, name), name
        np.testing.assert_array_equal(found.visits, alone.visits)
        np.testing.assert_array_equal(found.qvalues, alone.qvalues)
        np.testing.assert_array_equal(found.policy, alone.policy)
        assert as_bytes(faster.asked) == as_bytes(slower.asked)
        if size > 2 and config.num_simulations > 1:
            assert len(faster.batches) < len(slower.batches) / 2


@pytest.mark.parametrize("config", ONE_EACH[2:4])
def test_nor_do_they_on_a_kept_tree(config: SearchConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    games = []
    for patched in (False, True):
        with monkeypatch.context() as patch:
            if patched:
                patch.setattr(SearchConfig, "room_for_leaves", one_at_a_time)
            state, kept, noise = GameState(Rules(9, 7.0)), KeptTree(), np.random.default_rng(3)
            evaluator = hash_evaluator()
            found: list[tuple[int, float, list[int]]] = []
            while len(found) < 6 and not state.is_over:
                result = kept.search(state, evaluator, config, noise)
                found.append((result.move, result.value, result.visits.tolist()))
                state.play(result.move)
        games.append((found, len(evaluator.batches)))
    (fast, calls), (slow, slow_calls) = games
    assert fast == slow
    assert len(fast) == 6
    assert calls < slow_calls / 2
