"""Compile the engine's kernels ahead of time, so that every later start finds them on disk.

    python -m go_engine.warmup

Numba compiles a kernel for the types it is called with. So this plays real games through the
public API and calls the rest just as the search and the playouts do.
"""

from __future__ import annotations

import numpy as np

from go_engine import kernels, playout, rng
from go_engine.rules import BLACK, KO_CODES, Rules
from go_engine.scoring import area_ownership
from go_engine.state import GameState

__all__ = ["warm_up"]


def warm_up() -> None:
    """Compile (or load from disk) every kernel of the rules engine; a second call does nothing."""
    _warm_game_state()
    _warm_rows()


def _warm_game_state() -> None:
    """What `GameState` and `Board` call: plain Python integers and their own arrays."""
    state = GameState(Rules(board_size=5, ko="situational", allow_suicide=True))
    for move in (12, 7, 25):
        state.play(move)
    state.play_unchecked(3)
    state.undo()
    state.legal_mask()
    state.is_legal(0)
    state.black_score()
    GameState.from_stones(state.rules, state.stones(), state.to_play).board.check_consistency()


def _warm_rows() -> None:
    """What playouts and searches call: rows cut from a table, integers of 64 bits."""
    size = 5
    rows = np.zeros((2, kernels.row_width(size)), np.int64)
    history = np.zeros((2, 512), np.int64)
    row, earlier = rows[0], history[0]
    stream = np.zeros(1, np.uint64)
    rng.seed_stream(stream, 0, 0, 0)
    rng.draw_uniform(stream)
    rng.draw_below(stream, 2)
    kernels.reset(row, earlier, size, KO_CODES["positional"], 0)
    kernels.try_play(row, earlier, 12)
    kernels.legality(row, earlier, 6)
    kernels.position_key(row)
    kernels.unpadded(size, kernels.padded(size, 6))
    kernels.is_own_eye(row, kernels.padded(size, 6), BLACK)
    playout.random_move(row, earlier, stream)
    playout.play_out(row, earlier, stream, 300)
    playout.playout_scores(GameState(Rules(size)), 1, np.random.default_rng(0))
    area_ownership(row, np.zeros(size * size, np.int8))


if __name__ == "__main__":
    warm_up()
