"""A GTP 2 engine around any agent: what GUIs and other programs talk to.

The specification is Gunnar Farnebäck's "Specification of the Go Text Protocol, version 2", draft 2.
Beyond its required commands: `undo`, `showboard`, `all_legal`, `reg_genmove`, `final_score`,
`final_status_list`, `time_settings`, `time_left`.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from typing import BinaryIO, Final

import numpy as np

from agents.base import RESIGN, Agent, AgentError, Limits
from agents.gtp.clock import Clock
from go_engine.coords import move_to_vertex, vertex_to_move
from go_engine.diagram import render_game
from go_engine.rules import BLACK, MAX_SIZE, MIN_SIZE, WHITE, Rules
from go_engine.settling import propose_dead, settled_score
from go_engine.sgf import margin_string
from go_engine.state import GameState, IllegalMoveError

__all__ = ["GtpEngine", "serve"]

MAX_LINE: Final = 4096
"""Bytes in one command; the specification leaves it open, the longest sensible one has some 100."""

MAX_MOVES: Final = 10_000
"""Moves in one game; keeps a program that plays passes for ever from filling the memory."""

_COLORS: Final = {"b": BLACK, "black": BLACK, "w": WHITE, "white": WHITE}
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class GtpError(Exception):
    """Why a command is not carried out; becomes `? message`."""


class GtpEngine:
    """One game, one agent, and the commands on them.

    GTP lets either colour play at any time; our game alternates. A colour that plays out of turn
    is put on turn by a pass of the other, which keeps the history for superko. Where that pass (or
    a move after the end) is impossible, the position becomes a set-up position without history.
    """

    def __init__(
        self,
        make: Callable[[], Agent],
        rng: np.random.Generator,
        *,
        rules: Rules | None = None,
        limits: Limits | None = None,
        version: str = "",
    ) -> None:
        """`make` is called when the first move is asked for, so that a GUI need not wait for
        weights to load before it hears from us; all chance comes from `rng`."""
        self._make = make
        self._agent: Agent | None = None
        self._rng = rng
        self._rules = rules or Rules()
        self._limits = limits or Limits()
        self._version = version
        self._clock = Clock()
        self._state = GameState(self._rules)
        self._moves: list[tuple[int, int]] = []  # (colour, move) as they came
        self.is_closing = False
        self._commands: dict[str, Callable[[list[str]], str]] = {
            "protocol_version": lambda _: "2",
            "name": lambda _: "Untold",
            "version": lambda _: self._version,
            "known_command": lambda words: str(_word(words, 0) in self._commands).lower(),
            "list_commands": lambda _: "\n".join(self._commands),
            "quit": self._quit,
            "boardsize": self._boardsize,
            "clear_board": self._clear_board,
            "komi": self._komi,
            "play": self._play,
            "genmove": self._genmove,
            "reg_genmove": self._reg_genmove,
            "undo": self._undo,
            "showboard": lambda _: "\n" + render_game(self._state),
            "all_legal": self._all_legal,
            "final_score": self._final_score,
            "final_status_list": self._final_status_list,
            "time_settings": self._time_settings,
            "time_left": self._time_left,
        }

    @property
    def state(self) -> GameState:
        """The game as it stands. Not a copy."""
        return self._state

    def answer(self, line: str) -> str | None:
        """The whole answer to one line, its closing blank line included; None to a line that
        holds no command (blank, or a comment alone)."""
        text = _UNPRINTABLE.sub("", line.replace("\t", " ")).partition("#")[0]
        words = text.split()
        number = ""
        if words and words[0].isascii() and words[0].isdigit():
            number = words.pop(0)[:18]
        if not words:
            return f"?{number} no command\n\n" if number else None
        try:
            text = self._carry_out(words)
            blank = " " if text and not text.startswith("\n") else ""
            return f"={number}{blank}{text}\n\n"
        except (GtpError, AgentError) as error:
            message = " ".join(str(error).split())
            return f"?{number} {message}\n\n"

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

    def _carry_out(self, words: list[str]) -> str:
        command = self._commands.get(words[0])
        if command is None:
            raise GtpError("unknown command")
        return command(words[1:])

    # ---- administration

    def _quit(self, _: list[str]) -> str:
        self.is_closing = True
        return ""

    def _boardsize(self, words: list[str]) -> str:
        size = _whole(words, 0, "board size")
        if not MIN_SIZE <= size <= MAX_SIZE:
            raise GtpError("unacceptable size")
        self._rules = dataclasses.replace(self._rules, board_size=size)
        return self._clear_board([])

    def _clear_board(self, _: list[str]) -> str:
        self._state = GameState(self._rules)
        self._moves.clear()
        self._clock.forget()
        if self._agent is not None:
            self._agent.new_game()
        return ""

    def _komi(self, words: list[str]) -> str:
        komi = _number(words, 0, "komi")
        self._rules = dataclasses.replace(self._rules, komi=komi)
        self._replay()
        return ""

    # ---- playing

    def _play(self, words: list[str]) -> str:
        color = _color(words, 0)
        try:
            move = vertex_to_move(_word(words, 1), self._rules.board_size)
        except ValueError as error:
            raise GtpError(f"syntax error: {error}") from None
        self._add(color, move)
        return ""

    def _genmove(self, words: list[str]) -> str:
        color = _color(words, 0)
        move = self._choose(color)
        if move != RESIGN:
            self._add(color, move)
        return self._vertex(move)

    def _reg_genmove(self, words: list[str]) -> str:
        return self._vertex(self._choose(_color(words, 0)))

    def _undo(self, _: list[str]) -> str:
        if not self._moves:
            raise GtpError("cannot undo")
        self._moves.pop()
        self._replay()
        return ""

    def _choose(self, color: int) -> int:
        """The agent's move for `color`, or RESIGN."""
        agent = self.load()
        seconds = self._clock.seconds_for_move(color)
        limits = self._limits
        if seconds is not None:
            own = math.inf if limits.seconds is None else limits.seconds
            limits = dataclasses.replace(limits, seconds=min(seconds, own))
        state = self._with_turn(color)
        move = agent.select_move(state.copy(), limits, self._rng).move
        if move != RESIGN and not state.is_legal(move):
            raise GtpError(f"{agent.name} chose the illegal move {move}")
        return move

    def _add(self, color: int, move: int) -> None:
        if len(self._moves) >= MAX_MOVES:
            raise GtpError(f"more than {MAX_MOVES} moves in one game")
        state = self._with_turn(color)
        try:
            state.play(move)
        except IllegalMoveError:
            raise GtpError("illegal move") from None
        self._state = state
        self._moves.append((color, move))

    def _with_turn(self, color: int) -> GameState:
        """The game with `color` on turn and not over: itself, or a changed copy."""
        state = self._state
        if state.to_play == color and not state.is_over:
            return state
        if state.passes:
            return GameState.from_stones(self._rules, state.stones(), color)
        state = state.copy()
        state.play(self._rules.pass_move)
        return state

    def _replay(self) -> None:
        """Build the game again from its moves, all of which were legal."""
        self._state = GameState(self._rules)
        for color, move in self._moves:
            self._state = self._with_turn(color)
            self._state.play(move)

    def _vertex(self, move: int) -> str:
        return "resign" if move == RESIGN else move_to_vertex(move, self._rules.board_size)

    # ---- looking

    def _all_legal(self, words: list[str]) -> str:
        color = _color(words, 0) if words else self._state.to_play
        moves = self._with_turn(color).legal_moves()[:-1]  # but the pass
        return " ".join(move_to_vertex(int(move), self._rules.board_size) for move in moves)

    def _final_score(self, _: list[str]) -> str:
        """Without the stones that `final_status_list dead` names."""
        dead = self._dead()
        return margin_string(settled_score(self._state, dead) - self._rules.komi)

    def _final_status_list(self, words: list[str]) -> str:
        """Chains, one a line, that are `alive` or `dead`; we call nothing `seki`."""
        status = _word(words, 0).lower()
        if status not in ("alive", "dead", "seki"):
            raise GtpError("syntax error: expected alive, dead or seki")
        dead = self._dead()
        chains = sorted(self._state.board.chains(BLACK) + self._state.board.chains(WHITE))
        lines = [
            " ".join(self._vertex(point) for point in chain)
            for chain in chains
            if status == ("dead" if chain[0] in dead else "alive")
        ]
        return "\n".join(lines)

    def _dead(self) -> frozenset[int]:
        """The same answer every time it is asked for about a position."""
        return propose_dead(self._state, np.random.default_rng(0))

    # ---- time

    def _time_settings(self, words: list[str]) -> str:
        main, extra = _number(words, 0, "main time"), _number(words, 1, "byo-yomi time")
        self._clock.set(main, extra, _whole(words, 2, "byo-yomi stones"))
        return ""

    def _time_left(self, words: list[str]) -> str:
        color, seconds = _color(words, 0), _number(words, 1, "time")
        self._clock.set_left(color, seconds, _whole(words, 2, "stones"))
        return ""


def serve(engine: GtpEngine, commands: BinaryIO, answers: BinaryIO) -> None:
    """Answer every line of `commands` until `quit` or its end, then close the engine.

    Raises:
        BrokenPipeError: if nobody reads the answers any more.
    """
    try:
        while not engine.is_closing and (line := commands.readline(MAX_LINE)):
            if len(line) == MAX_LINE and not line.endswith(b"\n"):
                while (rest := commands.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                    pass
                answer: str | None = "? line too long\n\n"
            else:
                answer = engine.answer(line.decode("utf-8", "replace"))
            if answer is not None:
                answers.write(answer.encode("utf-8", "replace"))
                answers.flush()
    finally:
        engine.close()


# ---------------------------------------------------------------- arguments


def _word(words: list[str], index: int) -> str:
    if index >= len(words):
        raise GtpError("syntax error: an argument is missing")
    return words[index]


def _color(words: list[str], index: int) -> int:
    color = _COLORS.get(_word(words, index).lower())
    if color is None:
        raise GtpError("syntax error: expected a colour, b or w")
    return color


def _whole(words: list[str], index: int, what: str) -> int:
    word = _word(words, index)
    if not re.fullmatch(r"[0-9]{1,9}", word):
        raise GtpError(f"syntax error: {what} must be a whole number")
    return int(word)


def _number(words: list[str], index: int, what: str) -> float:
    try:
        value = float(_word(words, index))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e9:
        raise GtpError(f"syntax error: {what} must be a number")
    return value
