"""Watching: two agents, and the games of a training run."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from agents.base import Limits
from agents.random import RandomAgent
from go_engine import Rules
from scripts.board.analyst import Analyst
from scripts.board.app import BoardApp
from scripts.board.table import Setup, Table
from scripts.board.watching import AgentGallery, RunGallery, WatchDesk
from scripts.cli.main import main
from selfplay.records import GameRecord, write_records


def record(game_id: int, *moves: int, finished: bool = True) -> GameRecord:
    return GameRecord(
        game_id=game_id,
        board_size=3,
        komi=0.5,
        opening_moves=0,
        moves=np.array(moves, np.int16),
        policies=np.full((len(moves), 10), 0.1, np.float16),
        values=np.full(len(moves), 0.5, np.float32),
        black_score=9,
        finished=finished,
    )


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    games = tmp_path / "run" / "games"
    games.mkdir(parents=True)
    write_records(games / "00000001.npz", [record(1, 4, 9, 9)])
    write_records(games / "00000002.npz", [record(2, 4, 0, finished=False), record(3, 4, 1, 9, 9)])
    (games / "00000003.npz").write_bytes(b"torn")
    return tmp_path / "run"


def test_newest_finished_games_come_first_and_each_once(run_folder: Path) -> None:
    gallery = RunGallery(run_folder, np.random.default_rng(0))
    names = []
    while (session := gallery.next()) is not None:
        names.append(session.player(1))
        while not session.is_over:
            session.let_agent_move()
    assert names == ["game 3 of iteration 2", "game 1 of iteration 1"]
    write_records(run_folder / "games" / "00000004.npz", [record(7, 4, 9, 9)])
    newest = gallery.next()
    assert newest is not None
    assert newest.player(1) == "game 7 of iteration 4"


def test_training_run_as_lines(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", str(run_folder), "--plain", "--games", "1", "--pace", "0"]) == 0
    out = capsys.readouterr().out
    assert "Black (game 3 of iteration 2) plays B2." in out
    assert "White wins by 0.5 points (Black 1, White 1 and 0.5 komi)." in out
    assert "agree" not in out


def test_two_agents_as_lines(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--black", "random", "--white", "random", "--size", "3", "--seed", "1"]
    assert main(["watch", *options, "--games", "2", "--pace", "0", "--speak"]) == 0
    out = capsys.readouterr().out
    assert out.count("3x3, komi 7.") == 2
    assert "Black plays" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["/no/such/run"], "holds no training run"),
        (["--pace", "-1"], "--pace must be 0 to 3600"),
        (["--games", "0"], "--games must be 1 or more"),
        (["--black", "nobody"], "unknown agent 'nobody'"),
    ],
)
def test_wrong_options_are_one_line(
    capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert main(["watch", "--plain", *options]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_watching_on_the_full_screen_pauses_and_goes_on() -> None:
    rng = np.random.default_rng(2)
    gallery = AgentGallery(RandomAgent(), RandomAgent(), Rules(3), Limits(), rng)
    table = Table(Setup(size=3), rng)
    first = gallery.next()
    app = BoardApp(3, partial(WatchDesk, gallery, 0.01, table, first, Analyst()))

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            for _ in range(200):
                await pilot.pause(0.02)
                if app._desk is not None and first.state.move_count >= 3:
                    break
            await pilot.press("space")
            await pilot.pause(0.05)
            paused_at = first.state.move_count
            assert paused_at >= 3
            assert app.desk.is_paused
            await pilot.pause(0.2)
            assert first.state.move_count == paused_at
            await pilot.press("comma", "comma", "space")
            for _ in range(300):
                await pilot.pause(0.02)
                if first.node.depth > paused_at or first.is_over:
                    break
            assert first.node.depth > paused_at or first.is_over

    asyncio.run(run())
    app.desk.close()
    assert app.desk.keeper is None
