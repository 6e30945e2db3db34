"""The board as a widget: draws a scene, moves a cursor, and says which point was chosen."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, Final

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from go_engine.coords import COLUMN_LETTERS, move_to_vertex, vertex_to_move
from scripts.board.canvas import Layout, Scene, best_pitch, paint
from scripts.board.looks import LOOKS
from scripts.board.looks import Color as Rgb

__all__ = ["Goban"]

_STEPS: Final = {
    "up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1),
    "k": (-1, 0), "j": (1, 0), "h": (0, -1), "l": (0, 1),
}  # fmt: skip


class Goban(Widget, can_focus=True):
    """The board.

    Keys: arrows and hjkl move the cursor, a vertex typed such as `e5` moves it there, Enter and
    Space choose the point; a click chooses at once.
    """

    DEFAULT_CSS = "Goban { width: auto; height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.do('variation')", "Next variation", show=False)
    ]

    class Chosen(Message):
        """A point was clicked, or chosen with Enter."""

        def __init__(self, point: int) -> None:
            super().__init__()
            self.point = point

    class Moved(Message):
        """The cursor stands somewhere else, or a vertex is being typed (`typed`)."""

        def __init__(self, point: int, typed: str) -> None:
            super().__init__()
            self.point = point
            self.typed = typed

    class Digit(Message):
        """A digit that belongs to no vertex."""

        def __init__(self, digit: int) -> None:
            super().__init__()
            self.digit = digit

    def __init__(self, size: int) -> None:
        super().__init__(id="goban")
        self.look_name = "kaya"
        self.layout_now = Layout(size, 2)
        self._scene = Scene(np.zeros((size, size), np.int8))
        self.cursor = size * size // 2
        self._typed = ""
        self._strips: list[Strip] = []

    # ---- what it shows

    def show(self, scene: Scene) -> None:
        """Draw a scene (of any board size); its cursor is ours."""
        size = len(scene.stones)
        if size != self.layout_now.size:
            self.cursor = size * size // 2
            self.layout_now = Layout(size, self.layout_now.pitch)
            self.refresh(layout=True)
        self._scene = scene
        self._redraw()

    def fit(self, columns: int, rows: int) -> bool:
        """Draw as large as fits; False if nothing does."""
        pitch = best_pitch(self.layout_now.size, columns, rows)
        if pitch is None:
            return False
        self.layout_now = Layout(self.layout_now.size, pitch)
        self._redraw()
        self.refresh(layout=True)
        return True

    def use_look(self, name: str) -> None:
        """One of `canvas.LOOKS`."""
        self.look_name = name
        self._redraw()

    def _redraw(self) -> None:
        """Paint anew; of a board as large as before only rows that differ go to the terminal."""
        before, self._strips = self._strips, self._painted()
        if len(before) != len(self._strips):
            self.refresh()
            return
        changed = [y for y, strip in enumerate(self._strips) if strip != before[y]]
        if changed:
            self.refresh(*(Region(0, y, self.layout_now.columns, 1) for y in changed))

    def _painted(self) -> list[Strip]:
        self._scene.cursor = self.cursor if self.has_focus else None
        rows = paint(self._scene, LOOKS[self.look_name], self.layout_now.pitch)
        return [
            Strip([Segment(c.char, _style(c.fg, c.bg, c.bold)) for c in row]).simplify()
            for row in rows
        ]

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        """See `Widget.get_content_width`."""
        return self.layout_now.columns

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """See `Widget.get_content_height`."""
        return self.layout_now.rows

    def render_line(self, y: int) -> Strip:
        """See `Widget.render_line`."""
        if not self._strips:
            self._strips = self._painted()
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)

    # ---- what it hears

    def on_focus(self) -> None:
        """The cursor is drawn while the board listens."""
        self._redraw()

    def on_blur(self) -> None:
        """And not otherwise."""
        self._redraw()

    def on_click(self, event: events.Click) -> None:
        """Choose the point under the mouse."""
        point = self.layout_now.point_at(event.x, event.y)
        if point is not None and event.button == 1:
            self._move_to(point)
            self.post_message(self.Chosen(point))

    def on_key(self, event: events.Key) -> None:
        """Move, type, choose."""
        if self._takes(event.key, event.character or ""):
            event.stop()
            event.prevent_default()

    def _takes(self, key: str, char: str) -> bool:
        """Whether a key was for the board."""
        if char.isdecimal():
            return self._takes_digit(char)
        if key in ("enter", "space"):
            self._typed = ""
            self.post_message(self.Chosen(self.cursor))
        elif key == "escape" and self._typed:
            self._move_to(self.cursor)
        elif key in _STEPS:
            self._step(*_STEPS[key])
            if key in ("h", "j"):  # columns, too: a digit may follow
                self._typed = char.upper()
        elif len(char) == 1 and self._is_column(char):
            self._typed = char.upper()
            self.post_message(self.Moved(self.cursor, self._typed))
        else:
            return False
        return True

    def _is_column(self, char: str) -> bool:
        """Whether a letter begins a vertex: any column as a capital, a to g as a small one."""
        columns = COLUMN_LETTERS[: self.layout_now.size]
        return char in columns or (char in "abcdefg" and char.upper() in columns)

    def _takes_digit(self, digit: str) -> bool:
        if not self._typed:
            self.post_message(self.Digit(int(digit)))
            return True
        size = self.layout_now.size
        typed = self._typed + digit
        try:
            point = vertex_to_move(typed, size)
        except ValueError:
            typed = self._typed[0] + digit
            try:
                point = vertex_to_move(typed, size)
            except ValueError:
                self._typed = ""
                self.post_message(self.Moved(self.cursor, f"{typed}?"))
                return True
        self._move_to(point)
        self._typed = typed
        self.post_message(self.Moved(point, typed))
        return True

    def _step(self, down: int, right: int) -> None:
        row, column = divmod(self.cursor, self.layout_now.size)
        last = self.layout_now.size - 1
        row, column = min(max(row + down, 0), last), min(max(column + right, 0), last)
        self._move_to(row * (last + 1) + column)

    def _move_to(self, point: int) -> None:
        self._typed = ""
        self.cursor = point
        self._redraw()
        self.post_message(self.Moved(point, ""))

    @property
    def cursor_vertex(self) -> str:
        """The vertex under the cursor."""
        return move_to_vertex(self.cursor, self.layout_now.size)


@lru_cache(maxsize=4096)
def _style(fg: Rgb, bg: Rgb, bold: bool) -> Style:
    return Style(
        color=f"rgb({fg[0]},{fg[1]},{fg[2]})", bgcolor=f"rgb({bg[0]},{bg[1]},{bg[2]})", bold=bold
    )
