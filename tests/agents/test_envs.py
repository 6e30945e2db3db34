"""Agents as opponents in environments, by their names."""

from __future__ import annotations

import copy
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from agents.base import Decision, Limits
from agents.envs import AgentOpponent, make_opponent
from agents.random import RandomAgent
from agents.spec import SpecError
from agents.told import ToldAgent
from go_engine import GameState, Rules
from go_engine.envs.gymnasium_env import RESIGN, GoEnv


class Recorder:
    """An agent that remembers what it was asked; it passes, or does what it is told to."""

    name = "recorder"

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.log: list[Any] = []

    def select_move(
        self,
        state: GameState,
        limits: Limits,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Decision:
        self.log.append((state.move_count, limits))
        return Decision(self.answers.pop(0) if self.answers else state.rules.pass_move)

    def new_game(self) -> None:
        self.log.append("new game")

    def close(self) -> None:
        self.log.append("closed")


@pytest.mark.parametrize("name", ["random", "told"])
def test_agents_by_name(name: str) -> None:
    opponent = make_opponent(name)
    assert opponent.agent.name == name
    assert isinstance(opponent.agent, {"random": RandomAgent, "told": ToldAgent}[name])
    state = GameState.from_moves(Rules(5), [12])
    answers = [opponent(state, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    direct = opponent.agent.select_move(state, Limits(), np.random.default_rng(1)).move
    assert answers[0] == answers[1] == direct
    assert state.history == (12,)
    assert state.is_legal(answers[2])
    opponent.close()


@pytest.mark.parametrize("name", ["random", "told"])
def test_games_against_agents(name: str) -> None:
    opponent = make_opponent(name)
    env = gymnasium.make("go_engine.envs:untold/Go-v0", board_size=5, opponent=opponent)
    check_env(env.unwrapped)
    for seed in range(2):
        observation, _ = env.reset(seed=seed)
        over = cut = False
        steps = 0
        while not over and not cut:
            legal = np.flatnonzero(observation["action_mask"])
            observation, reward, over, cut, info = env.step(int(legal[0]))
            steps += 1
        assert reward in (-1, 0, 1)
        assert info["result"] in ("score", "opponent resigned")
        assert steps > 3


def test_unknown_name() -> None:
    with pytest.raises(SpecError, match="unknown agent 'tolt'"):
        make_opponent("tolt")


def test_every_game_begins_anew_for_the_agent() -> None:
    agent = Recorder()
    opponent = AgentOpponent(agent, Limits(playouts=7))
    env = GoEnv(board_size=3, color="black", opponent=opponent)
    env.reset()
    env.step(4)
    env.step(0)
    env.reset()
    env.step(4)
    env.color = "white"
    env.reset()
    env.step(4)
    limits = Limits(playouts=7)
    first, third = (1, limits), (3, limits)
    white = ["new game", (0, limits), (2, limits)]
    assert agent.log == ["new game", first, third, "new game", first, *white]


def test_game_that_ended_at_its_first_move_is_not_taken_for_the_next() -> None:
    agent = Recorder()
    env = GoEnv(board_size=3, color="white", opponent=AgentOpponent(agent))
    env.reset()  # the agent is asked at move 0
    env.color = "black"
    env.reset()
    env.step(4)  # and at move 1 of another game
    assert [entry for entry in agent.log if entry == "new game"] == ["new game"] * 2


def test_resigning_agent_gives_the_game_to_the_learner() -> None:
    env = GoEnv(board_size=3, color="black", opponent=AgentOpponent(Recorder(RESIGN)))
    env.reset()
    _, reward, over, _, info = env.step(9)
    assert (reward, over, info["result"]) == (1, True, "opponent resigned")


def test_copies_share_the_agent_and_closing_closes_it() -> None:
    agent = Recorder()
    opponent = AgentOpponent(agent)
    assert copy.deepcopy(opponent) is opponent
    opponent.close()
    assert agent.log == ["closed"]
