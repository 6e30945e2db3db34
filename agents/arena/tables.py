"""A tournament's table as a Markdown page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.arena.pairs import MatchResult
from agents.arena.standings import (
    METHOD,
    AgentRow,
    Standings,
    cross_points,
    elo_text,
    share_text,
)

__all__ = ["anchor_text", "colour_text", "counts_text", "standings_markdown", "times_text"]


def standings_markdown(standings: Standings) -> str:
    """Standings, statistics, cross-table and matches, with how it was reckoned."""
    head = ("agent", "games", "won-drawn-lost", "score", "Elo", "ms/move", "faults")
    parts = [
        "# Standings",
        _markdown_table(head, [_standing(row) for row in standings.rows]),
        f"{counts_text(standings)} {anchor_text(standings)} "
        f"Dispersion of pairs {standings.dispersion:.2f}.",
    ]
    if standings.sequential:
        parts.append(f"{standings.sequential}.")
    stats_head = (
        "agent", "as Black", "as White", "moves/game", "CPU ms/move", "slowest s", "endings",
    )  # fmt: skip
    match_head = (
        "agent", "against", "games", "score", "pairs", "points a game, komi-free", "stronger",
    )  # fmt: skip
    parts += [
        "## Points taken (row from column)",
        _cross_table(standings),
        "## Colours, endings and time",
        _markdown_table(stats_head, [_statistics(row) for row in standings.rows]),
        "## Matches",
        _markdown_table(match_head, [_match(match) for match in standings.matches]),
        METHOD,
    ]
    return "\n\n".join(parts) + "\n"


def counts_text(standings: Standings) -> str:
    """How many games count and how many do not, in a sentence."""
    return (
        f"{standings.games} games counted, {standings.duplicates} duplicates, "
        f"{standings.voids} void."
    )


def anchor_text(standings: Standings) -> str:
    """What the Elo figures are tied to; empty if none are given."""
    if standings.sequential and standings.sequential.verdict != "undecided":
        return "No Elo: the match was stopped by its own test."
    return f"Elo of {standings.anchor} set to {standings.anchor_elo:g}."


def colour_text(points: float, games: int) -> str:
    """`12.5/20 (62 %)`."""
    return f"{points:g}/{games} ({points / games:.0%})".replace("%)", " %)") if games else "–"


def times_text(row: AgentRow) -> tuple[str, str, str]:
    """Mean wall-clock and CPU time of a move in ms, and the slowest move in s."""
    mean, cpu = (
        "–" if seconds is None else f"{1000 * seconds:.1f}"
        for seconds in (row.seconds_per_move, row.cpu_per_move)
    )
    return mean, cpu, "–" if row.slowest_move is None else f"{row.slowest_move:.2f}"


def _standing(row: AgentRow) -> Sequence[str]:
    return (
        f"`{row.name}`",
        str(row.games),
        f"{row.wins}-{row.draws}-{row.losses}",
        share_text(row.score),
        elo_text(row),
        times_text(row)[0],
        _counted(row.faults),
    )


def _statistics(row: AgentRow) -> Sequence[str]:
    _, cpu, slowest = times_text(row)
    return (
        f"`{row.name}`",
        colour_text(row.black_points, row.black_games),
        colour_text(row.white_points, row.white_games),
        "–" if row.moves_per_game is None else f"{row.moves_per_game:.1f}",
        cpu,
        slowest,
        _counted(row.endings),
    )


def _match(match: MatchResult) -> Sequence[str]:
    return (
        f"`{match.a}`",
        f"`{match.b}`",
        f"{match.wins}-{match.draws}-{match.losses}",
        share_text(match.score),
        f"{match.pair_wins}-{match.pair_draws}-{match.pair_losses}",
        f"{match.mean_margin:+.1f}",
        "–" if match.superiority is None else f"{100 * match.superiority:.1f} %",
    )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "–"


def _cross_table(standings: Standings) -> str:
    names = [row.name for row in standings.rows]
    points = cross_points(standings)
    rows = [
        (
            str(place),
            f"`{name}`",
            *("{:g}/{}".format(*points[name, o]) if (name, o) in points else "" for o in names),
        )
        for place, name in enumerate(names, start=1)
    ]
    return _markdown_table(("", "", *(str(i + 1) for i in range(len(names)))), rows)


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
