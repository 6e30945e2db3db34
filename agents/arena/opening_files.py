"""Openings that somebody wrote down, for a tournament to start from."""

from __future__ import annotations

from pathlib import Path

from go_engine.coords import vertex_to_move
from go_engine.rules import BLACK, Rules
from go_engine.sgf import read_collection
from go_engine.state import GameState, IllegalMoveError

__all__ = ["read_openings"]

Opening = tuple[int, ...]


def read_openings(path: Path, rules: Rules) -> tuple[Opening, ...]:
    """The openings in a file, in its order, equal ones once.

    A text file holds one opening a line, its moves as vertices (`E5 C3 pass`), Black first; blank
    lines and what follows a `#` are passed over. A file whose name ends in `.sgf` holds games: each
    is an opening from its first move to its last, on the empty board.

    Raises:
        ValueError: in one line, for a file that holds no openings or one that cannot be played;
            it names the line or game.
        OSError: if the file cannot be read.
    """
    found = _from_sgf(path, rules) if path.suffix.lower() == ".sgf" else _from_text(path, rules)
    if not found:
        raise ValueError(f"{path} holds no openings")
    return tuple(dict.fromkeys(found))


def _from_text(path: Path, rules: Rules) -> list[Opening]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no text") from None
    openings = []
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            moves = tuple(vertex_to_move(word, rules.board_size) for word in words)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
        openings.append(_checked(moves, rules, f"{path}, line {number}"))
    return openings


def _from_sgf(path: Path, rules: Rules) -> list[Opening]:
    openings = []
    for number, game in enumerate(read_collection(path), start=1):
        where, size = f"{path}, game {number}", game.rules.board_size
        if size != rules.board_size:
            raise ValueError(f"{where} is on a board of size {size}, not {rules.board_size}")
        if game.stones.any() or game.to_play != BLACK:
            raise ValueError(f"{where} does not begin with Black on the empty board")
        openings.append(_checked(game.moves, rules, where))
    return openings


def _checked(moves: Opening, rules: Rules, where: str) -> Opening:
    try:
        state = GameState.from_moves(rules, moves)
    except IllegalMoveError as error:
        raise ValueError(f"{where}: {error}") from None
    if state.is_over:
        raise ValueError(f"{where}: the game is over before the players are asked")
    return moves
