"""GNU Go as an agent, with the flags that make its passes mean what our score means."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from agents.gtp.client import GtpAgent
from agents.gtp.process import EngineStartError

__all__ = ["find_gnugo", "gnugo_agent"]

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
    program = program or find_gnugo()
    if program is None:
        raise EngineStartError("GNU Go is not installed (on Debian or Ubuntu: apt install gnugo)")
    command = [program, "--mode", "gtp", "--level", str(level), *_FLAGS]
    return GtpAgent(command, timeout=timeout)
