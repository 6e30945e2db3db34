"""The planes of a position once more, slowly: from GameStates and the table in
`agents.net.planes`, sharing no code with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine import GameState


def planes_of(state: GameState) -> NDArray[np.float32]:
    """`float32 [13, N, N]` of a game as it lies."""
    size, me = state.rules.board_size, state.to_play
    planes = np.zeros((13, size, size), np.float32)
    planes[0] = 1
    planes[1] = state.legal_mask()[:-1].reshape(size, size)
    earlier = state.copy()
    for t in range(4):
        stones = earlier.stones()
        planes[2 + t] = stones == me
        planes[6 + t] = stones == -me
        if earlier.history:
            earlier.undo()
    planes[10] = bool(state.history) and state.history[-1] == size * size
    # White gets the komi: it helps the mover if that is White.
    planes[11] = (state.rules.komi if me == -1 else -state.rules.komi) / 10
    planes[12] = me == 1
    return planes


def seen_under(planes: NDArray[np.float32], symmetry: int) -> NDArray[np.float32]:
    """The planes as the network sees them under a symmetry (see `go_engine.symmetry`)."""
    if symmetry & 1:
        planes = planes[:, ::-1, :]
    if symmetry & 2:
        planes = planes[:, :, ::-1]
    return planes.transpose(0, 2, 1) if symmetry & 4 else planes
