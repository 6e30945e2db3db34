"""The engine benchmark: what it prints, how it ends, and that it counts right."""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from go_engine import GameState, Rules
from go_engine.envs import pettingzoo_env
from scripts import bench_engine
from scripts.bench import ours, peers, timing

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "bench_engine.py"
KEYS = [
    "playouts_per_s",
    "masked_moves_per_s",
    "python_moves_per_s",
    "vector_moves_per_s",
    "pettingzoo_env_moves_per_s",
    "peers",
]


# ---------------------------------------------------------------- the command


def test_table_and_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(games: Any, seconds: float) -> peers.Figures:
        raise ModuleNotFoundError("No module named 'pgx'")

    def slow(games: Any, seconds: float) -> peers.Figures:
        return {"pettingzoo_env_moves_per_s": 10.0, "other_per_s": 7.0}

    for name, measure in (("go_v5", slow), ("open_spiel", absent), ("pgx", absent)):
        monkeypatch.setitem(peers.PEERS, name, measure)
    assert bench_engine.main(["--seconds", "0.02", "--peers"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    *table, last = said.out.splitlines()
    figures = json.loads(last)
    assert list(figures) == KEYS
    assert all(figures[key] > 100 for key in KEYS[:-1])
    assert figures["peers"] == {
        "go_v5": {"pettingzoo_env_moves_per_s": 10.0, "other_per_s": 7.0},
        "open_spiel": None,
        "pgx": None,
    }
    text = "\n".join(table)
    times = re.search(r"ours: ([\d.]+) times", text)
    assert times is not None
    assert float(times[1]) == pytest.approx(figures["pettingzoo_env_moves_per_s"] / 10, abs=0.06)
    assert text.count("not installed") == 2
    assert "game copies" in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--second", "1"], "unknown option --second; did you mean --seconds?"),
        (["--seconds", "x"], "--seconds must be a number, not 'x'"),
        (["--seconds", "0"], "--seconds must be from 0.001 to 3600, not 0"),
        (["--seconds", "nan"], "--seconds must be from 0.001 to 3600, not nan"),
        (["now"], "unexpected 'now'"),
    ],
)
def test_wrong_options(args: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_engine.main(args) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("bench_engine.py: ")
    assert message in said.err


def test_interrupting_ends_it_in_one_line(tmp_path: Path) -> None:
    """From another folder, as a person would start it."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "--seconds", "60"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        time.sleep(3)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.count("\n") == 1
    assert out == ""


# ---------------------------------------------------------------- rates


class Clock:
    """Time that passes only when work is done."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_median_of_five_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "process_time", clock)
    # One call to warm up; then runs of 0.2 s: each of these calls exceeds it alone.
    costs: Iterator[float] = iter([9, 1, 5, 2, 0.5, 4])

    def work() -> int:
        clock.now += next(costs)
        return 10

    # The rates are 10, 2, 5, 20, 2.5; sorted, 5 is in the middle.
    assert timing.median_rate(work, 1.0) == 5


def test_a_run_lasts_as_long_as_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = Clock(), []

    def work() -> int:
        clock.now += 0.25
        calls.append(1)
        return 3

    monkeypatch.setattr(time, "process_time", clock)
    assert timing.median_rate(work, 5.0) == 12
    assert len(calls) == 1 + 5 * 4


def test_threads_that_do_not_disturb_each_other_gain_in_full() -> None:
    def work() -> int:
        time.sleep(0.002)
        return 1

    assert 1.5 < timing.thread_gain([work, work], 0.3) < 2.5


# ---------------------------------------------------------------- the work that is counted


def test_stored_games_are_whole_and_legal() -> None:
    games = ours.stored_games(3, seed=5)
    assert games == ours.stored_games(3, seed=5) != ours.stored_games(3, seed=6)
    for moves in games:
        state = GameState.from_moves(Rules(), moves)
        assert state.is_over
        assert moves[-2:] == [81, 81]
    assert ours.python_steps(games)() == sum(map(len, games))


def test_environment_is_stepped_to_the_end_of_every_game() -> None:
    games = ours.stored_games(2)
    env = pettingzoo_env.env()
    work = ours.environment_steps(games, env)
    assert work() == sum(map(len, games))
    assert list(env.unwrapped.game.state.history) == games[-1]
    assert env.agents == []
    assert work() == sum(map(len, games))


def test_bare_steps_play_real_games() -> None:
    """Light playouts of 9x9 have about 111 moves, so about that many of 100 end at every step."""
    work = ours.bare_steps(100)
    assert work() == 100
    assert ours.vector_steps(7, observe_planes=True)() == 7
    assert ours.playouts(1, count=13)() == 13
    assert ours.copies(count=11)() == 11
    assert 108 < ours.mean_playout_length(1000) < 114


def test_absent_peer_is_none_and_present_one_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    games = ours.stored_games(2)
    monkeypatch.setitem(sys.modules, "pyspiel", None)
    assert peers.measure_peer("open_spiel", games, 0.01) is None
    stand_in: Any = types.ModuleType("go_v5")
    stand_in.env = pettingzoo_env.env  # it takes the same arguments
    monkeypatch.setattr(
        importlib, "import_module", {"pettingzoo.classic.go_v5": stand_in}.__getitem__
    )
    found = peers.measure_peer("go_v5", games, 0.01)
    assert found is not None
    assert list(found) == ["pettingzoo_env_moves_per_s"]
    assert found["pettingzoo_env_moves_per_s"] > 100


class FakeSpiel:
    """OpenSpiel as far as the benchmark calls it, played by our engine."""

    def load_game(self, name: str, parameters: dict[str, Any]) -> FakeSpiel:
        assert (name, parameters) == ("go", {"board_size": 9, "komi": 7.0})
        self.ended: list[int] = []
        return self

    def new_initial_state(self) -> FakeSpiel:
        self.state = GameState(Rules())
        return self

    def apply_action(self, move: int) -> None:
        self.state.play(move)

    apply_action_with_legality_check = apply_action

    def is_terminal(self) -> bool:
        if self.state.is_over:
            self.ended.append(self.state.move_count)
        return self.state.is_over

    def legal_actions(self) -> list[int]:
        moves: list[int] = self.state.legal_moves().tolist()
        return moves

    def observation_tensor(self) -> None:
        pass


def test_open_spiel_plays_the_stored_games_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    games, fake = ours.stored_games(2), FakeSpiel()
    monkeypatch.setitem(sys.modules, "pyspiel", fake)
    found = peers.measure_peer("open_spiel", games, 0.01)
    assert found is not None
    assert list(found)[:2] == ["python_moves_per_s", "playouts_per_s"]
    assert min(found.values()) > 1
    assert set(fake.ended) == set(map(len, games))
