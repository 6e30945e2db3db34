"""Vertices, the names people and GTP give to moves: `E5`, `pass`.

Columns are lettered from the left, without I; rows are numbered from the bottom. Moves are numbered
row-major from the top-left point, so on 9x9 `A9` is move 0, `J1` move 80 and `pass` move 81.
"""

from __future__ import annotations

import re
from typing import Final

from go_engine.rules import MAX_SIZE

__all__ = ["COLUMN_LETTERS", "move_to_vertex", "vertex_to_move"]

COLUMN_LETTERS: Final = "ABCDEFGHJKLMNOPQRST"
"""One letter a column from the left, as many as the largest board has."""

_VERTEX: Final = re.compile(r"([A-Za-z])([1-9][0-9]?)", re.ASCII)

assert len(COLUMN_LETTERS) == MAX_SIZE


def vertex_to_move(vertex: str, size: int) -> int:
    """The move a vertex names on a board of `size`; upper or lower case, blanks around it ignored.

    Raises:
        ValueError: if the text is no vertex of this board.
    """
    text = vertex.strip()
    if text.lower() == "pass":
        return size * size
    match = _VERTEX.fullmatch(text)
    if match is None:
        raise ValueError(f'{text[:20]!r} is not a point; write a letter and a number, or "pass"')
    letter, number = match[1].upper(), int(match[2])
    if letter == "I":
        raise ValueError(f"{text!r} is not a point: columns skip the letter I")
    column = COLUMN_LETTERS.find(letter)
    if not 0 <= column < size or number > size:
        last = COLUMN_LETTERS[size - 1]
        raise ValueError(f"{text!r} is off the board; points go from A1 to {last}{size}")
    return (size - number) * size + column


def move_to_vertex(move: int, size: int) -> str:
    """The vertex of a move on a board of `size`: a capital letter and a number, or `pass`.

    Raises:
        ValueError: if `move` is not in `[0, size * size]`.
    """
    if not 0 <= move <= size * size:
        raise ValueError(f"{move} is not a move on {size}x{size}; moves go from 0 to {size * size}")
    if move == size * size:
        return "pass"
    row, column = divmod(move, size)
    return f"{COLUMN_LETTERS[column]}{size - row}"
