"""Many games in one call: what `vector_env` is made of, for loops that want it bare.

Everything is an array with one entry a game, in the game's own place: `rows [G, W]` and
`histories [G, H]` as `go_engine.kernels` takes them. No kernel here checks shapes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels as k
from go_engine._jit import inlined_kernel, kernel
from go_engine.envs.observation import advance_planes, start_planes
from go_engine.kernels import Row, at
from go_engine.playout import random_move
from go_engine.rng import Stream
from go_engine.scoring import area_ownership

__all__ = ["start_many", "step_many", "random_actions"]

Rows = NDArray[np.int64]


@inlined_kernel
def _write_mask(row: Row, history: Row, over: bool, mask: NDArray[np.bool_]) -> None:
    """As `kernels.legal_mask`, all False if the game is `over`; walks the list of empty points,
    which is quicker where each call sees another game."""
    size = row[k.SIZE]
    stride, cells = size + 1, k.padded_points(size)
    empties = at(k.META + k.EMPTIES * cells)
    liberties, seen = at(k.META + k.LIBERTIES * cells), at(k.META + k.SEEN * cells)
    mask[:] = False
    for i in range(0 if over else row[k.NUM_EMPTY]):
        point = row[empties + at(i)]
        # A liberty of its own, and no stone ever there: neither suicide nor ko nor superko.
        legal = row[liberties + at(point)] != 0 and row[seen + at(point)] == 0
        if not legal:
            legal = k._point_legality(row, history, cells, stride, point) == k.LEGAL
        mask[at(k.unpadded(size, point))] = legal
    mask[at(size * size)] = not over


@kernel
def start_many(
    rows: Rows,
    histories: Rows,
    which: NDArray[np.bool_],
    size: int,
    ko_rule: int,
    suicide: int,
    ended: NDArray[np.bool_],
    masks: NDArray[np.bool_],
    planes: NDArray[np.bool_],
) -> None:
    """Start the games in `which [G]` from the empty board; arrays as for `step_many`."""
    for g in range(rows.shape[0]):
        if which[g]:
            k.reset(rows[g], histories[g], size, ko_rule, suicide)
            ended[g] = False
            k.legal_mask(rows[g], histories[g], masks[g])
            if planes.shape[1] > 0:
                start_planes(rows[g], planes[g])


@kernel
def step_many(
    rows: Rows,
    histories: Rows,
    actions: NDArray[np.int64],
    komi: float,
    max_moves: int,
    ended: NDArray[np.bool_],
    rewards: NDArray[np.float64],
    terminations: NDArray[np.bool_],
    truncations: NDArray[np.bool_],
    illegal: NDArray[np.bool_],
    masks: NDArray[np.bool_],
    planes: NDArray[np.bool_],
) -> int:
    """Play `actions [G]`, each for the side to move of its game, and write what came of it.

    A game that `ended [G]` starts anew instead, whatever its action.

    Args:
        rows: `int64 [G, W]`, started by `start_many`.
        histories: `int64 [G, H]`, with room for one more position than this returned last.
        actions: `0 .. N*N`; one that is illegal ends its game and plays nothing.
        komi: points added to White's area.
        max_moves: a game is cut off after so many moves.
        ended: read, and written for the next call: terminated or truncated.
        rewards: of the side that made the move: 1, -1 or 0.
        terminations: two passes, or an illegal action.
        truncations: the limit was reached, and two passes were not.
        illegal: whether the action was illegal.
        masks: `bool [G, N*N + 1]`, what the side to move now may play; all False if it ended.
        planes: `bool [G, 17, N*N]`, what it sees (see `observation`); `[G, 0, 0]` to leave it out.

    Returns:
        the number of positions in the longest history.
    """
    longest = 0
    size = rows[0, k.SIZE]
    owner = np.empty(size * size, np.int8)
    for g in range(rows.shape[0]):
        row, history, action = rows[g], histories[g], actions[g]
        restart, mover = ended[g], row[k.TO_PLAY]
        legal = restart or k.legality(row, history, action) == k.LEGAL
        if restart:
            k.reset(row, history, size, row[k.KO_RULE], row[k.SUICIDE])
        elif legal:
            k.play_unchecked(row, history, action)
        scored = row[k.PASSES] >= 2
        cut = legal and not scored and row[k.MOVE_COUNT] >= max_moves
        over = scored or cut or not legal
        reward = 0.0 if legal else -1.0
        if scored:
            reward = np.sign(area_ownership(row, owner) - komi) * mover
        rewards[g], illegal[g], ended[g] = reward, not legal, over
        terminations[g], truncations[g] = over and not cut, cut
        _write_mask(row, history, over, masks[g])
        if planes.shape[1] > 0:
            if restart:
                start_planes(row, planes[g])
            elif legal:
                advance_planes(row, planes[g])
        longest = max(longest, row[k.HISTORY_LENGTH])
    return longest


@kernel
def random_actions(
    rows: Rows,
    histories: Rows,
    ended: NDArray[np.bool_],
    stream: Stream,
    actions: NDArray[np.int64],
) -> None:
    """Write `actions [G]` as light playouts choose them: uniformly among the legal moves that fill
    no own one-point eye, a pass if there is none (or the game ended)."""
    for g in range(rows.shape[0]):
        size = rows[g, k.SIZE]
        action = size * size
        if not ended[g]:
            action = random_move(rows[g], histories[g], stream)
        actions[g] = action
