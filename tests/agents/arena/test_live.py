"""Clocks, the resign rule, what players thought, and how the faults of engines end games."""

from __future__ import annotations

import dataclasses
import json
import math
import time

import numpy as np
import pytest

from agents.arena import GameRecord, GameSetup, ResignRule, game_sgf, play_game
from agents.base import AgentError, Decision, Limits
from agents.gtp import (
    EngineCrashError,
    EngineIllegalMoveError,
    EngineProtocolError,
    EngineRefusalError,
    EngineStartError,
    EngineTimeoutError,
)
from go_engine import GameState, Rules
from go_engine.rules import BLACK, WHITE
from go_engine.sgf import read_sgf


class Player:
    """Plays the lowest legal point and says what it is told to say."""

    def __init__(
        self,
        values: list[float | None] | None = None,
        wait: float = 0.0,
        error: Exception | None = None,
        spends: float = 0.0,
    ) -> None:
        self.name = "player"
        self.limits: list[Limits] = []
        self._values = values or [None]
        self._wait, self._error = wait, error
        self._cpu, self._spends = 7.0, spends

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        del rng
        value = self._values[min(len(self.limits), len(self._values) - 1)]
        self.limits.append(limits)
        self._cpu += self._spends
        time.sleep(self._wait)
        if self._error is not None:
            raise self._error
        score = None if value is None else 10 * (value - 0.5)
        return Decision(int(state.legal_moves()[0]), value=value, score=score)

    def cpu_seconds(self) -> float:
        return self._cpu

    def new_game(self) -> None:
        pass

    def close(self) -> None:
        pass


SETUP = GameSetup("g", "p", "black", "white", Rules(4, 2.0), opening=(5, 6, 9), max_moves=13)


def played(black: Player, white: Player, **changes: object) -> GameRecord:
    return play_game(dataclasses.replace(SETUP, **changes), black, white)  # type: ignore[arg-type]


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("error", "ending", "result"),
    [
        (EngineCrashError("ended"), "crash", BLACK),
        (EngineTimeoutError("silent"), "hang", BLACK),
        (EngineProtocolError("garbage"), "protocol", BLACK),
        (EngineRefusalError("will not"), "protocol", BLACK),
        (EngineIllegalMoveError("on a stone"), "illegal move", BLACK),
        (EngineStartError("no such program"), "void", None),
        (AgentError("other"), "crash", BLACK),
        (RuntimeError("bug"), "crash", BLACK),
    ],
)
def test_each_fault_has_its_name(error: Exception, ending: str, result: int | None) -> None:
    record = played(Player(), Player(error=error))  # White moves first after the opening
    assert (record.ending, record.result, record.black_score) == (ending, result, None)
    assert str(error) in record.detail
    assert GameRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


# ---------------------------------------------------------------- clocks


def test_the_clock_runs_out_for_the_slow() -> None:
    record = played(Player(), Player(wait=0.06), clocks=(None, 0.15))
    assert (record.ending, record.result) == ("time", BLACK)
    assert record.detail == "white used more than its 0.15 s"
    assert record.decisions[1] <= 3
    assert record.seconds[1] > 0.15
    assert "RE[B+T]" in game_sgf(record)


def test_a_share_of_the_clock_is_the_limit_of_a_move() -> None:
    black, white = Player(), Player(wait=0.01)
    played(black, white, clocks=(None, 100.0), limits=(Limits(seconds=3.0), Limits(playouts=7)))
    assert {limits.seconds for limits in black.limits} == {3.0}
    assert {limits.seconds_left for limits in black.limits} == {None}
    first, last = white.limits[0], white.limits[-1]
    # 4x4: (0.75 * 16 - 3) / 2 moves to go is less than the least, ten: 0.9 * 100 / 10.
    assert (first.seconds, first.seconds_left, first.playouts) == (9.0, 100.0, 7)
    assert last.seconds_left is not None
    assert last.seconds_left < 100.0
    assert last.seconds == pytest.approx(0.09 * last.seconds_left)
    tight = Player()
    played(Player(), tight, clocks=(None, 100.0), limits=(Limits(), Limits(seconds=0.5)))
    assert tight.limits[0].seconds == 0.5


# ---------------------------------------------------------------- resigning


def test_resigned_after_so_many_hopeless_moves_in_a_row() -> None:
    values: list[float | None] = [0.01, 0.2, 0.04, 0.049]
    record = played(Player(), Player(values), resign=ResignRule(0.05, 2))
    assert (record.ending, record.result, record.detail) == ("resign", BLACK, "")
    assert record.decisions == (3, 4)
    assert len(record.moves) == 3 + 6  # the fourth decision made no move
    assert len(record.move_seconds) == len(record.values) == 7


def test_no_opinion_never_resigns() -> None:
    said: list[float | None] = [0.01, None, 0.01, math.nan, 0.01, None]
    assert played(Player(), Player(said), resign=ResignRule(0.05, 2)).ending == "move limit"
    assert played(Player([0.01]), Player([0.01])).ending == "move limit"  # nor without a rule


@pytest.mark.parametrize(("below", "moves"), [(0.0, 3), (0.5, 3), (0.05, 0)])
def test_rules_that_make_no_sense(below: float, moves: int) -> None:
    with pytest.raises(ValueError, match="resign"):
        ResignRule(below, moves)


# ---------------------------------------------------------------- what was thought


def test_evaluations_stand_in_the_record_and_in_the_sgf() -> None:
    record = played(Player([0.25]), Player([0.6, None]))
    assert record.values[:4] == (0.6, 0.25, None, 0.25)
    assert record.leads[:2] == (1.0, -2.5)
    assert len(record.values) == len(record.moves) - record.opening
    text = game_sgf(record)
    comments = read_sgf(text).comments
    assert comments[3] == "The opening ends here."
    assert comments[4].startswith("White: 60.0 % to win, +1.0 points, 0.0")
    assert comments[5].startswith("Black: 25.0 % to win, -2.5 points, 0.0")
    assert "SBKV[40.00]" in text  # White's 60 % from Black's side
    assert "SBKV[25.00]" in text


def test_cpu_time_of_engines_counts_for_their_side() -> None:
    record = played(Player(spends=2.0), Player(spends=0.5))
    decisions = record.decisions
    assert record.cpu_seconds[0] == pytest.approx(2.0 * decisions[0], abs=0.3)
    assert record.cpu_seconds[1] == pytest.approx(0.5 * decisions[1], abs=0.3)


def test_records_of_earlier_versions_can_be_read() -> None:
    data = json.loads(json.dumps(played(Player(), Player()).to_json()))
    for name in ("cpu_seconds", "move_seconds", "values", "leads"):
        del data[name]
    old = GameRecord.from_json(data)
    assert (old.cpu_seconds, old.move_seconds, old.values) == ((0.0, 0.0), (), ())
    assert old.result in (BLACK, WHITE, 0)
    assert "RE[" in game_sgf(old)
