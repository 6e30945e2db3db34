"""Games and boards in files: reading records, writing copies, pictures and diagrams."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from go_engine import BLACK, GameState
from go_engine.coords import COLUMN_LETTERS
from go_engine.diagram import render_game, star_points
from go_engine.sgf import SgfError
from scripts.board.keep import games_folder, write_whole
from scripts.board.session import Session
from scripts.board.tree import GameTree, read_tree

__all__ = ["board_svg", "load_tree", "newest_game", "save_copy"]

_MAX_SGF_BYTES: Final = 1 << 20
_CELL: Final = 40


def load_tree(path: Path) -> GameTree:
    """The game in a file.

    Raises:
        ValueError: if the file is no SGF or much too large.
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(_MAX_SGF_BYTES + 1)
    if len(data) > _MAX_SGF_BYTES:
        raise ValueError(f"{path} is too large for the record of one game")
    try:
        return read_tree(data)
    except SgfError as error:
        raise ValueError(f"cannot load {path}: {error}") from None


def newest_game() -> Path:
    """The game that was kept last.

    Raises:
        ValueError: if there is none.
        OSError: if the folder cannot be read.
    """
    folder = games_folder()
    games = [path for path in folder.glob("*.sgf") if path.is_file()]
    if not games:
        raise ValueError(f"no game to resume in {folder}; begin one without --resume")
    return max(games, key=lambda path: (path.stat().st_mtime_ns, path.name))


def save_copy(session: Session, name: str, own: Path | None) -> Path:
    """Write the game (`.sgf` and anything else), its board as a picture (`.svg`) or as text
    (`.txt`) to a file of the person's choice, `own` being where the game is kept anyway.

    Raises:
        OSError: if it exists already or cannot be written.
    """
    path = Path(name).expanduser()
    if path.exists() and path != own:
        raise FileExistsError(17, "there is a file already; choose another name", str(path))
    if path.suffix == ".svg":
        text = board_svg(session.state, session.dead)
    elif path.suffix == ".txt":
        text = render_game(session.state) + "\n"
    else:
        text = session.sgf()
    write_whole(path, text)
    return path


def board_svg(state: GameState, dead: frozenset[int] = frozenset()) -> str:
    """The position as an SVG picture, the last move ringed, dead stones faint."""
    size = state.rules.board_size
    first, last = _CELL, _CELL * size
    width = _CELL * (size + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" '
        f'width="{width}" height="{width}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{width}" rx="6" fill="#dcb271"/>',
    ]
    for i in range(size):
        at = _CELL * (i + 1)
        line = 'stroke="#5b4320" stroke-width="1"'
        parts.append(f'<path d="M{first} {at}H{last}M{at} {first}V{last}" {line} fill="none"/>')
        for x, y, label in (
            (at, 18, COLUMN_LETTERS[i]),
            (at, width - 8, COLUMN_LETTERS[i]),
            (13, at + 5, str(size - i)),
            (width - 13, at + 5, str(size - i)),
        ):
            parts.append(
                f'<text x="{x}" y="{y}" text-anchor="middle" fill="#5b4320">{label}</text>'
            )
    for point in star_points(size):
        x, y = _centre(point, size)
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="#5b4320"/>')
    parts += _stones_svg(state, dead)
    return "\n".join([*parts, "</svg>", ""])


def _stones_svg(state: GameState, dead: frozenset[int]) -> list[str]:
    parts = []
    size = state.rules.board_size
    last = state.history[-1] if state.history else None
    for point, stone in enumerate(state.stones().ravel().tolist()):
        if not stone:
            continue
        x, y = _centre(point, size)
        fill, edge = ("#191919", "#000000") if stone == BLACK else ("#f6f3ea", "#8d8779")
        faint = ' opacity="0.4"' if point in dead else ""
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{_CELL * 0.47:g}" fill="{fill}" stroke="{edge}"{faint}/>'
        )
        if point == last:
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="8" fill="none" stroke="#d0402b" stroke-width="3"/>'
            )
    return parts


def _centre(point: int, size: int) -> tuple[int, int]:
    row, column = divmod(point, size)
    return _CELL * (column + 1), _CELL * (row + 1)
