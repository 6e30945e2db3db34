"""A tournament's table: points, win rates, Elo and who beat whom, as numbers and as text."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from agents.arena.known import KnownResult, known_points
from agents.arena.pairs import MatchResult, count_match, distinct_games, rating_points
from agents.arena.rating import Interval, Ratings, fit_ratings, wilson_interval
from agents.arena.records import SCORED, GameRecord
from agents.arena.sprt import SprtResult

__all__ = [
    "METHOD",
    "AgentRow",
    "Standings",
    "cross_points",
    "elo_text",
    "make_standings",
    "share_text",
    "standings_json",
    "usual_anchor",
]

METHOD: Final = (
    "Elo by Bradley-Terry maximum likelihood, draws as half a point, every two agents that met "
    "credited with one drawn game; 95 % intervals by profile likelihood, widened by the scatter of "
    "colour-swapped pairs. Win rates with Wilson's 95 % intervals over games. Pairs by the summed "
    "margin of their two games, in which komi cancels. A '>' or '<' means that the games set no "
    "bound on the other side. Games that repeat another one are counted once; void games never."
)

_GNUGO_ELO: Final = 1800.0


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent's line of the table; duplicates and void games are left out.

    Attributes:
        name: the agent.
        wins: games won.
        draws: games drawn.
        losses: games lost.
        score: share of the points, a draw half.
        black_points: points taken as Black.
        black_games: games played as Black.
        elo: Elo above the anchor; None if no chain of games links the two.
        elo_interval: its interval; None for the anchor itself.
        faults: how often it lost by an illegal move, a crash or a hang.
        endings: of its games, how many ended how.
        seconds_per_move: mean wall-clock time of a decision; None without decisions.
        cpu_per_move: mean CPU time of a decision; None without decisions.
        slowest_move: longest wall-clock time of a decision; None where none is known.
        moves_per_game: mean length of its games, openings and passes counted; None without games.
    """

    name: str
    wins: int
    draws: int
    losses: int
    score: Interval
    black_points: float
    black_games: int
    elo: float | None
    elo_interval: Interval | None
    faults: Mapping[str, int]
    endings: Mapping[str, int]
    seconds_per_move: float | None
    cpu_per_move: float | None = None
    slowest_move: float | None = None
    moves_per_game: float | None = None

    @property
    def white_points(self) -> float:
        """Points taken as White."""
        return self.wins + self.draws / 2 - self.black_points

    @property
    def white_games(self) -> int:
        """Games played as White."""
        return self.games - self.black_games

    @property
    def games(self) -> int:
        """Games that count."""
        return self.wins + self.draws + self.losses


@dataclass(frozen=True, slots=True)
class Standings:
    """The whole table.

    Attributes:
        anchor: the agent whose Elo is given.
        rows: the agents, best first.
        matches: every two agents that met, in the order of the agents as given.
        games: games that count.
        duplicates: games that repeat another one.
        voids: games that count for nobody.
        dispersion: scatter of pairs by which the intervals are widened (see `rating`).
        anchor_elo: the anchor's Elo.
        sequential: the state of the sequential test, if there was one. Once it is decided no Elo
            is given: a match that stops when it looks well overstates the difference.
    """

    anchor: str
    rows: tuple[AgentRow, ...]
    matches: tuple[MatchResult, ...]
    games: int
    duplicates: int
    voids: int
    dispersion: float
    anchor_elo: float = 0.0
    sequential: SprtResult | None = None


def make_standings(
    records: Sequence[GameRecord],
    names: Sequence[str],
    anchor: str | None = None,
    anchor_elo: float = 0.0,
    sequential: SprtResult | None = None,
    known: Sequence[KnownResult] = (),
) -> Standings:
    """The table of `names` from their games; games of others are an error.

    Args:
        records: the games, each once.
        names: the agents.
        anchor: whose Elo is `anchor_elo`; None is `usual_anchor`.
        anchor_elo: what the anchor's Elo is set to; used only with `anchor`.
        sequential: the state of the test that the games were played for.
        known: earlier results that the ratings rest on too; their agents need not be `names`.

    Raises:
        ValueError: if a game's player or the anchor is not among `names`.
    """
    others = [name for result in known for name in (result.a, result.b)]
    everybody = list(dict.fromkeys([*names, *others]))
    if anchor is None:
        anchor, anchor_elo = usual_anchor(everybody)
    strangers = {name for record in records for name in (record.black, record.white)} - set(names)
    if strangers or anchor not in everybody:
        raise ValueError(f"not among the agents: {', '.join(sorted(strangers or {anchor}))}")
    counted = distinct_games(records)
    points = rating_points(counted, everybody) + known_points(known, everybody)
    ratings = fit_ratings(len(everybody), points, everybody.index(anchor))
    decided = sequential is not None and sequential.verdict != "undecided"
    rows = [_row(counted, ratings, i, name, anchor_elo) for i, name in enumerate(names)]
    if decided:
        rows = [dataclasses.replace(row, elo=None, elo_interval=None) for row in rows]
    rows.sort(key=lambda row: (row.elo is None, -(row.elo or 0.0), -row.score.estimate))
    matches = [count_match(records, a, b) for a, b in combinations(names, 2)]
    if decided:
        matches = [dataclasses.replace(m, elo=None, superiority=None) for m in matches]
    voids = sum(record.result is None for record in records)
    return Standings(
        anchor=anchor,
        rows=tuple(rows),
        matches=tuple(match for match in matches if match.records),
        games=len(counted),
        duplicates=len(records) - len(counted) - voids,
        voids=voids,
        dispersion=ratings.dispersion,
        anchor_elo=anchor_elo,
        sequential=sequential,
    )


def usual_anchor(names: Sequence[str]) -> tuple[str, float]:
    """Whose Elo is set, and to what: GNU Go's at level 10 to 1800 (its rating on the 9x9 server
    scale) if it is among `names`, else random's to 0, else the first agent's to 0."""
    for name in ("gnugo:level=10", "gnugo"):
        if name in names:
            return name, _GNUGO_ELO
    return ("random" if "random" in names else names[0]), 0.0


def _row(
    counted: Sequence[GameRecord], ratings: Ratings, index: int, name: str, anchor_elo: float
) -> AgentRow:
    ours = [record for record in counted if name in (record.black, record.white)]
    points = [record.points(name) for record in ours]
    as_black = [record.points(name) for record in ours if record.black == name]
    side = [0 if record.black == name else 1 for record in ours]
    both = list(zip(ours, side, strict=True))
    seconds = sum(record.seconds[s] for record, s in both)
    cpu_seconds = sum(record.cpu_seconds[s] for record, s in both)
    decisions = sum(record.decisions[s] for record, s in both)
    slowest = [_slowest(record, s) for record, s in both if record.move_seconds]
    elo, interval = ratings.elo(index), ratings.elo_interval(index)
    lost = [record.ending for record, p in zip(ours, points, strict=True) if p == 0.0]
    return AgentRow(
        name=name,
        wins=points.count(1.0),
        draws=points.count(0.5),
        losses=points.count(0.0),
        score=wilson_interval(sum(points), len(points)),
        black_points=sum(as_black),
        black_games=len(as_black),
        elo=None if elo is None else elo + anchor_elo,
        elo_interval=None if interval is None else interval.raised(anchor_elo),
        faults=dict(Counter(e for e in lost if e not in SCORED and e != "resign")),
        endings=dict(Counter(record.ending for record in ours)),
        seconds_per_move=seconds / decisions if decisions else None,
        cpu_per_move=cpu_seconds / decisions if decisions else None,
        slowest_move=max(slowest, default=None),
        moves_per_game=sum(len(r.moves) for r in ours) / len(ours) if ours else None,
    )


def _slowest(record: GameRecord, side: int) -> float:
    """The longest decision of side 0 (Black) or 1; 0 if it made none."""
    first = (side - record.opening) % 2  # in `move_seconds`, which begins after the opening
    return max(record.move_seconds[first::2], default=0.0)


# ---------------------------------------------------------------- as text


def standings_json(standings: Standings) -> dict[str, Any]:
    """Everything in the table, as `json` writes it; the games themselves are left out."""
    data = dataclasses.asdict(
        dataclasses.replace(
            standings,
            matches=tuple(dataclasses.replace(match, records=()) for match in standings.matches),
        )
    )
    for match in data["matches"]:
        del match["records"]
    return {"method": METHOD, **data}


def elo_text(row: AgentRow) -> str:
    """`+153 [+80, +231]`; an end that the games do not bound is left open: `> +587`."""
    if row.elo is None:
        return "–"
    interval = row.elo_interval
    if interval is None:
        return f"{row.elo:.0f} (anchor)"
    if interval.open_above and interval.open_below:
        return "unknown"
    if interval.open_above:
        return f"> {interval.low:+.0f}"
    if interval.open_below:
        return f"< {interval.high:+.0f}"
    return f"{row.elo:+.0f} [{interval.low:+.0f}, {interval.high:+.0f}]"


def share_text(share: Interval) -> str:
    """`62.0 % [52, 71]`."""
    percent = [100 * value for value in (share.estimate, share.low, share.high)]
    return f"{percent[0]:.1f} % [{percent[1]:.0f}, {percent[2]:.0f}]"


def cross_points(standings: Standings) -> dict[tuple[str, str], tuple[float, int]]:
    """(points that the first took from the second, games they played), for all that met."""
    table = {}
    for match in standings.matches:
        points = match.wins + match.draws / 2
        table[match.a, match.b] = points, match.games
        table[match.b, match.a] = match.games - points, match.games
    return table
