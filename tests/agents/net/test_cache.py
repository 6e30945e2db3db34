"""The position cache: the same answers, the same games, no more memory than allowed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.base import Evaluation, Limits
from agents.net import NUM_PLANES, CachedEvaluator, as_batch
from agents.search import SearchConfig, ZeroAgent
from go_engine import GameState, Rules
from tests.agents.search.test_tree import random_game
from tests.agents.search.trees import FunctionEvaluator, hash_evaluator


def batch(*seeds: int, size: int = 5) -> NDArray[np.float32]:
    """Planes of made-up positions, one for each seed, in channels-last memory as searches have."""
    shape = (size * size, NUM_PLANES)
    planes = [np.random.default_rng(seed).integers(0, 2, shape) for seed in seeds]
    return as_batch(np.stack(planes).astype(np.float32))


def assert_equal(first: Evaluation, second: Evaluation) -> None:
    for mine, theirs in zip(first, second, strict=True):
        assert mine.dtype == np.float32
        np.testing.assert_array_equal(mine, theirs)


def test_answers_are_the_network_s_in_the_order_asked() -> None:
    inner = hash_evaluator()
    cached = CachedEvaluator(inner)
    for seeds in ([1, 2], [2, 3, 1, 4], [4, 4, 5, 5, 1], [5, 1], [6]):
        assert_equal(cached.evaluate(batch(*seeds)), hash_evaluator().evaluate(batch(*seeds)))
    assert inner.batches == [2, 2, 1, 1]
    assert (cached.hits, cached.misses) == (2 + 4 + 2, 6)
    assert cached.remembered == 6


def test_boards_of_several_sizes_do_not_mix() -> None:
    cached = CachedEvaluator(hash_evaluator())
    for size in (3, 5, 3, 5):
        zeros = as_batch(np.zeros((2, size * size, NUM_PLANES), np.float32))
        assert_equal(cached.evaluate(zeros), hash_evaluator().evaluate(zeros))
    assert (cached.hits, cached.misses) == (6, 2)


@pytest.mark.parametrize("plane", range(NUM_PLANES))
def test_whatever_the_network_sees_is_in_the_key(plane: int) -> None:
    """A change of one number of one plane: stones, history, legality, pass, komi, side."""
    cached = CachedEvaluator(hash_evaluator())
    position = batch(1)
    cached.evaluate(position)
    other = position.copy()
    other[0, plane, 2, 3] += 0.05
    cached.evaluate(other)
    assert (cached.hits, cached.misses) == (0, 2)


def test_the_layout_in_memory_does_not_matter() -> None:
    cached = CachedEvaluator(hash_evaluator())
    cached.evaluate(batch(1))
    cached.evaluate(np.ascontiguousarray(batch(1)))
    assert cached.hits == 1


def test_what_was_not_asked_about_for_longest_is_forgotten() -> None:
    inner = hash_evaluator()
    cached = CachedEvaluator(inner, positions=3)
    for seeds in ([1], [2], [3], [1], [4]):  # 2 goes
        cached.evaluate(batch(*seeds))
    assert cached.remembered == 3
    cached.evaluate(batch(1, 3, 4))
    assert sum(inner.batches) == 4
    cached.evaluate(batch(2))
    assert sum(inner.batches) == 5
    assert_equal(
        cached.evaluate(batch(5, 6, 7, 8, 5)), hash_evaluator().evaluate(batch(5, 6, 7, 8, 5))
    )
    assert cached.remembered == 3
    with pytest.raises(ValueError, match="positions must be 1 or more, not 0"):
        CachedEvaluator(inner, 0)


def test_another_network_begins_with_nothing() -> None:
    def constant(planes: NDArray[np.float32]) -> tuple[NDArray[np.float64], float, float]:
        return np.zeros(26), 0.25, 1.0

    cached = CachedEvaluator(hash_evaluator())
    cached.evaluate(batch(1, 2))
    cached.replace(FunctionEvaluator(constant))
    assert (cached.remembered, cached.hits, cached.misses) == (0, 0, 0)
    assert cached.evaluate(batch(1, 2)).value.tolist() == [0.25, 0.25]


def test_remembered_answers_do_not_change_with_what_was_handed_out() -> None:
    cached = CachedEvaluator(hash_evaluator())
    for _ in range(3):
        answer = cached.evaluate(batch(1, 2))
        assert_equal(answer, hash_evaluator().evaluate(batch(1, 2)))
        answer.prior_logits[:] = 9
        answer.value[:] = 9


def test_an_error_of_the_network_leaves_nothing_behind() -> None:
    class Broken:
        def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
            raise RuntimeError(f"no network for {len(planes)} positions")

    cached = CachedEvaluator(hash_evaluator())
    cached.evaluate(batch(1))
    working, cached.inner = cached.inner, Broken()
    with pytest.raises(RuntimeError):
        cached.evaluate(batch(1, 2))
    cached.inner = working
    assert_equal(cached.evaluate(batch(1, 2)), hash_evaluator().evaluate(batch(1, 2)))


@pytest.mark.parametrize("root", ["gumbel", "puct"])
def test_games_with_and_without_it_are_the_same(root: str) -> None:
    """Whole games with noise: every move, value and visit; and the cache was of use."""
    played = []
    cached = CachedEvaluator(hash_evaluator(), positions=500)
    for evaluator in (hash_evaluator(), cached):
        search = SearchConfig(root=root)
        agent = ZeroAgent(evaluator=evaluator, simulations=24, search=search, cache=0)
        rng = np.random.default_rng(3)
        decisions = []
        for opening in (random_game(Rules(3, 7.0), 2, 1), GameState(Rules(4, 3.5))):
            state = opening
            while not state.is_over and state.move_count < 20:
                decisions.append(agent.select_move(state, Limits(), rng))
                state.play(decisions[-1].move)
        played.append(decisions)
    assert played[0] == played[1]
    assert len(played[0]) > 20
    assert cached.hits > 50
