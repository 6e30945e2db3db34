"""What goes wrong although nothing should: said in one line, written down in full."""

from __future__ import annotations

import contextlib
import datetime
import faulthandler
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agents.base import AgentError
from scripts.board.keep import games_folder
from scripts.board.words import error_sentence

__all__ = ["is_expected", "noting_crashes", "sentence_of", "trouble_path"]

_FULL: Final = 1 << 20  # bytes after which nothing more is written down


def trouble_path() -> Path:
    """The file that mistakes of ours are written down in."""
    return games_folder().parent / "trouble.txt"


def is_expected(error: BaseException) -> bool:
    """Whether it is one of the errors that agents, rules and files have words for."""
    return isinstance(error, AgentError | ValueError | OSError)


def sentence_of(error: Exception) -> str:
    """An error in one line for the person. One that nothing should have raised is written down with
    its traceback, and the line names the file.

    Raises:
        Exception: that error itself, where UNTOLD_DEBUG is set.
    """
    words = error_sentence(error)
    if is_expected(error):
        return words
    if os.environ.get("UNTOLD_DEBUG"):
        raise error
    where = f" Details: {trouble_path()}" if _write_down(error) else ""
    return f"Something went wrong ({type(error).__name__}: {words}){where}"


def _write_down(error: Exception) -> bool:
    """Whether it is in the file now."""
    path = trouble_path()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _FULL:
            return False
        now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{now}\n{''.join(traceback.format_exception(error))}\n")
        return True
    return False


@contextlib.contextmanager
def noting_crashes() -> Iterator[None]:
    """Where every thread was is written down if compiled code brings the process down meanwhile:
    the full screen would swallow what is said on the terminal."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            path = trouble_path()
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("a", encoding="utf-8"))
            faulthandler.enable(file)
            stack.callback(faulthandler.disable)
        yield
