"""The panels beside the board, each a text drawn from the game: players, chances, candidates."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from go_engine import BLACK, WHITE
from scripts.board.charts import course
from scripts.board.clock import clock_text
from scripts.board.desk import Desk
from scripts.board.scene import Findings
from scripts.board.session import Session
from scripts.board.words import COLOR_NAMES, dead_stones, printable, vertex_name

__all__ = ["candidates_text", "chances_text", "players_text", "status_text"]

_BARS: Final = " ▁▂▃▄▅▆▇█"
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_BLACK_SIDE: Final = "#2b2b31"
_WHITE_SIDE: Final = "#e9e4d8"
_NOTHING_YET: Final = "#4b4b55"
_ACCENT: Final = "#e0a040"
_GRAPH_ROWS: Final = 5
_LOW_TIME: Final = 30.0


def players_text(session: Session, width: int) -> Text:
    """One line for each side: whose turn, who, stones taken, time."""
    black_lost, white_lost = session.state.captures
    taken = {BLACK: white_lost, WHITE: black_lost}
    lines = Text()
    for color in (BLACK, WHITE):
        is_on_turn = not session.is_over and session.state.to_play == color
        names = {BLACK: session.tree.black, WHITE: session.tree.white}
        name = printable(names[color] or session.player(color))
        stone = f"{'●' if color == BLACK else '○'} {COLOR_NAMES[color]}"
        right = f"{taken[color]} taken"
        if session.clock is not None:
            right += f"  {clock_text(session.clock.remaining(color))}"
        room = width - len(right) - len(stone) - 6
        name = name if len(name) <= room else name[: max(room - 1, 0)] + "…"
        lines.append("▶ " if is_on_turn else "  ", _ACCENT)
        lines.append(stone, "bold" if is_on_turn else "")
        lines.append(f"  {name:{max(room, 0)}} ", "" if is_on_turn else "dim")
        is_short = session.clock is not None and session.clock.remaining(color) < _LOW_TIME
        lines.append(right, "bold #e05a40" if is_short and is_on_turn else "dim")
        lines.append("\n")
    rules = session.state.rules
    total = len(session.node.line()) - 1
    where = f"move {session.node.depth}" + (f" of {total}" if session.is_browsing else "")
    lines.append(f"  {rules.board_size}x{rules.board_size} · komi {rules.komi:g} · {where}", "dim")
    return lines


def chances_text(session: Session, width: int) -> Text:
    """Who is expected to win: a bar, the margin, and the course of the game."""
    line = session.node.line()
    opinions = [node.opinion for node in line]
    here = next((o for o in reversed(opinions[: session.node.depth + 1]) if o), None)
    text = Text()
    if here is None:
        text.append("─" * width + "\n", _NOTHING_YET)
        text.append("chances to win appear as you play\n", "dim")
    else:
        rate = here.black_win_rate
        text.append_text(_bar(rate, width))
        text.append("\n")
        lead = here.black_lead
        ahead = COLOR_NAMES[BLACK if (lead or 0) >= 0 else WHITE]
        margin = "" if lead is None else f"{ahead} ahead by {abs(lead):.1f} points"
        text.append(f"{margin}\n", "dim")
    rates = [o.black_win_rate if o else None for o in opinions]
    text.append_text(_graph(rates, session.node.depth, width))
    return text


def _bar(rate: float, width: int) -> Text:
    """Black's share from the left, White's from the right, with percentages in them."""
    cut = round(rate * width)
    left, right = f" {rate:.0%}", f"{1 - rate:.0%} "
    row = left + " " * (width - len(left) - len(right)) + right
    text = Text(row[:cut], f"bold #f0f0f0 on {_BLACK_SIDE}")
    text.append(row[cut:], f"bold #202020 on {_WHITE_SIDE}")
    return text


def _graph(rates: list[float | None], depth: int, width: int) -> Text:
    """Black's chances as an area from below; the column of the position shown stands out."""
    text = Text()
    if all(rate is None for rate in rates):
        rates = []
    shown = max(len(rates), min(width, 20))
    here = round(depth * (width - 1) / max(shown - 1, 1))
    for y, row in enumerate(course(rates, width, _GRAPH_ROWS)):
        if y:
            text.append("\n")
        for x, cell in enumerate(row):
            if cell < 0:
                text.append("╌" if y == _GRAPH_ROWS // 2 else " ", _NOTHING_YET)
                continue
            ground = "#f7c873" if x == here else _WHITE_SIDE
            eighths = round(cell * 8)
            if eighths == 8:  # a blank: fonts rarely fill the whole character
                text.append(" ", f"on {_BLACK_SIDE if x != here else '#8a6a30'}")
            else:
                text.append(_BARS[eighths], f"{_BLACK_SIDE} on {ground}")
    return text


def candidates_text(session: Session, findings: Findings, is_thinking: bool, width: int) -> Text:
    """The moves that the search looks at, and the line it expects; or what was said of a point."""
    text = Text()
    if findings.words:
        return Text(findings.words)
    size = session.state.rules.board_size
    decision = findings.decision
    is_wanted = is_thinking or findings.pv_step  # otherwise there is more room for words
    if decision is None or not findings.candidates() or not is_wanted:
        wait = "Thinking …" if is_thinking else "t: think along (good moves)"
        return Text(wait, "dim")
    total = max(1, sum(decision.visits.values()))
    text.append(f"Good moves  ({total} positions read)\n", "dim")
    for number, move in enumerate(findings.candidates()[:4]):
        rate, visits = findings.rates[move], decision.visits[move]
        style = "bold #58c98a" if number == 0 else ""
        text.append(f"{vertex_name(move, size):5}", style)
        text.append(f"{rate:6.1%} ", style)
        bar = visits / max(decision.visits.values()) * (width - 20)
        text.append(f"{_bar_of(bar):{max(width - 20, 1)}}", "#3f7f62" if number == 0 else "#8a6a30")
        text.append(f"{visits:6}\n", "dim")
    text.append("Then  ", "dim")
    for i, move in enumerate(decision.pv[:8]):
        style = f"bold {_ACCENT}" if i < findings.pv_step else ""
        text.append(f"{vertex_name(move, size)} ", style)
    return text


def _bar_of(length: float) -> str:
    whole, part = divmod(max(round(8 * length), 1), 8)
    return "█" * whole + (_EIGHTHS[part] if part else "")


def status_text(desk: Desk, typed: str, cursor: str) -> Text:
    """Two lines: what happened last, and what can be done now.

    Args:
        desk: the game.
        typed: the vertex typed so far, if one is being typed.
        cursor: the vertex under the cursor.
    """
    session = desk.session
    first, second = Text(desk.headline, "bold"), Text()
    if session.phase == "agreeing":
        dead = dead_stones(session.state, session.dead)
        second.append("y agree  o play on  click: dead or alive", "bold")
        second.append(f"  (dead: {dead})", "dim")
    elif session.is_over:
        second.append("v review  n new  u undo  , . look back", "dim")
    elif typed:
        second.append(f"{typed}  Enter plays", "bold")
    elif session.is_agents_turn:
        second.append(desk.waiting_words(), "dim")
    else:
        passed = "They passed: p passes, too, and ends it. "
        second.append(passed if session.state.passes else "", "bold")
        color = COLOR_NAMES[session.state.to_play]
        turn = f"Your move ({color})" if session.human else f"{color} to move"
        second.append(f"{turn}   {cursor}", "dim")
    return Text("\n", no_wrap=True, overflow="ellipsis").join([first, second])
