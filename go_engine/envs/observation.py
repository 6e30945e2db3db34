"""What the environments of this folder show of a game: planes and a mask of legal moves.

`observation`: `bool [N, N, 17]`, seen from one side, the observer's. Planes `2 * t` and `2 * t + 1`
hold the observer's and the opponent's stones `t` moves ago (`t` = 0 is now, 7 the oldest; all False
before the game began). A pass is a move: it repeats the stones. Plane 16 is True everywhere if the
observer is Black. Row 0 is the top edge. (AlphaGo Zero's planes, Silver et al. 2017, which
PettingZoo's `go_v5` has too.)

`action_mask`: `int8 [N * N + 1]`, 1 where the observer may play now, superko included: all 0 when
it is not its turn or the game is over.

In memory the planes lie one after the other, `[17, N, N]`; the shape above is a view on that. So
`np.moveaxis(observation, -1, -3)` is contiguous, and handing it to PyTorch copies nothing.
"""

from __future__ import annotations

from typing import Any, Final

import gymnasium
import numpy as np
from numpy.typing import NDArray

from go_engine import kernels as k
from go_engine._jit import inlined_kernel, kernel
from go_engine.kernels import Row, at
from go_engine.rules import BLACK, Rules
from go_engine.state import GameState

__all__ = [
    "POSITIONS_SEEN",
    "NUM_PLANES",
    "Observation",
    "observation_space",
    "start_planes",
    "advance_planes",
    "ObservedGame",
]

POSITIONS_SEEN: Final = 8
NUM_PLANES: Final = 2 * POSITIONS_SEEN + 1

Observation = dict[str, NDArray[Any]]
"""`observation` and `action_mask`, as said above."""


def observation_space(board_size: int) -> gymnasium.spaces.Dict:
    """The space of the observations on a board of that size, made anew."""
    spaces = gymnasium.spaces
    planes = (board_size, board_size, NUM_PLANES)
    return spaces.Dict(
        {
            "observation": spaces.Box(0, 1, planes, np.bool_),
            "action_mask": spaces.Box(0, 1, (board_size * board_size + 1,), np.int8),
        }
    )


# ---------------------------------------------------------------- planes


@inlined_kernel
def _write_position(row: Row, planes: NDArray[np.bool_]) -> None:
    """Write the stones of now and the observer's colour, for the side to move."""
    size, stone = row[k.SIZE], row[k.TO_PLAY]
    cell = at(k.META + k.COLOR * k.padded_points(size) + size + 1)
    point, one = at(0), at(1)
    for _ in range(size):
        for _ in range(size):
            color = row[cell]
            planes[at(0), point] = color == stone
            planes[at(1), point] = color == -stone
            cell += one
            point += one
        cell += one  # the wall between two rows
    planes[NUM_PLANES - 1, :] = stone == BLACK


@kernel
def start_planes(row: Row, planes: NDArray[np.bool_]) -> None:
    """Write `planes [17, N*N]` of a position with nothing before it, from the mover's side."""
    planes[:] = False
    _write_position(row, planes)


@kernel
def advance_planes(row: Row, planes: NDArray[np.bool_]) -> None:
    """Bring `planes [17, N*N]` up to date after a move, a pass too.

    Before: from the side of the player who made the move; after: from the side to move now.
    """
    for t in range(POSITIONS_SEEN - 1, 0, -1):
        # The observer changed: what was the opponent's is its own. (Two loops: compilers copy whole
        # words in each, but not in one that does both.)
        for point in range(planes.shape[1]):
            planes[2 * t, point] = planes[2 * t - 1, point]
        for point in range(planes.shape[1]):
            planes[2 * t + 1, point] = planes[2 * t - 2, point]
    _write_position(row, planes)


# ---------------------------------------------------------------- one game


class ObservedGame:
    """A game from the empty board together with what its players see.

    Attributes:
        state: the game; play on it through `play` alone.
    """

    __slots__ = ("_planes", "state")

    def __init__(self, rules: Rules) -> None:
        self.state = GameState(rules)
        self._planes = np.empty((NUM_PLANES, rules.num_points), np.bool_)
        start_planes(self.state.kernel_arrays()[0], self._planes)

    def play(self, move: int) -> None:
        """Play `move` for the side to move.

        Raises:
            IllegalMoveError: if the rules forbid the move; nothing has changed then.
        """
        self.state.play(move)
        advance_planes(self.state.kernel_arrays()[0], self._planes)

    @property
    def terminated(self) -> bool:
        """Whether two passes ended the game."""
        return self.state.passes >= 2

    @property
    def truncated(self) -> bool:
        """Whether the rules' `max_moves` cut the game off before it ended."""
        return self.state.is_over and not self.terminated

    def planes(self, color: int) -> NDArray[np.bool_]:
        """`bool [N, N, 17]`, the planes that `color` sees; the caller's own."""
        row = self.state.kernel_arrays()[0]
        planes = self._planes.copy()
        if row[k.TO_PLAY] != color:
            planes[:-1:2], planes[1::2] = self._planes[1::2], self._planes[:-1:2]
            planes[-1] = color == BLACK
        size = self.state.rules.board_size
        return planes.reshape(NUM_PLANES, size, size).transpose(1, 2, 0)

    def mask(self, color: int) -> NDArray[np.int8]:
        """`int8 [N * N + 1]`, 1 where `color` may play now; the caller's own."""
        state = self.state
        row, history = state.kernel_arrays()
        mask = np.zeros(state.rules.num_points + 1, np.int8)
        if row[k.TO_PLAY] == color and not state.is_over:
            k.legal_mask(row, history, mask.view(np.bool_))
        return mask

    def observe(self, color: int) -> Observation:
        """What `color` sees; the arrays are the caller's own."""
        return {"observation": self.planes(color), "action_mask": self.mask(color)}
