"""A game as GTP plays it: either colour at any time, moves after the end, set-up stones.

Our own games alternate. A colour that plays out of turn is put on turn by a pass of the other,
which keeps the history for superko. Where that pass (or a move after the end) is impossible, the
position becomes a set-up position without history.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.gtp.arguments import GtpError
from go_engine.rules import BLACK, WHITE, Rules
from go_engine.sgf import SgfGame, read_sgf, write_sgf
from go_engine.state import GameState, IllegalMoveError

__all__ = ["MAX_MOVES", "GtpGame"]

MAX_MOVES: Final = 10_000
"""Moves in one game; keeps a program that plays passes for ever from filling the memory."""

_MAX_FILE: Final = 1 << 24  # bytes


class GtpGame:
    """The moves as they came, and the game state that they make."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.clear()

    def clear(self, size: int | None = None) -> None:
        """The empty board, of another `size` if that is given."""
        if size is not None:
            self.rules = dataclasses.replace(self.rules, board_size=size)
        self.moves: list[tuple[int, int]] = []  # (colour, move)
        self._stones: NDArray[np.int8] | None = None
        self._first = BLACK
        self.state = self._start()

    def change_rules(self, rules: Rules) -> None:
        """Go on under other rules, of the same board.

        Raises:
            GtpError: if a move played before would have been illegal; nothing has changed then.
        """
        before = self.rules
        self.rules = rules
        try:
            self._replay()
        except IllegalMoveError:
            self.rules = before
            self._replay()
            raise GtpError("the game so far is not legal under these rules") from None

    def play(self, color: int, move: int) -> None:
        """Add a move.

        Raises:
            GtpError: if it is illegal, or there are too many.
        """
        if len(self.moves) >= MAX_MOVES:
            raise GtpError(f"more than {MAX_MOVES} moves in one game")
        state = self.with_turn(color)
        try:
            state.play(move)
        except IllegalMoveError:
            raise GtpError("illegal move") from None
        self.state = state
        self.moves.append((color, move))

    def undo(self, count: int = 1) -> None:
        """Take back moves.

        Raises:
            GtpError: if there are not so many.
        """
        if not 0 <= count <= len(self.moves):
            raise GtpError("cannot undo")
        del self.moves[len(self.moves) - count :]
        self._replay()

    def with_turn(self, color: int) -> GameState:
        """The game with `color` on turn and not over: itself, or a changed copy."""
        state = self.state
        if state.to_play == color and not state.is_over:
            return state
        if state.passes or state.is_over:
            return GameState.from_stones(self.rules, state.stones(), color)
        state = state.copy()
        state.play(self.rules.pass_move)
        return state

    def for_move(self, color: int) -> GameState:
        """The game as `color` is to see it that is asked for a move. Out of turn it sees a set-up
        position: not a pass of the other side, which it could end the game by answering."""
        state = self.state
        if state.to_play == color and not state.is_over:
            return state
        return GameState.from_stones(self.rules, state.stones(), color)

    def set_up(self, stones: NDArray[np.int8], to_play: int) -> None:
        """Begin anew from `stones [N, N]`.

        Raises:
            ValueError: if they make no position.
        """
        state = GameState.from_stones(self.rules, stones, to_play)
        self.moves = []
        self._stones, self._first, self.state = np.array(stones), to_play, state

    def set_handicap(self, points: Sequence[int]) -> None:
        """Put Black's stones on an empty board; White is to play.

        Raises:
            GtpError: if the board is not empty, or the points do not make a handicap.
        """
        if self.state.stones().any():
            raise GtpError("board not empty")
        try:
            placed = GameState.with_handicap(self.rules, points)
        except ValueError:
            raise GtpError("bad vertex list") from None
        self.set_up(placed.stones(), WHITE)

    # ---------------------------------------------------------------- records

    def load(self, path: Path, moves: int | None = None) -> None:
        """Read an SGF file's main line, its first `moves` moves or all.

        Raises:
            GtpError: if it cannot be read or is no game of ours. The message says nothing of what
                stands in the file, which need not be the sender's to see.
        """
        try:
            if not path.is_file() or path.stat().st_size > _MAX_FILE:
                raise GtpError("cannot load file")
            game = read_sgf(path.read_bytes(), self.rules)
        except (OSError, ValueError):
            raise GtpError("cannot load file") from None
        self._take(game, moves)

    def _take(self, game: SgfGame, moves: int | None) -> None:
        start = game.start()
        self.rules = game.rules
        self.set_up(start.stones(), start.to_play)
        if game.to_play == BLACK and not game.stones.any():
            self.clear()
        for move in game.moves[:moves]:
            self.moves.append((self.state.to_play, move))
            self.state.play(move)

    def sgf(self) -> str:
        """The game so far."""
        return write_sgf(self.state)

    # ---------------------------------------------------------------- replaying

    def _start(self) -> GameState:
        if self._stones is None:
            return GameState(self.rules)
        return GameState.from_stones(self.rules, self._stones, self._first)

    def _replay(self) -> None:
        """Build the game again from its moves."""
        self.state = self._start()
        for color, move in self.moves:
            self.state = self.with_turn(color)
            self.state.play(move)
