"""A tournament's table: points, win rates, Elo and who beat whom, as numbers and as text."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from agents.arena.pairs import MatchResult, count_match, distinct_games, rating_points
from agents.arena.rating import Interval, Ratings, fit_ratings, wilson_interval
from agents.arena.records import SCORED, GameRecord

__all__ = [
    "METHOD",
    "AgentRow",
    "Standings",
    "cross_points",
    "elo_text",
    "make_standings",
    "share_text",
    "standings_json",
    "standings_markdown",
]

METHOD: Final = (
    "Elo by Bradley-Terry maximum likelihood, draws as half a point, every two agents that met "
    "credited with one drawn game; 95 % intervals by profile likelihood, widened by the scatter of "
    "colour-swapped pairs. Win rates with Wilson's 95 % intervals over games. Pairs by the summed "
    "margin of their two games, in which komi cancels. A '>' or '<' means that the games set no "
    "bound on the other side. Games that repeat another one are counted once; void games never."
)


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

    @property
    def games(self) -> int:
        """Games that count."""
        return self.wins + self.draws + self.losses


@dataclass(frozen=True, slots=True)
class Standings:
    """The whole table.

    Attributes:
        anchor: the agent whose Elo is 0.
        rows: the agents, best first.
        matches: every two agents that met, in the order of the agents as given.
        games: games that count.
        duplicates: games that repeat another one.
        voids: games that count for nobody.
        dispersion: scatter of pairs by which the intervals are widened (see `rating`).
    """

    anchor: str
    rows: tuple[AgentRow, ...]
    matches: tuple[MatchResult, ...]
    games: int
    duplicates: int
    voids: int
    dispersion: float


def make_standings(
    records: Sequence[GameRecord], names: Sequence[str], anchor: str | None = None
) -> Standings:
    """The table of `names` from their games; games of others are an error.

    Args:
        records: the games, each once.
        names: the agents.
        anchor: whose Elo is 0; None is "random" if it takes part, else the first agent.

    Raises:
        ValueError: if a game's player or the anchor is not among `names`.
    """
    if anchor is None:
        anchor = "random" if "random" in names else names[0]
    strangers = {name for record in records for name in (record.black, record.white)} - set(names)
    if strangers or anchor not in names:
        raise ValueError(f"not among the agents: {', '.join(sorted(strangers or {anchor}))}")
    counted = distinct_games(records)
    ratings = fit_ratings(len(names), rating_points(counted, names), names.index(anchor))
    rows = [_row(counted, ratings, i, name) for i, name in enumerate(names)]
    rows.sort(key=lambda row: (row.elo is None, -(row.elo or 0.0), -row.score.estimate))
    matches = [count_match(records, a, b) for a, b in combinations(names, 2)]
    voids = sum(record.result is None for record in records)
    return Standings(
        anchor=anchor,
        rows=tuple(rows),
        matches=tuple(match for match in matches if match.records),
        games=len(counted),
        duplicates=len(records) - len(counted) - voids,
        voids=voids,
        dispersion=ratings.dispersion,
    )


def _row(counted: Sequence[GameRecord], ratings: Ratings, index: int, name: str) -> AgentRow:
    ours = [record for record in counted if name in (record.black, record.white)]
    points = [record.points(name) for record in ours]
    as_black = [record.points(name) for record in ours if record.black == name]
    side = [0 if record.black == name else 1 for record in ours]
    seconds = sum(record.seconds[s] for record, s in zip(ours, side, strict=True))
    decisions = sum(record.decisions[s] for record, s in zip(ours, side, strict=True))
    lost = [record.ending for record, p in zip(ours, points, strict=True) if p == 0.0]
    return AgentRow(
        name=name,
        wins=points.count(1.0),
        draws=points.count(0.5),
        losses=points.count(0.0),
        score=wilson_interval(sum(points), len(points)),
        black_points=sum(as_black),
        black_games=len(as_black),
        elo=ratings.elo(index),
        elo_interval=ratings.elo_interval(index),
        faults=dict(Counter(e for e in lost if e not in SCORED and e != "resign")),
        endings=dict(Counter(record.ending for record in ours)),
        seconds_per_move=seconds / decisions if decisions else None,
    )


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
        return "0 (anchor)"
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


def standings_markdown(standings: Standings) -> str:
    """The table, the cross-table and the matches as a Markdown page."""
    rows = [
        (
            f"`{row.name}`",
            str(row.games),
            f"{row.wins}-{row.draws}-{row.losses}",
            share_text(row.score),
            elo_text(row),
            "–" if row.seconds_per_move is None else f"{1000 * row.seconds_per_move:.1f}",
            ", ".join(f"{ending} {count}" for ending, count in row.faults.items()) or "–",
        )
        for row in standings.rows
    ]
    head = ("agent", "games", "won-drawn-lost", "score", "Elo", "ms/move", "faults")
    matches = [
        (
            f"`{match.a}`",
            f"`{match.b}`",
            f"{match.wins}-{match.draws}-{match.losses}",
            share_text(match.score),
            f"{match.pair_wins}-{match.pair_draws}-{match.pair_losses}",
            f"{match.mean_margin:+.1f}",
        )
        for match in standings.matches
    ]
    match_head = ("agent", "against", "games", "score", "pairs", "points a game, komi-free")
    counts = (
        f"{standings.games} games counted, {standings.duplicates} duplicates, "
        f"{standings.voids} void. Dispersion of pairs {standings.dispersion:.2f}."
    )
    parts = [
        "# Standings",
        _markdown_table(head, rows),
        counts,
        "## Points taken (row from column)",
    ]
    parts += [_cross_table(standings), "## Matches", _markdown_table(match_head, matches), METHOD]
    return "\n\n".join(parts) + "\n"


def cross_points(standings: Standings) -> dict[tuple[str, str], tuple[float, int]]:
    """(points that the first took from the second, games they played), for all that met."""
    table = {}
    for match in standings.matches:
        points = match.wins + match.draws / 2
        table[match.a, match.b] = points, match.games
        table[match.b, match.a] = match.games - points, match.games
    return table


def _cross_table(standings: Standings) -> str:
    names = [row.name for row in standings.rows]
    points = cross_points(standings)
    rows = [(f"`{name}`", *(_cell(points.get((name, other))) for other in names)) for name in names]
    return _markdown_table(("", *(str(i + 1) for i in range(len(names)))), rows, number=True)


def _cell(points: tuple[float, int] | None) -> str:
    return "" if points is None else f"{points[0]:g}/{points[1]}"


def _markdown_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], number: bool = False
) -> str:
    lines = [head, ["---"] * len(head), *rows]
    if number:
        places = ["", "---", *(str(i + 1) for i in range(len(rows)))]
        lines = [[place, *line] for place, line in zip(places, lines, strict=True)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
