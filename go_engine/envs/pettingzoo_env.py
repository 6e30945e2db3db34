"""Go as a PettingZoo AEC environment, with exact superko and draws.

    from go_engine.envs import pettingzoo_env
    env = pettingzoo_env.env(board_size=9, komi=7.0)

**Agents** are `black_0` and `white_0`, in turn. **Actions** are moves: `row * N + column` from the
top-left point, `N * N` a pass. **Rewards** come at the end: 1 to the winner, -1 to the loser, 0 to
both for a draw; area scoring of the position as it stands.

**Observations** are dicts with `observation` and `action_mask`, described in
`go_engine.envs.observation`: seen from the side of the agent that observes (its own stones first),
whether or not it is that agent's turn.

**Illegal actions** raise `IllegalMoveError` from `raw_env`; `env` ends the game instead, with -1
for the agent that tried and 0 for the other.

The game is strictly by turns. Where a library wants both agents' actions at once, PettingZoo's
`turn_based_aec_to_parallel` takes `env()` as it is.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import gymnasium
import numpy as np
from numpy.typing import NDArray
from pettingzoo import AECEnv
from pettingzoo.utils.env_logger import EnvLogger
from pettingzoo.utils.wrappers import OrderEnforcingWrapper

from go_engine.envs.observation import Observation, ObservedGame, observation_space
from go_engine.envs.rendering import RENDER_MODES, Frame, check_render_mode, render_state
from go_engine.rules import BLACK, WHITE, KoRule, Rules
from go_engine.state import IllegalMoveError

__all__ = ["env", "raw_env", "GuardedEnv"]

_COLORS: Final = {"black_0": BLACK, "white_0": WHITE}
_AGENTS: Final = {color: agent for agent, color in _COLORS.items()}


def env(**arguments: Any) -> GuardedEnv:
    """The environment with PettingZoo's usual guards; arguments as for `raw_env`."""
    return GuardedEnv(raw_env(**arguments))


class raw_env(AECEnv):  # type: ignore[misc]  # the library is untyped; its names are kept
    """The environment without guards.

    Args:
        board_size: points along an edge, 2 to 19.
        komi: points added to White's area.
        ko: `"positional"`, `"situational"` or `"simple"`.
        allow_suicide: whether a move may capture its own chain of two or more stones.
        max_moves: the game is truncated, with rewards 0, after so many moves; None for no limit.
            Under simple ko games may go on for ever, so one is wise there.
        render_mode: `"human"`, `"ansi"`, `"rgb_array"` (see `go_engine.envs.rendering`) or None.

    Attributes:
        game: the game and what is seen of it; `game.state` is the `GameState`.
        state_space: where `state()` lies.

    Raises:
        ValueError: for rules that do not exist, a limit under 1 or an unknown render mode.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "render_modes": list(RENDER_MODES),
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
        super().__init__()
        self.rules = Rules(board_size, komi, ko, allow_suicide, max_moves=max_moves)
        check_render_mode(render_mode)
        self.render_mode = render_mode
        self.possible_agents = list(_COLORS)
        self.agents: list[str] = []
        self.terminations: dict[str, bool] = {}
        self.truncations: dict[str, bool] = {}
        spaces = gymnasium.spaces
        self.observation_spaces = {agent: observation_space(board_size) for agent in _COLORS}
        self.action_spaces = {
            agent: spaces.Discrete(self.rules.num_points + 1) for agent in _COLORS
        }
        self.state_space = observation_space(board_size)["observation"]
        self.game = ObservedGame(self.rules)

    def observation_space(self, agent: str) -> gymnasium.spaces.Space[Any]:
        """The space of an agent's observations, the same object at every call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gymnasium.spaces.Space[Any]:
        """The space of an agent's actions, the same object at every call."""
        return self.action_spaces[agent]

    def reset(
        self,
        seed: int | None = None,  # noqa: ARG002 (PettingZoo's signature)
        options: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> None:
        """Start a game. Nothing in it is left to chance: `seed` and `options` change nothing."""
        self.game = ObservedGame(self.rules)
        self.agents = self.possible_agents[:]
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in self.agents}
        self.agent_selection = _AGENTS[self.game.state.to_play]
        self._skip_agent_selection = None  # a game given up half way may have left one behind
        if self.render_mode == "human":
            self.render()

    def observe(self, agent: str) -> Observation:
        """What `agent` sees, described at the top of `go_engine.envs.observation`."""
        color = _COLORS[agent]
        observation = self.game.observe(color)
        # `env` ends a game with an illegal move, of which the rules know nothing.
        if self.terminations.get(agent, False) or self.truncations.get(agent, False):
            observation["action_mask"][:] = 0
        return observation

    def state(self) -> NDArray[np.bool_]:
        """The game as a whole: `bool [N, N, 17]`, the planes that the player to move sees."""
        return self.game.planes(self.game.state.to_play)

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
        game = self.game
        game.play(action)
        self._cumulative_rewards[agent] = 0.0
        self.agent_selection = _AGENTS[game.state.to_play]
        if game.state.is_over:
            winner = game.state.winner() if game.terminated else 0
            self.rewards = {agent: float(winner * color) for agent, color in _COLORS.items()}
            self.terminations = dict.fromkeys(self.agents, game.terminated)
            self.truncations = dict.fromkeys(self.agents, game.truncated)
            self._accumulate_rewards()
        if self.render_mode == "human":
            self.render()

    def render(self) -> Frame:
        """The position in the render mode that was asked for."""
        if self.render_mode is None:
            gymnasium.logger.warn("render() was called, but the environment has no render_mode")
            return None
        return render_state(self.game.state, self.render_mode)

    def close(self) -> None:
        """Nothing to free: pictures are plain arrays."""


def _after_reset(name: str) -> property:
    """An attribute of the guarded environment that does not exist before the first reset."""

    def get(guarded: GuardedEnv) -> Any:
        if not guarded._has_reset:
            raise AttributeError(f"{name} cannot be accessed before reset")
        return getattr(guarded.env, name)

    return property(get)


class GuardedEnv(OrderEnforcingWrapper):  # type: ignore[misc]  # the library is untyped
    """What PettingZoo's TerminateIllegalWrapper, AssertOutOfBoundsWrapper and OrderEnforcingWrapper
    do, one round the other, in one.

    Every attribute that is looked up goes through all of theirs, which takes several times as long
    as the game itself. The tests compare the two.
    """

    agents = _after_reset("agents")
    agent_selection = _after_reset("agent_selection")
    rewards = _after_reset("rewards")
    terminations = _after_reset("terminations")
    truncations = _after_reset("truncations")
    infos = _after_reset("infos")

    def last(self, observe: bool = True) -> tuple[Observation | None, float, bool, bool, Any]:
        """Observation, reward since its last move, terminated, truncated and info of the agent
        whose turn it is."""
        agent, env = self.agent_selection, self.env
        return (
            env.observe(agent) if observe else None,
            env._cumulative_rewards[agent],
            env.terminations[agent],
            env.truncations[agent],
            env.infos[agent],
        )

    def step(self, action: int | None) -> None:
        """Play `action` for `agent_selection`; once the game is over, None.

        Raises:
            AssertionError: if `action` is not in the action space.
        """
        if not self._has_reset:
            EnvLogger.error_step_before_reset()
        self._has_updated = True
        env = self.env
        if not env.agents:
            EnvLogger.warn_step_after_terminated_truncated()
            return
        agent = env.agent_selection
        dead = env.terminations[agent] or env.truncations[agent]
        assert (action is None and dead) or self._in_space(action), "action is not in action space"
        try:
            env.step(action)
        except IllegalMoveError:
            EnvLogger.warn_on_illegal_move()
            self._lose(agent)

    def _in_space(self, action: Any) -> bool:
        # Discrete.contains takes longer than playing the move.
        if type(action) is int:
            return bool(0 <= action <= self.env.rules.num_points)
        space = self.env.action_space(self.env.agent_selection)
        return bool(space.contains(action))

    def _lose(self, agent: str) -> None:
        """End the game for an illegal action of `agent`, as TerminateIllegalWrapper does."""
        env = self.env
        env._cumulative_rewards[agent] = 0.0
        env.terminations = dict.fromkeys(env.agents, True)
        env.truncations = dict.fromkeys(env.agents, True)
        env.rewards = dict.fromkeys(env.agents, 0.0) | {agent: -1.0}
        env._accumulate_rewards()
        env._deads_step_first()
