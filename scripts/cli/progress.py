"""How far a long command is: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from go_engine.sgf import SgfError

__all__ = ["Progress"]

_EVERY_S = 20.0  # seconds between progress lines where no terminal shows a bar


class Progress:
    """A bar on a terminal; elsewhere a line now and then. Both on stderr."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._what = ""
        self._said = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def show(self, what: str, done: int, total: int) -> None:
        """What is being done, how much of it is done, and how much there is (0: unknown)."""
        if sys.stderr.isatty():
            self._show_bar(what, done, total)
        elif what != self._what or time.monotonic() - self._said > _EVERY_S:
            self._said = time.monotonic()
            print(f"{what}: {done:,}" + (f" of {total:,}" if total else ""), file=sys.stderr)
        self._what = what

    def _show_bar(self, what: str, done: int, total: int) -> None:
        from tqdm import tqdm

        if self._bar is None or what != self._what:
            self.close()
            self._bar = tqdm(total=total or None, desc=what, dynamic_ncols=True)
        self._bar.update(done - self._bar.n)

    def complain(self, error: SgfError) -> None:
        """A game that cannot be read is named and left out."""
        if self._bar is not None:
            self._bar.write(f"left out: {error}", file=sys.stderr)
        else:
            print(f"left out: {error}", file=sys.stderr)
