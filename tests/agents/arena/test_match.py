"""Every way a game can end, and that a game depends on its setup alone."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from agents.arena import GameRecord, GameSetup, play_game
from agents.arena.records import forfeit
from agents.base import RESIGN, Decision, Limits
from go_engine.rules import BLACK, WHITE, Rules
from go_engine.state import GameState
from tests.agents.arena.scripted import Scripted, make, timeless


def setup(black: str, white: str, **changes: Any) -> GameSetup:
    plain = GameSetup("g", "p", black, white, Rules(5, 7.0), seed=(1, 2))
    return dataclasses.replace(plain, **changes)


def play(black: str, white: str, **changes: Any) -> GameRecord:
    return play_game(setup(black, white, **changes), make(black), make(white))


# black, white, what is special; ending, result, black_score, part of the detail
ENDINGS: dict[str, tuple[str, str, dict[str, object], str, int, int | None, str]] = {
    "two passes, empty board: White by komi": ("passes", "passes", {}, "passes", WHITE, 0, ""),
    "two passes, one stone owns all": (
        "passes", "passes", {"opening": (12,)}, "passes", BLACK, 25, ""),
    "a draw": ("passes", "passes", {"rules": Rules(5, 0.0)}, "passes", 0, 0, ""),
    "a draw by komi 25": (
        "passes", "passes", {"opening": (12,), "rules": Rules(5, 25.0)}, "passes", 0, 25, ""),
    "passes count from the opening": (
        "passes", "passes", {"opening": (25,)}, "passes", WHITE, 0, ""),
    "move limit, scored as it stands": (
        "random", "random", {"opening": (12,), "max_moves": 1}, "move limit", BLACK, 25, ""),
    "black resigns": ("resigns", "random", {}, "resign", WHITE, None, ""),
    "white resigns": ("random", "resigns", {}, "resign", BLACK, None, ""),
    "occupied point": ("random", "illegal", {}, "illegal move", BLACK, None, "occupied"),
    "absurd number": ("out of range", "random", {}, "illegal move", WHITE, None, ""),
    "no number": ("random", "no number", {}, "crash", BLACK, None, "TypeError"),
    "any error": ("crashes", "random", {}, "crash", WHITE, None, "RuntimeError: a wire came loose"),
    "an agent's own words": (
        "random", "engine died", {}, "crash", BLACK, None, "the engine ended with exit code 3"),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDINGS)
def test_ending(name: str) -> None:
    black, white, changes, ending, result, black_score, detail = ENDINGS[name]
    record = play(black, white, **changes)
    assert (record.ending, record.result, record.black_score) == (ending, result, black_score)
    assert detail in record.detail
    assert "\n" not in record.detail
    assert bool(record.detail) == (ending in ("illegal move", "crash"))
    assert record.margin == (None if black_score is None else black_score - record.rules.komi)


def test_error_when_a_game_begins() -> None:
    class Forgetful(Scripted):
        def new_game(self) -> None:
            raise OSError("cannot reset")

    broken = Forgetful("broken", lambda *_: 0)
    record = play_game(setup("a", "broken"), make("random"), broken)
    assert (record.ending, record.result, record.moves) == ("crash", BLACK, ())
    assert record.detail == "OSError: cannot reset"


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, SystemExit])
def test_what_is_not_the_agents_fault_goes_through(error: type[BaseException]) -> None:
    def fail(state: GameState, rng: np.random.Generator) -> int:
        raise error

    with pytest.raises(error):
        play_game(setup("a", "b"), Scripted("a", fail), make("random"))


def test_an_agent_cannot_change_the_game() -> None:
    def cheat(state: GameState, rng: np.random.Generator) -> int:
        state.play(0)  # puts a stone into its own copy, then claims another point
        return 1

    record = play_game(setup("a", "b", max_moves=1), Scripted("a", cheat), make("random"))
    assert record.moves == (1,)


def test_record_counts_decisions_and_time() -> None:
    record = play("slow", "passes", max_moves=7, opening=(12,))
    assert record.opening == 1
    assert record.moves[0] == 12
    assert record.decisions == (3, 3)  # White moves second, fourth and sixth
    assert 0.006 <= record.seconds[0] < 5.0


def test_limits_reach_the_right_side() -> None:
    seen = []

    class Spy(Scripted):
        def select_move(
            self, state: GameState, limits: Limits, rng: np.random.Generator
        ) -> Decision:
            del rng
            seen.append((state.to_play, limits.simulations))
            return Decision(RESIGN) if len(seen) > 1 else Decision(0)

    spy = Spy("spy", lambda *_: 0)
    play_game(setup("spy", "spy", limits=(Limits(8), Limits(9))), spy, spy)
    assert seen == [(BLACK, 8), (WHITE, 9)]


def test_the_seed_fixes_the_game() -> None:
    first = play("random", "random")
    again = play("random", "random")
    assert timeless(first) == timeless(again)
    others = {play("random", "random", seed=(1, key)).moves for key in range(3, 11)}
    assert len(others | {first.moves}) == 9
    assert setup("a", "b").rng(BLACK).random() != setup("a", "b").rng(WHITE).random()


def test_an_illegal_opening_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="opening holds an illegal move 3: occupied"):
        play("random", "random", opening=(3, 3))


def test_records_survive_json() -> None:
    for record in (play("random", "crashes"), forfeit(setup("a", "b"), [3], 0, "void", "killed")):
        assert GameRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


@pytest.mark.parametrize(
    "change",
    [
        {"ending": "boredom"}, {"moves": 3}, {"moves": ["a"]}, {"extra": 1}, {"rules": {}},
        {"rules": {"board_size": 99}}, {"result": 2}, {"result": "1"}, {"black": 5},
        {"black_score": "x"}, {"opening": None}, {"seconds": [1.0]}, {"decisions": [1, 2, 3]},
    ],
)  # fmt: skip
def test_other_json_is_refused(change: dict[str, object]) -> None:
    data = json.loads(json.dumps(play("random", "random").to_json()))
    with pytest.raises(ValueError, match=r"not a game record|board_size"):
        GameRecord.from_json(data | change)


def test_points_and_strangers() -> None:
    record = play("resigns", "random")
    assert (record.points("resigns"), record.points("random")) == (0.0, 1.0)
    draw = play("passes", "random", rules=Rules(5, 0.0), max_moves=1)
    assert draw.points("passes") == draw.points("random") == 0.5
    with pytest.raises(ValueError, match="gives no points to nobody"):
        record.points("nobody")
    with pytest.raises(ValueError, match="gives no points"):
        forfeit(setup("a", "b"), [], 0, "void", "").points("a")
