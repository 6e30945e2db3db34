"""What GTP's clock commands leave for one move."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

__all__ = ["Clock"]

_MOVES_TO_GO: Final = 30  # own moves that main time is spread over: half a 9x9 game
_RESERVE: Final = 0.9  # share of the time that is used; the rest covers lag
_LEAST: Final = 0.05  # seconds; a move costs something even when the clock has run out


@dataclass
class Clock:
    """Main time, then Canadian byo-yomi, GTP's own kind: `stones` moves in `extra` seconds; or the
    Japanese kind, in which every move has `extra` seconds and periods may be used up; or Fischer's,
    in which every move played adds `increment` seconds.

    `left` holds per colour what the controller last said: seconds, and stones still to be played
    in them (0: main time). With periods the stones that it says are the periods left.
    """

    main: float = 0.0
    extra: float = 0.0
    stones: int = 0
    is_limited: bool = False
    has_periods: bool = False
    increment: float = 0.0
    left: dict[int, tuple[float, int]] = field(default_factory=dict)

    def set(self, main: float, extra: float, stones: int) -> None:
        """`time_settings`. By the specification `extra > 0` with no stones means no limit; so do
        three zeros, with which no game could be played."""
        self.main, self.extra, self.stones = main, extra, stones
        self.has_periods, self.increment = False, 0.0
        self.is_limited = main > 0 or (extra > 0 and stones > 0)
        if extra > 0 and stones == 0:
            self.is_limited = False
        self.forget()

    def set_periods(self, main: float, extra: float, periods: int) -> None:
        """Japanese byo-yomi; with no periods the main time is all there is."""
        self.set(main, extra if periods > 0 else 0.0, 1 if periods > 0 else 0)
        self.has_periods = periods > 0

    def set_fischer(self, main: float, increment: float) -> None:
        """Main time, and seconds that every move adds to it."""
        self.set(main, 0.0, 0)
        self.increment = max(0.0, increment)

    def set_left(self, color: int, seconds: float, stones: int) -> None:
        """`time_left`."""
        self.left[color] = seconds, min(stones, 1) if self.has_periods else stones

    def forget(self) -> None:
        """A new game: what was left no longer holds."""
        self.left.clear()

    def seconds_for_move(self, color: int) -> float | None:
        """Seconds that `color` may take for its next move; None without a limit."""
        if color in self.left:
            seconds, stones = self.left[color]
        elif not self.is_limited:
            return None
        else:
            seconds, stones = (self.main, 0) if self.main > 0 else (self.extra, self.stones)
        share = seconds / stones if stones > 0 else seconds / _MOVES_TO_GO
        if self.increment > 0:
            share = min(share + self.increment, seconds)
        if stones == 0 and self.stones > 0:
            # When main time is gone the extra time comes: no need to be thriftier than that.
            share = max(share, self.extra / self.stones)
        return max(_LEAST, share * _RESERVE)
