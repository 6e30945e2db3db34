"""A game: board, side to move and history. Knows superko, the end and the score."""

from __future__ import annotations

import operator
import sys
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels
from go_engine.board import Board
from go_engine.rules import BLACK, KO_CODES, WHITE, Rules
from go_engine.scoring import area_ownership

__all__ = ["GameState", "IllegalMoveError"]

_REASONS: Final = {
    kernels.OCCUPIED: "occupied",
    kernels.SUICIDAL: "suicide",
    kernels.KO: "ko",
    kernels.SUPERKO: "superko",
    kernels.GAME_OVER: "game over",
    kernels.OUT_OF_RANGE: "out of range",
}
_ROOM = 128


class IllegalMoveError(ValueError):
    """A move the rules forbid.

    Attributes:
        reason: `"occupied"`, `"suicide"`, `"ko"`, `"superko"`, `"game over"` or `"out of range"`.
    """

    def __init__(self, move: int, reason: str) -> None:
        super().__init__(f"illegal move {move}: {reason}")
        self.move = move
        self.reason = reason

    def __reduce__(self) -> tuple[type[IllegalMoveError], tuple[int, str]]:
        # Exceptions are rebuilt from their message by default; ours crosses processes too.
        return IllegalMoveError, (self.move, self.reason)


class GameState:
    """One game under `rules`, from the empty board (or a set-up position) to its end.

    Moves are numbers: `row * N + column` from the top-left point, `N * N` for a pass.
    """

    __slots__ = ("_history", "_limit", "_moves", "_row", "_start", "rules")

    def __init__(self, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        size = self.rules.board_size
        self._row = np.empty(kernels.row_width(size), np.int64)
        self._history = np.empty(_ROOM, np.int64)
        ko_rule = KO_CODES[self.rules.ko]
        kernels.reset(self._row, self._history, size, ko_rule, int(self.rules.allow_suicide))
        self._moves: list[int] = []
        self._limit = sys.maxsize if self.rules.max_moves is None else self.rules.max_moves
        self._start: NDArray[np.int64] | None = None  # the row of a set-up position

    @classmethod
    def from_stones(cls, rules: Rules, stones: NDArray[np.int8], to_play: int) -> GameState:
        """A game that starts from `stones [N, N]` (1 Black, -1 White, 0 empty) with `to_play`.

        The set-up position counts as an earlier position for superko; it has no earlier ones.

        Raises:
            ValueError: if the stones do not fit the rules' board, `to_play` is neither 1 nor -1,
                or a chain has no liberty.
        """
        grid = np.asarray(stones)
        if grid.shape != (rules.board_size, rules.board_size):
            raise ValueError(
                f"stones must have shape {(rules.board_size, rules.board_size)}, not {grid.shape}"
            )
        if to_play not in (BLACK, WHITE):
            raise ValueError(f"to_play must be {BLACK} (Black) or {WHITE} (White), not {to_play!r}")
        state = cls(rules)
        row = state._row
        scalars = row[: kernels.META].copy()
        board_row = Board.from_stones(grid)._row
        row[:] = board_row
        for scalar in (kernels.KO_RULE, kernels.SUICIDE):
            row[scalar] = scalars[scalar]
        row[kernels.TO_PLAY] = to_play
        kernels.start_history(row, state._history)
        state._start = row.copy()
        return state

    @property
    def board(self) -> Board:
        """The board of this game; it changes as the game goes on."""
        return Board(self._row)

    @property
    def to_play(self) -> int:
        """Whose turn it is: BLACK (1) or WHITE (-1)."""
        return int(self._row[kernels.TO_PLAY])

    @property
    def is_over(self) -> bool:
        """Whether the last two moves were passes, or the rules' `max_moves` are used up."""
        return bool(self._row[kernels.PASSES] >= 2) or len(self._moves) >= self._limit

    @property
    def passes(self) -> int:
        """Consecutive passes just made: 0, 1 or 2."""
        return int(self._row[kernels.PASSES])

    @property
    def history(self) -> tuple[int, ...]:
        """The moves so far, passes included; set-up stones are no moves."""
        return tuple(self._moves)

    @property
    def move_count(self) -> int:
        """Number of moves so far, passes included."""
        return len(self._moves)

    @property
    def captures(self) -> tuple[int, int]:
        """Stones taken off so far: (black ones, white ones), suicides counted for their own."""
        row = self._row
        return int(row[kernels.CAPTURED_BLACK]), int(row[kernels.CAPTURED_WHITE])

    @property
    def simple_ko_point(self) -> int | None:
        """The point where retaking a ko at once is forbidden, or None."""
        point = int(self._row[kernels.KO_POINT])
        return kernels.unpadded(self.rules.board_size, point) if point else None

    def legal_mask(self) -> NDArray[np.bool_]:
        """`bool [N*N + 1]`, True where `to_play` may play; all False after the end."""
        mask = np.empty(self.rules.num_points + 1, np.bool_)
        kernels.legal_mask(self._row, self._history, mask)
        if len(self._moves) >= self._limit:
            mask[:] = False
        return mask

    def legal_moves(self) -> NDArray[np.int64]:
        """The legal moves, ascending (a pass last); empty after the end."""
        return np.flatnonzero(self.legal_mask())

    def is_legal(self, move: int) -> bool:
        """Whether `to_play` may play `move`; False for numbers that are no move at all."""
        number = self._number(move)
        legal = kernels.legality(self._row, self._history, number) == kernels.LEGAL
        return legal and len(self._moves) < self._limit

    def play(self, move: int) -> None:
        """Play `move` for `to_play`.

        Raises:
            IllegalMoveError: if the rules forbid it, naming the reason; nothing has changed then.
            TypeError: if `move` is not a whole number.
        """
        number = self._number(move)
        if len(self._moves) >= self._limit:
            raise IllegalMoveError(operator.index(move), "game over")
        self._make_room()
        code = kernels.try_play(self._row, self._history, number)
        if code != kernels.LEGAL:
            raise IllegalMoveError(operator.index(move), _REASONS[code])
        self._moves.append(number)

    def play_unchecked(self, move: int) -> None:
        """Play `move`, known to be legal. An illegal one leaves the game in an undefined state."""
        self._make_room()
        kernels.play_unchecked(self._row, self._history, move)
        self._moves.append(move)

    def undo(self) -> int:
        """Take the last move back and return it; the state is then just as it was before.

        Raises:
            IndexError: if no move has been played.
        """
        if not self._moves:
            raise IndexError("no move to take back")
        undone = self._moves.pop()
        self._restart()
        for move in self._moves:
            kernels.play_unchecked(self._row, self._history, move)
        return undone

    def _number(self, move: int) -> int:
        """`move` as a plain int; -1 for one so far out of range that a kernel could not hold it."""
        number = operator.index(move)
        return number if 0 <= number <= self.rules.num_points else -1

    def _restart(self) -> None:
        if self._start is not None:
            self._row[:] = self._start
        else:
            rules = self.rules
            ko_rule, suicide = KO_CODES[rules.ko], int(rules.allow_suicide)
            kernels.reset(self._row, self._history, rules.board_size, ko_rule, suicide)

    def _make_room(self) -> None:
        if len(self._moves) + 2 > self._history.size:
            self._history = np.concatenate([self._history, np.empty_like(self._history)])

    def stones(self) -> NDArray[np.int8]:
        """`int8 [N, N]`: 1 Black, -1 White, 0 empty; row 0 is the top edge. A copy."""
        return self.board.stones()

    def initial_stones(self) -> NDArray[np.int8]:
        """`int8 [N, N]`, the position before the first move."""
        size = self.rules.board_size
        if self._start is None:
            return np.zeros((size, size), np.int8)
        return Board(self._start).stones()

    @property
    def initial_to_play(self) -> int:
        """Who made (or makes) the first move."""
        return BLACK if self._start is None else int(self._start[kernels.TO_PLAY])

    def ownership(self) -> NDArray[np.int8]:
        """`int8 [N, N]`: whose each point is by area, dead stones counted as alive."""
        size = self.rules.board_size
        owner = np.empty(size * size, np.int8)
        area_ownership(self._row, owner)
        return owner.reshape(size, size)

    def black_score(self) -> int:
        """Black's points minus White's, before komi, of the position as it stands, counted as
        `rules.scoring` says: area, or territory and prisoners."""
        owner = np.empty(self.rules.num_points, np.int8)
        area = area_ownership(self._row, owner)
        return area if self.rules.scoring == "area" else self._territory_score(owner)

    def _territory_score(self, owner: NDArray[np.int8]) -> int:
        """Empty points by `owner` and prisoners, of which stones lost by suicide are some."""
        empty = self.stones().ravel() == 0
        black_lost, white_lost = self.captures
        return int(owner[empty].sum()) + white_lost - black_lost

    def winner(self) -> int:
        """1 if Black's score minus komi is ahead, -1 if White's is, 0 for a draw; as it stands."""
        margin = self.black_score() - self.rules.komi
        return (margin > 0) - (margin < 0)

    def kernel_arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and history as `go_engine.kernels` take them; the game's own memory, not copies.

        For search and feature kernels: copy before playing on them.
        """
        return self._row, self._history

    def recent_stones(self, count: int) -> NDArray[np.int8]:
        """`int8 [count, N*N]`: the stones now and after each of the moves before, newest first.

        Before the first move the starting position repeats.
        """
        earlier = self.copy()
        positions = [self.stones().ravel()]
        first = max(0, len(self._moves) - count + 1)
        if first < len(self._moves):
            earlier._moves = []
            earlier._restart()
            replayed: list[NDArray[np.int8]] = []
            for number, move in enumerate(self._moves):
                if number >= first:
                    replayed.append(earlier.stones().ravel())
                kernels.play_unchecked(earlier._row, earlier._history, move)
            positions += replayed[::-1]
        while len(positions) < count:
            positions.append(positions[-1])
        return np.stack(positions[:count])

    def copy(self) -> GameState:
        """An independent game in the same state."""
        twin = object.__new__(GameState)
        twin.rules = self.rules
        twin._row = self._row.copy()
        twin._history = self._history.copy()
        twin._moves = self._moves.copy()
        twin._limit = self._limit
        twin._start = self._start
        return twin

    @classmethod
    def with_handicap(cls, rules: Rules, points: Sequence[int]) -> GameState:
        """A game in which Black has stones on `points` before White makes the first move.

        The points are free to choose; `go_engine.handicap_points` gives the traditional ones. White
        gets nothing for them but the rules' komi.

        Raises:
            ValueError: for points that are off the board or named twice, or stones that leave
                themselves no liberty.
        """
        stones = np.zeros(rules.num_points, np.int8)
        for point in points:
            if not 0 <= point < rules.num_points:
                raise ValueError(f"no such point on a board of {rules.board_size}: {point}")
            if stones[point] != 0:
                raise ValueError(f"handicap point {point} is named twice")
            stones[point] = BLACK
        size = rules.board_size
        return cls.from_stones(rules, stones.reshape(size, size), WHITE if points else BLACK)

    @classmethod
    def from_moves(cls, rules: Rules, moves: Sequence[int]) -> GameState:
        """The game that `moves` make from the empty board.

        Raises:
            IllegalMoveError: at the first move the rules forbid.
        """
        state = cls(rules)
        for move in moves:
            state.play(move)
        return state

    def __repr__(self) -> str:
        side = "Black" if self.to_play == BLACK else "White"
        return f"GameState({self.rules}, {self.move_count} moves, {side} to play)"
