"""Game records as SGF text (FF[4]), through sgfmill: writing them, and from `sgf_reading` reading.

The rules stand in `RU` in the notation KataGo reads and writes, such as
`koPOSITIONALscoreAREAtaxNONEsui0`. sgfmill is imported when a function first needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from go_engine.rules import BLACK, WHITE, Rules
from go_engine.sgf_reading import (
    SgfError,
    SgfGame,
    encodable,
    read_collection,
    read_sgf,
    read_variations,
)
from go_engine.state import GameState

__all__ = [
    "SgfError",
    "SgfGame",
    "read_collection",
    "read_sgf",
    "read_variations",
    "margin_string",
    "result_string",
    "write_sgf",
]

_SGF_COLORS: Final = {BLACK: "b", WHITE: "w"}


def result_string(state: GameState) -> str:
    """The result of the position as it stands, komi counted: `"B+3.5"`, `"W+2"`, `"0"` (a draw)."""
    return margin_string(state.black_score() - state.rules.komi)


def margin_string(margin: float) -> str:
    """Black's margin in points, komi counted, as SGF and GTP write a result."""
    return "0" if margin == 0 else f"{'B' if margin > 0 else 'W'}+{abs(margin):g}"


def write_sgf(
    state: GameState,
    *,
    black: str = "",
    white: str = "",
    result: str | None = None,
    comments: Mapping[int, str] | None = None,
    black_win_rates: Mapping[int, float] | None = None,
    date: str = "",
    event: str = "",
) -> str:
    """The game so far as SGF text, one record.

    Args:
        state: the game; a set-up position is written as AB, AW and PL.
        black, white: the players' names; left out if empty, as are date and event.
        result: `RE`; None writes the score of a finished game and nothing for an unfinished one.
        comments: by number of moves played, 0 being the start.
        black_win_rates: Black's chances in [0, 1] likewise, written as `SBKV` in percent, which
            Sabaki draws as a graph.
        date: `YYYY-MM-DD`.

    Raises:
        ValueError: if a comment or a chance stands beyond the last move, or a chance is none.
    """
    from sgfmill.sgf import Sgf_game

    comments, rates = comments or {}, black_win_rates or {}
    moves = state.history
    if beyond := [count for count in (*comments, *rates) if not 0 <= count <= len(moves)]:
        raise ValueError(f"note on move {beyond[0]}, but the game has {len(moves)} moves")
    if wrong := [rate for rate in rates.values() if not 0 <= rate <= 1]:
        raise ValueError(f"a chance to win must be from 0 to 1, not {wrong[0]}")
    if result is None:
        result = result_string(state) if state.is_over else ""
    size = state.rules.board_size
    game = Sgf_game(size)
    root = game.get_root()
    root.set("AP", ("Untold", "1"))
    root.set("KM", state.rules.komi)
    root.set("RU", _rules_text(state.rules))
    texts = {"PB": black, "PW": white, "RE": result, "DT": date, "EV": event}
    for name, text in texts.items():
        if text:
            root.set(name, encodable(text))
    _write_setup(root, state)
    node, color = root, state.initial_to_play
    for count in range(len(moves) + 1):
        if count:
            node = node.new_child()
            node.set_move(_SGF_COLORS[color], _to_point(moves[count - 1], size))
            color = -color
        if comments.get(count):
            node.set("C", encodable(comments[count]))
        if count in rates:
            node.set_raw("SBKV", f"{100 * rates[count]:.2f}".encode())
    text = game.serialise().decode()
    assert isinstance(text, str)
    return text


def _rules_text(rules: Rules) -> str:
    scoring = rules.scoring.upper()
    return f"ko{rules.ko.upper()}score{scoring}taxNONEsui{int(rules.allow_suicide)}"


def _write_setup(root: Any, state: GameState) -> None:
    """Set-up stones and the first player, unless the game starts as games do."""
    stones = state.initial_stones()
    size = state.rules.board_size
    if stones.any():
        black, white = (
            [_to_point(int(p), size) for p in np.flatnonzero(stones == color)]
            for color in (BLACK, WHITE)
        )
        root.set_setup_stones(black, white)
        if len(black) >= 2 and not white and state.initial_to_play == WHITE:
            root.set("HA", len(black))
    if stones.any() or state.initial_to_play != BLACK:
        root.set("PL", _SGF_COLORS[state.initial_to_play])


def _to_point(move: int, size: int) -> tuple[int, int] | None:
    """sgfmill's point (row from the bottom, column) of a move; None for a pass."""
    row, column = divmod(move, size)
    return None if row == size else (size - 1 - row, column)
