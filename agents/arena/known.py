"""Results that are known as counts alone: games of an earlier day, without their moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.arena.pairs import distinct_games, rating_points
from agents.arena.rating import PairPoints
from agents.arena.records import GameRecord

__all__ = ["KnownResult", "known_points", "known_results"]


@dataclass(frozen=True, slots=True)
class KnownResult:
    """What the games of two agents came to.

    Attributes:
        a: one agent.
        b: the other.
        pairs: `pairs[k]`: whole colour-swapped pairs in which `a` took k halves of a point.
        games: games whose other game does not count, by what `a` took: 0, 1 or 2 halves.

    Raises:
        ValueError: if `a` is `b`, or counts are negative or not 5 and 3.
    """

    a: str
    b: str
    pairs: tuple[int, ...]
    games: tuple[int, ...] = (0, 0, 0)

    def __post_init__(self) -> None:
        if self.a == self.b or (len(self.pairs), len(self.games)) != (5, 3):
            raise ValueError(
                "a known result is of two agents: counts of 5 kinds of pairs, 3 of games"
            )
        if min(*self.pairs, *self.games) < 0:
            raise ValueError(f"counts of {self.a} and {self.b} must not be negative")

    @property
    def num_games(self) -> int:
        """How many games that were."""
        return 2 * sum(self.pairs) + sum(self.games)


def known_results(records: Iterable[GameRecord], names: Sequence[str]) -> tuple[KnownResult, ...]:
    """What the games among `names` come to; void and repeated games and those of others are left
    out."""
    ours = [record for record in records if {record.black, record.white} <= set(names)]
    counts: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
    for pair in rating_points(distinct_games(ours), names):
        low, high = sorted((pair.a, pair.b))
        points = pair.points if pair.a == low else pair.games - pair.points
        pairs, games = counts.setdefault((low, high), ([0] * 5, [0] * 3))
        (pairs if pair.games == 2 else games)[round(2 * points)] += 1
    return tuple(
        KnownResult(names[low], names[high], tuple(pairs), tuple(games))
        for (low, high), (pairs, games) in sorted(counts.items())
    )


def known_points(results: Iterable[KnownResult], names: Sequence[str]) -> list[PairPoints]:
    """The results as `rating.fit_ratings` takes them, agents numbered by their place in `names`.

    Raises:
        KeyError: if an agent is not among `names`.
    """
    index = {name: i for i, name in enumerate(names)}
    found = []
    for result in results:
        a, b = index[result.a], index[result.b]
        for size, counts in ((2, result.pairs), (1, result.games)):
            for halves, count in enumerate(counts):
                found += [PairPoints(a, b, halves / 2, size)] * count
    return found
