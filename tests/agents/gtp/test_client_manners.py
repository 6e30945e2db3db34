"""What the client does beyond moves: clocks, rules, clean-up before a pass, CPU time."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from agents.base import Limits
from agents.gtp import EngineCrashError, GtpAgent
from go_engine import GameState, Rules
from go_engine.coords import move_to_vertex

FAKE = Path(__file__).with_name("fake_engine.py")

Start = Callable[..., GtpAgent]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "commands"


@pytest.fixture
def start(log: Path) -> Iterator[Start]:
    agents: list[GtpAgent] = []

    def start_one(mode: str, *moves: str, clean_up: bool = True) -> GtpAgent:
        command = [sys.executable, "-I", str(FAKE), mode, str(log), *moves]
        agents.append(GtpAgent(command, timeout=20.0, clean_up=clean_up))
        return agents[-1]

    yield start_one
    for agent in agents:
        agent.close()


def ask(agent: GtpAgent, state: GameState, limits: Limits | None = None) -> str:
    move = agent.select_move(state, limits or Limits(), np.random.default_rng(7)).move
    return move_to_vertex(move, state.rules.board_size)


def sent(log: Path) -> list[str]:
    lines = log.read_text().splitlines()
    log.write_text("")
    set_up = ("set_random_seed", "list_commands", "boardsize", "clear_board", "komi", "kata")
    return [line for line in lines if not line.startswith(set_up)]


def test_a_clock_is_main_time_and_then_what_is_left(start: Start, log: Path) -> None:
    agent = start("modern", "C3", "D4", "B2")
    state = GameState(Rules(5))
    assert ask(agent, state, Limits(seconds=2.0, seconds_left=60.9)) == "C3"
    assert sent(log) == ["time_settings 60 0 0", "time_left b 60 0", "genmove b"]
    state.play(12)
    state.play(0)
    ask(agent, state, Limits(seconds=2.0, seconds_left=41.2))
    assert sent(log) == ["play w A5", "time_left b 41 0", "genmove b"]
    agent.new_game()
    ask(agent, GameState(Rules(5)), Limits(seconds=2.0, seconds_left=60.9))
    assert sent(log) == ["time_settings 60 0 0", "time_left b 60 0", "genmove b"]


def test_an_engine_that_can_is_told_our_rules(start: Start, log: Path) -> None:
    agent = start("modern", "C3")
    ask(agent, GameState(Rules(5, ko="situational")))
    lines = [line for line in log.read_text().splitlines() if line.startswith("kata-set-rules ")]
    assert len(lines) == 1
    rules = json.loads(lines[0].partition(" ")[2])
    assert rules["ko"] == "SITUATIONAL"
    assert rules["scoring"] == "AREA"
    assert rules["suicide"] is False
    assert rules["friendlyPassOk"] is False


def test_an_engine_may_keep_its_own_rules(start: Start, log: Path) -> None:
    agent = start("own-rules", "C3")
    assert ask(agent, GameState(Rules(5))) == "C3"
    assert sent(log) == ["genmove b"]


def test_dead_stones_are_captured_before_a_pass(start: Start, log: Path) -> None:
    agent = start("modern", "pass", "pass")
    state = GameState(Rules(5))
    assert ask(agent, state) == "B1"
    assert sent(log) == ["genmove b", "undo", "kgs-genmove_cleanup b"]
    state.play(21)
    state.play(25)
    assert ask(agent, state) == "pass"
    assert sent(log) == ["play w pass", "genmove b", "undo", "kgs-genmove_cleanup b"]
    state.play(25)
    assert state.is_over


def test_no_clean_up_unless_wanted(start: Start, log: Path) -> None:
    agent = start("modern", "pass", clean_up=False)
    assert ask(agent, GameState(Rules(5))) == "pass"
    assert sent(log) == ["genmove b"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs proc(5)")
def test_cpu_time_is_that_of_the_engine_and_goes_on_after_a_restart(start: Start) -> None:
    agent = start("busy", "C3")
    before = agent.cpu_seconds()
    assert ask(agent, GameState(Rules(5))) == "C3"
    spent = agent.cpu_seconds()
    assert 0.25 <= spent - before <= 3.0
    agent.close()
    assert agent.cpu_seconds() >= spent
    ask(agent, GameState(Rules(5)))  # started anew
    assert agent.cpu_seconds() >= spent + 0.25


def test_cpu_time_of_an_engine_that_died(start: Start) -> None:
    agent = start("crash")
    with pytest.raises(EngineCrashError):
        ask(agent, GameState(Rules(5)))
    assert agent.cpu_seconds() > 0.0
