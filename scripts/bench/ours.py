"""This project's engine and environments, measured on 9x9 with positional superko.

Everything goes through what players and searches use: `GameState`, `go_engine.kernels`,
`go_engine.playout`, `go_engine.envs`. No board is made for the occasion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from go_engine import GameState, Rules, playout
from go_engine.envs import pettingzoo_env
from go_engine.envs.vector_env import GoVectorEnv
from go_engine.envs.vector_kernels import random_actions, step_many
from go_engine.rng import seed_stream
from scripts.bench.timing import Work

__all__ = [
    "RULES",
    "mean_playout_length",
    "playouts",
    "copies",
    "bare_steps",
    "vector_steps",
    "stored_games",
    "python_steps",
    "environment_steps",
]

RULES: Final = Rules()
_LIMIT: Final = 8 * RULES.num_points


def mean_playout_length(games: int = 2000) -> float:
    """Moves of a light playout from the empty board, the two passes included."""
    start, history = GameState(RULES).kernel_arrays()
    room = np.concatenate([history, np.zeros(_LIMIT, np.int64)])
    stream = np.zeros(1, np.uint64)
    seed_stream(stream, 0, 0, 0)
    moves = 0
    for _ in range(games):
        moves += playout.play_out(start.copy(), room, stream, _LIMIT)
    return moves / games


def playouts(seed: int, count: int = 200) -> Work:
    """Light playouts from the empty board, scored."""
    state, rng = GameState(RULES), np.random.default_rng(seed)
    return lambda: len(playout.playout_scores(state, count, rng))


def copies(count: int = 500) -> Work:
    """`GameState.copy()` in the middle of a game."""
    state = GameState.from_moves(RULES, stored_games(1)[0][:50])

    def work() -> int:
        for _ in range(count):
            state.copy()
        return count

    return work


def bare_steps(games: int) -> Work:
    """Random moves of `games` games with the kernels below the vector environment: a full mask of
    legal moves, superko included, for every game after every move."""
    env = _started(games, observe_planes=False)
    actions = np.empty(games, np.int64)
    # Room for histories that the environment would enlarge as needed; no random game is as long.
    histories = np.zeros((games, _LIMIT), np.int64)
    histories[:, : env._histories.shape[1]] = env._histories

    def work() -> int:
        random_actions(env._rows, histories, env._ended, env._stream, actions)
        step_many(
            env._rows,
            histories,
            actions,
            RULES.komi,
            _LIMIT - 2,
            env._ended,
            env._rewards,
            env._terminations,
            env._truncations,
            env._illegal,
            env._masks,
            env._planes,
        )
        return games

    return work


def vector_steps(games: int, observe_planes: bool) -> Work:
    """The same through the vector environment, with or without the planes that a network sees."""
    env = _started(games, observe_planes)

    def work() -> int:
        env.step(env.random_actions())
        return games

    return work


def _started(games: int, observe_planes: bool) -> GoVectorEnv:
    """An environment whose games have come to different stages, as in use."""
    env = GoVectorEnv(games, observe_planes=observe_planes, copy=False)
    env.reset(seed=0)
    for move in range(100):
        env.reset(options={"reset_mask": np.arange(games) % 100 == move})
        env.step(env.random_actions())
    return env


def stored_games(count: int, seed: int = 0) -> list[list[int]]:
    """Random games from the empty board to two passes, as moves."""
    rng = np.random.default_rng(seed)
    games = []
    for _ in range(count):
        state = GameState(RULES)
        while not state.is_over:
            state.play_unchecked(playout.random_playout_move(state, rng))
        games.append(list(state.history))
    return games


def python_steps(games: Sequence[Sequence[int]]) -> Work:
    """Stored games through `play()` and `is_over`: every move checked, no mask, no choice."""

    def work() -> int:
        for moves in games:
            state = GameState(RULES)
            for move in moves:
                state.play(move)
                if state.is_over:
                    break
        return sum(map(len, games))

    return work


def environment_steps(games: Sequence[Sequence[int]], env: Any = None) -> Work:
    """Stored games through a PettingZoo environment, ours unless another is given: for each move
    `last()`, so an observation with its mask, and `step()`."""
    env = pettingzoo_env.env(komi=RULES.komi) if env is None else env

    def work() -> int:
        for moves in games:
            env.reset()
            rest = iter(moves)
            for _ in env.agent_iter():
                _, _, terminated, truncated, _ = env.last()
                env.step(None if terminated or truncated else next(rest))
        return sum(map(len, games))

    return work
