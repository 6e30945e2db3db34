"""How a tournament shows itself while it runs: a live table on a terminal, elsewhere a line now and
then. Both on stderr."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from agents.arena import GameRecord

__all__ = ["Progress"]

_EVERY_S: Final = 30.0  # seconds between lines where no terminal shows a table
_FAULTLESS: Final = frozenset({"passes", "move limit", "resign", "void"})


class Progress:
    """Counts the games of a run and shows them. Use as a context manager."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._live: Any = None
        self._done = self._total = self._before = 0
        self._points: defaultdict[str, float] = defaultdict(float)
        self._games: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._started = self._said = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the terminal as it was, the last table above what follows."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def watcher(self) -> Any:
        """What a tournament calls."""
        from agents.arena import TournamentWatcher

        return TournamentWatcher(on_start=self._start, on_game=self._game, on_note=self._note)

    def interrupted(self) -> str:
        """The line that says how to go on. What counts is the file: the interruption may have come
        between a game's line in it and our hearing of the game."""
        results = self._out / "results.jsonl"
        count = results.read_bytes().count(b"\n") if results.exists() else 0
        kept = f"{count} of {self._total} games are kept in {self._out}"
        return f"stopped: {kept}; the same command goes on from here"

    def _start(self, done: int, total: int) -> None:
        self._done = self._before = done
        self._total = total
        self._started = time.monotonic()
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True, highlight=False)
            self._live = Live(console=console, get_renderable=self._picture, refresh_per_second=2)
            self._live.start()
        else:
            already = f", {done} of them already played" if done else ""
            self._say(f"{total} games{already}; results in {self._out}")

    def _game(self, record: GameRecord) -> None:
        self._done += 1
        if record.result is not None:
            for name in (record.black, record.white):
                self._points[name] += record.points(name)
                self._games[name] += 1
                at_fault = record.ending not in _FAULTLESS and record.points(name) == 0
                self._faults[name] += int(at_fault)
        if record.detail:
            self._note(f"game {record.game_id}: {record.ending}: {record.detail}")
        is_time = time.monotonic() - self._said > _EVERY_S or self._done == self._total
        if self._live is None and is_time:
            self._say(f"{self._progress()}; {self._leaders()}")

    def _progress(self) -> str:
        seconds = max(1e-9, time.monotonic() - self._started)
        rate = (self._done - self._before) / seconds
        return f"{self._done}/{self._total} games, {rate:.1f} a second"

    def _shares(self) -> list[tuple[str, float]]:
        """The agents of this run so far and their share of the points, best first."""
        share = {name: self._points[name] / self._games[name] for name in self._games}
        return sorted(share.items(), key=lambda item: -item[1])

    def _leaders(self) -> str:
        return ", ".join(f"{name[:24]} {share:.0%}" for name, share in self._shares()[:3])

    def _picture(self) -> Any:
        from rich import box
        from rich.console import Group
        from rich.markup import escape
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD)
        table.add_column("agent")
        for name in ("points", "games", "share", "faults"):
            table.add_column(name, justify="right")
        for name, share in self._shares():
            faults = str(self._faults[name] or "")
            table.add_row(
                escape(name), f"{self._points[name]:g}", str(self._games[name]), f"{share:.0%}",
                faults,
            )  # fmt: skip
        bar = ProgressBar(total=max(1, self._total), completed=self._done, width=40)
        return Group(table, bar, Text(f"{self._progress()}{self._remaining()}"))

    def _remaining(self) -> str:
        """How long it may still take, at this run's pace."""
        played = self._done - self._before
        if not played or self._done >= self._total:
            return ""
        seconds = (time.monotonic() - self._started) / played * (self._total - self._done)
        minutes = round(seconds / 60)
        return f", about {minutes // 60} h {minutes % 60:02d} min to go"

    def _note(self, text: str) -> None:
        if self._live is not None:
            from rich.markup import escape

            self._live.console.print(escape(text))
        else:
            self._say(text)

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        print(text, file=sys.stderr, flush=True)
