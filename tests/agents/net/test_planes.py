"""What the network is shown, for positions set up by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.net import NUM_PLANES, POSITIONS, as_batch, empty_planes, fill_planes
from go_engine import GameState, Rules, symmetry_moves
from tests.agents.net.reference_planes import planes_of, seen_under
from tests.agents.search.test_tree import random_game


def shown(state: GameState, symmetry: int = 0) -> NDArray[np.float32]:
    """`float32 [C, N, N]`, as the program makes them."""
    size = state.rules.board_size
    planes = empty_planes(1, size)
    planes[:] = 77.0  # every number must be written
    fill_planes(
        planes[0],
        state.recent_stones(POSITIONS),
        state.legal_mask(),
        state.to_play,
        state.passes > 0,
        float(state.rules.komi),
        symmetry_moves(size)[symmetry],
    )
    seen: NDArray[np.float32] = as_batch(planes)[0]
    return seen


def grid(*rows: str) -> NDArray[np.float32]:
    return np.array([[float(symbol == "1") for symbol in row] for row in rows], np.float32)


def test_a_position_by_hand() -> None:
    """Black 0, White 4, Black 1, White passes; Black to play on 3x3 with komi 7.

    1 1 .        The present position and the one before are the same (a pass); two ago White's
    . 2 .        answer to 1 was still to come, three ago Black's first stone stood alone.
    . . .
    """
    state = GameState.from_moves(Rules(3, 7.0), [0, 4, 1, 9])
    planes = shown(state)
    assert planes.shape == (NUM_PLANES, 3, 3) == (13, 3, 3)
    everywhere, nowhere = grid("111", "111", "111"), grid("000", "000", "000")
    both, first = grid("110", "000", "000"), grid("100", "000", "000")
    white = grid("000", "010", "000")
    expected = [
        everywhere,
        grid("001", "101", "111"),  # every empty point is legal
        both, both, first, first,  # Black's, newest first
        white, white, white, nowhere,  # White's
        everywhere,  # the last move was a pass
        -0.7 * everywhere,  # komi helps White, and Black is to move: -7 / 10
        everywhere,  # Black to move
    ]  # fmt: skip
    np.testing.assert_allclose(planes, np.stack(expected))


def test_the_same_from_the_other_side() -> None:
    """One more stone for Black, and White is to move: own and opponent's planes change places, the
    komi's sign too, and the side and pass planes are 0."""
    state = GameState.from_moves(Rules(3, 7.0), [0, 4, 1, 9, 8])
    planes = shown(state)
    assert (planes[2] == grid("000", "010", "000")).all()
    assert (planes[6] == grid("110", "000", "001")).all()
    assert (planes[7] == grid("110", "000", "000")).all()
    assert (planes[10] == 0).all()
    np.testing.assert_allclose(planes[11], 0.7)
    assert (planes[12] == 0).all()


def test_a_ko_is_seen_as_a_point_that_is_not_legal() -> None:
    """White has taken Black's stone on 7 by playing 6; Black may not take back at once.

    .  1X 2O .  .
    5X 6O 7. 8O .
    . 11X 12O . .
    """
    state = GameState(Rules(5, 0.5))
    for move in (1, 2, 5, 8, 11, 12, 7, 6):  # White's 6 takes Black's 7
        state.play(move)
    assert state.simple_ko_point == 7
    legal = shown(state)[1].ravel()
    assert legal[7] == 0
    state.play(24)
    state.play(23)
    assert shown(state)[1].ravel()[7] == 1  # elsewhere and back: now it may


def test_positions_before_the_first_move_repeat() -> None:
    stones = np.array([[1, 0], [0, -1]], np.int8)
    state = GameState.from_stones(Rules(2, 0.5), stones, -1)
    planes = shown(state)
    for t in range(4):
        assert (planes[2 + t] == grid("00", "01")).all()
        assert (planes[6 + t] == grid("10", "00")).all()


@pytest.mark.parametrize(("size", "plies"), [(2, 6), (5, 14), (9, 40), (19, 60)])
@pytest.mark.parametrize("symmetry", range(8))
def test_against_the_reference_under_every_symmetry(size: int, plies: int, symmetry: int) -> None:
    state = random_game(Rules(size, 3.5), plies, symmetry)
    expected = seen_under(planes_of(state), symmetry)
    np.testing.assert_allclose(shown(state, symmetry), expected, rtol=1e-6)


def test_a_batch_is_the_same_memory() -> None:
    planes = empty_planes(3, 4)
    assert planes.shape == (3, 16, NUM_PLANES)
    batch = as_batch(planes)
    assert batch.shape == (3, NUM_PLANES, 4, 4)
    assert np.shares_memory(batch, planes)
    planes[1, 6, 2] = 5  # point 6 of 4x4: row 1, column 2
    assert batch[1, 2, 1, 2] == 5
