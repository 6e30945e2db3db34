"""Light playouts: uniformly random games that fill no one-point eye of the mover's own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels as k
from go_engine._jit import inlined_kernel, kernel
from go_engine.kernels import Row, at
from go_engine.rng import Stream, draw_below
from go_engine.scoring import area_ownership
from go_engine.state import GameState

__all__ = ["play_out", "playout_ownership", "playout_scores", "random_move", "random_playout_move"]


@inlined_kernel
def _random_point(row: Row, history: Row, stream: Stream) -> int:
    """The padded point of `random_move`, or NO_POINT for a pass."""
    size = row[k.SIZE]
    stride, cells = size + 1, k.padded_points(size)
    empties = at(k.META + k.EMPTIES * cells)
    where = at(k.META + k.EMPTY_INDEX * cells)
    liberties = at(k.META + k.LIBERTIES * cells)
    stone, left = row[k.TO_PLAY], row[k.NUM_EMPTY]
    found = k.NO_POINT
    while left > 0 and found == k.NO_POINT:
        i = at(draw_below(stream, left))
        p = row[empties + i]
        is_eye = row[liberties + at(p)] == 0 and k.is_own_eye(row, p, stone)
        if not is_eye and k._point_legality(row, history, cells, stride, p) == k.LEGAL:
            found = p
        else:
            # Not this one: move it behind the points still to be tried.
            left -= 1
            last = at(left)
            other = row[empties + last]
            row[empties + i], row[empties + last] = other, p
            row[where + at(other)], row[where + at(p)] = i, left
    return found


@kernel
def random_move(row: Row, history: Row, stream: Stream) -> int:
    """A legal move drawn uniformly from those that fill no own one-point eye; a pass if none.

    Reorders the row's list of empty points.
    """
    size = row[k.SIZE]
    point = _random_point(row, history, stream)
    return int(size * size if point == k.NO_POINT else k.unpadded(size, point))


@kernel
def play_out(row: Row, history: Row, stream: Stream, max_moves: int) -> int:
    """Play random moves until two passes or `max_moves` more; the number of moves played."""
    count = 0
    while count < max_moves and row[k.PASSES] < 2:
        k.play_point(row, history, _random_point(row, history, stream))
        count += 1
    return count


@kernel
def _fill_scores(
    start: Row,
    history: Row,
    stream: Stream,
    max_moves: int,
    scores: NDArray[np.int32],
    owned: NDArray[np.int64],
) -> None:
    """Area margins `scores [count]`; adds up in `owned [N*N]` whose each point was at the end."""
    owner = np.empty(owned.shape[0], np.int8)
    row = start.copy()
    for i in range(scores.shape[0]):
        row[:] = start
        play_out(row, history, stream, max_moves)
        scores[i] = area_ownership(row, owner)
        for point in range(owned.shape[0]):
            owned[point] += owner[point]


def playout_scores(state: GameState, count: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Black's area margin, before komi, at the end of each of `count` light playouts of `state`.

    A playout of more than eight times the board's points is stopped and scored as it stands.
    """
    return _many_playouts(state, count, rng)[0]


def playout_ownership(
    state: GameState, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """`float64 [N*N]`: whose each point is, on average, at the end of `count` light playouts of
    `state`: 1 always Black's, -1 always White's."""
    return _many_playouts(state, count, rng)[1] / count


def _many_playouts(
    state: GameState, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    if count < 1:
        raise ValueError(f"playouts must be 1 or more, not {count}")
    row, earlier = state.kernel_arrays()
    limit = 8 * state.rules.num_points
    history = np.zeros(state.move_count + limit + 2, np.int64)
    history[: state.move_count + 1] = earlier[: state.move_count + 1]
    scores, owned = np.empty(count, np.int32), np.zeros(state.rules.num_points, np.int64)
    stream = rng.integers(2**64, size=1, dtype=np.uint64)
    _fill_scores(row, history, stream, limit, scores, owned)
    return scores, owned


def random_playout_move(state: GameState, rng: np.random.Generator) -> int:
    """The move a light playout makes in `state`: uniform over the legal moves that fill no own
    one-point eye, a pass if there is none (or the game is over). `state` does not change.
    """
    # A copy: random_move reorders the row's empty points, and the draw must depend on the game
    # and on `rng` alone, not on how often somebody asked before.
    row = state._row.copy()
    stream = rng.integers(2**64, size=1, dtype=np.uint64)
    return int(random_move(row, state._history, stream))
