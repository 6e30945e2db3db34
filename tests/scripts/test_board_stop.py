"""A bot's long thinking is called off: the screen acts at once, and nothing goes on thinking."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from go_engine.sgf import read_sgf
from scripts.board.app import BoardApp
from scripts.board.table import Setup
from tests.scripts.piloting import drive, kept, keys, played

FAKE = Path(__file__).resolve().parents[1] / "agents" / "gtp" / "fake_engine.py"
LONG = "zero:simulations=500000"  # hours


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def searches(app: BoardApp) -> bool:
    """Whether a network has been asked by now, so that the search is under way."""
    bot = next(iter(app.desk.session.bots.values()))
    agent = getattr(bot, "_agent", None)
    evaluator = getattr(getattr(agent, "agent", agent), "_evaluator", None)
    return evaluator is not None and evaluator.misses > 20


async def until(app: BoardApp, pilot: Pilot[int], is_so: Callable[[BoardApp], object]) -> None:
    deadline = time.monotonic() + 100  # kernels may have to be compiled
    while time.monotonic() < deadline:
        await pilot.pause()
        if is_so(app):
            return
        await asyncio.sleep(0.02)
    pytest.fail("it never came to that")


async def seconds_until_free(app: BoardApp, pilot: Pilot[int]) -> float:
    """How long the thinker still works on what was called off."""
    began, answers = time.monotonic(), list[int]()
    app.desk.thinker.ask(lambda: iter([1]), answers.append, lambda error: None)
    await until(app, pilot, lambda _: answers)
    return time.monotonic() - began


@pytest.mark.parametrize("reuse", ["no", "yes"])
def test_undo_ends_a_long_search(reuse: str) -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await pilot.press("enter")
        await until(app, pilot, searches)
        assert app.desk.is_bot_thinking
        began = time.monotonic()
        await pilot.press("u")
        assert played(app) == []
        assert time.monotonic() - began < 2
        assert await seconds_until_free(app, pilot) < 2
        await pilot.press("enter")  # and it can be asked again
        await until(app, pilot, searches)
        await pilot.press("n", "enter")  # a new game ends it, too
        assert played(app) == []
        assert await seconds_until_free(app, pilot) < 2

    drive(play, setup=Setup(f"{LONG},reuse={reuse}", size=5))


def test_leaving_ends_a_long_search() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await pilot.press("enter")
        await until(app, pilot, searches)
        await pilot.press("q")

    app = drive(play, setup=Setup(LONG, size=5))
    assert app.return_code == 0
    assert "thinker" not in [thread.name for thread in threading.enumerate()]
    assert read_sgf(kept(app).read_bytes()).moves == (12,)


def test_engine_that_never_answers_is_ended_and_started_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = f"{sys.executable} -I {FAKE} hang {log}"
    engines = []

    def is_asked(app: BoardApp) -> bool:
        bot = next(iter(app.desk.session.bots.values()))
        process = getattr(getattr(bot, "_agent", None), "process", None)
        if process is None or not log.exists() or "genmove" not in log.read_text():
            return False
        engines.append(process)
        return True

    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await pilot.press("enter")
        await until(app, pilot, is_asked)
        await pilot.press("u")
        assert played(app) == []
        assert await seconds_until_free(app, pilot) < 3
        assert not engines[0].is_running
        log.unlink()
        await keys(app, pilot, "left")
        await pilot.press("enter")
        await until(app, pilot, is_asked)
        await pilot.press("q")

    app = drive(play, setup=Setup(f"gtp:{command}", size=5))
    app.desk.table.close()
    assert engines[1].pid != engines[0].pid
    assert not engines[1].is_running
    assert read_sgf(kept(app).read_bytes()).moves == (11,)
