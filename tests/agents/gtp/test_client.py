"""Other engines as agents: kept in step, and every way to fail recognised and named."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from agents.base import RESIGN, AgentError, Limits
from agents.gtp import (
    EngineCrashError,
    EngineError,
    EngineIllegalMoveError,
    EngineProtocolError,
    EngineRefusalError,
    EngineStartError,
    EngineTimeoutError,
    GtpAgent,
)
from go_engine import GameState, Rules
from go_engine.coords import move_to_vertex, vertex_to_move
from go_engine.diagram import parse

FAKE = Path(__file__).with_name("fake_engine.py")

Start = Callable[..., GtpAgent]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "commands"


@pytest.fixture
def start(log: Path) -> Iterator[Start]:
    """Starts fake engines and ends them after the test."""
    agents: list[GtpAgent] = []

    def start_one(mode: str, *moves: str, timeout: float = 10.0) -> GtpAgent:
        command = [sys.executable, "-I", str(FAKE), mode, str(log), *moves]
        agents.append(GtpAgent(command, timeout=timeout))
        return agents[-1]

    yield start_one
    for agent in agents:
        agent.close()


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def play(state: GameState, *vertices: str) -> GameState:
    for vertex in vertices:
        state.play(vertex_to_move(vertex, state.rules.board_size))
    return state


def ask(agent: GtpAgent, state: GameState, limits: Limits | None = None) -> str:
    move = agent.select_move(state, limits or Limits(), rng()).move
    return "resign" if move == RESIGN else move_to_vertex(move, state.rules.board_size)


def sent(log: Path) -> list[str]:
    """What the engine was sent since last asked, but for the seed."""
    lines = log.read_text().splitlines()
    log.write_text("")
    return [line for line in lines if not line.startswith(("set_random_seed", "list_commands"))]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# ---------------------------------------------------------------- an engine that behaves


def test_engine_is_set_up_then_told_only_what_is_new(start: Start, log: Path) -> None:
    agent = start("good", "D4", "pass", "resign")
    state = play(GameState(Rules(5, 2.5)), "c3")
    assert ask(agent, state) == "D4"
    assert sent(log) == ["boardsize 5", "clear_board", "komi 2.5", "play b C3", "genmove w"]
    play(state, "d4", "pass")
    assert ask(agent, state) == "pass"
    assert sent(log) == ["play b pass", "genmove w"]
    # White did not pass after all: the referee made another move for it.
    play(state, "b2")
    assert ask(agent, state) == "resign"
    assert sent(log) == ["undo", "play w B2", "genmove b"]


def test_moves_taken_back_are_undone(start: Start, log: Path) -> None:
    agent = start("good", "D4", "D2")
    state = play(GameState(Rules(5)), "c3", "b2", "b3")
    assert ask(agent, state) == "D4"
    state = play(GameState(Rules(5)), "c3", "b2", "c4")
    sent(log)
    assert ask(agent, state) == "D2"
    assert sent(log) == ["undo", "undo", "play b C4", "genmove w"]


def test_engine_without_undo_is_set_up_again(start: Start, log: Path) -> None:
    agent = start("noundo", "D4", "D2")
    ask(agent, play(GameState(Rules(5)), "c3", "b2", "b3"))
    sent(log)
    assert ask(agent, play(GameState(Rules(5)), "c3", "b2", "c4")) == "D2"
    expected = "boardsize 5|clear_board|komi 7|play b C3|play w B2|play b C4|genmove w"
    assert sent(log) == expected.split("|")


@pytest.mark.parametrize("other", [Rules(6), Rules(5, komi=0.5)])
def test_other_rules_set_it_up_again(start: Start, log: Path, other: Rules) -> None:
    agent = start("good", "A1", "A1")
    ask(agent, GameState(Rules(5)))
    sent(log)
    ask(agent, GameState(other))
    assert f"boardsize {other.board_size}" in sent(log)


def test_new_game_sets_it_up_again(start: Start, log: Path) -> None:
    agent = start("good", "A1", "A1")
    ask(agent, GameState(Rules(5)))
    sent(log)
    agent.new_game()
    ask(agent, GameState(Rules(5)))
    assert "clear_board" in sent(log)


def test_set_up_position_is_placed_stone_by_stone(start: Start, log: Path) -> None:
    agent = start("good", "C2")
    stones = parse(". X .\n X O .\n . . .")
    state = GameState.from_stones(Rules(3), stones, -1)
    play(state, "c3")
    assert ask(agent, state) == "C2"
    expected = "boardsize 3|clear_board|komi 7|play b B3|play b A2|play w B2|play w C3|genmove b"
    assert sent(log) == expected.split("|")


def test_seconds_become_time_settings_once(start: Start, log: Path) -> None:
    agent = start("good", "A1", "B1")
    state = GameState(Rules(5))
    ask(agent, state, Limits(seconds=5))
    assert "time_settings 0 5 1" in sent(log)
    play(state, "a1", "b2")
    ask(agent, state, Limits(seconds=5))
    assert sent(log) == ["play w B2", "genmove b"]


@pytest.mark.parametrize("mode", ["no-ids", "chatter", "minimal", "shout"])
def test_odd_but_usable_engines_are_understood(start: Start, mode: str) -> None:
    agent = start(mode, "D4", "B2")
    state = play(GameState(Rules(5)), "c3")
    assert ask(agent, state) == "D4"
    play(state, "d4", "c4")
    assert ask(agent, state) == "B2"
    if mode == "shout":
        assert agent.process is not None
        assert agent.process.stderr_tail.endswith("thinking hard\n")
        assert len(agent.process.stderr_tail) <= 4096


def test_same_chance_same_seed(start: Start, log: Path) -> None:
    for _ in range(2):
        agent = start("good")
        agent.select_move(GameState(Rules(5)), Limits(), rng())
    seeds = [line for line in log.read_text().splitlines() if line.startswith("set_random_seed")]
    assert len(seeds) == 2
    assert len(set(seeds)) == 1


# ---------------------------------------------------------------- engines that do not

FAULTS: list[tuple[str, list[str], type[EngineError], str]] = [
    ("hang", [], EngineTimeoutError, "no answer to 'genmove b' within 1 s"),
    ("crash", [], EngineCrashError, "(exit code 3) at 'genmove b'; it last said 'out of joseki'"),
    ("killed", [], EngineCrashError, "killed by SIGKILL"),
    ("garbage", [], EngineProtocolError, "no proper GTP: %PNG"),
    ("endless", [], EngineProtocolError, "a line without end"),
    ("endless-list", [], EngineProtocolError, "an answer without end"),
    ("wrong-id", [], EngineProtocolError, "id 4711 instead of"),
    ("refuse", [], EngineRefusalError, "refuses 'genmove b': cannot think"),
    ("good", ["banana"], EngineProtocolError, "'banana' is not a point"),
    ("good", [""], EngineProtocolError, "no move"),
    ("good", ["I3"], EngineProtocolError, "columns skip the letter I"),
    ("good", ["Z3"], EngineProtocolError, "off the board"),
    ("good", ["C3"], EngineIllegalMoveError, "played C3, which is illegal: occupied"),
]


@pytest.mark.parametrize(("mode", "moves", "kind", "said"), FAULTS)
def test_fault_is_named(
    start: Start, mode: str, moves: list[str], kind: type[EngineError], said: str
) -> None:
    agent = start(mode, *moves)
    agent.timeout = 1.0 if mode == "hang" else 10.0
    process = agent.process
    with pytest.raises(AgentError) as caught:
        ask(agent, play(GameState(Rules(5)), "c3", "b2"))
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert str(caught.value).isprintable()  # hence in one line
    assert process is not None
    if agent.process is not process:
        assert not is_alive(process.pid)


def test_engine_that_died_is_started_again(start: Start, log: Path) -> None:
    agent = start("crash")
    state = play(GameState(Rules(5)), "c3", "b2")
    for _ in range(2):
        with pytest.raises(EngineCrashError):
            ask(agent, state)
        assert sent(log)[-3:] == ["play b C3", "play w B2", "genmove b"]


def test_after_an_illegal_move_the_position_is_set_up_again(start: Start, log: Path) -> None:
    agent = start("good", "C3", "D4")
    state = play(GameState(Rules(5)), "c3", "b2")
    with pytest.raises(EngineIllegalMoveError):
        ask(agent, state)
    sent(log)
    assert ask(agent, state) == "D4"
    assert sent(log)[1:] == ["clear_board", "komi 7", "play b C3", "play w B2", "genmove b"]


def test_refused_move_is_named(start: Start) -> None:
    agent = start("refuse-play")
    with pytest.raises(EngineRefusalError, match="refuses 'play b C3': illegal move"):
        ask(agent, play(GameState(Rules(5)), "c3"))


@pytest.mark.parametrize("mode", ["hang-at-once", "deaf"])
def test_silent_engine_cannot_be_made(start: Start, mode: str) -> None:
    with pytest.raises(EngineTimeoutError, match="list_commands"):
        start(mode, timeout=0.3)


def test_seconds_lengthen_the_deadline(start: Start) -> None:
    agent = start("hang")
    agent.timeout = 0.75
    began = time.monotonic()
    with pytest.raises(EngineTimeoutError, match="within 1 s"):
        ask(agent, GameState(Rules(5)), Limits(seconds=0.25))
    assert time.monotonic() - began >= 1.0


def test_program_that_is_no_engine() -> None:
    with pytest.raises(EngineCrashError, match="echo ended"):
        GtpAgent("echo hello")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no-such-program-here --gtp", "no such program"),
        ("", "names no program"),
        ('"unclosed', "cannot read the command"),
        (str(FAKE.parent), "cannot start"),
    ],
)
def test_command_that_cannot_start(command: str, said: str) -> None:
    with pytest.raises(EngineStartError, match=said):
        GtpAgent(command)


def test_missing_folder_is_named() -> None:
    with pytest.raises(EngineStartError, match="no such folder"):
        GtpAgent([sys.executable], cwd="/no/such/folder")


def test_words_of_a_command_are_split_without_a_shell(tmp_path: Path) -> None:
    log = tmp_path / "a name; with $blanks"
    command = shlex.join([sys.executable, "-I", str(FAKE), "good", str(log)])
    agent = GtpAgent(command)
    agent.close()
    assert log.read_text().splitlines() == ["list_commands", "quit"]


# ---------------------------------------------------------------- no process is left


@pytest.mark.parametrize("mode", ["good", "stay"])
def test_close_ends_the_process(start: Start, mode: str) -> None:
    agent = start(mode)
    assert agent.process is not None
    pid = agent.process.pid
    began = time.monotonic()
    agent.close()
    agent.close()
    assert time.monotonic() - began < 4.0
    assert not is_alive(pid)


def test_forgotten_agent_leaves_no_process(log: Path) -> None:
    agent = GtpAgent([sys.executable, "-I", str(FAKE), "stay", str(log)])
    assert agent.process is not None
    pid = agent.process.pid
    del agent
    assert not is_alive(pid)


def test_children_of_the_engine_end_too(tmp_path: Path) -> None:
    pidfile = tmp_path / "child"
    inner = shlex.join([sys.executable, "-I", str(FAKE), "stay", str(tmp_path / "log")])
    agent = GtpAgent(["sh", "-c", f"sleep 300 & echo $! > {pidfile}; {inner}; exit"])
    child = int(pidfile.read_text())
    assert is_alive(child)
    agent.close()
    deadline = time.monotonic() + 5.0
    while is_alive(child) and not _is_zombie(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(child) or _is_zombie(child)


def _is_zombie(pid: int) -> bool:
    """Dead, but nobody has taken its status (an orphan in a container without an init)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
