"""Line mode: whole games by keyboard and by pipe, and every way to leave one.

The opponent is a scripted engine (tests/agents/gtp/fake_engine.py), so that each game and its
result are known beforehand.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pexpect
import pytest

from agents.base import AgentError, Decision, Limits
from go_engine import BLACK, WHITE, GameState, Rules
from go_engine.coords import vertex_to_move
from go_engine.diagram import parse
from go_engine.sgf import SgfGame, read_sgf
from scripts.board.keep import Keeper, default_path, write_whole
from scripts.board.screen import Style
from scripts.board.session import Session
from scripts.board.words import outcome, score

ROOT = Path(__file__).resolve().parents[2]
FAKE = ROOT / "tests" / "agents" / "gtp" / "fake_engine.py"

Command = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The command line of a game against an engine that plays the given moves, then passes."""

    def build(*moves: str, mode: str = "good", options: tuple[str, ...] = ()) -> list[str]:
        engine = [sys.executable, "-I", str(FAKE), mode, str(tmp_path / "log"), *moves]
        play = [sys.executable, "-m", "scripts.cli.main", "play", "--size", "5"]
        return [*play, "--agent", f"gtp:{' '.join(engine)}", *options]

    return build


def piped(command: list[str], text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, input=text, capture_output=True, text=True, timeout=60, check=False
    )


def typed(command: list[str], **options: object) -> pexpect.spawn[str]:
    return pexpect.spawn(
        command[0], command[1:], cwd=str(ROOT), encoding="utf-8", timeout=20, **options
    )


def kept(tmp_path: Path) -> list[SgfGame]:
    """The games kept in the data folder, oldest first."""
    return [read_sgf(path.read_bytes()) for path in sorted((tmp_path / "data").rglob("*.sgf"))]


def points(*vertices: str, size: int = 5) -> tuple[int, ...]:
    return tuple(vertex_to_move(vertex, size) for vertex in vertices)


# ---------------------------------------------------------------- through a pipe


def test_whole_game_through_a_pipe(command: Command, tmp_path: Path) -> None:
    # Black walls off the left three columns: 15 points to 10. Black takes a white stone at A5.
    moves = "c3\nc2\nc4\nc1\nc5\nb5\na4\npass\nquit\n"
    result = piped(command("d3", "d2", "d4", "d1", "d5", "a5", "e3"), moves)
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


def test_boards_in_a_pipe_are_plain_diagrams(command: Command) -> None:
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


def test_white_undo_score_hint_new_and_save(command: Command, tmp_path: Path) -> None:
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


def test_resigning_and_taking_it_back(command: Command, tmp_path: Path) -> None:
    result = piped(command("d3", "resign"), "c3\nresign\nresign\nc2\nundo\nc2\nundo\n")
    assert "Black resigns; White wins. You lose." in result.stdout
    assert "The game is over already." in result.stdout
    assert "The game is over; take back with undo" in result.stdout
    assert "Your resignation is taken back." in result.stdout
    assert "White resigns; Black wins. You win!" in result.stdout
    [game] = kept(tmp_path)
    assert (game.moves, game.result) == (points("c3", "d3"), "")


def test_game_is_kept_where_told(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "my game.sgf"
    result = piped(command("d3", options=("--save", str(path))), "c3\n")
    assert f"The game is kept in {path}" in result.stdout
    assert read_sgf(path.read_bytes()).moves == points("c3", "d3")
    assert list(tmp_path.glob(".*")) == []  # no scraps
    again = piped(command("d3", options=("--save", str(path))), "c4\n")
    assert again.returncode == 2
    assert again.stderr == f"untold play: there is a file already; choose another name: {path}\n"
    assert read_sgf(path.read_bytes()).moves == points("c3", "d3")


def test_nothing_is_kept_of_a_game_without_moves(command: Command, tmp_path: Path) -> None:
    assert piped(command(), "quit\n").returncode == 0
    assert kept(tmp_path) == []


def test_loaded_game_goes_on(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "old.sgf"
    path.write_text("(;SZ[5]KM[0.5];B[cc];W[bb])")
    base = command("d3")
    at = base.index("--size")
    line = [*base[:at], *base[at + 2 :], "--load", str(path), "--save", str(path)]
    result = piped(line, "c2\nscore\n")
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
def test_wrong_files_are_one_line(options: list[str], said: str) -> None:
    line = [sys.executable, "-m", "scripts.cli.main", "play", "--agent", "random", *options]
    result = piped(line, "")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("untold play: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_data_folder_that_cannot_be_made(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    result = piped(command(), "")
    assert result.returncode == 2
    assert "name a file with --save" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("mode", ["crash", "garbage", "refuse"])
def test_engine_that_fails_loses_no_move(command: Command, tmp_path: Path, mode: str) -> None:
    result = piped(command(mode=mode), "c3\n")
    assert result.returncode == 2
    assert result.stderr.startswith("untold play: python")
    assert result.stderr.count("\n") == 1
    assert kept(tmp_path)[0].moves == points("c3")


def test_bytes_that_are_no_text_do_no_harm(command: Command) -> None:
    result = subprocess.run(
        command("d3"),
        cwd=ROOT,
        input=b"\xff\xfe\x1b[31m\n" + b"c" * 10000 + b"\nc3\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0
    assert b"\x1b" not in result.stdout
    assert b"plays D3" in result.stdout


def test_same_seed_same_game(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "scripts.cli.main", "play", "--size", "5", "--seed", "4"]
    line += ["--agent", "random", "--color", "random"]
    outs = [re.sub(r"The game is kept.*", "", piped(line, "c3\npass\n").stdout) for _ in range(2)]
    assert outs[0] == outs[1]
    assert "random) plays" in outs[0]


# ---------------------------------------------------------------- at a terminal


def test_whole_game_at_a_terminal(command: Command, tmp_path: Path) -> None:
    child = typed(command("d3", "d2", "pass", options=("--komi", "0.5")), dimensions=(40, 100))
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
    command: Command, monkeypatch: pytest.MonkeyPatch, name: str, value: str, stone: str
) -> None:
    monkeypatch.setenv(name, value)
    if name == "LC_ALL":
        monkeypatch.setenv("PYTHONUTF8", "0")
        monkeypatch.setenv("PYTHONCOERCECLOCALE", "0")
        monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    child = typed(command("d3"))
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
def test_interrupt_keeps_the_game(command: Command, tmp_path: Path, is_thinking: bool) -> None:
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


def test_closed_terminal_keeps_the_game(command: Command, tmp_path: Path) -> None:
    child = typed(command("d3"))
    child.expect_exact("Black> ")
    child.sendline("c3")
    child.expect_exact("Black> ")
    child.kill(signal.SIGHUP)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 128 + signal.SIGHUP
    assert kept(tmp_path)[0].moves == points("c3", "d3")


# ---------------------------------------------------------------- the parts


class Passer:
    name = "passer"

    def __init__(self, move: int = 25) -> None:
        self.move = move

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        return Decision(self.move)

    def new_game(self) -> None: ...

    def close(self) -> None: ...


def session(human: int = BLACK, move: int = 25) -> Session:
    start = GameState(Rules(5))
    return Session(Passer(move), human, start, Limits(), np.random.default_rng(1))


def test_illegal_move_of_the_agent_is_its_fault() -> None:
    game = session(move=12)
    game.play("c3")
    with pytest.raises(AgentError, match="illegal move 12"):
        game.let_agent_move()
    assert game.state.history == (12,)


def test_taking_back_at_the_end_of_the_game() -> None:
    game = session()
    game.play("pass")
    game.let_agent_move()
    assert game.is_over
    assert game.result() == "W+7"
    assert game.take_back() == 2
    assert not game.is_over
    assert game.state.history == ()


def test_only_ones_own_moves_can_be_taken_back() -> None:
    game = session(human=WHITE)
    game.let_agent_move()
    with pytest.raises(ValueError, match="you have not moved yet"):
        game.take_back()
    assert game.state.history == (25,)


@pytest.mark.parametrize(
    ("komi", "human", "words"),
    [
        (7, BLACK, "Black wins by 18 points (Black 25, White 0 and 7 komi). You win!"),
        (24, WHITE, "Black wins by 1 point (Black 25, White 0 and 24 komi). You lose."),
        (25, BLACK, "The game is a draw (Black 25, White 0 and 25 komi)."),
        (25.5, WHITE, "White wins by 0.5 points (Black 25, White 0 and 25.5 komi). You win!"),
    ],
)
def test_outcome_in_words(komi: float, human: int, words: str) -> None:
    state = GameState(Rules(5, komi))
    for move in (12, 25, 25):
        state.play(move)
    assert outcome(state, None, human) == words


def test_even_score_in_words() -> None:
    assert score(GameState(Rules(5, 0))) == "Black 0, White 0 and 0 komi: even"


def test_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "game.sgf"
    write_whole(path, "old")

    def full_disk(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left") as caught:
        write_whole(path, "new")
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["game.sgf"]


def test_default_paths_never_collide() -> None:
    first = default_path()
    Keeper(first).keep("(;)")
    assert default_path() != first
    assert default_path().parent == first.parent


def test_style_of_a_pipe_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    assert Style.for_stdout() == Style(unicode=False, color=False)
