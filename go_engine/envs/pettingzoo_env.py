"""Go as a PettingZoo AEC environment, with exact superko and draws.

    from go_engine.envs import pettingzoo_env
    env = pettingzoo_env.env(board_size=9, komi=7.0)

**Agents** are `black_0` and `white_0`, in turn. **Actions** are moves: `row * N + column` from the
top-left point, `N * N` a pass. **Rewards** come at the end: 1 to the winner, -1 to the loser, 0 to
both for a draw; area scoring of the position as it stands.

**Observations** are dicts, seen from the side of the agent that observes (its own stones first),
whether or not it is that agent's turn:

- `observation`: `bool [N, N, 17]`. Planes `2 * t` and `2 * t + 1` hold the observer's and the
  opponent's stones `t` moves ago (`t` = 0 is now, 7 the oldest; all False before the game began). A
  pass is a move: it repeats the stones. Plane 16 is True everywhere if the observer is Black.
- `action_mask`: `int8 [N * N + 1]`, 1 where the observer may play now: all 0 when it is not its
  turn or the game is over.

**Illegal actions** raise `IllegalMoveError` from `raw_env`; `env` ends the game instead, with -1
for the agent that tried and 0 for the other.
"""

from __future__ import annotations

from collections import deque
from typing import Any, ClassVar, Final

import gymnasium
import numpy as np
from gymnasium.utils import EzPickle
from numpy.typing import NDArray
from pettingzoo import AECEnv
from pettingzoo.utils import wrappers

from go_engine.diagram import render_game
from go_engine.envs.picture import draw_board
from go_engine.rules import BLACK, WHITE, KoRule, Rules
from go_engine.state import GameState

__all__ = ["POSITIONS_SEEN", "env", "raw_env"]

POSITIONS_SEEN: Final = 8
_COLORS: Final = {"black_0": BLACK, "white_0": WHITE}
_AGENTS: Final = {color: agent for agent, color in _COLORS.items()}


def env(**arguments: Any) -> AECEnv:
    """The environment with PettingZoo's usual guards; arguments as for `raw_env`."""
    guarded = wrappers.TerminateIllegalWrapper(raw_env(**arguments), illegal_reward=-1)
    guarded = wrappers.AssertOutOfBoundsWrapper(guarded)
    return wrappers.OrderEnforcingWrapper(guarded)


class raw_env(AECEnv, EzPickle):  # type: ignore[misc]  # the library is untyped; its names are kept
    """The environment without guards.

    Args:
        board_size: points along an edge, 2 to 19.
        komi: points added to White's area.
        ko: `"positional"`, `"situational"` or `"simple"`.
        allow_suicide: whether a move may capture its own chain of two or more stones.
        max_moves: the game is truncated, with rewards 0, after so many moves; None for no limit.
            Under simple ko games may go on for ever, so one is wise there.
        render_mode: `"ansi"` (text), `"rgb_array"` (a picture) or None.

    Raises:
        ValueError: for rules that do not exist, a limit under 1 or an unknown render mode.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "render_modes": ["ansi", "rgb_array"],
        "name": "untold_go_v0",
        "is_parallelizable": False,
        "render_fps": 2,
    }

    def __init__(
        self,
        board_size: int = 9,
        komi: float = 7.0,
        ko: KoRule = "positional",
        allow_suicide: bool = False,
        max_moves: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        EzPickle.__init__(self, board_size, komi, ko, allow_suicide, max_moves, render_mode)
        super().__init__()
        self.rules = Rules(board_size, komi, ko, allow_suicide)
        if max_moves is not None and max_moves < 1:
            raise ValueError(f"max_moves must be 1 or more, or None, not {max_moves}")
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(
                f'render_mode must be "ansi", "rgb_array" or None, not {render_mode!r}'
            )
        self.max_moves = max_moves
        self.render_mode = render_mode
        self.possible_agents = list(_COLORS)
        self.agents: list[str] = []
        self.terminations: dict[str, bool] = {}
        self.truncations: dict[str, bool] = {}
        actions = self.rules.num_points + 1
        planes = (board_size, board_size, 2 * POSITIONS_SEEN + 1)
        spaces = gymnasium.spaces
        self.observation_spaces = {
            agent: spaces.Dict(
                {
                    "observation": spaces.Box(0, 1, planes, np.bool_),
                    "action_mask": spaces.Box(0, 1, (actions,), np.int8),
                }
            )
            for agent in _COLORS
        }
        self.action_spaces = {agent: spaces.Discrete(actions) for agent in _COLORS}
        self._begin()

    def observation_space(self, agent: str) -> gymnasium.spaces.Space[Any]:
        """The space of an agent's observations, the same object at every call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gymnasium.spaces.Space[Any]:
        """The space of an agent's actions, the same object at every call."""
        return self.action_spaces[agent]

    def _begin(self) -> None:
        self.state = GameState(self.rules)
        self._positions: deque[NDArray[np.int8]] = deque(maxlen=POSITIONS_SEEN)
        self._positions.appendleft(self.state.stones())

    def reset(
        self,
        seed: int | None = None,  # noqa: ARG002 (PettingZoo's signature)
        options: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> None:
        """Start a game. Nothing in it is left to chance: `seed` and `options` change nothing."""
        self._begin()
        self.agents = self.possible_agents[:]
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in self.agents}
        self.agent_selection = _AGENTS[self.state.to_play]

    def observe(self, agent: str) -> dict[str, NDArray[Any]]:
        """What `agent` sees, described at the top of this file."""
        color, size = _COLORS[agent], self.rules.board_size
        planes = np.zeros((size, size, 2 * POSITIONS_SEEN + 1), np.bool_)
        for t, stones in enumerate(self._positions):
            planes[:, :, 2 * t] = stones == color
            planes[:, :, 2 * t + 1] = stones == -color
        planes[:, :, -1] = color == BLACK
        mask = np.zeros(self.rules.num_points + 1, np.int8)
        ended = self.terminations.get(agent, False) or self.truncations.get(agent, False)
        if color == self.state.to_play and not ended:
            mask[:] = self.state.legal_mask()
        return {"observation": planes, "action_mask": mask}

    def step(self, action: int | None) -> None:
        """Play `action` for `agent_selection`; once the game is over, None.

        Raises:
            IllegalMoveError: if the rules forbid the move; nothing has changed then.
        """
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        assert action is not None
        self.state.play(action)
        self._positions.appendleft(self.state.stones())
        self._cumulative_rewards[agent] = 0.0
        self.agent_selection = _AGENTS[self.state.to_play]
        over = self.state.is_over
        cut = not over and self.max_moves is not None and self.state.move_count >= self.max_moves
        winner = self.state.winner() if over else 0
        self.rewards = {a: float(winner * _COLORS[a]) for a in self.agents}
        self.terminations = dict.fromkeys(self.agents, over)
        self.truncations = dict.fromkeys(self.agents, cut)
        self._accumulate_rewards()

    def render(self) -> str | NDArray[np.uint8] | None:
        """The position as text (`"ansi"`) or as `uint8 [height, width, 3]` (`"rgb_array"`)."""
        if self.render_mode is None:
            gymnasium.logger.warn("render() was called, but the environment has no render_mode")
            return None
        if self.render_mode == "ansi":
            return render_game(self.state)
        moves = self.state.history
        return draw_board(self.state.stones(), moves[-1] if moves else None)

    def close(self) -> None:
        """Nothing to free: pictures are plain arrays."""
