"""Reading lines from a stream while doing something else: whether there is input, without waiting.

Input comes by `os.read` and `select`, not through a thread: a thread that waits for standard input
cannot be stopped when the program ends.
"""

from __future__ import annotations

import io
import os
import select
from typing import BinaryIO, Final

__all__ = ["MAX_LINE", "Lines", "TooLongError"]

MAX_LINE: Final = 1 << 16
"""Bytes in one line. GTP leaves it open; the longest sensible one plays a whole game."""

_CHUNK: Final = 1 << 16


class TooLongError(ValueError):
    """A line that was longer than allowed; it has been read over."""


class Lines:
    """The lines of a stream, one after the other. Nothing else may read from the stream.

    Args:
        stream: a file, pipe or terminal; of one without a descriptor (BytesIO) everything counts
            as being there already.
        longest: bytes of the longest line that is handed out, its end not counted.
    """

    def __init__(self, stream: BinaryIO, longest: int = MAX_LINE) -> None:
        self._stream = stream
        self._longest = longest
        self._buffer = bytearray()
        self._searched = 0  # bytes of the buffer in which there is no line end
        self._is_dropping = False  # inside a line that is too long
        self._is_over = False
        try:
            self._descriptor: int | None = stream.fileno()
        except (OSError, io.UnsupportedOperation):
            self._descriptor = None

    def is_waiting(self, seconds: float = 0.0) -> bool:
        """Whether input (or its end) is there, or comes within `seconds`."""
        if self._buffer or self._is_over or self._descriptor is None:
            return True
        return bool(select.select([self._descriptor], [], [], seconds)[0])

    def has_line(self) -> bool:
        """Whether `next` would answer at once; takes in what is there to find out."""
        while b"\n" not in self._buffer and not self._is_over:
            descriptor = self._descriptor
            if descriptor is not None and not select.select([descriptor], [], [], 0.0)[0]:
                return False
            self._fill()
            if len(self._buffer) > 2 * self._longest:
                break  # `next` reads over the rest
        return True

    def next(self) -> bytes | None:
        """The next line without its end, waiting for it; None after the last one. A last line that
        just breaks off counts.

        Raises:
            TooLongError: instead of a line that is too long.
        """
        while True:
            end = self._buffer.find(b"\n", self._searched)
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                self._searched = 0
                return self._checked(line)
            self._searched = len(self._buffer)
            if self._searched > self._longest:
                self._is_dropping = True
                self._buffer.clear()
                self._searched = 0
            if self._is_over:
                return self._last()
            self._fill()

    def _last(self) -> bytes | None:
        if not self._buffer and not self._is_dropping:
            return None
        line = bytes(self._buffer)
        self._buffer.clear()
        self._searched = 0
        return self._checked(line)

    def _checked(self, line: bytes) -> bytes:
        is_too_long = self._is_dropping or len(line) > self._longest
        self._is_dropping = False
        if is_too_long:
            raise TooLongError(f"line longer than {self._longest} bytes")
        return line

    def _fill(self) -> None:
        if self._descriptor is None:
            chunk = self._stream.read(_CHUNK)
        else:
            chunk = os.read(self._descriptor, _CHUNK)
        self._buffer += chunk
        self._is_over = not chunk
