"""Text diagrams of a position: drawing them and reading them back.

`render` draws with coordinates, star points and, in brackets, the last move:

       A B C D E
     5 . . . . . 5
     4 . . O . . 4
     3 . .(X). . 3
     2 . . . . . 2
     1 . . . . . 1
       A B C D E

`X` is Black, `O` White, `.` or `+` (a star point) empty. `render_compact` draws one character a
point and nothing else. `parse` reads both kinds: `parse(render(stones))` is `stones`, and
`render(parse(text))` is `text` for every diagram that `render` drew without a last move.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine.coords import COLUMN_LETTERS, move_to_vertex
from go_engine.rules import BLACK, EMPTY, MAX_SIZE, MIN_SIZE, WHITE
from go_engine.state import GameState

__all__ = ["parse", "render", "render_compact", "render_game", "star_points"]

_SYMBOLS: Final = {BLACK: "X", WHITE: "O", EMPTY: "."}
_COLORS: Final = {"X": BLACK, "O": WHITE, ".": EMPTY, "+": EMPTY}
_ROW: Final = re.compile(r"(\d+)?([XO.+() ]+?)(\d+)?", re.ASCII)
_NAMES: Final = {BLACK: "Black", WHITE: "White"}


def star_points(size: int) -> list[int]:
    """Points drawn as `+`, ascending: the centre of odd boards from 5, corner stars from 7 (third
    line; fourth from 13), side stars on 15, 17 and 19."""
    edge = 3 if size >= 13 else 2
    lines = [edge, size - 1 - edge]
    points = {r * size + c for r in lines for c in lines} if size >= 7 else set()
    middle = size // 2
    if size % 2 == 1 and size >= 5:
        points.add(middle * size + middle)
    if size % 2 == 1 and size >= 15:
        points |= {p for line in lines for p in (line * size + middle, middle * size + line)}
    return sorted(points)


def render(stones: NDArray[np.int8], last_move: int | None = None) -> str:
    """A diagram of `stones [N, N]` with coordinates, a star point for orientation and no final
    newline.

    Args:
        stones: 1 Black, -1 White, 0 empty; row 0 is the top edge.
        last_move: the point to put in brackets; None or a pass marks nothing.
    """
    size = len(stones)
    stars = set(star_points(size))
    header = "   " + " ".join(COLUMN_LETTERS[:size])
    lines = [header]
    for r in range(size):
        text = ""
        for c in range(size):
            point = r * size + c
            symbol = _SYMBOLS[int(stones[r, c])]
            if symbol == "." and point in stars:
                symbol = "+"
            before = "(" if point == last_move else ")" if c and point - 1 == last_move else " "
            text += before + symbol
        after = ")" if last_move == r * size + size - 1 else " "
        lines.append(f"{size - r:2}{text}{after}{size - r}")
    return "\n".join([*lines, header])


def render_game(state: GameState) -> str:
    """The diagram of a game's position, its last move in brackets, and a line of words below:
    the number of moves, the last one, who is to play, the stones taken."""
    moves = state.history
    size = state.rules.board_size
    last = moves[-1] if moves else None
    said = "No move yet."
    if last is not None:
        mover = _NAMES[-state.to_play]
        said = f"Move {len(moves)}: {mover} {move_to_vertex(last, size)}."
    turn = "The game is over." if state.is_over else f"{_NAMES[state.to_play]} to play."
    black, white = state.captures
    taken = f"Stones taken: {black} black, {white} white."
    return f"{render(state.stones(), last)}\n{said} {turn} {taken}"


def render_compact(stones: NDArray[np.int8]) -> str:
    """One line a row and one character a point: `X` Black, `O` White, `.` empty."""
    return "\n".join("".join(_SYMBOLS[int(color)] for color in row) for row in stones)


def parse(text: str) -> NDArray[np.int8]:
    """The stones `int8 [N, N]` of a diagram, with or without coordinates, blanks and brackets.

    Blank lines and the lines of column letters are skipped; a last move's brackets are allowed and
    forgotten.

    Raises:
        ValueError: naming the line that is no row, is misnumbered or has another length.
    """
    lines = [line.strip() for line in text.splitlines()]
    rows = [line for line in lines if line and not line.startswith("A")]
    size = len(rows)
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise ValueError(f"a diagram has {MIN_SIZE} to {MAX_SIZE} rows of points, not {size}")
    stones = np.empty((size, size), np.int8)
    for r, line in enumerate(rows):
        match = _ROW.fullmatch(line)
        if match is None:
            raise ValueError(f"not a row of a diagram: {line[:60]!r}")
        if any(label is not None and int(label) != size - r for label in (match[1], match[3])):
            raise ValueError(f"row {size - r} of the diagram is numbered otherwise: {line[:60]!r}")
        points = re.sub(r"[() ]", "", match[2])
        if len(points) != size:
            raise ValueError(f"{size} rows but {len(points)} points in the row {line[:60]!r}")
        stones[r] = [_COLORS[symbol] for symbol in points]
    return stones
