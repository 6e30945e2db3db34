"""Which games against GNU Go count: those whose winner GNU Go's own verdict confirms."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from agents.arena import GameRecord
from agents.arena.records import SCORED
from agents.gtp import EngineError, gnugo_margin
from go_engine import Rules
from selfplay.insight.cache import Cache
from selfplay.insight.rungs import is_gnugo

__all__ = ["Judge", "Verdicts"]

Judge = Callable[[Rules, Sequence[int]], float]
"""Black's margin, komi counted, of a finished game under rules; may raise EngineError."""


class Verdicts:
    """GNU Go's verdicts on games it played in, kept in an append-only file.

    Attributes:
        notes: what was wrong with the file when it was opened, one line each.
    """

    def __init__(self, path: Path, judge: Judge = gnugo_margin) -> None:
        """Open or make the file.

        Raises:
            OSError: if it cannot be read or written.
        """
        self._kept = Cache(path)
        self.notes = self._kept.notes
        self._judge = judge
        self._unjudged: dict[str, str] = {}  # asked in vain by this process

    def judge(self, record: GameRecord) -> None:
        """Ask for the verdict on a game against GNU Go that was counted on the board, once."""
        if not _needs_verdict(record) or record.game_id in self._unjudged:
            return
        if self._kept.get({"game": record.game_id}) is not None:
            return
        try:
            margin = self._judge(record.rules, record.moves)
        except EngineError as error:
            self._unjudged[record.game_id] = str(error)
        else:
            self._kept.put({"game": record.game_id}, {"game": record.game_id, "margin": margin})

    def objection(self, record: GameRecord) -> str:
        """Why a game does not count, in words; empty if it does.

        Games without GNU Go always count. Of those with it do not: games lost by a fault (a crash,
        a hang, an illegal move), games without a verdict, and games whose winner GNU Go names
        otherwise.
        """
        if not any(map(is_gnugo, (record.black, record.white))):
            return ""
        if record.ending == "resign":
            return ""
        if record.margin is None:
            return f"ended by {record.ending}: {record.detail}"
        kept = self._kept.get({"game": record.game_id})
        if kept is None:
            return self._unjudged.get(record.game_id, "GNU Go was not asked for its verdict")
        margin = float(kept["margin"])
        if _sign(margin) == _sign(record.margin):
            return ""
        return f"counted {_words(record.margin)}, GNU Go says {_words(margin)}"

    def close(self) -> None:
        """Close the file."""
        self._kept.close()


def _needs_verdict(record: GameRecord) -> bool:
    return record.ending in SCORED and any(map(is_gnugo, (record.black, record.white)))


def _sign(margin: float) -> int:
    return int(math.copysign(1, margin)) if margin else 0


def _words(margin: float) -> str:
    """`B+3.5`, `W+2` or `0`."""
    return f"{'B' if margin > 0 else 'W'}+{abs(margin):g}" if margin else "0"
