"""Programs at a terminal of their own.

pexpect forks this very process, and a child of one in which OpenVINO has loaded and released its
plugins may die of its handlers before it becomes another program. Here nothing is forked.
"""

from __future__ import annotations

import os
import shutil
import signal
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pexpect
import ptyprocess

__all__ = ["ROOT", "at_terminal"]

ROOT = Path(__file__).resolve().parents[1]
_OF_THE_TERMINAL: Final = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")


class _Spawned(pexpect.spawn):  # type: ignore[type-arg]  # not subscriptable at run time
    def _spawnpty(
        self,
        args: list[str],
        *,
        env: Mapping[str, str],
        dimensions: tuple[int, int],
        **_: Any,
    ) -> ptyprocess.PtyProcess:
        main, side = os.openpty()
        termios.tcsetwinsize(side, dimensions)
        # The first terminal that the leader of a new session opens becomes the session's own.
        files = [
            (os.POSIX_SPAWN_OPEN, 0, os.ttyname(side), os.O_RDWR, 0),
            (os.POSIX_SPAWN_DUP2, 0, 1),
            (os.POSIX_SPAWN_DUP2, 0, 2),
        ]
        try:
            pid = os.posix_spawn(
                args[0], args, env, file_actions=files, setsid=True, setsigdef=[signal.SIGPIPE]
            )
        finally:
            os.close(side)
        return ptyprocess.PtyProcess(pid, main)


def at_terminal(
    *command: str,
    rows: int = 24,
    columns: int = 80,
    env: Mapping[str, str] | None = None,
    timeout: float = 60.0,
) -> pexpect.spawn[str]:
    """`command` in the project's folder, at a new terminal of `rows` by `columns`.

    Args:
        env: added to this process's environment, less what that says of its own terminal: its
            size, which would count for more than the size given here, and its colours.
        timeout: seconds to wait for what is expected.
    """
    shell = shutil.which("sh") or "/bin/sh"
    ours = {name: text for name, text in os.environ.items() if name not in _OF_THE_TERMINAL}
    return _Spawned(
        shell,
        ["-c", 'cd "$0" && exec "$@"', str(ROOT), *command],
        env=ours | dict(env or {}),
        encoding="utf-8",
        codec_errors="replace",
        timeout=timeout,
        dimensions=(rows, columns),
    )
