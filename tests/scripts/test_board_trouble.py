"""What nothing should raise is said and written down; it neither ends the board nor hangs it."""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot

from agents.base import AgentError, Decision, Limits, Stopped
from go_engine import GameState, Rules
from scripts.board import trouble
from scripts.board.analyst import Analyst
from scripts.board.app import BoardApp
from scripts.board.table import LazyAgent
from scripts.board.thinker import Thinker
from tests.scripts.piloting import Scripted, drive, keys, played, settle, status, talk, window


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("UNTOLD_DEBUG", raising=False)


def break_once(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, error: Exception) -> None:
    """Have a method raise `error` when it is called next, and be itself again after that."""
    whole = getattr(place, name)

    def broken(*_: object, **__: object) -> None:
        monkeypatch.setattr(place, name, whole)
        raise error

    monkeypatch.setattr(place, name, broken)


def test_bot_that_breaks_is_told_of_and_asked_again() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        [bot] = app.desk.session.bots.values()
        assert isinstance(bot, Scripted)
        bot.select_move = _raise(KeyError("no such key"))  # type: ignore[method-assign]
        await keys(app, pilot, "enter")
        said = talk(app).replace("\n", " ")
        assert "Something went wrong (KeyError" in said
        assert "m lets the bot try again" in said
        assert "KeyError: 'no such key'" in trouble.trouble_path().read_text()
        del bot.select_move
        await keys(app, pilot, "m")

    assert played(drive(play, "d3")) == ["C3", "D3"]


def _raise(error: BaseException) -> Callable[..., Decision]:
    def select_move(*_: object) -> Decision:
        raise error

    return select_move


@pytest.mark.parametrize("error", [SystemExit(3), Stopped(), KeyboardInterrupt()])
def test_bot_that_ends_its_thread_or_gives_up_is_not_waited_for(error: BaseException) -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        [bot] = app.desk.session.bots.values()
        bot.select_move = _raise(error)  # type: ignore[method-assign]
        await keys(app, pilot, "enter")
        assert not app.desk.thinker.is_busy
        assert "m lets the bot try again" in talk(app).replace("\n", " ")
        del bot.select_move
        await keys(app, pilot, "m")

    assert played(drive(play, "d3")) == ["C3", "D3"]


def test_answer_that_cannot_be_taken_does_not_end_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        break_once(monkeypatch, app.desk.session, "accept", IndexError("out of bounds"))
        await keys(app, pilot, "enter")
        assert "Something went wrong (IndexError" in talk(app).replace("\n", " ")
        await keys(app, pilot, "m")

    app = drive(play, "d3", "d3")
    assert app.is_running is False
    assert played(app) == ["C3", "D3"]


def test_key_whose_deed_breaks_does_not_end_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        for name, pressed in (("step", "comma"), ("choose", "enter")):
            break_once(monkeypatch, app.desk, name, ZeroDivisionError("by nothing"))
            await keys(app, pilot, pressed)
            assert "Something went wrong (ZeroDivisionError" in status(app)
        await keys(app, pilot, "enter")

    assert played(drive(play, "d3")) == ["C3", "D3"]


def test_windows_that_close_are_not_closed_twice() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        for opening in ("question_mark", "x", "n", "ctrl+s"):
            await pilot.press(opening)
            assert window(app) != "Screen"
            await pilot.press("escape", "escape", "escape")
            screen = app.screen
            await pilot.press(opening)
            for _ in range(3):  # at once, before the window has gone
                app.simulate_key("escape")
            await settle(app, pilot)
            assert app.screen is screen
            assert window(app) == "Screen"
        await keys(app, pilot, "enter")

    assert played(drive(play, "d3")) == ["C3", "D3"]


def test_answers_that_come_when_the_app_has_gone_are_dropped() -> None:
    heard: list[str] = []

    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await pilot.press("q")
        for _ in range(3):
            app._post(lambda: app.desk.say("late"))
            await pilot.pause()

    app = drive(play, "d3")
    app._post(lambda: heard.append("too late"))  # its loop is closed by now
    assert app.return_code == 0
    assert heard == []


def test_mistake_on_the_screen_itself_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = BoardApp(5, lambda **_: _raise(AssertionError("broken"))())  # type: ignore[arg-type]
    monkeypatch.setattr(BoardApp, "run", lambda self: _run_headless(self))
    assert app.play() == 1
    assert "broken" in capsys.readouterr().err


def _run_headless(app: BoardApp) -> int | None:
    return asyncio.run(app.run_async(headless=True))


def test_crash_of_compiled_code_leaves_a_note(tmp_path: Path) -> None:
    import subprocess

    code = (
        "import ctypes; from scripts.board.trouble import noting_crashes\n"
        "with noting_crashes(): ctypes.string_at(0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert ended.returncode < 0
    assert "Segmentation fault" in trouble.trouble_path().read_text()


def test_told_player_is_asked_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, lock = [0], [0], threading.Lock()

    class Told:
        def move_probabilities(self, state: GameState) -> np.ndarray:
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            threading.Event().wait(0.02)
            with lock:
                inside[0] -= 1
            return np.zeros(state.rules.num_points + 1)

    analyst = Analyst()
    monkeypatch.setattr(analyst, "_told", Told())
    state = GameState(Rules(5))
    threads = [threading.Thread(target=analyst.told_chances, args=(state,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_new_game_is_not_heard_by_an_agent_that_thinks() -> None:
    heard: list[str] = []
    thinks, may_end = threading.Event(), threading.Event()

    class Slow(Scripted):
        def select_move(self, *_: object) -> Decision:
            heard.append("asked")
            thinks.set()
            may_end.wait(10)
            heard.append("answered")
            return Decision(0)

        def new_game(self) -> None:
            heard.append("new game")

    bot, state = LazyAgent("slow", Slow), GameState(Rules(5))
    args = (state, Limits(), np.random.default_rng(0))
    thread = threading.Thread(target=bot.select_move, args=args)
    thread.start()
    thinks.wait(10)
    bot.new_game()
    may_end.set()
    thread.join()
    bot.select_move(*args)
    assert heard == ["asked", "answered", "new game", "asked", "answered"]


def test_looking_at_something_else_does_not_call_off_a_question() -> None:
    release = threading.Event()

    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        def job() -> Iterator[str]:
            release.wait(10)
            yield "the answer"

        app.desk.ask(job, app.say, "Thinking about it …")
        await pilot.press("4", "1", "t", "t")
        release.set()
        await settle(app, pilot)
        assert "the answer" in talk(app)
        assert app.desk.lookout.findings.sight is not None  # and then it looked

    drive(play, "d3")


def test_thinker_goes_on_after_everything() -> None:
    posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    thinker = Thinker(threading.Event(), posted.put)
    for error in (SystemExit(), GeneratorExit(), Stopped(), AgentError("no"), MemoryError()):
        failures: list[Exception] = []
        thinker.ask(lambda error=error: iter([_raise(error)()]), print, failures.append)  # type: ignore[misc]
        posted.get(timeout=10)()
        assert len(failures) == 1
        assert not thinker.is_busy
    thinker.close()
    assert not thinker._thread.is_alive()
