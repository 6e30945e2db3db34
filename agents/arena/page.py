"""A tournament as one HTML page that needs nothing else: no network, no other file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

from agents.arena.game_sgf import result_text
from agents.arena.page_viewer import STYLE, VIEWER
from agents.arena.records import GameRecord
from agents.arena.standings import METHOD, Standings, cross_points, elo_text, share_text
from agents.arena.tables import anchor_text, colour_text, counts_text, times_text

__all__ = ["standings_html"]

_WIDTH: Final = 640  # of the plots, in CSS pixels
_BIN: Final = 10  # moves a bar of the histogram of lengths


def standings_html(standings: Standings, records: Sequence[GameRecord]) -> str:
    """Standings, rating plot, cross-table, colours, lengths, times, and every game on a board."""
    sections = [
        ("Standings", _standings(standings)),
        ("Ratings with 95 % intervals", _rating_plot(standings)),
        ("Points taken (row from column)", _cross_table(standings)),
        ("Colours and time", _statistics(standings)),
        ("Moves a game", _lengths(records)),
        ("Games", _games(records)),
        ("How it was reckoned", f"<p>{escape(METHOD)}</p>"),
    ]
    body = "\n".join(f"<section><h2>{escape(title)}</h2>\n{text}</section>"
                     for title, text in sections)  # fmt: skip
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Tournament</title>\n<style>{STYLE}</style></head>\n<body><h1>Tournament</h1>\n"
        f"{body}\n<script>const GAMES = {_data(records)};\n{VIEWER}</script></body></html>\n"
    )


# ---------------------------------------------------------------- tables


def _standings(standings: Standings) -> str:
    head = ("", "agent", "games", "won-drawn-lost", "score", "Elo", "faults")
    rows = [
        (
            str(place),
            row.name,
            str(row.games),
            f"{row.wins}-{row.draws}-{row.losses}",
            share_text(row.score),
            elo_text(row),
            _counted(row.faults.items()),
        )
        for place, row in enumerate(standings.rows, start=1)
    ]
    said = [counts_text(standings), anchor_text(standings)]
    if standings.sequential:
        said.append(f"{standings.sequential}.")
    return _table(head, rows) + f"<p>{escape(' '.join(said))}</p>"


def _cross_table(standings: Standings) -> str:
    points = cross_points(standings)
    names = [row.name for row in standings.rows]
    rows = [
        (
            str(place),
            name,
            *("{:g}/{}".format(*points[name, o]) if (name, o) in points else "" for o in names),
        )
        for place, name in enumerate(names, start=1)
    ]
    return _table(("", "agent", *(str(i + 1) for i in range(len(names)))), rows)


def _statistics(standings: Standings) -> str:
    head = ("agent", "as Black", "as White", "moves/game", "ms/move", "CPU ms/move", "slowest s",
            "endings")  # fmt: skip
    rows = [
        (
            row.name,
            colour_text(row.black_points, row.black_games),
            colour_text(row.white_points, row.white_games),
            "–" if row.moves_per_game is None else f"{row.moves_per_game:.1f}",
            *times_text(row),
            _counted(row.endings.items()),
        )
        for row in standings.rows
    ]
    return _table(head, rows)


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<div class=wide><table><tr>{top}</tr>\n{body}</table></div>"


# ---------------------------------------------------------------- plots


def _rating_plot(standings: Standings) -> str:
    """A dot and a bar for each agent that has a rating; an arrow where the games set no bound."""
    rows = [row for row in standings.rows if row.elo is not None]
    if not rows:
        return "<p>No ratings.</p>"
    ends = [row.elo or 0.0 for row in rows]
    for row in rows:
        if row.elo_interval:
            ends += [row.elo_interval.low, row.elo_interval.high]
    low, high = min(ends), max(max(ends), min(ends) + 1.0)
    left, height = 200, 28

    def x(elo: float) -> float:
        return left + 20 + (_WIDTH - left - 60) * (elo - low) / (high - low)

    marks = []
    for i, row in enumerate(rows):
        y, elo = height * i + height / 2, row.elo or 0.0
        label = row.name if len(row.name) <= 28 else row.name[:27] + "…"
        marks.append(f'<text x="0" y="{y + 4}">{escape(label)}</text>')
        if row.elo_interval:
            a, b = x(row.elo_interval.low), x(row.elo_interval.high)
            marks.append(f'<line x1="{a:.1f}" x2="{b:.1f}" y1="{y}" y2="{y}" class="bar"/>')
            if row.elo_interval.open_above:
                marks.append(f'<text x="{b + 2:.1f}" y="{y + 4}">→</text>')
            if row.elo_interval.open_below:
                marks.append(f'<text x="{a - 14:.1f}" y="{y + 4}">←</text>')
        title = f"<title>{escape(row.name)}: {escape(elo_text(row))}</title>"
        marks.append(f'<circle cx="{x(elo):.1f}" cy="{y}" r="5" class="dot">{title}</circle>')
    foot = height * len(rows) + 14
    marks += [f'<text x="{x(e):.1f}" y="{foot}" class="tick">{e:.0f}</text>' for e in (low, high)]
    return _svg(foot + 4, marks)


def _lengths(records: Sequence[GameRecord]) -> str:
    """A histogram of game lengths, openings and passes counted."""
    counts = Counter(len(record.moves) // _BIN for record in records)
    if not counts:
        return "<p>No games.</p>"
    first, last, most = min(counts), max(counts), max(counts.values())
    width = min(40.0, (_WIDTH - 20) / (last - first + 1))
    marks = []
    for i in range(first, last + 1):
        tall = 100 * counts[i] / most
        title = f"<title>{_BIN * i} to {_BIN * i + _BIN - 1} moves: {counts[i]} games</title>"
        marks.append(
            f'<rect x="{10 + width * (i - first):.1f}" y="{110 - tall:.1f}" '
            f'width="{width - 2:.1f}" '
            f'height="{tall:.1f}" class="dot">{title}</rect>'
        )
    ends = ((10.0, _BIN * first), (10 + width * (last - first), _BIN * last))
    marks += [f'<text x="{x:.1f}" y="124">{moves}</text>' for x, moves in dict(ends).items()]
    return _svg(130, marks)


def _svg(height: float, marks: Sequence[str]) -> str:
    inner = "\n".join(marks)
    return f'<svg viewBox="0 0 {_WIDTH} {height}" class="plot">{inner}</svg>'


# ---------------------------------------------------------------- games


def _games(records: Sequence[GameRecord]) -> str:
    head = ("game", "Black", "White", "result", "ending", "moves", "")
    top = "".join(f"<th>{name}</th>" for name in head)
    rows = "\n".join(
        f"<tr data-game={i} tabindex=0>{_game_cells(record)}</tr>"
        for i, record in enumerate(records)
    )
    return (
        "<p>Choose a game; arrow keys go through its moves.</p>"
        "<div id=viewer hidden><div id=board></div><p><button id=start>«</button>"
        "<button id=back>‹</button><button id=on>›</button><button id=end>»</button> "
        "<a id=sgf>SGF</a></p><p id=caption></p></div>"
        f"<div class=wide><table id=games><tr>{top}</tr>\n{rows}</table></div>"
    )


def _game_cells(record: GameRecord) -> str:
    cells = (
        record.game_id,
        record.black,
        record.white,
        result_text(record),
        record.ending,
        str(len(record.moves)),
        record.detail,
    )
    return "".join(f"<td>{escape(cell)}</td>" for cell in cells)


def _data(records: Sequence[GameRecord]) -> str:
    """The games for the viewer, as JSON that may stand inside a script element."""
    games: list[dict[str, Any]] = [
        {
            "id": record.game_id,
            "size": record.rules.board_size,
            "komi": record.rules.komi,
            "black": record.black,
            "white": record.white,
            "result": result_text(record),
            "opening": record.opening,
            "moves": record.moves,
            "values": record.values,
            "leads": record.leads,
            "seconds": record.move_seconds,
        }
        for record in records
    ]
    return json.dumps(games, separators=(",", ":")).replace("<", "\\u003c")
