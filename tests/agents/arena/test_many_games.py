"""Games side by side are the games that are played one by one, whoever errs among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from agents.arena import GameSetup, play_all, play_game, play_games
from agents.base import RESIGN, BatchAgent, Limits
from agents.random import RandomAgent
from agents.search import ZeroAgent
from agents.told import ToldAgent
from go_engine.rules import Rules
from go_engine.state import GameState
from tests.agents.arena.scripted import Choice, Many, make, timeless
from tests.agents.search.trees import hash_evaluator


def setups(black: str, white: str, count: int) -> list[GameSetup]:
    """Games with the colours swapped every other time; some begin finished, some are cut short."""
    made = []
    for i in range(count):
        names = (black, white) if i % 2 == 0 else (white, black)
        opening: tuple[int, ...] = (25, 25) if i == 3 else ((12,) if i % 3 else ())
        setup = GameSetup(f"g{i}", f"p{i // 2}", *names, Rules(5, 7.0), opening, (1, i))
        made.append(dataclasses.replace(setup, max_moves=9) if i % 4 == 1 else setup)
    return made


AGENTS: dict[str, Callable[[], BatchAgent]] = {
    "random": RandomAgent,
    "told": ToldAgent,
    "zero": lambda: ZeroAgent(evaluator=hash_evaluator(), simulations=6),
    "zero by points": lambda: ZeroAgent(evaluator=hash_evaluator(), simulations=5, aim="margin"),
}


@pytest.mark.parametrize("name", AGENTS)
@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_the_same_games_as_one_by_one(name: str, at_once: int) -> None:
    agents: dict[str, BatchAgent] = {name: AGENTS[name](), "other": RandomAgent()}
    games = setups(name, "other", 10)
    together = {record.game_id: record for record in play_games(games, agents, at_once)}
    assert len(together) == 10
    for setup in games:
        alone = play_game(setup, agents[setup.black], agents[setup.white])
        assert timeless(together[setup.game_id]) == timeless(alone)


def test_all_that_wait_are_asked_about_in_one_call() -> None:
    agent = Many()
    list(play_games(setups("many", "many", 40), {"many": agent}, at_once=4))
    assert agent.asked[0] == 3  # the fourth is over before it begins
    assert max(agent.asked) == 4
    assert np.mean(agent.asked) > 3


def _resign_late(state: GameState, _: np.random.Generator) -> int:
    return RESIGN if state.move_count > 6 else -2


def _occupied(state: GameState, _: np.random.Generator) -> int:
    return int(np.flatnonzero(state.stones())[0]) if state.move_count == 5 else -2


def _crash_on_an_even_corner(state: GameState, _: np.random.Generator) -> int:
    if state.stones()[0, 0] != 0:
        raise RuntimeError("a wire came loose")
    return -2


@pytest.mark.parametrize(
    ("choice", "ending"),
    [
        (_resign_late, "resign"),
        (_occupied, "illegal move"),
        (_crash_on_an_even_corner, "crash"),
        (lambda *_: 10**30, "illegal move"),
    ],
)
def test_only_the_game_at_fault_is_lost(choice: Choice, ending: str) -> None:
    agents: dict[str, BatchAgent] = {"many": Many(choice), "random": RandomAgent()}
    games = setups("many", "random", 8)
    records = {record.game_id: record for record in play_games(games, agents)}
    assert ending in {record.ending for record in records.values()}
    for setup in games:
        alone = play_game(setup, agents[setup.black], agents[setup.white])
        assert timeless(records[setup.game_id]) == timeless(alone)


def test_too_few_answers_are_asked_for_again() -> None:
    agents: dict[str, BatchAgent] = {"many": Many(together=False), "random": RandomAgent()}
    games = setups("many", "random", 4)
    for record in play_games(games, agents):
        setup = next(game for game in games if game.game_id == record.game_id)
        assert timeless(record) == timeless(
            play_game(setup, agents[setup.black], agents[setup.white])
        )


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, SystemExit])
def test_what_is_not_the_agents_fault_goes_through(error: type[BaseException]) -> None:
    def fail(state: GameState, rng: np.random.Generator) -> int:
        raise error

    with pytest.raises(error):
        list(play_games(setups("many", "many", 2), {"many": Many(fail)}))


def test_one_agent_that_cannot_makes_all_play_one_by_one() -> None:
    batching, scripted = Many(), make("random")
    games = setups("many", "scripted", 4)
    records = list(play_all(games, {"many": batching, "scripted": scripted}))
    assert [record.game_id for record in records] == ["g0", "g1", "g2", "g3"]
    assert batching.asked == []
    list(play_all(games, {"many": batching, "scripted": batching}))
    assert batching.asked


def test_a_limit_in_seconds_holds_for_each_position() -> None:
    agent = ZeroAgent(evaluator=hash_evaluator(), simulations=10**6)
    states = [GameState(Rules(5)), GameState(Rules(5))]
    rngs = [np.random.default_rng(0)] * 2
    decisions = agent.select_moves(states, [Limits(seconds=0.0)] * 2, rngs)
    assert [sum(decision.visits.values()) for decision in decisions] == [1, 1]


def test_boards_of_several_sizes_and_limits_in_one_call() -> None:
    agent = ZeroAgent(evaluator=hash_evaluator(), simulations=3)
    states = [GameState(Rules(size)) for size in (5, 3, 5, 9)]
    limits = [Limits(), Limits(simulations=4), Limits(simulations=7), Limits()]
    decisions = agent.select_moves(states, limits, [np.random.default_rng(0)] * 4)
    assert [sum(decision.visits.values()) for decision in decisions] == [3, 4, 7, 3]
    for state, limit, decision in zip(states, limits, decisions, strict=True):
        assert agent.select_move(state, limit, np.random.default_rng(0)) == decision
