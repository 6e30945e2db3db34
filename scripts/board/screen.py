"""Where line mode writes and reads: a terminal in colour, a plain one, or a pipe."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from go_engine import GameState
from go_engine.diagram import render, render_compact
from scripts.board.words import as_sentence, spoken_board

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["Screen", "Style", "is_capable"]

_UNICODE: Final = str.maketrans({"X": "●", "O": "○", ".": "·"})
_STYLES: Final = {"●": "bold black", "X": "bold black", "○": "bold white", "O": "bold white"}
_WOOD: Final = "on #d8a860"
_GRID: Final = "#7a5a28"
_MARK: Final = "bold #a00000"
_SMALLEST: Final = (80, 24)  # columns and rows of the full screen at its start


@dataclass(frozen=True, slots=True)
class Style:
    """How the board is drawn. Without `unicode` stones are X and O; colour is never needed; with
    `speak` it is told in sentences that a screen reader can say. `ascii_only`: not even a name from
    a record has other characters."""

    unicode: bool = False
    color: bool = False
    speak: bool = False
    ascii_only: bool = False

    @classmethod
    def for_stdout(cls, ascii_only: bool = False, speak: bool = False) -> Style:
        """What standard output can show; a pipe gets ASCII without colour."""
        if not sys.stdout.isatty():
            return cls(speak=speak, ascii_only=ascii_only)
        dumb = os.environ.get("TERM", "dumb") == "dumb"
        return cls(
            unicode=not ascii_only and not dumb and _can_encode("●○·", sys.stdout.encoding),
            color=not dumb and not os.environ.get("NO_COLOR"),
            speak=speak,
            ascii_only=ascii_only,
        )

    @property
    def stones(self) -> dict[int, str]:
        """How each colour's stones look; no sign where they are spoken."""
        if self.speak:
            return {1: "", -1: ""}
        return {1: "●", -1: "○"} if self.unicode else {1: "X", -1: "O"}


class Screen:
    """Says lines, draws the board, asks for a line.

    Attributes:
        is_terminal: whether a person may be looking, not only a program reading.
    """

    def __init__(self, style: Style) -> None:
        self.style = style
        self.is_terminal = sys.stdout.isatty()
        self._echoes = not sys.stdin.isatty()
        for stream in (sys.stdin, sys.stdout):
            # A name or a stray byte that the terminal cannot show must not end the game.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        if not self._echoes:
            _prepare_line_editing()

    @property
    def columns(self) -> int:
        """Characters that a line may have."""
        return shutil.get_terminal_size().columns if self.is_terminal else 80

    def say(self, text: str = "") -> None:
        """Write a line (or several), folded between words on a narrow terminal; at once, so that a
        reader in a pipe sees it. Speech gets sentences."""
        if self.style.speak:
            text = "\n".join(map(as_sentence, text.splitlines()))
        if self.style.ascii_only:
            text = text.encode("ascii", "replace").decode()
        if self.is_terminal and self.columns < 80:
            text = "\n".join(map(self._folded, text.splitlines())) if text else text
        print(text, flush=True)

    def _folded(self, line: str) -> str:
        indent = " " * (len(line) - len(line.lstrip()))
        return textwrap.fill(
            line,
            max(self.columns - 1, 20),
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def draw(self, state: GameState) -> None:
        """Draw the position, the last move in brackets; or tell it."""
        if self.style.speak:
            self.say(spoken_board(state))
            return
        moves = state.history
        if self.is_terminal and 2 * state.rules.board_size + 6 > self.columns:
            self.say(render_compact(state.stones()))
            return
        text = render(state.stones(), moves[-1] if moves else None)
        if not self.style.unicode:
            rows = text.splitlines()
        else:
            # The header has letters that stand for columns, not for stones.
            header, *board, footer = text.splitlines()
            rows = [header, *(row.translate(_UNICODE) for row in board), footer]
        if self.style.color:
            self._draw_in_color(rows)
        else:
            print("\n".join(rows), flush=True)

    def ask(self, prompt: str) -> str | None:
        """The next line that the person types; None at the end of input.

        Raises:
            KeyboardInterrupt: at Ctrl-C.
        """
        try:
            line = input(prompt)
        except EOFError:
            self.say()
            return None
        if self._echoes:
            print("".join(c for c in line if c.isprintable()), flush=True)
        return line

    def _draw_in_color(self, rows: list[str]) -> None:
        from rich.console import Console

        console = Console(highlight=False, soft_wrap=True)
        console.print(rows[0])
        for row in rows[1:-1]:
            console.print(_in_color(row))
        console.print(rows[-1])


def _in_color(row: str) -> Text:
    """A row of the diagram: its number, the points on wood, its number."""
    from rich.text import Text

    left, right = row[:2], row[2:].rstrip("0123456789")
    text = Text(left)
    for symbol in right:
        style = _MARK if symbol in "()" else _STYLES.get(symbol, _GRID)
        text.append(symbol, f"{style} {_WOOD}")
    text.append(row[2 + len(right) :])
    return text


def _can_encode(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _prepare_line_editing() -> None:
    """Arrow keys and history at the prompt, where Python has readline."""
    try:
        import readline  # noqa: F401
    except ImportError:
        return


def is_capable() -> bool:
    """Whether this terminal can show the full screen: large enough, in colour, in UTF-8."""
    if os.environ.get("NO_COLOR") or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown", "linux"):
        return False
    columns, rows = shutil.get_terminal_size()
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return encoding == "utf8" and columns >= _SMALLEST[0] and rows >= _SMALLEST[1]
