"""The full screen, driven by Textual's Pilot: whole games by keys and by mouse, and all around."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import RichLog, Static

from go_engine import BLACK
from go_engine.coords import vertex_to_move
from go_engine.sgf import read_sgf
from scripts.board.app import BoardApp
from scripts.board.keys import HELP
from scripts.board.table import Setup
from tests.scripts.piloting import click, drive, kept, keys, played, status, talk, window


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_whole_game_by_keys() -> None:
    # The same game as in test_play: Black walls off three columns, takes A5, loses 15 to 10.
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await keys(app, pilot, "enter")  # the cursor begins in the centre
        await keys(app, pilot, "down", "enter")
        await keys(app, pilot, "c", "4", "enter")
        await keys(app, pilot, "c", "1", "space")
        await keys(app, pilot, "C", "5", "enter")
        await keys(app, pilot, "b", "5", "enter")
        await keys(app, pilot, "j", "h", "enter")  # from B5 down and left: A4
        assert played(app)[-2:] == ["A4", "E3"]
        await keys(app, pilot, "p")
        assert app.desk.session.phase == "agreeing"
        assert "y agree" in status(app)
        assert "White wins by 2 points" in status(app)
        await keys(app, pilot, "y")

    app = drive(play, "d3", "d2", "d4", "d1", "d5", "a5", "e3")
    assert app.desk.session.phase == "over"
    assert app.desk.session.result() == "W+2"
    game = read_sgf(kept(app).read_bytes())
    expected = [
        "C3",
        "D3",
        "C2",
        "D2",
        "C4",
        "D4",
        "C1",
        "D1",
        "C5",
        "D5",
        "B5",
        "A5",
        "A4",
        "E3",
        "pass",
        "pass",
    ]
    assert game.moves == tuple(vertex_to_move(vertex, 5) for vertex in expected)
    assert (game.result, game.black, game.white) == ("W+2", "you", "scripted")


def test_whole_game_by_mouse_with_dead_stones_undo_and_playing_on() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await click(app, pilot, "c3")
        await click(app, pilot, "c3")  # occupied
        assert "already a stone" in status(app)
        await click(app, pilot, "c2")
        await keys(app, pilot, "u")
        assert played(app) == ["C3", "D3"]
        await click(app, pilot, "b3")
        assert played(app) == ["C3", "D3", "B3", "pass"]
        await keys(app, pilot, "p")
        session = app.desk.session
        assert session.dead == {vertex_to_move("d3", 5)}
        await click(app, pilot, "d3")
        assert session.dead == frozenset()
        await keys(app, pilot, "o")  # not agreed
        assert session.phase == "playing"
        assert played(app) == ["C3", "D3", "B3", "pass"]
        await keys(app, pilot, "p")
        assert session.dead == frozenset()  # after a dispute the board says all
        await click(app, pilot, "d3")
        await keys(app, pilot, "y")

    app = drive(play, "d3", "d2", "pass", setup=Setup("random", size=5, komi=0.5))
    assert app.desk.session.result() == "B+24.5"


def test_bot_that_fails_is_asked_again_and_nothing_is_lost() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await keys(app, pilot, "enter")
        assert "The engine died" in talk(app)
        assert read_sgf(kept(app).read_bytes()).moves == (12,)
        await keys(app, pilot, "m")

    app = drive(play, "fail", "d3")
    assert played(app) == ["C3", "D3"]


def test_resign_swap_and_let_the_bot_move() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await keys(app, pilot, "m")
        assert played(app) == ["B2", "D4"]  # for the person, then for itself
        await keys(app, pilot, "z")
        assert app.desk.session.human == -1
        await keys(app, pilot, "x", "escape")
        assert app.desk.session.result() == ""
        await keys(app, pilot, "x", "enter")
        assert app.desk.session.result() == "B+R"
        await keys(app, pilot, "enter")
        assert "game is over" in status(app)
        await keys(app, pilot, "u")
        assert app.desk.session.result() == ""

    drive(play, "b2", "d4", "c4")


def test_looking_back_and_branching() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await keys(app, pilot, "enter", "d", "4", "enter")
        assert played(app) == ["C3", "D3", "D4", "B2"]
        await keys(app, pilot, "comma", "comma", "comma")
        assert played(app) == ["C3"]
        await keys(app, pilot, "full_stop")
        assert played(app) == ["C3", "D3"]
        await keys(app, pilot, "b", "4", "enter")  # a variation; the bot answers it
        assert played(app) == ["C3", "D3", "B4", "E1"]
        await keys(app, pilot, "comma", "tab")
        assert played(app) == ["C3", "D3", "D4"]
        await keys(app, pilot, "greater_than_sign")
        assert played(app)[-1] == "B2"
        await keys(app, pilot, "less_than_sign")
        assert played(app) == []

    app = drive(play, "d3", "b2", "e1")
    text = kept(app).read_text()
    assert text.count("(") == 3  # one tree, two variations


def test_save_load_and_new_game(tmp_path: Path) -> None:
    record = tmp_path / "evil.sgf"
    record.write_text(
        "(;SZ[5]KM[0.5]PB[a\x1b[31mb]PW[x\x07y]C[hi\x1b\\]0;t\x07];B[cc];W[bb];B[cb](;W[dd])(;W[aa]))"
    )

    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await keys(app, pilot, "enter")
        await pilot.press("ctrl+s")
        assert window(app) == "AskScreen"
        for name in ("copy.sgf", "board.svg", "board.txt"):
            app.screen.query_one("Input").value = str(tmp_path / name)  # type: ignore[attr-defined]
            await keys(app, pilot, "enter")
            await pilot.press("ctrl+s")
        await keys(app, pilot, "escape")
        await pilot.press("ctrl+o")
        app.screen.query_one("Input").value = str(record)  # type: ignore[attr-defined]
        await keys(app, pilot, "enter")
        assert played(app) == ["C3", "B4", "C4", "D2"]
        assert app.desk.session.tree.black == "a?[31mb"
        await keys(app, pilot, "less_than_sign")
        assert "hi?]0;t?" in talk(app)
        await pilot.press("n")
        assert window(app) == "NewGameScreen"
        await keys(app, pilot, "down", "right", "down", "right", "enter")  # White, 6x6
        assert app.desk.session.state.rules.board_size == 6
        assert app.desk.session.human == -1
        assert len(played(app)) == 1  # the bot began
        assert app.goban.layout_now.size == 6

    drive(play, "d3")
    assert read_sgf((tmp_path / "copy.sgf").read_bytes()).moves == (12, 13)
    assert (tmp_path / "board.svg").read_text().startswith("<svg")
    assert "(O)" in (tmp_path / "board.txt").read_text()


def test_too_small_and_back() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        small = app.query_one("#small", Static)
        for size, is_small, is_narrow in (
            ((12, 5), True, False),
            ((30, 14), False, True),
            ((40, 24), False, True),
            ((80, 24), False, False),
            ((160, 60), False, False),
        ):
            await pilot.resize_terminal(*size)
            await pilot.pause(0.05)
            assert small.display is is_small, size
            assert app.query_one("#players").display is not is_narrow or is_small, size
            if is_small:
                assert "too small" in str(small.render())
            else:  # what is said can be read
                assert app.query_one("#talk").size.height >= (4 if size[1] > 14 else 0), size
        await keys(app, pilot, "enter")
        assert played(app) == ["C3", "D3"]

    drive(play, "d3")


def test_help_tells_every_key_and_closes() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await pilot.press("question_mark")
        assert window(app) == "HelpScreen"
        await pilot.press("escape")
        assert window(app) == "Screen"
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert window(app) == "CommandPalette"
        await pilot.press("escape")
        await pilot.press("q")

    app = drive(play, "d3")
    assert app.return_code == 0
    assert {"hint", "undo"} <= {words.split(":")[0] for _, rows in HELP for _, words in rows}


def test_overlays_hint_why_and_thinking_along() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        look = app.desk.lookout
        await keys(app, pilot, "enter")
        await keys(app, pilot, "1")
        assert look.findings.sight is not None
        assert abs(look.findings.sight.policy.sum() - 1) < 1e-6
        assert app.goban._scene.tints
        await keys(app, pilot, "2")
        assert app.goban._scene.tiled
        await keys(app, pilot, "3", "left")
        assert "told about" in look.findings.words
        await keys(app, pilot, "4")
        await keys(app, pilot, "0")
        assert not app.goban._scene.tints
        await keys(app, pilot, "i")
        assert "untold network would play" in talk(app).replace("\n", " ")
        assert "told player would play" in talk(app).replace("\n", " ")
        await keys(app, pilot, "w")
        assert "About White D3" in talk(app)
        assert "it was told to" in talk(app)
        await keys(app, pilot, "s")
        assert "as the board stands" in talk(app).replace("\n", " ")
        await pilot.press("t")
        for _ in range(300):
            await pilot.pause(0.02)
            if look.findings.decision is not None:
                break
        assert look.findings.candidates()
        await pilot.press("right_square_bracket")
        assert look.findings.pv_step == 1
        assert app.goban._scene.labels
        await pilot.press("t")
        assert not app.desk.thinker.is_busy
        await keys(app, pilot, "v")
        assert "cost" in talk(app)

    app = drive(play, "d3", setup=Setup("random", size=5))
    assert app.desk.session.node.opinion is not None


def test_clock_runs_out() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        for _ in range(100):
            await pilot.pause(0.05)
            if app.desk.session.is_over:
                break
        assert "runs out of time" in status(app)

    app = drive(play, "d3", setup=Setup("random", size=5, time=(0.0, 0.4)))
    assert app.desk.session.result() == "W+T"
    assert app.desk.session.resigned == BLACK


def test_words_that_do_not_fit_below_a_small_board_are_said_beside_it() -> None:
    async def play(app: BoardApp, pilot: Pilot[int]) -> None:
        await keys(app, pilot, "enter")
        assert app.query_one("#status").size.width >= 41
        app.say("\n".join(f"line {i}" for i in range(30)))
        await pilot.pause()
        log = app.query_one("#talk", RichLog)
        assert log.lines[log.scroll_offset.y].text.strip() == "line 0"  # from its first line on
        await keys(app, pilot, "x", "enter")
        assert talk(app).replace("\n", " ").count("White wins") == 1
        await keys(app, pilot, "enter")
        assert "undo, or new" in status(app)
        await keys(app, pilot, "u", "comma", "u")
        assert "play from here, or go to the end first" in talk(app).replace("\n", " ")

    drive(play, "d3")
