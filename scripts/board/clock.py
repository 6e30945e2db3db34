"""Clocks: so much time for the game, and so much more with every move (Fischer's way)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from go_engine import BLACK, WHITE

__all__ = ["Clock", "clock_text", "read_time"]


def read_time(text: str) -> tuple[float, float]:
    """Seconds for the game and per move from `MINUTES` or `MINUTES+SECONDS`, such as `10+5`.

    Raises:
        ValueError: for any other text, and for no time at all.
    """
    main, plus, extra = text.strip().partition("+")
    try:
        minutes, seconds = float(main), float(extra) if plus else 0.0
    except ValueError:
        minutes = seconds = math.nan
    if not (0 <= minutes < 10_000 and 0 <= seconds < 10_000 and minutes + seconds > 0):
        raise ValueError(
            f"--time must be minutes, or minutes+seconds per move such as 10+5, not {text[:20]!r}"
        )
    return 60 * minutes, seconds


def clock_text(seconds: float) -> str:
    """`4:05`; tenths below ten seconds, because they count then."""
    seconds = max(0.0, seconds)
    if seconds < 10:
        return f"0:0{math.floor(seconds * 10) / 10:.1f}"
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


class Clock:
    """Two clocks of which one runs at most."""

    def __init__(
        self, main_s: float, increment_s: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`main_s` seconds for each side and `increment_s` more after each of its moves."""
        self.increment_s = increment_s
        self._left = {BLACK: main_s + increment_s, WHITE: main_s + increment_s}
        self._now = now
        self._running: int | None = None
        self._since = 0.0

    def remaining(self, color: int) -> float:
        """Seconds that `color` (1 or -1) has left, 0 if none."""
        spent = self._now() - self._since if self._running == color else 0.0
        return max(0.0, self._left[color] - spent)

    def run_for(self, color: int | None) -> None:
        """Let the clock of `color` run, the other stand; None stops both."""
        if color == self._running:
            return
        if self._running is not None:
            self._left[self._running] = self.remaining(self._running)
        self._running, self._since = color, self._now()

    def has_moved(self, color: int) -> None:
        """Add the increment to `color`'s time after its move."""
        self._left[color] = self.remaining(color) + self.increment_s
        self._since = self._now()

    def share(self, color: int) -> float:
        """Seconds that `color` may well spend on its next move: a thirtieth of what is left and
        most of the increment, but never nearly all."""
        left = self.remaining(color)
        return max(0.05, min(left / 30 + 0.8 * self.increment_s, 0.8 * left))
