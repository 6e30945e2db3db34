"""Light playouts: uniformly random games that fill no one-point eye of the mover's own."""

from __future__ import annotations

import numpy as np

from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.kernels import Row
from go_engine.rng import Stream, draw_below
from go_engine.state import GameState

__all__ = ["play_out", "random_move", "random_playout_move"]


@kernel
def random_move(row: Row, history: Row, stream: Stream) -> int:
    """A legal move drawn uniformly from those that fill no own one-point eye; a pass if none."""
    size: int = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    empties = k.META + k.EMPTIES * cells
    where = k.META + k.EMPTY_INDEX * cells
    left = row[k.NUM_EMPTY]
    while left > 0:
        i = draw_below(stream, left)
        p = row[empties + i]
        is_eye = k.is_own_eye(row, p, row[k.TO_PLAY])
        if not is_eye and k._point_legality(row, history, cells, stride, p) == k.LEGAL:
            return k.unpadded(size, p)
        # Not this one: move it behind the points still to be tried.
        left -= 1
        other = row[empties + left]
        row[empties + i], row[empties + left] = other, p
        row[where + other], row[where + p] = i, left
    return size * size


@kernel
def play_out(row: Row, history: Row, stream: Stream, max_moves: int) -> int:
    """Play random moves until two passes or `max_moves` more; the number of moves played."""
    for count in range(max_moves):
        if row[k.PASSES] >= 2:
            return count
        k.play_unchecked(row, history, random_move(row, history, stream))
    return max_moves


def random_playout_move(state: GameState, rng: np.random.Generator) -> int:
    """The move a light playout makes in `state`: uniform over the legal moves that fill no own
    one-point eye, a pass if there is none (or the game is over). `state` does not change.
    """
    # A copy: random_move reorders the row's empty points, and the draw must depend on the game
    # and on `rng` alone, not on how often somebody asked before.
    row = state._row.copy()
    stream = rng.integers(2**64, size=1, dtype=np.uint64)
    return int(random_move(row, state._history, stream))
