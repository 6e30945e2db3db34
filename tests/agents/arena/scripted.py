"""Agents that do one thing on purpose, made by name so that worker processes can make them too."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from agents.arena import GameRecord
from agents.base import RESIGN, Agent, AgentError, Decision, Limits
from agents.random import RandomAgent
from go_engine.playout import random_playout_move
from go_engine.state import GameState

PID_FOLDER = "ARENA_TEST_PIDS"
"""Environment variable: a folder in which every worker process leaves a file named by its id."""

Choice = Callable[[GameState, np.random.Generator], int]


class Scripted:
    """Plays randomly; from its `at`-th decision of a game on, does what `choice` says."""

    def __init__(self, name: str, choice: Choice, at: int = 1) -> None:
        self.name = name
        self.closed = 0
        self.begun = 0
        self._choice = choice
        self._at = at
        self._decisions = 0

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        del limits
        self._decisions += 1
        if self._decisions >= self._at:
            return Decision(self._choice(state, rng))
        return Decision(random_playout_move(state, rng))

    def new_game(self) -> None:
        self._decisions = 0
        self.begun += 1

    def close(self) -> None:
        self.closed += 1


_ANY = -2


class Many:
    """Random, but where `choice` has another opinion; notes how many it is asked about."""

    def __init__(
        self, choice: Choice = lambda *_: _ANY, together: bool = True, name: str = "many"
    ) -> None:
        self.name = name
        self.asked: list[int] = []
        self._choice = choice
        self._together = together

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        random = RandomAgent().select_move(state, limits, rng)
        move = self._choice(state, rng)
        return random if move == _ANY else Decision(move)

    def select_moves(
        self,
        states: Sequence[GameState],
        limits: Sequence[Limits],
        rngs: Sequence[np.random.Generator],
    ) -> list[Decision]:
        self.asked.append(len(states))
        decisions = list(map(self.select_move, states, limits, rngs))
        return decisions if self._together else decisions[1:]

    def new_game(self) -> None:
        pass

    def close(self) -> None:
        pass


def lowest(state: GameState, _: np.random.Generator) -> int:
    """The legal move with the lowest number; after 40 moves a pass."""
    return state.rules.pass_move if state.move_count >= 40 else int(state.legal_moves()[0])


def occupied(state: GameState, _: np.random.Generator) -> int:
    return int(np.flatnonzero(state.stones())[0])


def broken(state: GameState, _: np.random.Generator) -> int:
    raise RuntimeError("a wire\ncame loose")


def engine_died(state: GameState, _: np.random.Generator) -> int:
    raise AgentError("the engine ended with exit code 3")


def asleep(state: GameState, _: np.random.Generator) -> int:
    time.sleep(600)
    return 0


def gone(state: GameState, _: np.random.Generator) -> int:
    os._exit(3)


def slow(state: GameState, rng: np.random.Generator) -> int:
    time.sleep(0.002)
    return random_playout_move(state, rng)


def _corner_is_taken(state: GameState) -> bool:
    """In one game of four or so, once."""
    return state.move_count in (6, 7) and state.stones()[0, 0] != 0


def asleep_at_the_corner(state: GameState, rng: np.random.Generator) -> int:
    return asleep(state, rng) if _corner_is_taken(state) else _ANY


def gone_at_the_corner(state: GameState, rng: np.random.Generator) -> int:
    return gone(state, rng) if _corner_is_taken(state) else _ANY


MANY: dict[str, Choice] = {
    "many": lambda *_: _ANY,
    "many too": lambda *_: _ANY,
    "many hang": asleep_at_the_corner,
    "many exit": gone_at_the_corner,
}

CHOICES: dict[str, tuple[Choice, int]] = {
    "random": (lambda state, rng: random_playout_move(state, rng), 1),
    "random too": (lambda state, rng: random_playout_move(state, rng), 1),
    "slow": (slow, 1),
    "lowest": (lowest, 1),
    "passes": (lambda state, _: state.rules.pass_move, 1),
    "resigns": (lambda *_: RESIGN, 3),
    "illegal": (occupied, 3),
    "out of range": (lambda *_: 10**30, 3),
    "no number": (lambda *_: "C3", 3),  # type: ignore[dict-item]
    "crashes": (broken, 3),
    "engine died": (engine_died, 3),
    "hangs": (asleep, 3),
    "exits": (gone, 3),
}


def timeless(record: GameRecord) -> GameRecord:
    """The record without what changes from run to run."""
    return dataclasses.replace(record, seconds=(0.0, 0.0), cpu_seconds=(0.0, 0.0), move_seconds=())


def all_timeless(records: Sequence[GameRecord]) -> list[GameRecord]:
    return [timeless(record) for record in records]


def make(name: str) -> Agent:
    """The agent of that name; `unmakeable` and `never made` cannot be made."""
    if folder := os.environ.get(PID_FOLDER):
        (Path(folder) / str(os.getpid())).touch()
    if name == "unmakeable":
        raise AgentError("weights are missing")
    if name == "never made":
        time.sleep(600)
    if name in MANY:
        return Many(MANY[name], name=name)
    return Scripted(name, *CHOICES[name])
