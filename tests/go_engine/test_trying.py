"""Trying moves on a row: what a try does is what playing does, and taking back leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest

from go_engine import GameState, Rules
from go_engine import concepts as c
from go_engine import kernels as k

SECTIONS = (k.COLOR, k.HEAD)


def game_of(rng: np.random.Generator, size: int, suicide: bool) -> GameState:
    state = GameState(Rules(size, allow_suicide=suicide))
    for _ in range(int(rng.integers(0, 3 * size * size))):
        if state.is_over:
            break
        state.play(int(rng.choice(state.legal_moves()[:-1])) if len(state.legal_moves()) > 1
                   else state.rules.pass_move)  # fmt: skip
    return state


def same_board(row: np.ndarray, state: GameState) -> bool:
    """Stones, liberties of every chain, sizes, side to move and ko agree with a state's own row."""
    other, _ = c.position_arrays(state)
    size = state.rules.board_size
    cells = k.padded_points(size)
    few = np.empty(size * size, np.int64)
    for move in range(size * size):
        p = k.padded(size, move)
        if row[k.META + p] != other[k.META + p]:
            return False
        if row[k.META + p] != 0:
            sizes = [
                int(r[k.META + k.CHAIN_SIZE * cells + r[k.META + k.HEAD * cells + p]])
                for r in (row, other)
            ]
            found = [sorted(few[: c.chain_liberties(r, p, few)].tolist()) for r in (row, other)]
            if sizes[0] != sizes[1] or found[0] != found[1]:
                return False
    return bool(row[k.TO_PLAY] == other[k.TO_PLAY] and row[k.KO_POINT] == other[k.KO_POINT])


@pytest.mark.parametrize("suicide", [False, True])
@pytest.mark.parametrize("size", [2, 3, 5, 9])
def test_tries_are_plays_that_can_be_taken_back(size: int, suicide: bool) -> None:
    rng = np.random.default_rng(size)
    captures = 0
    for _ in range(25):
        state = game_of(rng, size, suicide)
        row = c.position_arrays(state)[0].copy()
        before = row.copy()
        trail = np.empty(c.trail_cells(size, 12), np.int64)
        trail[0] = 1
        marks, played, rows = [], state.copy(), []
        for _ in range(12):
            if played.is_over:
                break
            points = played.legal_moves()[:-1]
            if len(points) == 0:
                break
            move = int(rng.choice(points))
            marks.append(int(trail[0]))
            rows.append(row.copy())
            captured = c.try_move(row, k.padded(size, move), trail)
            stones = int((played.stones() != 0).sum())
            played.play(move)
            assert same_board(row, played)
            lost = stones + 1 - int((played.stones() != 0).sum())
            assert captured in (lost, 0)
            captures += captured > 0
        for mark, wanted in zip(reversed(marks), reversed(rows), strict=True):
            c.take_back(row, trail, mark)
            np.testing.assert_array_equal(row, wanted)
        np.testing.assert_array_equal(row, before)
    assert captures > 5
