"""The ladder: one agent is placed among others (the rungs) whose results are known.

All games, those of the rungs among themselves included, are rated together (see `rating`). With the
rungs' ratings taken as true, `n` games against a rung from which the agent takes the share `p`
tell `n * p * (1 - p)` about its rating (Fisher's information, per squared unit of log-odds), so
its 95 % interval reaches `1.96 * sqrt(dispersion / sum of that)` to either side. The agent plays
until that is as narrow as asked; the games are chosen by how much they tell, never by how well
they go, so stopping there favours nobody.

Players are not alone in a line: who beats one rung more often than its rating says is rated too
high by games against that rung alone. So a rung is trusted no further than `TRUST_ELO`: `n` games
against it count as `1 / (1 / (n * p * (1 - p)) + TRUST_ELO ** 2)` when the next opponent is
chosen, and the games spread over the rungs nearby.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agents.arena.known import KnownResult, known_points
from agents.arena.pairs import distinct_games, rating_points
from agents.arena.rating import ELO_PER_NAT, Interval, Ratings, expected_score, fit_ratings
from agents.arena.records import GameRecord
from agents.arena.standings import Standings, make_standings, usual_anchor

__all__ = [
    "TRUST_ELO",
    "Ladder",
    "Meeting",
    "Placement",
    "choose_opponents",
    "ladder_standings",
    "place",
]

TRUST_ELO: Final = 25.0
"""How far a rung's rating is believed to hold for a given opponent: a standard deviation. Some 90
games at even odds tell as much again."""

_Z95: Final = 1.959963984540054
_FIRST: Final = 2  # pairs at the start, and at least in every round
_SHARE: Final = 4  # a round is as many pairs as this part of those played before
_HOPELESS: Final = 20  # games without a point (or a loss) against the last rung that settle it


@dataclass(frozen=True, slots=True)
class Ladder:
    """How narrow the interval is to be, and what is known beforehand.

    Attributes:
        half_width: Elo to either side of the rating.
        known: results of the rungs among themselves.

    Raises:
        ValueError: if the width is not above 0.
    """

    half_width: float = 50.0
    known: tuple[KnownResult, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.half_width) and self.half_width > 0):
            raise ValueError(f"the width must be above 0 Elo, not {self.half_width:g}")


@dataclass(frozen=True, slots=True)
class Meeting:
    """The agent's games against one rung.

    Attributes:
        rung: the rung.
        elo: its rating; None if no chain of games links it to the anchor.
        wins, draws, losses: of the agent, games that count.
        expected: the share of the points that their ratings let expect; None without ratings.
    """

    rung: str
    elo: float | None
    wins: int
    draws: int
    losses: int
    expected: float | None

    @property
    def games(self) -> int:
        return self.wins + self.draws + self.losses

    @property
    def points(self) -> float:
        return self.wins + self.draws / 2


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the agent stands.

    Attributes:
        agent: its name.
        anchor: the agent that Elo is tied to.
        anchor_elo: its Elo.
        elo: the agent's rating; None before its first game.
        half_width: of the 95 % interval with the rungs' ratings taken as true; infinite at first.
        interval: the 95 % interval with what is uncertain about the rungs; None without games, or
            if the agent is the anchor.
        meetings: against every rung, the strongest first, those not met included.
        is_outside: every point was won from the strongest rung, or lost to the weakest: the games
            set no bound on that side.
    """

    agent: str
    anchor: str
    anchor_elo: float
    elo: float | None
    half_width: float
    interval: Interval | None
    meetings: tuple[Meeting, ...]
    is_outside: bool

    @property
    def games(self) -> int:
        """Games that count."""
        return sum(meeting.games for meeting in self.meetings)


def place(
    agent: str, rungs: Sequence[str], records: Iterable[GameRecord], ladder: Ladder
) -> Placement:
    """Rate `agent` from its games against `rungs` and all that is known of them.

    Raises:
        ValueError: if a game's player is neither.
    """
    names = _all_names(agent, rungs, ladder.known)
    counted = distinct_games(records)
    anchor, anchor_elo = usual_anchor(names[1:])
    points = rating_points(counted, names) + known_points(ladder.known, names)
    ratings = fit_ratings(len(names), points, names.index(anchor))
    mine = ratings.elo(0)
    meetings = [
        _meeting(agent, rung, counted, ratings.elo(names.index(rung)), mine, anchor_elo)
        for rung in rungs
    ]
    meetings.sort(key=lambda meeting: (meeting.elo is None, -(meeting.elo or 0.0)))
    interval = ratings.elo_interval(0)
    if interval is not None:
        interval = interval.raised(anchor_elo)
    return Placement(
        agent=agent,
        anchor=anchor,
        anchor_elo=anchor_elo,
        elo=None if mine is None else mine + anchor_elo,
        half_width=_half_width(meetings, ratings),
        interval=interval,
        meetings=tuple(meetings),
        is_outside=_is_outside([m for m in meetings if m.elo is not None]),
    )


def ladder_standings(
    agents: Sequence[str], records: Sequence[GameRecord], ladder: Ladder
) -> Standings:
    """The table of the games of `agents`, the one that climbs first, on the ladder's scale."""
    anchor, elo = usual_anchor(_all_names(agents[0], agents[1:], ladder.known)[1:])
    return make_standings(records, agents, anchor, elo, known=ladder.known)


def _all_names(agent: str, rungs: Sequence[str], known: Iterable[KnownResult]) -> list[str]:
    """The agent first, then the rungs, then others that are known."""
    others = [name for result in known for name in (result.a, result.b)]
    return list(dict.fromkeys([agent, *rungs, *others]))


def _meeting(
    agent: str,
    rung: str,
    counted: Sequence[GameRecord],
    elo: float | None,
    mine: float | None,
    anchor_elo: float,
) -> Meeting:
    games = [record.points(agent) for record in counted if rung in (record.black, record.white)]
    return Meeting(
        rung=rung,
        elo=None if elo is None else elo + anchor_elo,
        wins=games.count(1.0),
        draws=games.count(0.5),
        losses=games.count(0.0),
        expected=None if elo is None or mine is None else expected_score(mine - elo),
    )


def _half_width(meetings: Iterable[Meeting], ratings: Ratings) -> float:
    told = sum(m.games * m.expected * (1 - m.expected) for m in meetings if m.expected is not None)
    return _Z95 * ELO_PER_NAT * math.sqrt(ratings.dispersion / told) if told > 0 else math.inf


def _is_outside(linked: Sequence[Meeting]) -> bool:
    """Of rungs by strength, the strongest first."""
    if not linked:
        return False
    top, bottom = linked[0], linked[-1]
    above = top.games >= _HOPELESS and top.points == top.games
    return above or (bottom.games >= _HOPELESS and bottom.points == 0)


def choose_opponents(placement: Placement, ladder: Ladder, pairs_left: int) -> list[str]:
    """Whom to meet for the next pairs of games, one name for each; none if the agent is placed.

    Of the rungs whichever adds most to what is known; before the first game the one in the middle.

    Args:
        placement: where the agent stands.
        ladder: how narrow the interval is to be.
        pairs_left: pairs that may still be played.
    """
    if placement.half_width <= ladder.half_width or placement.is_outside:
        return []
    linked = [meeting for meeting in placement.meetings if meeting.elo is not None]
    if not linked or placement.elo is None:
        rungs = linked or list(placement.meetings)
        return [rungs[len(rungs) // 2].rung] * min(_FIRST, pairs_left)
    games = {meeting.rung: meeting.games for meeting in linked}
    shares = {meeting.rung: meeting.expected or 0.0 for meeting in linked}
    count = min(pairs_left, max(_FIRST, placement.games // (2 * _SHARE)))
    needed = _missing_pairs(placement, ladder)
    chosen = []
    for _ in range(min(count, max(1, needed))):
        best = max(games, key=lambda rung: _gain(games, shares, rung))
        games[best] += 2
        chosen.append(best)
    return chosen


def _missing_pairs(placement: Placement, ladder: Ladder) -> int:
    """About how many more pairs it takes if every game tells as much as it can (a quarter)."""
    if math.isinf(placement.half_width):
        return _FIRST
    told = (_Z95 * ELO_PER_NAT) ** 2
    missing = told / ladder.half_width**2 - told / placement.half_width**2
    return math.ceil(missing / 0.5)


def _gain(games: Mapping[str, int], shares: Mapping[str, float], rung: str) -> float:
    """What a pair more against `rung` adds to the information, its rating half trusted."""
    each = max(1e-9, shares[rung] * (1 - shares[rung]))
    doubt = (TRUST_ELO / ELO_PER_NAT) ** 2

    def worth(count: int) -> float:
        return 1 / (1 / (count * each) + doubt) if count else 0.0

    return worth(games[rung] + 2) - worth(games[rung])
