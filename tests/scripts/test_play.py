"""Line mode: whole games by keyboard and by pipe, and every way to leave one.

The opponent is a scripted engine (tests/agents/gtp/fake_engine.py), so that each game and its
result are known beforehand.
"""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pexpect
import pytest

from go_engine.coords import vertex_to_move
from go_engine.diagram import parse
from go_engine.sgf import SgfGame, read_sgf
from scripts.cli.main import main
from tests.terminal import at_terminal

ROOT = Path(__file__).resolve().parents[2]
FAKE = ROOT / "tests" / "agents" / "gtp" / "fake_engine.py"

Build = Callable[..., list[str]]
Piped = Callable[[list[str], str | bytes], "Result"]


class Result(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def command(tmp_path: Path) -> Build:
    """The options of a game against an engine that plays the given moves, then passes."""

    def build(*moves: str, mode: str = "good", options: tuple[str, ...] = ()) -> list[str]:
        engine = [sys.executable, "-I", str(FAKE), mode, str(tmp_path / "log"), *moves]
        return ["--size", "5", "--agent", f"gtp:{' '.join(engine)}", *options]

    return build


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Piped:
    """Runs `untold play` in this process (a new one costs a second), lines given as its input."""

    def run(options: list[str], text: str | bytes) -> Result:
        data = text.encode() if isinstance(text, str) else text
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        code = main(["play", *options])
        return Result(code, *capsys.readouterr())

    return run


def typed(
    options: list[str], rows: int = 24, columns: int = 80, env: dict[str, str] | None = None
) -> pexpect.spawn[str]:
    """`untold play` at a terminal of its own."""
    play = (sys.executable, "-m", "scripts.cli.main", "play", "--plain", *options)
    return at_terminal(*play, rows=rows, columns=columns, env=env, timeout=30)


def kept(tmp_path: Path) -> list[SgfGame]:
    """The games kept in the data folder, oldest first."""
    paths = sorted((tmp_path / "data").rglob("*.sgf"), key=lambda path: path.stem)
    return [read_sgf(path.read_bytes()) for path in paths]


def points(*vertices: str, size: int = 5) -> tuple[int, ...]:
    return tuple(vertex_to_move(vertex, size) for vertex in vertices)


# ---------------------------------------------------------------- through a pipe


def test_whole_game_through_a_pipe(command: Build, tmp_path: Path) -> None:
    # Black walls off the left three columns: 15 points to 10. Black takes a white stone at A5.
    moves = "c3\nc2\nc4\nc1\nc5\nb5\na4\npass\nquit\n"
    options = command("d3", "d2", "d4", "d1", "d5", "a5", "e3")
    result = subprocess.run(
        [sys.executable, "-m", "scripts.cli.main", "play", *options],
        cwd=ROOT,
        input=moves,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stderr == ""
    assert result.returncode == 0
    assert "You take 1 stone." in result.stdout
    assert "Stones taken by Black: 1, by White: 0." in result.stdout
    assert "White wins by 2 points (Black 15, White 10 and 7 komi). You lose." in result.stdout
    assert "The other side passed" not in result.stdout
    [game] = kept(tmp_path)
    expected = "c3 d3 c2 d2 c4 d4 c1 d1 c5 d5 b5 a5 a4 e3 pass pass"
    assert game.moves == points(*expected.split())
    assert (game.result, game.black, game.rules.komi) == ("W+2", "you", 7.0)
    assert game.white.startswith("gtp:")


def test_boards_in_a_pipe_are_plain_diagrams(command: Build, piped: Piped) -> None:
    out = piped(command("d3"), "c3\n").stdout
    assert out.isascii()
    assert "\x1b" not in out
    boards = re.findall(r"(?m)(?:^ \d[ XO.+()]+\d\n){5}", out)
    assert len(boards) == 2
    assert not parse(boards[0]).any()
    stones = parse(boards[1])
    assert (int(stones[2, 2]), int(stones[2, 3])) == (1, -1)
    assert "(O)" in boards[1]  # the last move
    assert "   A B C D E\n" in out


def test_white_undo_score_hint_new_and_save(command: Build, piped: Piped, tmp_path: Path) -> None:
    saved = tmp_path / "saved.sgf"
    lines = ["undo", "c4", "undo", "c3", "c3", "d9", "i2", "fly", "undp", "score", "hint", "HELP"]
    lines += [f"save {saved}", f"save {saved}", "save /no/such/folder/x.sgf", "", "new", "b2"]
    result = piped(
        command("b3", "b4", "a1", "a2", "b1", "d4", options=("--color", "white")), "\n".join(lines)
    )
    assert result.returncode == 0
    assert result.stderr == ""
    said = [
        "You have not moved yet: nothing to take back.",
        "2 moves are taken back.",
        "There is already a stone on C3.",
        "'d9' is off the board; points go from A1 to E5.",
        "columns skip the letter I.",
        "'fly' is not a point",
        "Unknown command 'undp'; did you mean undo?",
        "Black 2, White 1 and 7 komi: White is ahead by 6 points",
        "would play A2.",
        "take back your last move and the bot's answer",
        f"Saved in {saved}",
        f"There is a file already; choose another name: {saved}.",
        "Cannot write (No such file or directory): /no/such/folder/x.sgf.",
    ]
    position = 0
    for text in said:  # in this order
        assert text in result.stdout[position:], text
        position = result.stdout.index(text, position)
    assert read_sgf(saved.read_bytes()).moves == points("b3", "c3", "a1")
    games = kept(tmp_path)
    assert [game.moves for game in games] == [points("b3", "c3", "a1"), points("b1", "b2", "d4")]


def test_resigning_and_taking_it_back(command: Build, piped: Piped, tmp_path: Path) -> None:
    result = piped(command("d3", "resign"), "c3\nresign\nresign\nc2\nundo\nc2\nundo\n")
    assert "Black resigns; White wins. You lose." in result.stdout
    assert "The game is over already." in result.stdout
    assert "The game is over: undo, or new." in result.stdout
    assert "Your resignation is taken back." in result.stdout
    assert "White resigns; Black wins. You win!" in result.stdout
    [game] = kept(tmp_path)
    assert (game.moves, game.result) == (points("c3", "d3"), "")


def test_game_is_kept_where_told(command: Build, piped: Piped, tmp_path: Path) -> None:
    path = tmp_path / "my game.sgf"
    result = piped(command("d3", options=("--save", str(path))), "c3\n")
    assert f"The game is kept in {path}" in result.stdout
    assert read_sgf(path.read_bytes()).moves == points("c3", "d3")
    assert list(tmp_path.glob(".*")) == []  # no scraps
    again = piped(command("d3", options=("--save", str(path))), "c4\n")
    assert again.returncode == 2
    assert again.stderr == f"untold play: there is a file already; choose another name: {path}\n"
    assert read_sgf(path.read_bytes()).moves == points("c3", "d3")


def test_nothing_is_kept_of_a_game_without_moves(
    command: Build, piped: Piped, tmp_path: Path
) -> None:
    assert piped(command(), "quit\n").returncode == 0
    assert kept(tmp_path) == []


def test_loaded_game_goes_on(command: Build, piped: Piped, tmp_path: Path) -> None:
    path = tmp_path / "old.sgf"
    path.write_text("(;SZ[5]KM[0.5];B[cc];W[bb])")
    options = [*command("d3")[2:], "--load", str(path), "--save", str(path)]
    result = piped(options, "c2\nscore\n")
    assert result.returncode == 0
    assert "and 0.5 komi" in result.stdout
    assert read_sgf(path.read_bytes()).moves == points("c3", "b4", "c2", "d3")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--save", "/no/such/folder/game.sgf"], "no such folder: /no/such/folder"),
        (["--save", "/tmp"], "the game cannot be kept in a folder; name a file: /tmp"),
        (["--save", "/proc/game.sgf"], "cannot write there"),
        (["--load", "/no/such/game.sgf"], "No such file or directory: /no/such/game.sgf"),
        (["--load", str(FAKE)], f"cannot load {FAKE}: not a readable SGF"),
        (["--load", str(FAKE), "--komi", "5"], "come from the game that --load names"),
    ],
)
def test_wrong_files_are_one_line(piped: Piped, options: list[str], said: str) -> None:
    result = piped(["--agent", "random", *options], "")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("untold play: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_data_folder_that_cannot_be_made(
    command: Build, piped: Piped, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    result = piped(command(), "")
    assert result.returncode == 2
    assert "name a file with --save" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("mode", ["crash", "garbage", "refuse"])
def test_engine_that_fails_loses_no_move(
    command: Build, piped: Piped, tmp_path: Path, mode: str
) -> None:
    result = piped(command(mode=mode), "c3\n")
    assert result.returncode == 2
    assert result.stderr.startswith("untold play: python")
    assert result.stderr.count("\n") == 1
    assert kept(tmp_path)[0].moves == points("c3")


def test_bytes_that_are_no_text_do_no_harm(command: Build, piped: Piped) -> None:
    result = piped(command("d3"), b"\xff\xfe\x1b[31m\n" + b"c" * 10000 + b"\nc3\n")
    assert result.returncode == 0
    assert "\x1b" not in result.stdout
    assert "plays D3" in result.stdout


def test_default_opponent_is_named(
    piped: Piped, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("agents.spec.SHIPPED", tmp_path)  # where no weights are
    result = piped([], "quit\n")
    assert result.stdout.startswith(
        "Your opponent is random; --level and --agent choose another.\n"
    )
    assert "Black (you) X against White (random) O, 9x9, komi 7." in result.stdout


def test_same_seed_same_game(piped: Piped) -> None:
    options = ["--size", "5", "--seed", "4", "--agent", "random", "--color", "random"]
    outs = [re.sub(r"The game is kept.*", "", piped(options, "c3\npass\n")[1]) for _ in range(2)]
    assert outs[0] == outs[1]
    assert "random) plays" in outs[0]


# ---------------------------------------------------------------- at a terminal


def test_whole_game_at_a_terminal(command: Build, tmp_path: Path) -> None:
    child = typed(command("d3", "d2", "pass", options=("--komi", "0.5")), rows=40, columns=100)
    child.expect_exact("Black> ")
    child.sendline("C3")
    child.expect(r"White \(gtp:.*\) plays D3\.")
    child.expect_exact("Black> ")
    assert "\x1b[" in (child.before or "")  # in colour
    assert "●" in (child.before or "")
    child.sendline("c2")
    child.expect_exact("Black> ")
    child.sendline("undo")
    child.expect_exact("2 moves are taken back.")
    child.expect_exact("Black> ")
    child.sendline("b3")
    child.expect("passes")
    child.expect_exact("The other side passed: pass too to end the game.")
    child.sendline("pass")
    child.expect_exact("Dead stones: D3.")
    child.expect_exact("Black wins by 24.5 points (Black 25, White 0 and 0.5 komi). You win!")
    child.sendline("dead d3")
    child.expect_exact("Dead stones: none.")
    child.expect_exact("Black wins by 0.5 points (Black 2, White 1 and 0.5 komi). You win!")
    child.expect_exact("Game over> ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert kept(tmp_path)[0].result == "B+0.5"


@pytest.mark.parametrize(
    ("name", "value", "stone"),
    [("NO_COLOR", "1", "●"), ("TERM", "dumb", "X"), ("LC_ALL", "C", "X")],
)
def test_plainer_terminals_get_plainer_boards(
    command: Build, name: str, value: str, stone: str
) -> None:
    env = {name: value}
    if name == "LC_ALL":
        env |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    child = typed(command("d3"), env=env)
    child.expect_exact("Black> ")
    child.sendline("c3")
    child.expect_exact("Black> ")
    text = child.before or ""
    assert stone in text
    if name != "LC_ALL":
        assert re.search(r"\x1b\[[0-9;]*m", text) is None
    child.sendline("quit")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


@pytest.mark.parametrize("is_thinking", [False, True])
def test_interrupt_keeps_the_game(command: Build, tmp_path: Path, is_thinking: bool) -> None:
    child = typed(command(mode="hang" if is_thinking else "good"))
    child.expect_exact("Black> ")
    child.sendline("c3")
    if is_thinking:
        log = tmp_path / "log"
        for _ in range(200):
            if log.exists() and "genmove" in log.read_text():
                break
            child.expect(pexpect.TIMEOUT, timeout=0.05)
    else:
        child.expect_exact("Black> ")
    child.sendintr()
    child.expect_exact("The game is kept in ")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert "Traceback" not in (child.before or "")
    assert kept(tmp_path)[0].moves[:1] == points("c3")


def test_closed_terminal_keeps_the_game(command: Build, tmp_path: Path) -> None:
    child = typed(command("d3"))
    child.expect_exact("Black> ")
    child.sendline("c3")
    child.expect_exact("Black> ")
    child.kill(signal.SIGHUP)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 128 + signal.SIGHUP
    assert kept(tmp_path)[0].moves == points("c3", "d3")
