"""Do these tests catch a wrong engine? Each mutant here is one, and must be caught.

Rule mutants play by another rule than they say. Source mutants are the kernels with one line
changed, run as plain Python; the unchanged kernels, run the same way, must not be caught.
"""

from __future__ import annotations

import dataclasses
import random
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import go_engine.kernels
import go_engine.state
from go_engine import GameState, IllegalMoveError, KoRule, Rules
from tests.go_engine.comparison import (
    Engine,
    Player,
    Setting,
    any_legal,
    empty_board,
    ko_lover,
    play_and_compare,
    several_kos,
)

# ---------------------------------------------------------------- engines that play by a wrong rule


def playing_by(**wrong: Any) -> Engine:
    """An engine that takes the rules it is given and quietly changes some."""

    class Mutant(GameState):
        __slots__ = ()

        def __init__(self, rules: Rules | None = None) -> None:
            super().__init__(dataclasses.replace(rules or Rules(), **wrong))

    return Mutant


def times_caught(engine: Engine, player: Player, settings: list[Setting], plies: int) -> int:
    rng = random.Random(5)
    found = [play_and_compare(engine, setting, player, plies, rng) for setting in settings]
    return sum(difference is not None for difference in found)


@pytest.mark.parametrize(
    ("told", "played", "at_least"),
    [
        ("positional", "simple", 36),
        ("situational", "simple", 36),
        ("positional", "situational", 20),
        ("situational", "positional", 20),
        ("simple", "positional", 36),
        ("simple", "situational", 36),
    ],
)
def test_games_of_several_kos_expose_a_wrong_ko_rule(
    told: KoRule, played: KoRule, at_least: int
) -> None:
    rng = random.Random(f"{told} {played}")
    settings = [several_kos(Rules(9, 7, told), rng) for _ in range(40)]
    assert times_caught(playing_by(ko=played), ko_lover, settings, 60) >= at_least


def test_plain_random_games_hardly_expose_a_wrong_ko_rule() -> None:
    """Why games of several kos are needed at all."""
    settings = [empty_board(Rules(9, 7, "positional"))] * 10
    assert times_caught(playing_by(ko="simple"), any_legal, settings, 120) <= 3


@pytest.mark.parametrize("allowed", [True, False])
def test_random_games_expose_the_wrong_suicide_rule(allowed: bool) -> None:
    settings = [empty_board(Rules(5, 7, "positional", allowed))] * 20
    assert times_caught(playing_by(allow_suicide=not allowed), any_legal, settings, 120) >= 18


# ---------------------------------------------------------------- engines with one line changed


def interpreted(old: str = "", new: str = "") -> Engine:
    """`GameState` on kernels run as plain Python, with `old` in their source replaced by `new`."""
    path = Path(go_engine.kernels.__file__)
    source = path.read_text(encoding="utf-8")
    if old:
        assert source.count(old) == 1, f"kernels.py changed: mend the mutant {old!r}"
        source = source.replace(old, new)
    decorator = "from go_engine._jit import kernel\n"
    assert source.count(decorator) == 1
    source = source.replace(decorator, "def kernel(function): return function\n")
    kernels = types.ModuleType("mutant_kernels")
    exec(compile(source, str(path), "exec"), kernels.__dict__)
    state = types.ModuleType("mutant_state")
    sys.modules["mutant_state"] = state  # dataclasses and slots look their module up
    path = Path(go_engine.state.__file__)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), state.__dict__)
    state.__dict__.update(kernels=kernels, IllegalMoveError=IllegalMoveError)
    engine: Engine = state.__dict__["GameState"]
    return engine


def battery() -> Iterator[tuple[Setting, Player]]:
    """Small games of both kinds under all rules, the same at every call."""
    rng = random.Random(7)
    for _ in range(8):
        for ko in ("positional", "situational", "simple"):
            for suicide in (True, False):
                yield empty_board(Rules(2, 1, ko, suicide)), any_legal
                yield empty_board(Rules(3, 1, ko, suicide)), any_legal
                yield several_kos(Rules(5, 1, ko, suicide), rng), ko_lover
                yield several_kos(Rules(6, 1, ko, suicide), rng), ko_lover
                yield empty_board(Rules(4, 1, ko, suicide)), any_legal


def caught(engine: Engine, games: int | None = None) -> str | None:
    rng = random.Random(11)
    for number, (setting, player) in enumerate(battery()):
        if number == games:
            break
        try:
            found = play_and_compare(engine, setting, player, 40, rng)
        except Exception as error:  # a crash gives a mutant away as well
            found = repr(error)
        if found:
            return found
    return None


def test_unchanged_kernels_pass_as_plain_python() -> None:
    assert caught(interpreted(), games=60) is None


MUTANTS: Final = {
    "superko looks back 8 positions only": (
        "for i in range(row[HISTORY_LENGTH] - 1, -1, -1):",
        "for i in range(row[HISTORY_LENGTH] - 1, max(-1, row[HISTORY_LENGTH] - 9), -1):",
    ),
    "superko forgets the starting position": (
        "for i in range(row[HISTORY_LENGTH] - 1, -1, -1):",
        "for i in range(row[HISTORY_LENGTH] - 1, 0, -1):",
    ),
    "situational superko forgets the side to move": (
        "if row[KO_RULE] == 2 and stone == -1:",
        "if False:",
    ),
    "situational superko looks for the wrong side": (
        "if row[KO_RULE] == 2 and stone == -1:",
        "if row[KO_RULE] == 2 and stone == 1:",
    ),
    "positional superko minds the side": (
        "if row[KO_RULE] == 2 and row[TO_PLAY] == 1:",
        "if row[KO_RULE] >= 1 and row[TO_PLAY] == 1:",
    ),
    "a play without capture is never checked": (
        "if row[META + SEEN * cells + p] != 0 or suicide:",
        "if captures or suicide:",
    ),
    "a suicide is never checked": (
        "if row[META + SEEN * cells + p] != 0 or suicide:",
        "if row[META + SEEN * cells + p] != 0 and not suicide:",
    ),
    "a lone stone may kill itself": (
        "if suicide and (row[SUICIDE] == 0 or not friends):",
        "if suicide and row[SUICIDE] == 0:",
    ),
    "a chain captured twice in the hash": (
        "if h in (a, b, c):",
        "if h in ():",
    ),
    "a pass makes no situation": (
        "    history[row[HISTORY_LENGTH]] = position_key(row)\n    row[HISTORY_LENGTH] += 1\n",
        "    if move != size * size:\n"
        "        history[row[HISTORY_LENGTH]] = position_key(row)\n"
        "        row[HISTORY_LENGTH] += 1\n",
    ),
    "a pass does not lift a ko": (
        "    row[KO_POINT] = 0\n    row[TO_PLAY] = -stone\n",
        "    if move != size * size:\n        row[KO_POINT] = 0\n    row[TO_PLAY] = -stone\n",
    ),
    "a stone with friends makes a ko": (
        "lone = row[META + CHAIN_SIZE * cells + head] == 1",
        "lone = True",
    ),
    "a ko with more than one liberty": (
        "if captured == 1 and lone and row[pseudo + p] == 1:",
        "if captured == 1 and lone:",
    ),
    "one pass ends the game": (
        "    if row[PASSES] >= 2:\n        return GAME_OVER\n",
        "    if row[PASSES] >= 1:\n        return GAME_OVER\n",
    ),
    "a play does not end a row of passes": (
        "        row[PASSES] = 0\n",
        "        pass\n",
    ),
    "captured stones are counted for the wrong side": (
        "row[CAPTURED_WHITE if stone == 1 else CAPTURED_BLACK] += captured",
        "row[CAPTURED_BLACK if stone == 1 else CAPTURED_WHITE] += captured",
    ),
    "liberties do not come back after a capture": (
        "                row[squares + h] += p * p\n",
        "                pass\n",
    ),
    "the hash keeps captured stones": (
        "    row[HASH] ^= row[META + CHAIN_HASH * cells + head]\n",
        "    pass\n",
    ),
    "joined chains keep one hash": (
        "    row[chain_hash + a] ^= row[chain_hash + b]\n",
        "    pass\n",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_caught(name: str) -> None:
    assert caught(interpreted(*MUTANTS[name])) is not None
