"""Line mode beyond playing: looking back, learning, files, speech, and the plainest terminals; and
what becomes of a terminal that the full screen has used."""

from __future__ import annotations

import io
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from go_engine.coords import vertex_to_move
from go_engine.sgf import read_sgf, read_variations
from scripts.cli.main import main
from tests.terminal import at_terminal

ROOT = Path(__file__).resolve().parents[2]
FAKE = ROOT / "tests" / "agents" / "gtp" / "fake_engine.py"

Piped = Callable[..., str]


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def piped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Piped:
    """Runs `untold play` with lines as its input, against an engine that plays `moves`."""

    def run(lines: str, *options: str, moves: str = "") -> str:
        text = io.TextIOWrapper(io.BytesIO("\n".join(lines.split("|")).encode()))
        monkeypatch.setattr(sys, "stdin", text)
        engine = [sys.executable, "-I", str(FAKE), "good", str(tmp_path / "log"), *moves.split()]
        agent = () if "--load" in options or "--resume" in options else ("--size", "5")
        code = main(["play", "--agent", f"gtp:{' '.join(engine)}", *agent, *options])
        out, err = capsys.readouterr()
        assert (code, err) == (0, "")
        return str(out)

    return run


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "data").rglob("*.sgf"), key=lambda path: path.stem)


def in_order(text: str, *parts: str) -> None:
    position = 0
    for part in parts:
        assert part in text[position:], part
        position = text.index(part, position) + len(part)


def test_looking_back_branching_and_letting_the_bot_move(piped: Piped, tmp_path: Path) -> None:
    lines = "c3|c2|start|back|forward 2|b4|back|variation|end|forward|go|swap"
    out = piped(lines, moves="d3 d2 e1 a1")
    in_order(
        out,
        "There is no move before this one.",
        "Move 2 of 4: White D3.",
        "plays E1.",
        "Move 3 of 4: Black B4. There is another variation.",
        "Move 3 of 4: Black C2. There is another variation.",
        "Move 4 of 4: White D2.",
        "There is no move after this one.",
        "plays A1.",
    )
    [path] = kept(tmp_path)
    lines_kept = [game.moves for game in read_variations(path.read_bytes())]
    expected = ("c3 d3 b4 e1", "c3 d3 c2 d2 a1")
    wanted = [tuple(vertex_to_move(v, 5) for v in line.split()) for line in expected]
    assert sorted(line[:5] for line in lines_kept) == sorted(wanted)


def test_end_of_the_game_agreed_and_disputed(piped: Piped) -> None:
    out = piped("c3|pass|continue|pass|dead d3|agree|new size=4 white", moves="d3 pass pass pass")
    in_order(
        out,
        "Dead stones: none",
        "The game goes on; play until the board says all.",
        "Dead stones: D3.",
        "Agreed.",
        "4x4, komi 7.",
    )


def test_spoken_game_has_no_diagrams(piped: Piped) -> None:
    out = piped("b5|e1|show|around a5|hello there|resign", "--speak", moves="a5 a4")
    in_order(
        out,
        "The board is empty.",
        "It is your move.",
        "White plays A5.",
        "It is your move.",
        "White plays A4.",
        "Row 5: Black B5; White A5.",
        "A5: White. A chain of two stones with",
        "Black resigns; White wins. You lose.",
    )
    assert "A B C D E" not in out
    assert out.isascii()


def test_files_of_all_kinds_resume_and_load(piped: Piped, tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("copy.sgf", "board.svg", "board.txt")]
    out = piped(f"c3|save {names[0]}|export {names[1]}|export {names[2]}|export", moves="d3")
    assert out.count("Saved in") == 3
    assert "name a file that ends in .svg or .txt" in out.lower()
    assert "(O)" in Path(names[2]).read_text()
    again = piped("c2|quit", "--resume", moves="d2")
    assert "Stones taken" in again
    [path] = kept(tmp_path)  # the same file goes on
    moves = tuple(vertex_to_move(v, 5) for v in ("c3", "d3", "c2", "d2"))
    assert read_sgf(path.read_bytes()).moves == moves
    hostile = tmp_path / "x.sgf"
    hostile.write_bytes(b"(;SZ[5]PB[\x1b[31m\\]x]PW[y]RE[W+R]C[\x07\x9b2J];B[cc];W[bb])")
    loaded = piped(f"load {hostile}|start", moves="a1")
    assert "A record: ?[31m]x against y. W+R" in loaded
    assert "\x1b" not in loaded
    assert "\x07" not in loaded


def test_learning_commands(piped: Piped) -> None:
    asked = "c3|hint|why|analyse|policy|owner|told c2|told|marks|estimate|review|graph|levels"
    out = piped(asked, moves="d3")
    in_order(
        out,
        "The untold network would play",
        "The told player would play",
        "About White D3:",
        "Expected: ",
        "in percent:",
        "Whose each point will be",
        "told about C2",
        "Name a point, such as told E5.",
        "No chain is in atari or caught in a ladder.",
        "The network expects",
        "ove",  # the moves that cost most, or: no move cost much
        "100%",
        "Unknown command 'levels'",
    )
    for grid in re.findall(r"(?m)(?:^ \d  .*\n){5}", out):
        assert len({len(line) for line in grid.splitlines()}) == 1


def test_clock_by_lines(piped: Piped) -> None:
    out = piped("c3|c2", "--time", "10+5", moves="d3 d2")
    assert re.search(r"Time left: Black 10:0\d, White 10:0\d\.", out)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--level", "godlike"], "no level 'godlike'"),
        (["--level", "strong", "--agent", "told"], "both name the bot"),
        (["--resume"], "no game to resume"),
        (["--resume", "--load", "x.sgf"], "leave out --load"),
        (["--time", "soon"], "--time must be minutes"),
        (["--handicap", "1"], "fixed handicap on 9x9 can be 2 to 9"),
        (["--size", "5", "--handicap", "2"], "fixed handicap on 5x5"),
    ],
)
def test_wrong_options_are_one_line(
    capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    agent = [] if "--agent" in options or "--level" in options else ["--agent", "random"]
    assert main(["play", *agent, *options]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


# ---------------------------------------------------------------- at a terminal


def spawn(
    *options: str, rows: int = 24, columns: int = 80, env: dict[str, str] | None = None
) -> pexpect.spawn[str]:
    play = (sys.executable, "-m", "scripts.cli.main", "play", "--agent", "random", "--size", "5")
    return at_terminal(*play, *options, rows=rows, columns=columns, env=env)


@pytest.mark.parametrize(
    ("columns", "env", "unicode"),
    [
        (40, {}, True),
        (80, {"NO_COLOR": "1"}, True),
        (80, {"TERM": "dumb"}, False),
        (
            80,
            {
                "LC_ALL": "C",
                "PYTHONUTF8": "0",
                "PYTHONCOERCECLOCALE": "0",
                "PYTHONIOENCODING": "ascii",
            },
            False,
        ),
    ],
    ids=["narrow", "no colour", "dumb", "ascii locale"],
)
def test_simple_terminals_get_lines_by_themselves(
    columns: int, env: dict[str, str], unicode: bool
) -> None:
    child = spawn(columns=columns, env=env)
    child.expect_exact("Black> ")
    text = child.before or ""
    assert "\x1b[?1049h" not in text  # no full screen
    if columns == 40:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
        words = [line for line in plain.splitlines() if "/" not in line]
        assert max(map(len, words)) < 40
    child.sendline("c3")
    child.expect_exact("Black> ")
    assert ("●" if unicode else "X") in (child.before or "")
    child.sendline("quit")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


@pytest.mark.parametrize(
    ("leave", "code"),
    [("q", 0), ("\x03", 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["q", "ctrl-c", "sigterm", "sighup"],
)
def test_full_screen_leaves_the_terminal_and_the_game_as_they_should_be(
    tmp_path: Path, leave: str | signal.Signals, code: int
) -> None:
    child = spawn(env={"COLORTERM": "truecolor"})
    child.expect_exact("\x1b[?1049h")  # the other screen
    child.expect_exact("all keys")
    child.send("b2\r")
    for _ in range(400):
        games = kept(tmp_path)
        if games and len(read_sgf(games[0].read_bytes()).moves) == 2:
            break
        child.expect([pexpect.TIMEOUT, ".+"], timeout=0.1)
    [path] = kept(tmp_path)
    if isinstance(leave, str):
        child.send(leave)
    else:
        child.kill(leave)
    child.expect_exact("\x1b[?1049l")  # back again
    child.expect(pexpect.EOF)
    rest = child.before or ""
    child.close()
    assert "\x1b[?25h" in rest  # the cursor is seen again
    assert "Traceback" not in rest
    assert "The game is kept in" in rest
    assert child.exitstatus == code
    moves = read_sgf(path.read_bytes()).moves
    assert moves[0] == vertex_to_move("b2", 5)
    assert len(moves) == 2
