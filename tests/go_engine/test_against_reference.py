"""Engine and slow reference agree at every move of random games and of games full of kos."""

from __future__ import annotations

import random

import pytest

from go_engine import GameState, KoRule, Rules
from tests.go_engine.comparison import (
    KO_RULES,
    any_legal,
    empty_board,
    ko_lover,
    play_and_compare,
    rule_sets,
    several_kos,
)

GAMES = {2: 12, 3: 12, 4: 8, 5: 5, 6: 3, 7: 2, 8: 1, 9: 1}


@pytest.mark.parametrize("size", GAMES)
def test_random_games(size: int) -> None:
    rng = random.Random(size)
    for rules in rule_sets(size):
        for _ in range(GAMES[size]):
            found = play_and_compare(GameState, empty_board(rules), any_legal, 150, rng)
            assert found is None


def test_random_games_on_19x19() -> None:
    rng = random.Random(19)
    for ko, suicide in (("positional", False), ("simple", True)):
        rules = Rules(19, 7.5, ko, suicide)  # type: ignore[arg-type]
        assert play_and_compare(GameState, empty_board(rules), any_legal, 25, rng) is None


@pytest.mark.parametrize("ko", KO_RULES)
@pytest.mark.parametrize("size", [4, 5, 6, 7, 9])
def test_games_of_several_kos(size: int, ko: KoRule) -> None:
    rng = random.Random(size)
    for suicide in (False, True):
        rules = Rules(size, 7, ko, suicide)
        for _ in range({4: 20, 5: 12, 6: 8, 7: 5}.get(size, 2)):
            assert play_and_compare(GameState, several_kos(rules, rng), ko_lover, 40, rng) is None


@pytest.mark.slow
@pytest.mark.parametrize("size", [*range(2, 12), 13, 19])
def test_many_more_games(size: int) -> None:
    rng = random.Random(1000 + size)
    for rules in rule_sets(size):
        for _ in range(max(1, 400 // size**2)):
            assert play_and_compare(GameState, empty_board(rules), any_legal, 400, rng) is None
            if size >= 4:
                kos = several_kos(rules, rng)
                assert play_and_compare(GameState, kos, ko_lover, 100, rng) is None
