"""GTP's commands about moves and time: what the agent behind the engine is for."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from agents.base import RESIGN, Agent, Decision, Explainer, Limits
from agents.gtp.arguments import GtpError, color_of, number, vertex, whole, word
from agents.gtp.clock import Clock
from agents.gtp.commands import Command, GameCommands
from agents.gtp.passing import sensible_move
from go_engine.coords import move_to_vertex
from go_engine.state import GameState

__all__ = ["MoveCommands"]

_TIME_SYSTEMS: Final = ("none", "absolute", "byoyomi", "canadian", "fischer", "fischer-capped")


class MoveCommands:
    """The agent, its clock, and the commands that ask for moves."""

    def __init__(
        self,
        table: GameCommands,
        make: Callable[[], Agent],
        rng: np.random.Generator,
        limits: Limits,
    ) -> None:
        """`make` is called when the agent is first needed; `table` has the game."""
        self._table = table
        self._make = make
        self._agent: Agent | None = None
        self._rng = rng
        self._limits = limits
        self._clock = Clock()
        table.on_new_game = self._new_game

    def commands(self) -> dict[str, Command]:
        """By name."""
        return {
            "genmove": self._genmove,
            "reg_genmove": self._reg_genmove,
            "time_settings": self._time_settings,
            "kgs-time_settings": self._kgs_time_settings,
            "kata-list_time_settings": lambda _: " ".join(_TIME_SYSTEMS),
            "kata-time_settings": self._kata_time_settings,
            "time_left": self._time_left,
            "clear_cache": self._clear_cache,
            "cputime": lambda _: f"{time.process_time():.2f}",
            "untold-reasons": self._reasons,
        }

    def load(self) -> Agent:
        """Make the agent now, unless it is there.

        Raises:
            AgentError: if it cannot be made.
        """
        if self._agent is None:
            self._agent = self._make()
        return self._agent

    def close(self) -> None:
        """Close the agent, if one was made."""
        if self._agent is not None:
            self._agent.close()
            self._agent = None

    def limits_for(self, color: int) -> Limits:
        """What the next move of `color` may cost: our own limits, tightened by the clock."""
        seconds = self._clock.seconds_for_move(color)
        if seconds is None:
            return self._limits
        own = math.inf if self._limits.seconds is None else self._limits.seconds
        return dataclasses.replace(self._limits, seconds=min(seconds, own))

    def decide(self, color: int) -> tuple[GameState, Decision]:
        """The position with `color` to play, and what the agent says; its move is legal, sensible
        where passing is concerned, or RESIGN.

        Raises:
            AgentError: if the agent cannot answer.
            GtpError: if its answer is an illegal move.
        """
        agent, game, limits = self.load(), self._table.game, self.limits_for(color)
        state = game.for_move(color)
        decision = agent.select_move(state.copy(), limits, self._rng)
        true_state = game.with_turn(color)
        if decision.move != RESIGN and not true_state.is_legal(decision.move):
            if not state.is_legal(decision.move):
                raise GtpError(f"{agent.name} chose the illegal move {decision.move}")
            # Superko forbids what a set-up position cannot know of.
            state = true_state
            decision = agent.select_move(state.copy(), limits, self._rng)
        move = sensible_move(state, decision.move, decision.visits)
        if move != decision.move:
            decision = dataclasses.replace(decision, move=move, pv=(move,))
        return state, decision

    def play(self, color: int, move: int) -> str:
        """Play the agent's move, unless it resigns; what GTP calls it."""
        if move != RESIGN:
            self._table.game.play(color, move)
        return self._vertex(move)

    def _genmove(self, words: list[str]) -> str:
        color = color_of(words, 0)
        return self.play(color, self.decide(color)[1].move)

    def _reg_genmove(self, words: list[str]) -> str:
        return self._vertex(self.decide(color_of(words, 0))[1].move)

    def _reasons(self, words: list[str]) -> str:
        """Why the side to move might play the vertex given, a line a reason, strongest first."""
        agent, state = self.load(), self._table.state
        if not isinstance(agent, Explainer):
            raise GtpError(f"{agent.name} gives no reasons; told does")
        try:
            return "\n".join(agent.reasons_for(state, vertex(words, 0, self._table.size)))
        except ValueError as error:
            raise GtpError(str(error)) from None

    def _vertex(self, move: int) -> str:
        return "resign" if move == RESIGN else move_to_vertex(move, self._table.size)

    def _new_game(self) -> None:
        self._clock.forget()
        if self._agent is not None:
            self._agent.new_game()

    def _clear_cache(self, _: list[str]) -> str:
        if self._agent is not None:
            self._agent.new_game()
        return ""

    # ---- time

    def _time_settings(self, words: list[str]) -> str:
        main, extra = number(words, 0, "main time"), number(words, 1, "byo-yomi time")
        self._clock.set(main, extra, whole(words, 2, "byo-yomi stones"))
        return ""

    def _kgs_time_settings(self, words: list[str]) -> str:
        """`none`, `absolute MAIN`, `canadian MAIN EXTRA STONES`, `byoyomi MAIN EXTRA PERIODS`."""
        kind = word(words, 0).lower()
        if kind == "none":
            self._clock.set(0, 0, 0)
        elif kind == "absolute":
            self._clock.set(number(words, 1, "main time"), 0, 0)
        elif kind in ("canadian", "byoyomi"):
            main, extra = number(words, 1, "main time"), number(words, 2, "byo-yomi time")
            count = whole(words, 3, "byo-yomi stones or periods")
            (self._clock.set if kind == "canadian" else self._clock.set_periods)(main, extra, count)
        else:
            raise GtpError("syntax error: expected none, absolute, canadian or byoyomi")
        return ""

    def _kata_time_settings(self, words: list[str]) -> str:
        """KGS's kinds, and Fischer's two: `fischer MAIN INCREMENT` and `fischer-capped MAIN
        INCREMENT MOST MOST_A_MOVE`. Caps need no thought: what is left is said before a move."""
        kind = word(words, 0).lower()
        if kind not in _TIME_SYSTEMS:
            raise GtpError(f"syntax error: expected one of {', '.join(_TIME_SYSTEMS)}")
        if not kind.startswith("fischer"):
            return self._kgs_time_settings(words)
        main, increment = number(words, 1, "main time"), number(words, 2, "increment")
        self._clock.set_fischer(main, increment)
        return ""

    def _time_left(self, words: list[str]) -> str:
        color, seconds = color_of(words, 0), number(words, 1, "time")
        self._clock.set_left(color, seconds, whole(words, 2, "stones") if len(words) > 2 else 0)
        return ""
