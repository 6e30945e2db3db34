"""What the untold network sees: raw positions, never a concept.

Planes, all from the side of the player to move (`C = NUM_PLANES`):

| planes | meaning |
|---|---|
| 0 | 1 on every point of the board (the edge is where the padding's zeros begin) |
| 1 | 1 where the mover may legally play: the rules, ko and superko included |
| 2..5 | the mover's stones now, and one, two and three positions ago |
| 6..9 | the opponent's stones, likewise |
| 10 | 1 everywhere if the last move was a pass (another pass ends the game) |
| 11 | komi as the mover feels it, in units of `KOMI_SCALE` points: positive for White |
| 12 | 1 everywhere if Black is to move |
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.kernels import Row

__all__ = ["KOMI_SCALE", "NUM_PLANES", "POSITIONS", "fill_planes", "push_position"]

POSITIONS: Final = 4
"""Positions shown: the present one and the three before it."""

NUM_PLANES: Final = 2 * POSITIONS + 5
KOMI_SCALE: Final = 10.0


@kernel
def push_position(recent: NDArray[np.int8], row: Row) -> None:
    """Make the row's stones the newest of `recent [POSITIONS, N*N]`, newest first."""
    for t in range(POSITIONS - 1, 0, -1):
        recent[t] = recent[t - 1]
    k.stones(row, recent[0])


@kernel
def fill_planes(
    planes: NDArray[np.float32],
    recent: NDArray[np.int8],
    legal: NDArray[np.bool_],
    to_play: int,
    passed: bool,
    komi: float,
    moved: NDArray[np.int64],
) -> None:
    """Write one position's planes as `float32 [N*N, C]` (channels last), seen under a symmetry.

    `recent [POSITIONS, N*N]` newest first, `legal [N*N + 1]`, `komi` White's, `moved [N*N + 1]` the
    symmetry's row of `go_engine.symmetry_moves`.
    """
    felt = -komi * to_play / KOMI_SCALE
    for point in range(recent.shape[1]):
        plane = planes[moved[point]]
        plane[0] = 1.0
        plane[1] = 1.0 if legal[point] else 0.0
        for t in range(POSITIONS):
            stone = recent[t, point] * to_play
            plane[2 + t] = 1.0 if stone == 1 else 0.0
            plane[2 + POSITIONS + t] = 1.0 if stone == -1 else 0.0
        plane[2 + 2 * POSITIONS] = 1.0 if passed else 0.0
        plane[3 + 2 * POSITIONS] = felt
        plane[4 + 2 * POSITIONS] = 1.0 if to_play == 1 else 0.0
