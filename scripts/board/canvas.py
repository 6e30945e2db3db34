"""Painting a Go board in characters.

A point is `pitch` rows high and twice as many columns wide, which is square on a terminal. Stones
are discs made of quarter characters, centred where lines cross; the lines are box drawing. Nothing
here knows the library that puts it on the screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from go_engine import BLACK
from go_engine.coords import COLUMN_LETTERS
from go_engine.diagram import star_points
from scripts.board.looks import Color, Look, blend

__all__ = ["Cell", "Label", "Layout", "Scene", "best_pitch", "paint"]

# By which of its quarters (1 upper left, 2 upper right, 4 lower left, 8 lower right) are filled.
_QUARTERS: Final = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_GUTTER: Final = 3  # columns for the numbers of the rows, on each side
_PITCHES: Final = (5, 4, 3, 2, 1)


class Cell(NamedTuple):
    """One character on the screen."""

    char: str
    fg: Color
    bg: Color
    bold: bool = False


class Label(NamedTuple):
    """A text of at most three characters on a point."""

    text: str
    color: Color | None = None  # None: what contrasts with the ground
    bold: bool = True


@dataclass
class Scene:
    """What the board shows.

    Attributes:
        stones: `int8 [N, N]`, 1 Black, -1 White.
        last: the last move, marked; None marks nothing.
        cursor: the point in brackets.
        faint: points of stones that are half gone (dead ones, or those of a line to come).
        tints: colours of points, and how strongly, from 0 to 1; as discs, or as tiles if `tiled`.
        labels: texts by point.
    """

    stones: NDArray[np.int8]
    last: int | None = None
    cursor: int | None = None
    faint: frozenset[int] = frozenset()
    tints: Mapping[int, tuple[Color, float]] = field(default_factory=dict)
    tiled: bool = False
    labels: Mapping[int, Label] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the points are, in characters from the upper left corner."""

    size: int
    pitch: int

    @property
    def margin(self) -> tuple[int, int]:
        """Rows above the first line and columns left of it, the coordinates not counted."""
        return self.pitch // 2, self.pitch

    @property
    def rows(self) -> int:
        """Height in characters, the letters above and below included."""
        return (self.size - 1) * self.pitch + 1 + 2 * self.margin[0] + 2

    @property
    def columns(self) -> int:
        """Width in characters, the numbers on both sides included."""
        return (self.size - 1) * 2 * self.pitch + 1 + 2 * self.margin[1] + 2 * _GUTTER

    def place(self, point: int) -> tuple[int, int]:
        """Row and column of the character where the lines of a point cross."""
        row, column = divmod(point, self.size)
        top, left = self.margin
        return 1 + top + row * self.pitch, _GUTTER + left + column * 2 * self.pitch

    def point_at(self, x: int, y: int) -> int | None:
        """The point nearest to a character, None off the board."""
        top, left = self.margin
        row = round((y - 1 - top) / self.pitch)
        column = round((x - _GUTTER - left) / (2 * self.pitch))
        inside = 0 <= row < self.size and 0 <= column < self.size
        return row * self.size + column if inside else None


def best_pitch(size: int, columns: int, rows: int) -> int | None:
    """The largest pitch at which a board fits; None if none does."""
    for pitch in _PITCHES:
        layout = Layout(size, pitch)
        if layout.columns <= columns and layout.rows <= rows:
            return pitch
    return None


def paint(scene: Scene, look: Look, pitch: int) -> list[list[Cell]]:
    """The board with its coordinates, row by row."""
    return _Painter(scene, look, Layout(len(scene.stones), pitch)).paint()


@lru_cache(maxsize=8)
def _disc(pitch: int) -> tuple[tuple[int, int], ...]:
    """Quarters of a stone, as (row, column) in quarters from the upper left quarter of the
    character at its centre."""
    reach = pitch + 1
    radius = 0.52 * pitch  # a little more than half looks round where neighbours touch
    inside = []
    for y in range(-2 * reach, 2 * reach + 2):
        for x in range(-4 * reach, 4 * reach + 2):
            dy, dx = (y - 0.5) / 2, (x - 0.5) / 4
            if dx * dx + dy * dy < radius * radius:
                inside.append((y, x))
    return tuple(inside)


@lru_cache(maxsize=8)
def _tile(pitch: int) -> tuple[tuple[int, int], ...]:
    """Quarters of a square ground, likewise; a column stays free between neighbours."""
    rows = range(1 - pitch, 1 + pitch)
    columns = range(2 - 2 * pitch, 2 * pitch)
    return tuple((y, x) for y in rows for x in columns)


class _Painter:
    def __init__(self, scene: Scene, look: Look, layout: Layout) -> None:
        self.scene, self.look, self.layout = scene, look, layout
        self.size = layout.size
        self.opaque: set[Color] = set()  # colours that no line shines through
        self.stars = frozenset(star_points(self.size))
        self.inner_rows, self.inner_columns = layout.rows - 2, layout.columns - 2 * _GUTTER

    def paint(self) -> list[list[Cell]]:
        grid = self._ground()
        self._put_stones(grid)
        rows = [[self._cell(grid, y, x) for x in range(self.inner_columns)]
                for y in range(self.inner_rows)]  # fmt: skip
        for point in range(self.size * self.size):
            self._put_texts(rows, point)
        return self._with_coordinates(rows)

    # ---- in quarters of characters

    def _ground(self) -> list[list[Color]]:
        wood = self.look.wood
        grid = [[wood] * (2 * self.inner_columns) for _ in range(2 * self.inner_rows)]
        for point, (color, share) in self.scene.tints.items():
            if not self.scene.tiled and self.layout.pitch > 1:
                self._fill(grid, point, _disc(self.layout.pitch), blend(wood, color, share))
            else:
                self._fill(grid, point, _tile(self.layout.pitch), blend(wood, color, share))
        return grid

    def _put_stones(self, grid: list[list[Color]]) -> None:
        if self.layout.pitch == 1:
            return  # too small for discs: dots stand for stones
        for point, stone in enumerate(self.scene.stones.ravel().tolist()):
            if stone:
                color = self._stone_color(point, stone)
                self.opaque.add(color)
                self._fill(grid, point, _disc(self.layout.pitch), color)

    def _fill(
        self, grid: list[list[Color]], point: int, shape: tuple[tuple[int, int], ...], color: Color
    ) -> None:
        y0, x0 = self._quarter(point)
        for dy, dx in shape:
            y, x = y0 + dy, x0 + dx
            if 0 <= y < len(grid) and 0 <= x < len(grid[0]):
                grid[y][x] = color

    def _quarter(self, point: int) -> tuple[int, int]:
        y, x = self.layout.place(point)
        return 2 * (y - 1), 2 * (x - _GUTTER)

    def _stone_color(self, point: int, stone: int) -> Color:
        shades = self.look.black if stone == BLACK else self.look.white
        color = shades[sum(divmod(point, self.size)) % 2]
        return blend(self.look.wood, color, 0.45) if point in self.scene.faint else color

    # ---- in characters

    def _cell(self, grid: list[list[Color]], y: int, x: int) -> Cell:
        a, b = grid[2 * y][2 * x : 2 * x + 2]
        c, d = grid[2 * y + 1][2 * x : 2 * x + 2]
        if a == b == c == d:
            line = " " if a in self.opaque else self._line_char(y, x)
            return Cell(line, self._line_color(a), a)
        quarters = (a, b, c, d)
        # The ground is the ground of the character, too: fonts rarely fill theirs exactly.
        counted = sorted(set(quarters), key=lambda color: (color in self.opaque, color))
        bg = self.look.wood if self.look.wood in quarters else counted[0]
        others = [color for color in counted if color != bg]
        fg = max(others, key=lambda color: (quarters.count(color), color))
        mask = sum(1 << i for i, color in enumerate(quarters) if color != bg)
        return Cell(_QUARTERS[mask], fg, bg)

    def _line_color(self, ground: Color) -> Color:
        look = self.look
        return look.line if ground == look.wood else blend(ground, look.line, 0.6)

    def _line_char(self, y: int, x: int) -> str:
        (top, left), pitch, last = self.layout.margin, self.layout.pitch, self.size - 1
        row, between_rows = divmod(y - top, pitch)
        column, between_columns = divmod(x - left, 2 * pitch)
        on_board_y = 0 <= row < last or (row == last and not between_rows)
        on_board_x = 0 <= column < last or (column == last and not between_columns)
        if not (on_board_y and on_board_x) or (between_rows and between_columns):
            return " "
        if between_columns:
            return "─"
        if between_rows:
            return "│"
        if row * self.size + column in self.stars:
            return "•" if pitch > 1 else "+"
        shapes = ("┌┬┐", "├┼┤", "└┴┘")[0 if row == 0 else 2 if row == last else 1]
        return shapes[0 if column == 0 else 2 if column == last else 1]

    def _put_texts(self, rows: list[list[Cell]], point: int) -> None:
        scene, look = self.scene, self.look
        y, x = self.layout.place(point)
        row, x = rows[y - 1], x - _GUTTER
        stone = int(scene.stones.flat[point])
        if self.layout.pitch == 1 and stone:
            row[x] = Cell("●", self._stone_color(point, stone), row[x].bg)
        label = scene.labels.get(point)
        if label is None and point == scene.last:
            label = Label("●" if self.layout.pitch > 1 else "◉", look.mark)
        if label is not None:
            self._put_label(row, x, label, point in scene.tints)
        if point == scene.cursor:
            # Around a number of two or three digits, which stands one column to the left.
            wide = len(label.text) if label is not None and self.layout.pitch > 1 else 1
            for at, char in ((x - (2 if wide > 1 else 1), "["), (x + (2 if wide > 2 else 1), "]")):
                if 0 <= at < len(row):
                    ground = _ground_of(row[at])
                    color = look.cursor if sum(ground) > 200 else look.mark
                    row[at] = Cell(char, color, ground, bold=True)

    def _put_label(self, row: list[Cell], x: int, label: Label, clears: bool) -> None:
        text = label.text[: 1 if self.layout.pitch == 1 else 3]
        if clears and self.layout.pitch > 1:
            text = f"{text:^3}"  # no line runs through a number
        start = x - (len(text) - 1) // 2
        for at, char in enumerate(text, start):
            if 0 <= at < len(row):
                ground = row[at].bg
                contrast = (20, 20, 20) if sum(ground) > 330 else (245, 245, 245)
                row[at] = Cell(char, label.color or contrast, ground, label.bold)

    def _with_coordinates(self, rows: list[list[Cell]]) -> list[list[Cell]]:
        look, width = self.look, self.layout.columns
        blank = Cell(" ", look.label, look.wood)
        letters = [blank] * width
        here = None if self.scene.cursor is None else divmod(self.scene.cursor, self.size)
        for column in range(self.size):
            _, x = self.layout.place(column)
            letters[x] = self._coordinate(
                COLUMN_LETTERS[column], here is not None and here[1] == column
            )
        out = [letters]
        for y, row in enumerate(rows):
            left, right = [blank] * _GUTTER, [blank] * _GUTTER
            line, between = divmod(y - self.layout.margin[0], self.layout.pitch)
            if not between and 0 <= line < self.size:
                number, is_here = str(self.size - line), here is not None and here[0] == line
                for i, char in enumerate(f"{number:>2}"):
                    left[i] = self._coordinate(char, is_here)
                for i, char in enumerate(number, start=_GUTTER - 2):
                    right[i] = self._coordinate(char, is_here)
            out.append([*left, *row, *right])
        return [*out, letters]

    def _coordinate(self, char: str, is_here: bool) -> Cell:
        look = self.look
        return Cell(char, look.cursor if is_here else look.label, look.wood, bold=is_here)


def _ground_of(cell: Cell) -> Color:
    """The colour that most of a character shows."""
    return cell.fg if cell.char in "▛▜▙▟█" else cell.bg
