"""A game going on: the referee's state, the clocks, what the players said, and how it ended."""

from __future__ import annotations

import dataclasses
import math
from typing import Final, cast

import numpy as np

from agents.arena.records import ENDINGS, SCORED, Ending, GameRecord, GameSetup
from agents.base import RESIGN, AgentError, Decision, Limits
from go_engine.rules import BLACK, WHITE
from go_engine.state import GameState, IllegalMoveError

__all__ = ["LiveGame"]

_SHARE: Final = 0.9  # of a fair share of the clock; the rest covers lag
_LEAST_TO_GO: Final = 10  # own moves that the clock must still last for, at any time
_FILLED: Final = 0.75  # share of the points that a usual game fills
_DIGITS: Final = 4  # of values, leads and seconds of a move


class LiveGame:
    """Knows no agents: `answer` is told what the side to move chose."""

    def __init__(self, setup: GameSetup) -> None:
        """Begin the game.

        Raises:
            ValueError: if the opening is illegal.
        """
        self.setup = setup
        self.state = _opened(setup)
        self.cpu_seconds = {BLACK: 0.0, WHITE: 0.0}
        self._seconds = {BLACK: 0.0, WHITE: 0.0}
        self._decisions = {BLACK: 0, WHITE: 0}
        self._hopeless = {BLACK: 0, WHITE: 0}  # decisions in a row that the resign rule counts
        self._move_seconds: list[float] = []
        self._values: list[float | None] = []
        self._leads: list[float | None] = []
        self._rngs = {side: setup.rng(side) for side in (BLACK, WHITE)}
        self._ending: Ending | None = None
        self._detail = ""
        self._loser = 0
        self._look()

    @property
    def is_over(self) -> bool:
        return self._ending is not None

    @property
    def name(self) -> str:
        """The agent to move."""
        return self.setup.black if self.state.to_play == BLACK else self.setup.white

    @property
    def limits(self) -> Limits:
        """What the next move may cost: as set up, and a fair share of what is on the clock."""
        limits = self.setup.limits[0 if self.state.to_play == BLACK else 1]
        left = self._left(self.state.to_play)
        if left is None:
            return limits
        to_go = (_FILLED * self.state.rules.num_points - self.state.move_count) / 2
        share = _SHARE * left / max(_LEAST_TO_GO, to_go)
        seconds = share if limits.seconds is None else min(limits.seconds, share)
        return dataclasses.replace(limits, seconds=seconds, seconds_left=left)

    @property
    def rng(self) -> np.random.Generator:
        """The chance of the side to move."""
        return self._rngs[self.state.to_play]

    def answer(self, answer: Decision | Exception, seconds: float, cpu_seconds: float) -> None:
        """Make the move of the side to move, or end the game if it resigns or is at fault.

        Args:
            answer: what it chose (the move being an int), or the error it raised.
            seconds: wall-clock time that took.
            cpu_seconds: CPU time that took in this process.

        Raises:
            MemoryError: if that is the answer; it is nobody's fault.
        """
        side = self.state.to_play
        self._seconds[side] += seconds
        self.cpu_seconds[side] += cpu_seconds
        self._decisions[side] += 1
        self._move_seconds.append(round(seconds, _DIGITS))
        said = answer if isinstance(answer, Decision) else None
        self._values.append(_opinion(said.value if said else None))
        self._leads.append(_opinion(said.score if said else None))
        if isinstance(answer, Exception):
            self.crash(answer, side)
        elif (left := self._left(side)) is not None and left < 0:
            clock = self.setup.clocks[0 if side == BLACK else 1]
            self._lose(side, "time", f"{self.name} used more than its {clock:g} s")
        elif answer.move == RESIGN or self._gives_up(side):
            self._lose(side, "resign", "")
        else:
            self._play(answer.move)

    def crash(self, error: Exception, side: int) -> None:
        """`side`'s agent raised `error`."""
        if isinstance(error, MemoryError):
            raise error
        ending = error.ending if isinstance(error, AgentError) else "crash"
        known = cast("Ending", ending) if ending in ENDINGS else "crash"
        self._lose(0 if known == "void" else side, known, _one_line(error))

    def _play(self, move: int) -> None:
        try:
            self.state.play(move)
        except (IllegalMoveError, OverflowError) as error:
            self._lose(self.state.to_play, "illegal move", _one_line(error))
        else:
            self._look()

    def _left(self, side: int) -> float | None:
        """Seconds on a side's clock."""
        clock = self.setup.clocks[0 if side == BLACK else 1]
        return None if clock is None else clock - self._seconds[side]

    def _gives_up(self, side: int) -> bool:
        rule, value = self.setup.resign, self._values[-1]
        if rule is None:
            return False
        hopeless = value is not None and value < rule.below
        self._hopeless[side] = self._hopeless[side] + 1 if hopeless else 0
        return self._hopeless[side] >= rule.moves

    def _lose(self, side: int, ending: Ending, detail: str) -> None:
        self._loser, self._ending, self._detail = side, ending, detail

    def _look(self) -> None:
        if self.state.is_over:
            self._ending = "passes"
        elif self.state.move_count >= self.setup.move_limit:
            self._ending = "move limit"

    def record(self) -> GameRecord:
        """The finished game."""
        assert self._ending is not None
        setup, state, scored = self.setup, self.state, self._ending in SCORED
        lost = None if self._ending == "void" else -self._loser
        return GameRecord(
            game_id=setup.game_id,
            pair_id=setup.pair_id,
            black=setup.black,
            white=setup.white,
            rules=setup.rules,
            opening=len(setup.opening),
            moves=state.history,
            result=state.winner() if scored else lost,
            black_score=state.black_score() if scored else None,
            ending=self._ending,
            detail=self._detail,
            seconds=(round(self._seconds[BLACK], 6), round(self._seconds[WHITE], 6)),
            decisions=(self._decisions[BLACK], self._decisions[WHITE]),
            seed=setup.seed,
            cpu_seconds=(round(self.cpu_seconds[BLACK], 3), round(self.cpu_seconds[WHITE], 3)),
            move_seconds=tuple(self._move_seconds),
            values=_unless_silent(self._values),
            leads=_unless_silent(self._leads),
        )


def _opinion(value: float | None) -> float | None:
    """What a player said, as far as it is a number."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), _DIGITS)


def _unless_silent(said: list[float | None]) -> tuple[float | None, ...]:
    return () if all(value is None for value in said) else tuple(said)


def _opened(setup: GameSetup) -> GameState:
    try:
        return GameState.from_moves(setup.rules, setup.opening)
    except IllegalMoveError as error:
        raise ValueError(f"game {setup.game_id}: the opening holds an {error}") from None


def _one_line(error: Exception) -> str:
    """The error in at most 200 characters; its type is named unless it is an agent's own words."""
    text = " ".join(str(error).split())
    if not isinstance(error, AgentError | IllegalMoveError):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return text[:200]
