"""The told agent that searches: how it chooses, stops and speaks."""

from __future__ import annotations

import numpy as np
import pytest

from agents.base import RESIGN, Agent, Limits, MovePredictor
from agents.random import RandomAgent
from agents.spec import SpecError, make_agent, parse_spec
from agents.told.searching import SearchingToldAgent
from go_engine import BLACK, WHITE, GameState, Rules, vertex_to_move
from tests.agents.told.positions import position

LIMITS = Limits()


def agent(playouts: int = 200, resign: float = 0.0) -> SearchingToldAgent:
    return SearchingToldAgent(playouts=playouts, resign=resign)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_what_it_answers() -> None:
    told = agent(150)
    assert isinstance(told, Agent)
    assert isinstance(told, MovePredictor)
    state = GameState.from_moves(Rules(9, 7.0), [40, 42])
    decision = told.select_move(state, LIMITS, rng())
    assert state.is_legal(decision.move)
    assert list(decision.visits.values()) == sorted(decision.visits.values(), reverse=True)
    assert 100 < sum(decision.visits.values()) <= 150
    assert decision.pv[0] == decision.move
    assert decision.value is not None
    assert 0.0 < decision.value < 1.0
    assert decision.reasons[0].endswith("playouts")
    assert any(reason[-4] in "+-" for reason in decision.reasons[1:])


def test_a_kept_game_is_forgotten_with_a_new_one() -> None:
    told, state = agent(), GameState.from_moves(Rules(9, 7.0), [40, 42])
    first = told.select_move(state, LIMITS, rng())
    told.new_game()
    assert told.select_move(state, LIMITS, rng()) == first
    more = told.select_move(state, LIMITS, rng())  # goes on from what it knows
    assert sum(more.visits.values()) > sum(first.visits.values())


def test_limits_replace_its_own_budget() -> None:
    told, state = agent(10_000), GameState(Rules(9, 7.0))
    decision = told.select_move(state, Limits(playouts=40), rng())
    assert sum(decision.visits.values()) <= 40
    told.new_game()
    decision = told.select_move(state, Limits(seconds=0.02), rng())
    assert sum(decision.visits.values()) < 10_000


# White owns the right, Black the left; everything is settled and counted as it stands.
SETTLED = ".XXO. X.XOO XXXO. .XXOO X.XO."


def test_it_answers_a_pass_by_the_pass_that_wins() -> None:
    state = position(SETTLED, WHITE, "pass", 0.0)
    decision = agent().select_move(state, LIMITS, rng())
    assert decision.move == 25
    assert decision.reasons[0] == "passing ends the game, and the count wins it"


def test_it_passes_when_nothing_is_left_to_gain() -> None:
    state = position(SETTLED, BLACK, "", 0.0)
    assert agent().select_move(state, LIMITS, rng()).move == 25


def test_it_does_not_pass_while_dead_stones_cost_the_game() -> None:
    # Two white stones lie dead in Black's corner. As it stands White has 12 points and Black 9;
    # with the stones taken Black has 15 and White 10.
    diagram = "..XO. O.XOO O.XO. XXXOO X.XO."
    state = position(diagram, BLACK, "", 4.0)
    assert state.winner() == WHITE
    told = agent()
    passed = GameState.from_stones(state.rules, state.stones(), WHITE)
    passed.play(25)
    assert told.select_move(passed, LIMITS, rng()).move != 25
    for seed in range(3):
        game = position(diagram, BLACK, "", 4.0)
        chance = rng(seed)
        while not game.is_over:
            side = game.to_play
            move = told.select_move(game, LIMITS, chance).move if side == BLACK else 25
            game.play(move)
        assert game.winner() == BLACK


def test_a_won_game_is_brought_home_against_one_who_plays_on() -> None:
    told, other = agent(60), RandomAgent()
    for seed in range(3):
        state, chance = GameState(Rules(7, 0.0)), rng(seed)
        while not state.is_over and state.move_count < 200:
            player: Agent = told if (state.to_play == BLACK) == (seed % 2 == 0) else other
            decision = player.select_move(state, LIMITS, chance)
            state.play(decision.move)
        assert state.is_over
        assert state.winner() == (BLACK if seed % 2 == 0 else WHITE)


def test_it_resigns_only_if_asked_to_and_hopeless() -> None:
    lost = position("OOOOO O.O.O OOOOO ..... XX...", BLACK, "", 7.0)
    assert agent(300, resign=0.2).select_move(lost, LIMITS, rng()).move == RESIGN
    assert agent(300).select_move(lost, LIMITS, rng()).move != RESIGN
    even = GameState(Rules(9, 7.0))
    assert agent(300, resign=0.2).select_move(even, LIMITS, rng()).move != RESIGN


def test_bad_settings_are_named() -> None:
    for arguments, words in (
        ({}, "needs a budget"),
        ({"playouts": 0}, "playouts must be 1 or more"),
        ({"seconds": 0.0}, "seconds must be"),
        ({"playouts": 1, "resign": 0.7}, "resign must lie"),
    ):
        with pytest.raises(ValueError, match=words):
            SearchingToldAgent(**arguments)


def test_by_name() -> None:
    told = make_agent("told:playouts=64")
    assert isinstance(told, SearchingToldAgent)
    assert told.name == "told:playouts=64"
    assert isinstance(make_agent("told:seconds=0.16,resign=0.05"), SearchingToldAgent)
    assert not isinstance(make_agent("told"), SearchingToldAgent)
    for text in (
        "told:temperature=1,playouts=5",
        "told:temperature=1,simulations=5",
        "told:seconds=1,simulations=5",
        "told:resign=0.1",
    ):
        with pytest.raises(SpecError, match=r"means nothing|needs playouts"):
            make_agent(text)


def test_told_knowledge_in_the_other_search() -> None:
    puct = make_agent("told:simulations=60,playouts=2")
    state = position("O.O.O OOOOO XXXXX XXXXX ...XX", BLACK, "", 0.0)
    decision = puct.select_move(state, LIMITS, rng())
    assert decision.move == vertex_to_move("B1", 5)
    assert puct.select_move(state, LIMITS, rng()) == decision
    assert parse_spec(puct.name) == parse_spec("told:simulations=60,playouts=2")
