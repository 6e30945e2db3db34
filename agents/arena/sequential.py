"""A sequential test kept up to date as the games of a match come in, in whatever order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agents.arena.pairs import game_content
from agents.arena.records import GameRecord, GameSetup
from agents.arena.sprt import Sprt, SprtResult

__all__ = ["SequentialMatch"]


class SequentialMatch:
    """Judges the whole pairs of a match in the order of its schedule, up to the first that is not
    finished, and stays with its first decision (see `sprt` for why).

    Attributes:
        result: the state of the test.
    """

    def __init__(self, test: Sprt, setups: Sequence[GameSetup], name: str) -> None:
        """Begin with no games; `setups` are those of the match, `name` the first agent."""
        self._pairs = [(setups[i].game_id, setups[i + 1].game_id) for i in range(0, len(setups), 2)]
        self._next = 0
        self._name = name
        self._games: dict[str, GameRecord] = {}
        self._seen: set[frozenset[object]] = set()
        self._by_points = [0] * 5
        self.result: SprtResult = test.judge(self._by_points)

    @property
    def is_decided(self) -> bool:
        return self.result.verdict != "undecided"

    def add(self, records: Iterable[GameRecord]) -> SprtResult:
        """Take finished games; the state of the test with them."""
        self._games.update({record.game_id: record for record in records})
        while self._next < len(self._pairs) and not self.is_decided:
            games = [self._games.get(game_id) for game_id in self._pairs[self._next]]
            whole = [record for record in games if record is not None]
            if len(whole) < 2:
                break
            self._next += 1
            self._count(whole)
        return self.result

    def _count(self, pair: Sequence[GameRecord]) -> None:
        key = frozenset(game_content(record) for record in pair)
        if key in self._seen or any(record.result is None for record in pair):
            return
        self._seen.add(key)
        points = sum(record.points(self._name) for record in pair)
        self._by_points[round(2 * points)] += 1
        self.result = self.result.test.judge(self._by_points)
