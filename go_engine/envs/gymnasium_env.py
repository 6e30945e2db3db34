"""Go for one learner, as a Gymnasium environment: the opponent is a callable.

    import gymnasium
    import go_engine.envs

    env = gymnasium.make("untold/Go-v0", board_size=9, opponent=my_policy, color="random")
    observation, info = env.reset(seed=1)
    action = env.action_space.sample(observation["action_mask"])
    observation, reward, terminated, truncated, info = env.step(action)

**The opponent** is called as `opponent(state, rng)`: it gets the `GameState`, with itself to play,
which it must not change, and the environment's own `numpy.random.Generator`, from which all its
chance should come (then the same seed gives the same game). It answers a move, or `RESIGN` to give
the game up. By default it plays at random, filling no one-point eye of its own.

**Observations** are dicts with `observation` and `action_mask`, described in
`go_engine.envs.observation`, always seen from the learner's side. When it is given one the learner
is to move, unless the game is over. **Actions** are moves: `row * N + column` from the top-left
point, `N * N` a pass. **Rewards** come at the end: 1 if the learner won, -1 if it lost, 0 for a
draw; area scoring of the position as it stands.

**Illegal actions** lose the game at once: terminated, reward -1, the board as it was. Numbers that
are no action at all raise ValueError.

**Info** has `color` (1 if the learner is Black, -1 if White) and `opponent_move` (what it answered;
-1 if it did not move), and at the end `result`: `"score"`, `"illegal action: REASON"`,
`"opponent resigned"` or `"move limit"`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar, Final, Literal, get_args

import gymnasium
import numpy as np

from go_engine.envs.observation import Observation, ObservedGame, observation_space
from go_engine.envs.rendering import RENDER_MODES, Frame, check_render_mode, render_state
from go_engine.playout import random_playout_move
from go_engine.rules import BLACK, WHITE, KoRule, Rules
from go_engine.state import GameState, IllegalMoveError

__all__ = ["RESIGN", "Color", "Opponent", "GoEnv"]

RESIGN: Final = -1
"""What an opponent answers to give the game up."""

Color = Literal["black", "white", "random"]
Opponent = Callable[[GameState, np.random.Generator], int]

_NO_MOVE: Final = -1
_SIDES: Final = {"black": BLACK, "white": WHITE}


class GoEnv(gymnasium.Env[Observation, int]):
    """One learner against `opponent`.

    Args:
        board_size: points along an edge, 2 to 19.
        komi: points added to White's area.
        ko: `"positional"`, `"situational"` or `"simple"`.
        allow_suicide: whether a move may capture its own chain of two or more stones.
        max_moves: the game is truncated, with reward 0, after so many moves of both sides; None for
            no limit. Under simple ko games may go on for ever, so one is wise there.
        opponent: `(state, rng) -> move`.
        color: the learner's side, `"black"`, `"white"`, or `"random"`: drawn anew at every reset.
        render_mode: `"human"`, `"ansi"`, `"rgb_array"` (see `go_engine.envs.rendering`) or None.

    Raises:
        ValueError: for rules that do not exist, a limit under 1, an opponent that cannot be called,
            an unknown colour or render mode.
    """

    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]  # theirs belongs to the instance
        "render_modes": list(RENDER_MODES),
        "render_fps": 2,
    }

    def __init__(
        self,
        board_size: int = 9,
        komi: float = 7.0,
        ko: KoRule = "positional",
        allow_suicide: bool = False,
        max_moves: int | None = None,
        opponent: Opponent = random_playout_move,
        color: Color = "random",
        render_mode: str | None = None,
    ) -> None:
        self.rules = Rules(board_size, komi, ko, allow_suicide, max_moves=max_moves)
        if not callable(opponent):
            raise ValueError(f"opponent must be a callable (state, rng) -> move, not {opponent!r}")
        if color not in get_args(Color):
            raise ValueError(f"color must be one of {', '.join(get_args(Color))}, not {color!r}")
        check_render_mode(render_mode)
        self.render_mode = render_mode
        self.opponent = opponent
        self.color = color
        # Gymnasium's own types differ from one version to the next.
        observations: Any = observation_space(board_size)
        actions: Any = gymnasium.spaces.Discrete(self.rules.num_points + 1)
        self.observation_space, self.action_space = observations, actions
        self._game: ObservedGame | None = None
        self._side = BLACK
        self._over = True
        self._result: str | None = None  # how the game ended before the learner's first move

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start a game; if the opponent is Black, it has made its first move. No `options`."""
        super().reset(seed=seed, options=options)
        color = self.color
        if color == "random":
            color = "black" if self.np_random.random() < 0.5 else "white"
        self._side = _SIDES[color]
        game = self._game = ObservedGame(self.rules)
        self._over = True  # until the opponent has made its move, if it can
        self._show()
        answer, self._result = _NO_MOVE, None
        if game.state.to_play != self._side:
            # An opponent that resigns before its first move (or a limit of one move) leaves nothing
            # to play for; Gymnasium's reset cannot say so, but the next step will.
            answer, self._result = self._let_opponent_play(game)
        self._over = False
        return game.observe(self._side), self._info(answer)

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Play `action` and let the opponent answer.

        Raises:
            gymnasium.error.ResetNeeded: before the first reset, or after the end.
            ValueError: if `action` is no action (nothing has happened then), or the opponent's
                answer is no legal move (then the game is over, without a result).
        """
        game = self._game
        if game is None or self._over:
            raise gymnasium.error.ResetNeeded("the game is over: call reset() to start another")
        answer, result = _NO_MOVE, self._result
        if result is None:
            move = self._number(action)
            self._over = True  # should the opponent fail
            answer, result = self._play_both(game, move)
        self._over = result is not None
        truncated = result == "move limit"
        info = self._info(answer)
        if result is not None:
            info["result"] = result
        observation = game.observe(self._side)
        if self._over:
            observation["action_mask"][:] = 0
        return (
            observation,
            self._reward(game, result),
            self._over and not truncated,
            truncated,
            info,
        )

    def _play_both(self, game: ObservedGame, move: int) -> tuple[int, str | None]:
        """The learner's move and the opponent's answer; (that answer, how the game ended)."""
        try:
            game.play(move)
        except IllegalMoveError as error:
            return _NO_MOVE, f"illegal action: {error.reason}"
        self._show()
        result = self._ending(game)
        if result is not None:
            return _NO_MOVE, result
        return self._let_opponent_play(game)

    def _let_opponent_play(self, game: ObservedGame) -> tuple[int, str | None]:
        answer = self.opponent(game.state, self.np_random)
        try:
            if operator.index(answer) == RESIGN:
                return _NO_MOVE, "opponent resigned"
            game.play(answer)
        except TypeError:
            raise ValueError(f"the opponent answered {answer!r}, which is no move") from None
        except IllegalMoveError as error:
            raise ValueError(f"the opponent played an {error}") from None
        self._show()
        return int(answer), self._ending(game)

    @staticmethod
    def _ending(game: ObservedGame) -> str | None:
        if game.terminated:
            return "score"
        return "move limit" if game.truncated else None

    def _reward(self, game: ObservedGame, result: str | None) -> float:
        """The learner's reward for a game that ended with `result`, None if it goes on."""
        if result is None or result == "move limit":
            return 0.0
        if result == "score":
            return float(game.state.winner() * self._side)
        return 1.0 if result == "opponent resigned" else -1.0

    def _number(self, action: int) -> int:
        try:
            number = operator.index(action)
        except TypeError:
            number = _NO_MOVE
        if not 0 <= number <= self.rules.num_points:
            last = self.rules.num_points
            raise ValueError(f"an action is a whole number from 0 to {last}, not {action!r}")
        return number

    def _info(self, answer: int) -> dict[str, Any]:
        return {"color": self._side, "opponent_move": answer}

    def _show(self) -> None:
        if self.render_mode == "human":
            self.render()

    def render(self) -> Frame:
        """The position in the render mode that was asked for.

        Raises:
            gymnasium.error.ResetNeeded: before the first reset.
        """
        if self._game is None:
            raise gymnasium.error.ResetNeeded("no game yet: call reset() first")
        if self.render_mode is None:
            gymnasium.logger.warn("render() was called, but the environment has no render_mode")
            return None
        return render_state(self._game.state, self.render_mode)
