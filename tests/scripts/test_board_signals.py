"""Ctrl-C, SIGTERM and SIGHUP at random moments: no move lost, the terminal as it was, no process
left, no traceback. A few moments here; a hundred with `-m slow`."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pexpect
import pytest

from go_engine.coords import move_to_vertex
from go_engine.sgf import read_sgf
from tests.terminal import at_terminal

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "tests" / "agents" / "gtp" / "fake_engine.py"
ENDS = ("ctrl-c", signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MINE = ("C3", "C2", "C4", "C1", "C5")
ANSWERS = ("D3", "D2", "D4", "D1", "D5")
SEED = 5


class Game:
    """One game at a terminal that a shell stands behind, as a person's does."""

    def __init__(self, folder: Path, opponent: str, is_full: bool) -> None:
        folder.mkdir()
        self.folder, self.is_full = folder, is_full
        engine = shlex.join([sys.executable, "-I", str(ENGINE), "good", f"{folder}/log", *ANSWERS])
        agent = {"engine": f"gtp:{engine}", "zero": "zero:simulations=20000"}[opponent]
        play = [sys.executable, "-m", "scripts.cli.main", "play", "--size", "5", "--agent", agent]
        play += ["--save", f"{folder}/game.sgf", *([] if is_full else ["--plain"])]
        inner = f"echo $$ > {folder}/pid; exec {shlex.join(play)}"
        outer = (
            f"trap : INT; stty -a > {folder}/before; sh -c {shlex.quote(inner)}; code=$?; "
            f"stty -a > {folder}/after; echo code=$code"
        )
        env = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_DATA_HOME": str(folder)}
        self.child = at_terminal("bash", "--norc", "-c", outer, env=env, timeout=240)
        self.screen = io.StringIO()
        self.child.logfile_read = self.screen

    def wait_for_start(self) -> None:
        """Until Python is past its own start, where a signal is nobody's to handle."""
        path = self.folder / "pid"
        for _ in range(3000):
            with contextlib.suppress(OSError, ValueError):
                if "numpy" in Path(f"/proc/{int(path.read_text())}/maps").read_text():
                    return
            time.sleep(0.01)
        raise AssertionError("nothing was started")

    def wait_for_board(self) -> None:
        self.child.expect_exact("all keys" if self.is_full else "Black> ")

    def let_pass(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            with contextlib.suppress(pexpect.TIMEOUT, pexpect.EOF):
                self.child.read_nonblocking(65536, timeout=left)

    def play(self, vertex: str) -> None:
        self.child.send(f"{vertex}\r")

    def end(self, how: str | signal.Signals) -> int:
        """The exit code."""
        if isinstance(how, signal.Signals):
            os.kill(int((self.folder / "pid").read_text()), how)
        else:
            self.child.send("\x03")
        self.child.expect(r"code=(\d+)")
        code = int(self.child.match.group(1))  # type: ignore[union-attr]
        self.child.expect(pexpect.EOF)
        self.child.close()
        return code

    def check(self) -> None:
        said, folder = self.screen.getvalue(), self.folder
        assert "Traceback" not in said
        assert "Exception ignored" not in said
        assert "terminate called" not in said
        assert (folder / "before").read_text() == (folder / "after").read_text()
        assert not Path(f"/proc/{int((folder / 'pid').read_text())}").exists()
        running = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True)
        assert f"{folder}/" not in running.stdout  # engines have it among their arguments
        path = folder / "game.sgf"
        kept = (
            [move_to_vertex(m, 5) for m in read_sgf(path.read_bytes()).moves]
            if path.exists()
            else []
        )
        told = (folder / "log").read_text() if (folder / "log").exists() else ""
        # What the engine heard of, and what the screen showed, had been played.
        assert set(re.findall(r"play b (\S+)", told)) <= set(kept)
        assert set(re.findall(r"White (?:\(\S+\) )?plays ([A-E][1-5])", said)) <= set(kept)
        in_order = iter(MINE)  # what was typed while the bot thought was refused
        assert all(vertex in in_order for vertex in kept[::2])


def one_moment(folder: Path, number: int) -> None:
    """The program is ended once, at a moment that depends on `number` alone."""
    rng = np.random.default_rng([SEED, number])
    is_full, how = number % 2 == 0, ENDS[number // 2 % len(ENDS)]
    opponent = "zero" if rng.random() < 0.3 else "engine"
    game = Game(folder, opponent, is_full)
    game.wait_for_start()
    if rng.random() < 0.25:
        game.let_pass(float(rng.uniform(0, 1.5)))
    else:
        game.wait_for_board()
        for vertex in MINE[: int(rng.integers(len(MINE) + 1))]:
            game.play(vertex)
            game.let_pass(float(rng.uniform(0, 0.4)))
    code = game.end(how)
    where = f"moment {number}: {how}, {opponent}, {'full screen' if is_full else 'lines'}, {code}"
    try:
        game.check()
        ends = {130} if isinstance(how, str) or how == signal.SIGINT else {128 + how}
        assert code in ends | ({0} if how == "ctrl-c" and is_full else set())
    except AssertionError as error:
        raise AssertionError(f"{where}\n{error}\n{game.screen.getvalue()[-2000:]!r}") from None


def test_any_moment_is_a_good_one_to_leave(tmp_path: Path) -> None:
    for number in range(6):
        one_moment(tmp_path / str(number), number)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_moments(tmp_path: Path) -> None:
    for number in range(6, 106):
        one_moment(tmp_path / str(number), number)
