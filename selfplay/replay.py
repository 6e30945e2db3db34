"""The newest self-play positions, ready to be drawn as training batches."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.net import NUM_PLANES, POSITIONS, fill_planes
from go_engine import NUM_SYMMETRIES, symmetry_moves
from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.kernels import Row
from go_engine.scoring import area_ownership
from selfplay.records import GameRecord, RecordError

__all__ = ["Batch", "Replay"]


class Batch(NamedTuple):
    """B positions to learn from, each under a random symmetry; from the mover's side.

    Attributes:
        planes: `float32 [B, N*N, C]`, channels last.
        policy: `float32 [B, A]`, the search's improved policy.
        reply: `float32 [B, A]`, the same one move later; zeros after the last move of a game.
        result: `int64 [B]`: 0 loss, 1 draw, 2 win.
        score: `float32 [B]`, final area margin before komi, points.
        ownership: `float32 [B, N*N]`: -1 the opponent's, 0 neutral, 1 the mover's.
    """

    planes: NDArray[np.float32]
    policy: NDArray[np.float32]
    reply: NDArray[np.float32]
    result: NDArray[np.int64]
    score: NDArray[np.float32]
    ownership: NDArray[np.float32]


class _Store(NamedTuple):
    """A ring of S positions; the positions of a game stand one after the other (modulo S).

    Attributes:
        stones: `int8 [S, N*N]`; legal: `bool [S, A]`; policy: `float32 [S, A]`.
        to_play: `int8 [S]`; passed: `bool [S]`; komi: `float32 [S]`.
        ply: `int32 [S]`, moves made before the position; last: `bool [S]`, the game's last.
        learn: `bool [S]`, False where no policy was written down (see GameRecord).
        black_score: `float32 [S]`; owner: `int8 [S, N*N]`, of the game's end, 1 Black.
    """

    stones: NDArray[np.int8]
    legal: NDArray[np.bool_]
    policy: NDArray[np.float32]
    to_play: NDArray[np.int8]
    passed: NDArray[np.bool_]
    komi: NDArray[np.float32]
    ply: NDArray[np.int32]
    last: NDArray[np.bool_]
    learn: NDArray[np.bool_]
    black_score: NDArray[np.float32]
    owner: NDArray[np.int8]


@kernel
def _add_game(
    store: _Store,
    head: int,
    row: Row,
    history: Row,
    moves: NDArray[np.int16],
    komi: float,
    owner: NDArray[np.int8],
) -> int:
    """Replay a game into the ring from `head` on; the first illegal move's ply, or -1."""
    slots = store.stones.shape[0]
    for ply in range(moves.shape[0]):
        i = (head + ply) % slots
        k.stones(row, store.stones[i])
        k.legal_mask(row, history, store.legal[i])
        if not store.legal[i, moves[ply]]:
            return ply
        store.to_play[i] = row[k.TO_PLAY]
        store.passed[i] = row[k.PASSES] > 0
        store.komi[i] = komi
        store.ply[i] = ply
        store.last[i] = ply == moves.shape[0] - 1
        k.play_unchecked(row, history, moves[ply])
    score = area_ownership(row, owner)
    for ply in range(moves.shape[0]):
        i = (head + ply) % slots
        store.black_score[i] = score
        store.owner[i] = owner
    return -1


@kernel
def _fill_batch(
    store: _Store,
    chosen: NDArray[np.int64],
    outcome: NDArray[np.int64],
    drawn: NDArray[np.int64],
    symmetries: NDArray[np.int64],
    planes: NDArray[np.float32],
    policy: NDArray[np.float32],
    reply: NDArray[np.float32],
    result: NDArray[np.int64],
    score: NDArray[np.float32],
    ownership: NDArray[np.float32],
) -> None:
    """Positions `chosen [B]` with the results of positions `outcome [B]` (the same, normally)."""
    slots, points = store.stones.shape
    recent = np.empty((POSITIONS, points), np.int8)
    for b in range(chosen.shape[0]):
        i = chosen[b]
        moved = symmetries[drawn[b]]
        for t in range(POSITIONS):
            # Before the first move the (empty) starting position repeats.
            recent[t] = store.stones[(i - min(t, store.ply[i])) % slots]
        side = store.to_play[i]
        fill_planes(planes[b], recent, store.legal[i], side, store.passed[i], store.komi[i], moved)
        after = (i + 1) % slots
        for move in range(points + 1):
            policy[b, moved[move]] = store.policy[i, move]
            reply[b, moved[move]] = 0.0 if store.last[i] else store.policy[after, move]
        o = outcome[b]
        margin = (store.black_score[o] - store.komi[i]) * side
        result[b] = 2 if margin > 0 else (0 if margin < 0 else 1)
        score[b] = store.black_score[o] * side
        for point in range(points):
            ownership[b, moved[point]] = store.owner[o, point] * side


class Replay:
    """The newest positions of one board size, at most `capacity`.

    Raises:
        ValueError: if the capacity is too small to be of use.
    """

    def __init__(self, board_size: int, capacity: int) -> None:
        if capacity < 4 * POSITIONS:
            raise ValueError(f"replay capacity must be {4 * POSITIONS} or more, not {capacity}")
        points = board_size * board_size
        # Room behind the newest position, so that the oldest ones drawn keep their history and
        # the newest game can be written before it counts.
        slots = capacity + 8 * points + 2 * POSITIONS
        self.board_size = board_size
        self.capacity = capacity
        self.added = 0
        self._store = _Store(
            stones=np.zeros((slots, points), np.int8),
            legal=np.zeros((slots, points + 1), np.bool_),
            policy=np.zeros((slots, points + 1), np.float32),
            to_play=np.zeros(slots, np.int8),
            passed=np.zeros(slots, np.bool_),
            komi=np.zeros(slots, np.float32),
            ply=np.zeros(slots, np.int32),
            last=np.zeros(slots, np.bool_),
            learn=np.zeros(slots, np.bool_),
            black_score=np.zeros(slots, np.float32),
            owner=np.zeros((slots, points), np.int8),
        )
        self._row = np.zeros(k.row_width(board_size), np.int64)
        self._owner = np.zeros(points, np.int8)
        self._symmetries = symmetry_moves(board_size)

    def __len__(self) -> int:
        """Positions that can be drawn."""
        return min(self.added, self.capacity)

    def add(self, record: GameRecord) -> int:
        """Take a finished game in; the number of positions added.

        Raises:
            RecordError: if it does not fit this board, is not finished, is too long, or holds an
                illegal move; nothing is added then.
        """
        length, slots = len(record.moves), self._store.stones.shape[0]
        if record.board_size != self.board_size or not record.finished:
            raise RecordError(f"game {record.game_id} is no finished game on this board size")
        points = self.board_size**2
        if record.policies.shape != (length, points + 1):
            raise RecordError(f"game {record.game_id} has no policy for each of its moves")
        # The kernel below looks moves up without checking bounds.
        if length and not (record.moves.min() >= 0 and record.moves.max() <= points):
            raise RecordError(f"game {record.game_id} holds a move off the board")
        if length > slots - self.capacity - 2 * POSITIONS:
            raise RecordError(f"game {record.game_id} is too long ({length} moves)")
        head = self.added % slots
        history = np.zeros(length + 2, np.int64)
        k.reset(self._row, history, self.board_size, 1, 0)
        wrong = _add_game(
            self._store,
            head,
            self._row,
            history,
            record.moves,
            record.komi,
            self._owner,
        )
        if wrong >= 0:
            raise RecordError(f"game {record.game_id} holds an illegal move at ply {wrong}")
        places = (head + np.arange(length)) % slots
        self._store.policy[places] = record.policies
        self._store.learn[places] = record.policies.any(axis=1)
        self.added += length
        return length

    def sample(
        self, batch_size: int, window: int, rng: np.random.Generator, shuffled_results: bool = False
    ) -> Batch:
        """A batch drawn uniformly from the newest `window` positions, each under a symmetry.

        With `shuffled_results` every position gets the outcome of another one (the control).

        Raises:
            ValueError: if there is nothing to learn from.
        """
        chosen = self._draw(batch_size, window, rng)
        # Drawn before the outcomes, so that the control sees the same boards as the real run.
        symmetry = rng.integers(0, NUM_SYMMETRIES, batch_size)
        outcome = self._draw(batch_size, window, rng) if shuffled_results else chosen
        points = self.board_size**2
        batch = Batch(
            planes=np.empty((batch_size, points, NUM_PLANES), np.float32),
            policy=np.empty((batch_size, points + 1), np.float32),
            reply=np.empty((batch_size, points + 1), np.float32),
            result=np.empty(batch_size, np.int64),
            score=np.empty(batch_size, np.float32),
            ownership=np.empty((batch_size, points), np.float32),
        )
        _fill_batch(self._store, chosen, outcome, symmetry, self._symmetries, *batch)
        return batch

    def _draw(self, count: int, window: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Ring places of `count` positions that may be learned from."""
        newest = min(window, len(self))
        slots = self._store.stones.shape[0]
        chosen = np.empty(0, np.int64)
        for _ in range(64):
            drawn = (self.added - 1 - rng.integers(0, max(1, newest), count)) % slots
            chosen = np.concatenate([chosen, drawn[self._store.learn[drawn]]])
            if len(chosen) >= count:
                return chosen[:count]
        raise ValueError("the replay holds no position to learn from")
