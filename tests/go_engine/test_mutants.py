"""Do these tests catch a wrong engine? Each mutant here is one, and must be caught.

Rule mutants play by another rule than they say. Source mutants are the kernels with one line
changed, run as plain Python; the unchanged kernels, run the same way, must not be caught.
"""

from __future__ import annotations

import dataclasses
import random
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import go_engine.kernels
import go_engine.playing
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
    modules = (go_engine.playing, go_engine.kernels)
    playing, kernels = (
        re.sub(r"@(inlined_)?kernel\n", "", Path(str(module.__file__)).read_text(encoding="utf-8"))
        for module in modules
    )
    if old:
        assert (playing + kernels).count(old) == 1, f"the kernels changed: mend {old!r}"
    load("mutant_playing", playing.replace(old, new) if old else playing)
    star = "from go_engine.playing import *\n"
    assert kernels.count(star) == 1
    kernels = kernels.replace(star, "from mutant_playing import *\n")
    mutant = load("mutant_kernels", kernels.replace(old, new) if old else kernels)
    state = load("mutant_state", Path(go_engine.state.__file__).read_text(encoding="utf-8"))
    state.__dict__.update(kernels=mutant, IllegalMoveError=IllegalMoveError)
    engine: Engine = state.__dict__["GameState"]
    return engine


def load(name: str, source: str) -> types.ModuleType:
    """A module of that name made from that source; classes and imports find it by its name."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(source, f"<{name}>", "exec"), module.__dict__)
    return module


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
    assert caught(interpreted(), games=45) is None


MUTANTS: Final = {
    "superko looks back 8 positions only": (
        "    while i > 0 and not found:",
        "    while i > max(0, row[HISTORY_LENGTH] - 8) and not found:",
    ),
    "superko forgets the starting position": (
        "    while i > 0 and not found:",
        "    while i > 1 and not found:",
    ),
    "the filter forgets positions": (
        "    row[at(FILTER + (bit >> 5))] |= 1 << (bit & 31)\n",
        "    row[at(FILTER + (bit >> 5))] = 1 << (bit & 31)\n",
    ),
    "the filter looks at another bit": (
        "row[at(FILTER + (bit >> 5))] & (1 << (bit & 31))",
        "row[at(FILTER + (bit >> 5))] & (1 << (bit & 15))",
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
        "key, situational, black = row[HASH], row[KO_RULE] == 2,",
        "key, situational, black = row[HASH], row[KO_RULE] >= 1,",
    ),
    "a play without capture is never checked": (
        "can_repeat = row[at(META + SEEN * cells) + p] != 0 or suicide",
        "can_repeat = captures or suicide",
    ),
    "a suicide is never checked": (
        "can_repeat = row[at(META + SEEN * cells) + p] != 0 or suicide",
        "can_repeat = row[at(META + SEEN * cells) + p] != 0 and not suicide",
    ),
    "a lone stone may kill itself": (
        "suicide and (row[SUICIDE] == 0 or not friends)",
        "suicide and row[SUICIDE] == 0",
    ),
    "a chain captured twice in the hash": (
        "head not in (a, b, c)",
        "True",
    ),
    "a chain in atari elsewhere counts as captured": (
        "dies = total == (total & COUNT_MASK) * key",
        "dies = (total & COUNT_MASK) == 1",
    ),
    "a pass makes no situation": (
        "    _enter_history(row, history)\n    return captured\n",
        "    if point != NO_POINT:\n        _enter_history(row, history)\n    return captured\n",
    ),
    "a pass does not lift a ko": (
        "    row[KO_POINT] = NO_POINT\n",
        "    if point != NO_POINT:\n        row[KO_POINT] = NO_POINT\n",
    ),
    "a stone with friends makes a ko": (
        "lone = row[at(META + CHAIN_SIZE * cells) + head] == 1",
        "lone = True",
    ),
    "a ko with more than one liberty": (
        "if captured == 1 and lone and row[liberties + p] == liberty_key(at_last):",
        "if captured == 1 and lone:",
    ),
    "one pass ends the game": (
        "over = row[PASSES] >= 2",
        "over = row[PASSES] >= 1",
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
        "            row[liberties + at(row[heads + q])] += key\n",
        "            pass\n",
    ),
    "the hash keeps captured stones": (
        "    row[HASH] ^= row[at(META + CHAIN_HASH * cells) + head]\n",
        "    pass\n",
    ),
    "joined chains keep one hash": (
        "    row[chain_hash + a] ^= row[chain_hash + b]\n",
        "    pass\n",
    ),
    "joined chains keep the liberties of one": (
        "    row[liberties + a] += row[liberties + b]\n",
        "    pass\n",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_caught(name: str) -> None:
    assert caught(interpreted(*MUTANTS[name])) is not None
