"""Another program as an agent: it is kept at our position and asked for its move."""

from __future__ import annotations

import contextlib
import json
import math
import shlex
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from agents.base import RESIGN, Decision, Limits, Stopped
from agents.gtp.process import (
    EngineError,
    EngineIllegalMoveError,
    EngineProcess,
    EngineProtocolError,
    EngineRefusalError,
    EngineStartError,
)
from go_engine.coords import move_to_vertex, vertex_to_move
from go_engine.rules import BLACK, Rules
from go_engine.state import GameState, IllegalMoveError

__all__ = ["DEFAULT_TIMEOUT", "GtpAgent"]

DEFAULT_TIMEOUT: Final = 60.0
"""Seconds for one answer, the start of the program included in the first."""

_Start = tuple[int, float, bytes, int]  # board size, komi, stones before the first move, who began


class GtpAgent:
    """An engine that speaks GTP 2 on its standard input and output.

    It is told only what changed since it was last asked (moves played, moves taken back); if it
    lost its position or died, it is set up again from the start. Our own rules judge its moves.
    After an error the agent may be used again: a process that was ended is then started anew.

    Attributes:
        stop: see `Stoppable`. No GTP command interrupts another, so the process is ended.
    """

    def __init__(
        self,
        command: str | Sequence[str],
        *,
        timeout: float | None = None,
        cwd: str | Path | None = None,
        log: str | Path | None = None,
        clean_up: bool = True,
    ) -> None:
        """Start the engine and ask what it can do.

        Args:
            command: program and arguments; a text is split as a shell would, but no shell runs.
            timeout: seconds for one answer; a move may take `Limits.seconds` longer.
            cwd: the folder to run it in; None for the current one.
            log: a file to add what it says on standard error to, bounded (see `agents.gtp.log`);
                None keeps only its last words, for error messages.
            clean_up: whether an engine that can (`kgs-genmove_cleanup`) is asked, when it passes,
                to capture dead stones first: the position is counted as it stands.

        Raises:
            EngineError: if it cannot be started or does not speak GTP.
        """
        self._command = _split(command)
        self.timeout = DEFAULT_TIMEOUT if timeout is None else timeout
        self._cwd = None if cwd is None else Path(cwd)
        self._log = None if log is None else Path(log)
        self.name = f"gtp:{shlex.join(self._command)}"
        self._program = Path(self._command[0]).name
        self._clean_up = clean_up
        self.stop: threading.Event | None = None
        self._process: EngineProcess | None = None
        self._cpu_before = 0.0  # of processes that were ended
        self._commands: frozenset[str] = frozenset()
        self._start: _Start | None = None  # None: the engine's position is unknown
        self._moves: list[int] = []  # what the engine has on its board since then
        self._time = ""  # the time setting it was last told
        self._running()

    @property
    def process(self) -> EngineProcess | None:
        """The running engine, or None after it died or was closed."""
        return self._process

    def cpu_seconds(self) -> float:
        """CPU time of the engine since this agent was made, restarts included (Linux; else 0)."""
        return self._cpu_before + (self._process.cpu_seconds() if self._process else 0.0)

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        """See `Agent.select_move`. From `rng` the engine gets a seed for each game, if it has the
        command `set_random_seed` (as GNU Go has); otherwise its chance is its own.

        Raises:
            EngineError: of the class that names the fault.
        """
        self._running()
        self._follow(state, rng)
        color = "b" if state.to_play == BLACK else "w"
        self._set_time(limits, color)
        left = limits.seconds if limits.seconds_left is None else limits.seconds_left
        timeout = (left or 0.0) + self.timeout
        move = self._read_move(state, self._ask(f"genmove {color}", timeout))
        if move == state.rules.pass_move and self._can_clean_up():
            self._ask("undo")
            self._moves.pop()
            move = self._read_move(state, self._ask(f"kgs-genmove_cleanup {color}", timeout))
        return Decision(move)

    def new_game(self) -> None:
        """The next position is set up from the start."""
        self._start = None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()
            self._cpu_before += self._process.cpu_seconds()
            self._process = None

    # ---- talking

    def _running(self) -> None:
        """Start the engine unless it runs."""
        if self._process is not None and self._process.is_running:
            return
        self.close()
        self._start, self._time = None, ""
        self._process = EngineProcess(self._command, self._cwd, self._log)
        try:
            self._commands = frozenset(self._ask("list_commands").split())
        except EngineRefusalError:
            self._commands = frozenset()  # an engine with nothing beyond the required commands

    def _ask(self, command: str, timeout: float | None = None) -> str:
        if self._process is None:
            raise EngineStartError(f"{self.name} is not running")
        try:
            wait = self.timeout if timeout is None else timeout
            return self._process.ask(command, wait, self.stop)
        except EngineRefusalError:
            self._start = None
            raise
        except (EngineError, Stopped):
            self.close()
            raise

    def _set_time(self, limits: Limits, color: str) -> None:
        """Tell it what is new about its time. GTP knows whole seconds only."""
        if "time_settings" not in self._commands:
            return
        if limits.seconds_left is not None:
            if not self._time.endswith(" 0 0"):  # main time and nothing after it
                self._tell_time(f"time_settings {max(1, math.floor(limits.seconds_left))} 0 0")
            if "time_left" in self._commands:
                self._ask(f"time_left {color} {max(0, math.floor(limits.seconds_left))} 0")
        elif limits.seconds is not None:
            # No main time, then so many seconds for each single move.
            self._tell_time(f"time_settings 0 {max(1, math.floor(limits.seconds))} 1")

    def _tell_time(self, command: str) -> None:
        if command != self._time:
            self._ask(command)
            self._time = command

    def _can_clean_up(self) -> bool:
        return self._clean_up and {"kgs-genmove_cleanup", "undo"} <= self._commands

    # ---- keeping in step

    def _follow(self, state: GameState, rng: np.random.Generator) -> None:
        """Bring the engine's board to `state`, by the shorter of two ways."""
        moves = state.history
        start = _start_of(state)
        if start == self._start and self._take_back_to(_common(self._moves, moves)):
            self._play(state, moves[len(self._moves) :])
            return
        self._set_up(state, rng)
        self._start, self._moves = start, []
        self._play(state, moves)

    def _take_back_to(self, count: int) -> bool:
        """Undo all but the first `count` moves; False if a fresh start is better."""
        surplus = len(self._moves) - count
        if surplus and ("undo" not in self._commands or surplus > count):
            return False
        for _ in range(surplus):
            try:
                self._ask("undo")
            except EngineRefusalError:
                return False
            self._moves.pop()
        return True

    def _set_up(self, state: GameState, rng: np.random.Generator) -> None:
        """Board size, komi, rules, seed, and the stones before the first move.

        Stones of a legal position never capture one another while they are placed, in any order:
        a chain still growing has a free point where its next stone will stand.
        """
        size = state.rules.board_size
        self._ask(f"boardsize {size}")
        self._ask("clear_board")
        self._ask(f"komi {state.rules.komi:.10g}")
        if self._time.endswith(" 0 0"):  # another game, another clock
            self._time = ""
        if "kata-set-rules" in self._commands:
            with contextlib.suppress(EngineRefusalError):  # then by its own, and our judgement
                self._ask(f"kata-set-rules {_kata_rules(state.rules)}")
        if "set_random_seed" in self._commands:
            self._ask(f"set_random_seed {rng.integers(1, 2**31 - 1)}")
        stones = state.initial_stones().ravel()
        for point in np.flatnonzero(stones):
            color = "b" if stones[point] == BLACK else "w"
            self._ask(f"play {color} {move_to_vertex(int(point), size)}")

    def _play(self, state: GameState, moves: Sequence[int]) -> None:
        """Play `moves`, the end of `state`'s history, on the engine's board."""
        for move in moves:
            is_first_side = len(self._moves) % 2 == 0
            color = state.initial_to_play if is_first_side else -state.initial_to_play
            vertex = move_to_vertex(move, state.rules.board_size)
            self._ask(f"play {'b' if color == BLACK else 'w'} {vertex}")
            self._moves.append(move)

    def _read_move(self, state: GameState, answer: str) -> int:
        """The move in the answer to `genmove`, checked by our rules."""
        size = state.rules.board_size
        word = answer.split()[0] if answer.split() else ""
        if word.lower() == "resign":
            return RESIGN
        # Whatever it did, we only know its board again if its move is one.
        start, self._start = self._start, None
        try:
            move = vertex_to_move(word, size)
            state.copy().play(move)
        except ValueError as error:
            if isinstance(error, IllegalMoveError):
                raise EngineIllegalMoveError(
                    f"{self._program} played {word}, which is illegal: {error.reason}"
                ) from None
            raise EngineProtocolError(
                f"{self._program} answered 'genmove' with no move: {error}"
            ) from None
        self._start = start
        self._moves.append(move)
        return move


def _split(command: str | Sequence[str]) -> list[str]:
    """Program and arguments.

    Raises:
        EngineStartError: for an empty command or a quote that is never closed.
    """
    try:
        words = shlex.split(command) if isinstance(command, str) else list(command)
    except ValueError as error:
        raise EngineStartError(f"cannot read the command {command!r}: {error}") from None
    if not words or not words[0]:
        raise EngineStartError(f"the command {command!r} names no program")
    return words


def _kata_rules(rules: Rules) -> str:
    """The rules as KataGo and its kin read them; dead stones are captured, not agreed on."""
    said = {
        "ko": rules.ko.upper(),
        "scoring": rules.scoring.upper(),
        "suicide": rules.allow_suicide,
        "tax": "NONE",
        "whiteHandicapBonus": "0",
        "hasButton": False,
        "friendlyPassOk": False,
    }
    return json.dumps(said, separators=(",", ":"))


def _start_of(state: GameState) -> _Start:
    rules = state.rules
    stones = state.initial_stones().tobytes()
    return rules.board_size, rules.komi, stones, state.initial_to_play


def _common(ours: Sequence[int], theirs: Sequence[int]) -> int:
    """Number of moves that both begin with."""
    for i, (a, b) in enumerate(zip(ours, theirs, strict=False)):
        if a != b:
            return i
    return min(len(ours), len(theirs))
