"""The facts for Python callers: on a `GameState` and moves instead of rows and padded points."""

from __future__ import annotations

import numpy as np

from go_engine import kernels as k
from go_engine.concepts.ladders import chain_is_caught, ladder_rows
from go_engine.concepts.liberties import chain_liberties
from go_engine.kernels import META, Row
from go_engine.state import GameState

__all__ = [
    "captured_by",
    "chains_in_atari",
    "is_caught_in_ladder",
    "liberties_after",
    "num_liberties",
    "one_point_eyes",
    "position_arrays",
]


def position_arrays(state: GameState) -> tuple[Row, Row]:
    """The row and the superko history behind `state`, for kernels that only read them."""
    return state._row, state._history


def _check_point(state: GameState, point: int, wants_stone: bool) -> int:
    """The padded point of `point`; ValueError if it is off the board or not as wanted."""
    size = state.rules.board_size
    if not 0 <= point < size * size:
        raise ValueError(f"no such point on a board of {size}: {point}")
    p = k.padded(size, point)
    if wants_stone and state._row[META + p] == 0:
        raise ValueError(f"no stone on point {point}")
    return p


def num_liberties(state: GameState, point: int) -> int:
    """Liberties of the chain that holds `point`.

    Raises:
        ValueError: if no stone is there.
    """
    p = _check_point(state, point, wants_stone=True)
    return chain_liberties(state._row, p, np.empty(state.rules.num_points, np.int64))


def chains_in_atari(state: GameState, color: int) -> list[list[int]]:
    """Chains of `color` (1 or -1) with exactly one liberty, each as its points, ascending."""
    return [chain for chain in state.board.chains(color) if num_liberties(state, chain[0]) == 1]


def captured_by(state: GameState, move: int) -> list[int]:
    """Points of the other side that `move`, a legal one, would take off, ascending.

    Raises:
        IllegalMoveError: if `move` is not legal.
    """
    after = state.copy()
    after.play(move)
    return np.flatnonzero((state.stones() == -state.to_play) & (after.stones() == 0)).tolist()


def liberties_after(state: GameState, move: int) -> int:
    """Liberties of the mover's chain once `move`, a legal one, is played and captures are off.

    1 is self-atari; 0 only after a suicide that the rules allow.

    Raises:
        IllegalMoveError: if `move` is not legal.
        ValueError: for a pass.
    """
    _check_point(state, move, wants_stone=False)
    after = state.copy()
    after.play(move)
    return num_liberties(after, move) if after.stones().flat[move] else 0


def one_point_eyes(state: GameState, color: int) -> list[int]:
    """Points that `kernels.is_own_eye` calls one-point eyes of `color`, ascending."""
    size = state.rules.board_size
    empties = np.flatnonzero(state.stones().ravel() == 0).tolist()
    return [m for m in empties if k.is_own_eye(state._row, k.padded(size, m), color)]


def is_caught_in_ladder(state: GameState, point: int, mover: int) -> bool:
    """Whether the chain that holds `point` is lost in a ladder if `mover` (1 or -1) plays next.

    The definition of a ladder is at the top of `concepts.ladders`.

    Raises:
        ValueError: if no stone is there.
    """
    p = _check_point(state, point, wants_stone=True)
    return chain_is_caught(state._row, p, mover, ladder_rows(state.rules.board_size))
