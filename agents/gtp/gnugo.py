"""GNU Go as an agent, with the flags that make its passes mean what our score means."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agents.gtp.client import DEFAULT_TIMEOUT, GtpAgent
from agents.gtp.process import EngineProcess, EngineProtocolError, EngineStartError
from go_engine.coords import move_to_vertex
from go_engine.rules import Rules

__all__ = ["find_gnugo", "gnugo_agent", "gnugo_margin"]

# Without the middle two it passes while dead stones are on the board, which our count of the
# position as it stands takes for living ones; the last keeps to our default ko rule.
_FLAGS: Final = (
    "--chinese-rules",
    "--capture-all-dead",
    "--play-out-aftermath",
    "--positional-superko",
)
_DEBIAN: Final = Path("/usr/games/gnugo")


def find_gnugo() -> str | None:
    """Where GNU Go is; Debian's folder for games is often not on the PATH."""
    return shutil.which("gnugo") or (str(_DEBIAN) if _DEBIAN.is_file() else None)


def gnugo_agent(
    level: int = 10, program: str | None = None, timeout: float | None = None
) -> GtpAgent:
    """GNU Go at `level` (1 to 10, its own scale; higher is slower and hardly stronger).

    Raises:
        EngineStartError: if it is not installed.
    """
    # Its flags make it play the clean-up out by itself before it passes.
    return GtpAgent(_command(level, program), timeout=timeout, clean_up=False)


def gnugo_margin(
    rules: Rules,
    moves: Sequence[int],
    level: int = 10,
    program: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> float:
    """GNU Go's own verdict on a finished game: Black's margin in points, komi counted.

    It takes over after `moves` (from the empty board), plays the clean-up out by itself and counts.
    Where that names another winner than the count of the board as it stands, somebody passed while
    dead stones were on it, and the game says little about its players.

    Args:
        rules: size and komi.
        moves: the game, passes included.
        level: how well it reads.
        program: the program; found if None.
        timeout: seconds for one answer.

    Raises:
        EngineError: of the class that names the fault (not installed, no answer, no score).
    """
    size = rules.board_size
    played = [f"play {'bw'[ply % 2]} {move_to_vertex(m, size)}" for ply, m in enumerate(moves)]
    # A process of its own: GNU Go 3.8 keeps the score of a board, and gives it again whatever the
    # komi has become.
    process = EngineProcess(_command(level, program))
    try:
        for command in (f"boardsize {size}", "clear_board", f"komi {rules.komi:.10g}", *played):
            process.ask(command, timeout)
        return _read_score(process.ask("final_score", timeout))
    finally:
        process.close()


def _command(level: int, program: str | None) -> list[str]:
    program = program or find_gnugo()
    if program is None:
        raise EngineStartError("GNU Go is not installed (on Debian or Ubuntu: apt install gnugo)")
    return [program, "--mode", "gtp", "--level", str(level), *_FLAGS]


def _read_score(text: str) -> float:
    """`B+3.5` is 3.5, `W+2` is -2, `0` a draw.

    Raises:
        EngineProtocolError: for anything else.
    """
    match = re.fullmatch(r"([BW])\+(\d+(?:\.\d+)?)|0", text.strip())
    if match is None:
        raise EngineProtocolError(f"GNU Go answered 'final_score' with no score: {text[:40]!r}")
    if match[1] is None:
        return 0.0
    return float(match[2]) * (1 if match[1] == "B" else -1)
