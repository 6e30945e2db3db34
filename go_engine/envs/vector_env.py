"""Thousands of games at once, stepped by one compiled call, as a Gymnasium vector environment.

    import gymnasium
    import go_engine.envs

    games = gymnasium.make_vec("untold/GoSelfPlay-v0", num_envs=1024, board_size=9)
    observations, infos = games.reset(seed=1)
    for _ in range(1000):
        actions = games.random_actions()
        observations, rewards, terminations, truncations, infos = games.step(actions)

One player moves for both sides, as in self-play: each action is for the side to move of its game.

**Observations** are dicts with `observation [G, N, N, 17]` and `action_mask [G, N * N + 1]`,
described in `go_engine.envs.observation`, always from the side of the player to move; at the end,
of the one who would be. In memory the planes are `[G, 17, N, N]`: `np.moveaxis(observation, -1, 1)`
is contiguous. With `observe_planes=False` there is the mask alone. **Actions** are moves,
`row * N + column` from the top-left point, `N * N` a pass.

**Rewards** are those of the side that *made* the move: 1 if it won by it, -1 if it lost, 0 for a
draw or a game that goes on. (Two passes end a game, so a pass may lose it.) The other side's reward
is the negative. A game over `max_moves` is truncated with reward 0.

**Illegal actions** lose the game at once: terminated, reward -1, `infos["illegal_action"]`; the
board and what is seen of it stay as they were, but for the mask. Numbers that are no action raise
ValueError, and then no game has moved.

**Autoreset** is Gymnasium's next-step mode: the step after a game's end ignores its action, starts
it anew and gives the first observation with reward 0. `reset(options={"reset_mask": bool [G]})`
starts some games anew.

**Infos** have `to_play` (1 Black, -1 White) and `illegal_action`, one entry a game.
"""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import ArrayLike, NDArray

from go_engine import kernels
from go_engine.diagram import render
from go_engine.envs.observation import NUM_PLANES, Observation, observation_space
from go_engine.envs.picture import draw_board
from go_engine.envs.rendering import check_render_mode
from go_engine.envs.vector_kernels import random_actions, start_many, step_many
from go_engine.rules import KO_CODES, KoRule, Rules

__all__ = ["GoVectorEnv"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_ROOM = 256  # positions that histories have room for at first


class GoVectorEnv(VectorEnv[Observation, NDArray[np.int64], NDArray[Any]]):
    """`num_envs` games under the same rules.

    Args:
        num_envs: the number of games, G.
        board_size: points along an edge, 2 to 19.
        komi: points added to White's area.
        ko: `"positional"`, `"situational"` or `"simple"`.
        allow_suicide: whether a move may capture its own chain of two or more stones.
        max_moves: a game is truncated after so many moves; None for no limit. Under simple ko games
            may go on for ever, so one is wise there.
        observe_planes: whether observations have planes, or the mask alone.
        copy: whether every step gives arrays of the caller's own. If not, they are the
            environment's memory, overwritten by the next step, and only `to_play` is allocated.
        render_mode: `"ansi"` or `"rgb_array"`, a frame a game; None for none.

    Raises:
        ValueError: for rules that do not exist, a number of games or moves under 1, or an unknown
            render mode.
    """

    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]  # theirs belongs to the instance
        "autoreset_mode": AutoresetMode.NEXT_STEP,
        "render_modes": ["ansi", "rgb_array"],
        "render_fps": 2,
    }

    def __init__(
        self,
        num_envs: int = 1,
        board_size: int = 9,
        komi: float = 7.0,
        ko: KoRule = "positional",
        allow_suicide: bool = False,
        max_moves: int | None = None,
        observe_planes: bool = True,
        copy: bool = True,
        render_mode: str | None = None,
    ) -> None:
        self.rules = Rules(board_size, komi, ko, allow_suicide, max_moves=max_moves)
        if num_envs < 1:
            raise ValueError(f"num_envs must be 1 or more, not {num_envs}")
        check_render_mode(render_mode, ("ansi", "rgb_array"))
        self.num_envs = num_envs
        self.observe_planes = observe_planes
        self.copy = copy
        self.render_mode = render_mode
        self._make_spaces()
        self._make_arrays()

    def _make_spaces(self) -> None:
        spaces = gymnasium.spaces
        single = observation_space(self.rules.board_size)
        if not self.observe_planes:
            single = spaces.Dict({"action_mask": single["action_mask"]})
        self.single_observation_space = single
        self.single_action_space = spaces.Discrete(self.rules.num_points + 1)
        self.observation_space = batch_space(single, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def _make_arrays(self) -> None:
        games, points, size = self.num_envs, self.rules.num_points, self.rules.board_size
        self._rows = np.zeros((games, kernels.row_width(size)), np.int64)
        self._histories = np.zeros((games, _ROOM), np.int64)
        self._longest = 0
        self._actions = np.full(games, points, np.int64)
        self._ended = np.zeros(games, np.bool_)
        self._masks = np.zeros((games, points + 1), np.bool_)
        shape = (NUM_PLANES, points) if self.observe_planes else (0, 0)
        self._planes = np.zeros((games, *shape), np.bool_)
        self._rewards = np.zeros(games)
        self._terminations, self._truncations, self._illegal = np.zeros((3, games), np.bool_)
        self._stream = np.zeros(1, np.uint64)
        self._everywhere = np.ones(games, np.bool_)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start all games; with `options={"reset_mask": bool [G]}` those alone. `seed` is for
        `random_actions`: nothing else is left to chance.

        Raises:
            ValueError: for a mask of another shape or type.
        """
        super().reset(seed=seed)
        if seed is not None or not self._stream[0]:
            self._stream[0] = self.np_random.integers(1, 2**64, dtype=np.uint64)
        which = np.asarray((options or {}).get("reset_mask", self._everywhere))
        if which.shape != (self.num_envs,) or which.dtype != np.bool_:
            raise ValueError(f"reset_mask must be bool [{self.num_envs}]")
        if not self._longest:
            which = self._everywhere
        self._longest = max(self._longest, 1)
        rules = self.rules
        start_many(
            self._rows,
            self._histories,
            which,
            rules.board_size,
            KO_CODES[rules.ko],
            int(rules.allow_suicide),
            self._ended,
            self._masks,
            self._planes,
        )
        self._illegal[which] = False
        return self._observations(), self._infos()

    def step(self, actions: ArrayLike) -> tuple[Observation, Floats, Bools, Bools, dict[str, Any]]:
        """Play `actions [G]`; see the top of this file.

        Raises:
            gymnasium.error.ResetNeeded: before the first reset.
            ValueError: unless `actions` are `G` whole numbers from 0 to `N * N`.
        """
        if not self._longest:
            raise gymnasium.error.ResetNeeded("no game yet: call reset() first")
        self._actions[:] = self._checked(actions)
        if self._longest >= self._histories.shape[1]:
            self._histories = np.concatenate([self._histories, np.zeros_like(self._histories)], 1)
        limit = self.rules.max_moves
        self._longest = step_many(
            self._rows,
            self._histories,
            self._actions,
            self.rules.komi,
            sys.maxsize if limit is None else limit,
            self._ended,
            self._rewards,
            self._terminations,
            self._truncations,
            self._illegal,
            self._masks,
            self._planes,
        )
        results = (self._rewards, self._terminations, self._truncations)
        rewards, terminations, truncations = (self._given(array) for array in results)
        return self._observations(), rewards, terminations, truncations, self._infos()

    def _checked(self, actions: ArrayLike) -> NDArray[Any]:
        numbers = np.asarray(actions)
        last = self.rules.num_points
        whole = numbers.shape == (self.num_envs,) and numbers.dtype.kind in "iu"
        if not whole or numbers.min() < 0 or numbers.max() > last:
            raise ValueError(f"actions must be {self.num_envs} whole numbers from 0 to {last}")
        return numbers

    def _given(self, array: NDArray[Any]) -> NDArray[Any]:
        return array.copy() if self.copy else array

    def _observations(self) -> Observation:
        masks = {"action_mask": self._given(self._masks).view(np.int8)}
        if not self.observe_planes:
            return masks
        size = self.rules.board_size
        planes = self._given(self._planes).reshape(-1, NUM_PLANES, size, size)
        return {"observation": planes.transpose(0, 2, 3, 1), **masks}

    def _infos(self) -> dict[str, Any]:
        """Every key has its `_key`, as Gymnasium has it: which games the entry is about (all)."""
        infos = {
            "to_play": self._rows[:, kernels.TO_PLAY].astype(np.int8),
            "illegal_action": self._given(self._illegal),
        }
        return infos | {f"_{key}": self._everywhere for key in infos}

    def random_actions(self) -> NDArray[np.int64]:
        """`int64 [G]`, the caller's own: moves as light playouts choose them, uniformly among the
        legal ones that fill no own one-point eye; a pass if there is none."""
        actions = np.empty(self.num_envs, np.int64)
        random_actions(self._rows, self._histories, self._ended, self._stream, actions)
        return actions

    def stones(self, game: int) -> NDArray[np.int8]:
        """`int8 [N, N]`, the position of one game: 1 Black, -1 White, 0 empty. A copy."""
        out = np.empty(self.rules.num_points, np.int8)
        kernels.stones(self._rows[game], out)
        return out.reshape(self.rules.board_size, self.rules.board_size)

    def render(self) -> tuple[Any, ...] | None:
        """One frame a game: text, or `uint8 [height, width, 3]`; None without a render mode."""
        if self.render_mode is None:
            gymnasium.logger.warn("render() was called, but the environment has no render_mode")
            return None
        show = render if self.render_mode == "ansi" else draw_board
        return tuple(show(self.stones(game)) for game in range(self.num_envs))
