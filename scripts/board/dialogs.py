"""The windows over the board: help, a new game, a file's name, are you sure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Final, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from go_engine import max_handicap
from scripts.board.keys import HELP
from scripts.board.levels import available_levels, level_rows
from scripts.board.table import Setup

__all__ = ["AskScreen", "HelpScreen", "NewGameScreen", "SureScreen"]

Answer = TypeVar("Answer")

_WINDOW: Final = """
{name} {{ align: center middle; background: $background 60%; }}
{name} > Vertical {{
    width: {width}; max-width: 96%; height: auto; max-height: 96%;
    padding: 1 2; background: $surface; border: round $primary;
}}
"""


class _Window(ModalScreen[Answer]):
    """A window that closes once: a second key may be on its way when the first one closes it, and
    Textual ends the app over a screen that is dismissed twice."""

    _has_left = False

    def leave(self, answer: Answer) -> None:
        """Close with an answer."""
        if not self._has_left:
            self._has_left = True
            self.dismiss(answer)


class HelpScreen(_Window[None]):
    """Every key and what it does."""

    DEFAULT_CSS = _WINDOW.format(name="HelpScreen", width=74)

    def compose(self) -> ComposeResult:
        """See `Screen.compose`."""
        text = Text()
        for title, rows in HELP:
            text.append(f"{title}\n", "bold #e0a040")
            for keys, words in rows:
                text.append(f"  {keys:14}", "bold")
                text.append(f"{words}\n")
        text.append("Area scoring, superko; every move is saved as you play.", "dim")
        with Vertical() as window, VerticalScroll(can_focus=True):
            yield Static(text)
        window.border_title = "Keys"
        window.border_subtitle = "↑ ↓ more   Esc closes"

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.query_one(VerticalScroll).focus()

    def on_key(self, event: events.Key) -> None:
        """Any key but those that scroll closes it."""
        if event.key not in ("up", "down", "pageup", "pagedown", "home", "end"):
            event.stop()
            self.leave(None)

    def on_click(self) -> None:
        """So does a click."""
        self.leave(None)


class AskScreen(_Window[str | None]):
    """Asks for a line of text; None if it was not given."""

    DEFAULT_CSS = _WINDOW.format(name="AskScreen", width=66)

    def __init__(self, question: str, hint: str, value: str = "") -> None:
        super().__init__()
        self._question, self._value, self._hint = question, value, hint

    def compose(self) -> ComposeResult:
        """See `Screen.compose`."""
        with Vertical():
            yield Static(Text(self._question, "bold"))
            yield Input(self._value)
            yield Static(Text(self._hint, "dim"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        self.leave(event.value.strip())

    def on_key(self, event: events.Key) -> None:
        """Esc."""
        if event.key == "escape":
            event.stop()
            self.leave(None)


class SureScreen(_Window[bool]):
    """Asks whether the person means it."""

    DEFAULT_CSS = _WINDOW.format(name="SureScreen", width=46)

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """See `Screen.compose`."""
        with Vertical():
            yield Static(Text(self._question, "bold"))
            yield Static(Text("\ny or Enter: yes   n or Esc: no", "dim"))

    def on_key(self, event: events.Key) -> None:
        """The answer."""
        if event.key in ("y", "enter", "n", "escape"):
            event.stop()
            self.leave(event.key in ("y", "enter"))


Choice = tuple[str, Any]


class _Form(Widget, can_focus=True):
    """Rows of choices: up and down go through the rows, left and right through what each offers."""

    DEFAULT_CSS = "_Form { height: auto; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }"

    def __init__(self, rows: list[tuple[str, str, list[Choice], int]]) -> None:
        """`rows`: field, title, choices (words and value), index of the one chosen."""
        super().__init__()
        self.rows = rows
        self.chosen = [row[3] for row in rows]
        self.row = 0

    def get_content_height(self, container: Any, viewport: Any, width: int) -> int:  # noqa: ARG002
        return len(self.rows) + 2

    def render(self) -> Text:
        text, room = Text(), max(self.size.width - 16, 8)
        for i, (_, title, choices, _) in enumerate(self.rows):
            is_here = i == self.row
            text.append("▸ " if is_here else "  ", "#e0a040")
            text.append(f"{title:10}", "bold" if is_here else "")
            text.append("‹ " if is_here else "  ", "#e0a040")
            text.append(_cut(choices[self.chosen[i]][0], room), "bold" if is_here else "")
            text.append(" ›\n" if is_here else "\n", "#e0a040")
        text.append("\n↑ ↓ choose a line   ← → change it   Enter begins   Esc leaves", "dim")
        return text

    def values(self) -> dict[str, Any]:
        return {row[0]: row[2][self.chosen[i]][1] for i, row in enumerate(self.rows)}

    def change(self, step: int) -> None:
        choices = self.rows[self.row][2]
        self.chosen[self.row] = (self.chosen[self.row] + step) % len(choices)
        self.refresh()

    def move(self, step: int) -> None:
        self.row = (self.row + step) % len(self.rows)
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        steps: dict[str, Callable[[], None]] = {
            "up": lambda: self.move(-1),
            "down": lambda: self.move(1),
            "k": lambda: self.move(-1),
            "j": lambda: self.move(1),
            "left": lambda: self.change(-1),
            "right": lambda: self.change(1),
            "h": lambda: self.change(-1),
            "l": lambda: self.change(1),
            "space": lambda: self.change(1),
        }
        if event.key in steps:
            event.stop()
            event.prevent_default()
            steps[event.key]()

    def on_click(self, event: events.Click) -> None:
        if 0 <= event.y < len(self.rows):
            self.row = event.y
            self.change(1)


def _cut(words: str, room: int) -> str:
    return words if len(words) <= room else f"{words[: room - 1]}…"


class NewGameScreen(_Window[Setup | None]):
    """What the next game is to be; None if there is to be none."""

    DEFAULT_CSS = _WINDOW.format(name="NewGameScreen", width=72)

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self._setup = setup

    def compose(self) -> ComposeResult:
        """See `Screen.compose`."""
        with Vertical():
            yield Static(Text("A new game\n", "bold"))
            yield _Form(_rows(self._setup))
            yield Static(id="problem")

    def on_mount(self) -> None:
        """The form listens."""
        self.query_one(_Form).focus()

    def on_key(self, event: events.Key) -> None:
        """Enter begins, Esc leaves."""
        if event.key == "escape":
            event.stop()
            self.leave(None)
        elif event.key == "enter":
            event.stop()
            self._begin()

    def _begin(self) -> None:
        setup = dataclasses.replace(self._setup, **self.query_one(_Form).values())
        try:
            setup.check()
        except ValueError as error:
            problem = str(error)
            if max_handicap(setup.size) == 0:
                problem += "; choose an even game"
            self.query_one("#problem", Static).update(Text(problem, "#e05a40"))
            return
        self.leave(setup)


def _rows(setup: Setup) -> list[tuple[str, str, list[Choice], int]]:
    levels: list[Choice] = []
    for name, rating, words in level_rows(available_levels()):
        rated = "" if rating == "–" else f"{rating} Elo, "
        levels.append((f"{name}: {rated}{words}", name))
    others: list[Choice] = [("told: the player that people taught", "told"), ("random", "random")]
    nobody: Choice = ("nobody: play both sides", "")
    return [
        _row("opponent", "Opponent", [*levels, *others, nobody], setup.opponent),
        _row("color", "You play", [("Black", "black"), ("White", "white"), ("by chance", "random")],
             setup.color),
        _row("size", "Board", [(f"{n}x{n}", n) for n in (5, 6, 7, 8, 9, 11, 13)], setup.size),
        _row("komi", "Komi", [(f"{k:g}", k) for k in (0.0, 0.5, 5.5, 6.5, 7.0, 7.5)], setup.komi),
        _row("handicap", "Handicap",
             [("even game", 0), *((f"{n} stones", n) for n in range(2, 10))], setup.handicap),
        _row("time", "Clocks", [
            ("none", None), ("5 minutes", (300.0, 0.0)), ("10 min + 5 s", (600.0, 5.0)),
            ("2 min + 5 s", (120.0, 5.0)),
        ], setup.time),
    ]  # fmt: skip


def _row(
    name: str, title: str, choices: list[Choice], value: Any
) -> tuple[str, str, list[Choice], int]:
    """A row on which `value` is chosen; offered as well if it is none of the choices."""
    values = [choice[1] for choice in choices]
    if value not in values:
        choices = [*choices, (str(value), value)]
        values.append(value)
    return name, title, choices, values.index(value)
