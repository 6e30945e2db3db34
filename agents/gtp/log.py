"""A file that keeps the last of what engines say on standard error, and never grows without end."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

__all__ = ["MAX_LOG", "BoundedLog"]

MAX_LOG: Final = 1 << 20
"""Bytes after which a log becomes FILE.old, in place of the one before, and a new one is begun."""


class BoundedLog:
    """Appends to a file. Several processes may write to one file; what each writes at once stays
    together. A disk that is full or gone stops the log, not the engine."""

    def __init__(self, path: Path, most: int = MAX_LOG) -> None:
        """Open the file, made if missing.

        Raises:
            OSError: if it cannot be written.
        """
        self._path, self._most = path, most
        self._file: int | None = _opened(path)

    def write(self, data: bytes) -> None:
        """Add to the log."""
        if self._file is None:
            return
        try:
            if os.fstat(self._file).st_size > self._most:
                self._turn()
            os.write(self._file, data)
        except OSError:
            self.close()

    def close(self) -> None:
        """Close the file. May be called twice."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None

    def _turn(self) -> None:
        """Put the full file aside, unless another process has done so already."""
        assert self._file is not None
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_ino == os.fstat(self._file).st_ino:
                self._path.replace(self._path.with_name(self._path.name + ".old"))
        os.close(self._file)
        self._file = _opened(self._path)


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
