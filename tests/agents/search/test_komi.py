"""The even komi: found by the network, used by the search, and taken out of what is reported."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.base import AgentError, Limits
from agents.net import NUM_PLANES
from agents.search import SearchConfig, ZeroAgent, evaluate_roots, search_position, set_even_komi
from go_engine import BLACK, GameState, Rules
from tests.agents.search.test_tree import random_game
from tests.agents.search.trees import Answer, FunctionEvaluator, games_of, hash_evaluator

AREA = 9.0


def area_answer(planes: NDArray[np.float32]) -> Answer:
    """Black ends nine points ahead whatever happens; whoever is to move is the likely winner."""
    return np.zeros(26), 0.8, AREA if planes[12].all() else -AREA


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("plies", [0, 1])
@pytest.mark.parametrize("komi", [-3.0, 7.0])
def test_the_komi_is_what_black_is_ahead(plies: int, komi: float) -> None:
    state = GameState.from_moves(Rules(5, komi), [12][:plies])
    games = games_of([state], 4)
    values = set_even_komi(games, FunctionEvaluator(area_answer))
    assert games.komi[0] == AREA
    assert values[0] == pytest.approx(0.8)


def test_it_is_in_half_points_and_no_larger_than_the_board() -> None:
    for score, komi in ((3.3, 3.5), (3.1, 3.0), (99.0, 25.0), (-99.0, -25.0)):
        answer: Answer = np.zeros(26), 0.5, score
        games = games_of([GameState(Rules(5))], 4)
        set_even_komi(games, FunctionEvaluator(lambda _, answer=answer: answer))  # type: ignore[misc]
        assert games.komi[0] == komi


def test_many_games_are_asked_about_in_one_call_as_they_are() -> None:
    states = [random_game(Rules(5, 7.0), plies, plies) for plies in (0, 3, 8)]
    evaluator = hash_evaluator()
    answer = evaluate_roots(games_of(states, 4), [2, 0], evaluator)
    assert evaluator.batches == [2]
    assert evaluator.asked[0].shape == (NUM_PLANES, 5, 5)
    np.testing.assert_array_equal(evaluator.asked[0][2], states[2].stones() == states[2].to_play)
    np.testing.assert_array_equal(evaluator.asked[1][2], np.zeros((5, 5)))
    assert answer.score.shape == (2,)


@pytest.mark.parametrize("plies", [0, 1])
def test_what_is_reported_is_under_the_games_own_komi(plies: int) -> None:
    state = GameState.from_moves(Rules(5, 2.0), [12][:plies])
    config = SearchConfig(num_simulations=1, gumbel_scale=0.0, even_komi=True)
    evaluator = FunctionEvaluator(area_answer)
    found = search_position(state, evaluator, config, rng())
    side = 1 if state.to_play == BLACK else -1
    assert found.value == pytest.approx(0.8)
    assert found.score == pytest.approx(side * (AREA - 2.0))


def test_the_network_is_shown_the_even_komi_below_the_root() -> None:
    state = GameState(Rules(5, 2.0))
    shown = []
    for even in (False, True):
        evaluator = FunctionEvaluator(area_answer)
        config = SearchConfig(num_simulations=4, gumbel_scale=0.0, even_komi=even)
        search_position(state, evaluator, config, rng())
        shown.append(evaluator.asked[-1][11].max())
    assert np.abs(shown) == pytest.approx([0.2, 0.9])  # in tens of points


def test_the_agent_says_what_it_aims_for() -> None:
    agent = ZeroAgent(evaluator=hash_evaluator(), simulations=4, aim="margin")
    assert agent.name == "zero:simulations=4,aim=margin"
    assert agent.search.even_komi
    assert not ZeroAgent(evaluator=hash_evaluator()).search.even_komi
    assert agent.select_move(GameState(Rules(5)), Limits(), rng()).value is not None
    with pytest.raises(AgentError, match="aim must be win or margin, not 'fun'"):
        ZeroAgent(evaluator=hash_evaluator(), aim="fun")
