"""Whole games with real engines: our own as a process, and GNU Go where it is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from agents.base import Agent, Limits
from agents.gtp import EngineStartError, GtpAgent, find_gnugo, gnugo_agent
from agents.random import RandomAgent
from go_engine import GameState, Rules

ROOT = Path(__file__).resolve().parents[3]
OURS = [sys.executable, "-m", "scripts.cli.main", "gtp", "--agent", "random", "--seed", "1"]


def play_game(black: Agent, white: Agent, rules: Rules, max_moves: int = 200) -> GameState:
    state, chance = GameState(rules), np.random.default_rng(3)
    while not state.is_over and state.move_count < max_moves:
        mover = black if state.to_play == 1 else white
        state.play(mover.select_move(state, Limits(), chance).move)
    return state


def test_whole_game_against_our_own_engine() -> None:
    agent = GtpAgent(OURS, cwd=ROOT)
    try:
        state = play_game(agent, RandomAgent(), Rules(4, 2.0))
        assert state.is_over
        assert state.move_count > 8
    finally:
        agent.close()


def test_whole_game_against_gnugo(gnugo: str) -> None:
    agent = gnugo_agent(level=1, program=gnugo)
    try:
        state = play_game(agent, RandomAgent(), Rules(5, 0.5))
        assert state.is_over
        assert state.winner() == 1
        # Its own count of the cleaned-up board is ours.
        assert agent.process is not None
        judged = agent.process.ask("final_score", 10.0)
        assert judged == f"B+{state.black_score() - 0.5}"
    finally:
        agent.close()


def test_gnugo_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.gtp.gnugo.find_gnugo", lambda: None)
    with pytest.raises(EngineStartError, match="not installed"):
        gnugo_agent()


def test_find_gnugo_agrees_with_the_fixture(gnugo: str) -> None:
    found = find_gnugo()
    assert found is not None
    assert Path(found).samefile(gnugo)
