"""Who meets whom: gauntlets, swisses (going on after every prefix), openings and budgets."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from agents.arena import (
    Budget,
    GameRecord,
    GameSetup,
    ResignRule,
    Sprt,
    TournamentSettings,
    read_openings,
    schedule,
)
from agents.arena.records import forfeit
from agents.arena.schedule import pair_off
from agents.base import Limits
from go_engine.coords import vertex_to_move
from go_engine.rules import BLACK, WHITE, Rules

RULES = Rules(5, 2.5)


def settings(count: int, **changes: object) -> TournamentSettings:
    names = tuple("abcdefghijkl"[:count])
    return TournamentSettings(names, num_pairs=2, rules=RULES, **changes)  # type: ignore[arg-type]


def stronger_wins(setup: GameSetup) -> GameRecord:
    """The agent whose letter comes first wins; every game has other moves."""
    loser = WHITE if setup.black < setup.white else BLACK
    moves = (*setup.opening, int(setup.pair_id[:3]) % 25)
    return forfeit(setup, moves, loser, "resign", "")


def test_a_gauntlet_is_the_first_part_of_a_round_robin() -> None:
    everything = {setup.game_id: setup for setup in schedule(settings(4))}
    gauntlet = schedule(settings(4, system="gauntlet"))
    assert len(gauntlet) == 12 == settings(4, system="gauntlet").num_games
    assert all("a" in (setup.black, setup.white) for setup in gauntlet)
    assert all(everything[setup.game_id] == setup for setup in gauntlet)


@pytest.mark.parametrize(("count", "rounds"), [(4, 3), (5, 4), (8, 3), (9, 3), (12, 5)])
def test_a_swiss(count: int, rounds: int) -> None:
    plan = settings(count, system="swiss", rounds=rounds)
    records: list[GameRecord] = []
    seen: list[GameSetup] = []
    for number in range(1, rounds + 1):
        setups = schedule(plan, records)
        assert setups[: len(seen)] == seen  # what is known stays
        assert len(setups) == number * 4 * (count // 2)
        # A round half played does not show the next one.
        half = [stronger_wins(setup) for setup in setups[len(seen) :: 2]]
        assert schedule(plan, records + half) == setups
        records += [stronger_wins(setup) for setup in setups[len(seen) :]]
        seen = setups
    assert schedule(plan, records) == seen
    assert len(seen) == plan.num_games == len({setup.game_id for setup in seen})
    meetings = Counter(frozenset((setup.black, setup.white)) for setup in seen)
    assert set(meetings.values()) == {4}  # nobody met anybody twice
    games = Counter(name for setup in seen for name in (setup.black, setup.white))
    assert all(4 * (rounds - 1) <= games[name] <= 4 * rounds for name in plan.agents)  # one bye
    # The best one wins all it plays and meets those who win too.
    if count == 8:
        assert frozenset("ab") in meetings


def test_every_round_of_a_swiss_has_its_own_openings() -> None:
    plan = settings(4, system="swiss", rounds=3)
    records: list[GameRecord] = []
    for _ in range(3):
        setups = schedule(plan, records)
        records = [stronger_wins(setup) for setup in setups]
    openings = {setup.pair_id[4:]: setup.opening for setup in setups}
    assert len(set(openings.values())) == 6


def test_pairing_off() -> None:
    none: Counter[tuple[int, int]] = Counter()
    assert pair_off([2, 0, 3, 1], none) == [(0, 2), (1, 3)]
    assert pair_off([2, 0, 3, 1], Counter({(0, 2): 1})) == [(2, 3), (0, 1)]
    # 0-1 and 0-2 have met: 0 must take 3, which leaves 1 and 2 to each other.
    assert pair_off([0, 1, 2, 3], Counter({(0, 1): 1, (0, 2): 1})) == [(0, 3), (1, 2)]
    # The first choice leaves 2 and 3, who have met: it is taken back.
    assert pair_off([0, 1, 2, 3], Counter({(2, 3): 1})) == [(0, 2), (1, 3)]
    met = Counter(dict.fromkeys(combinations(range(4), 2), 1))
    assert pair_off([0, 1, 2, 3], met) == [(0, 1), (2, 3)]  # rematches where all have met
    met[0, 1] = 2
    assert pair_off([0, 1, 2, 3], met) == [(0, 2), (1, 3)]
    many = Counter(dict.fromkeys(combinations(range(40), 2), 1))
    assert len(pair_off(list(range(40)), many)) == 20  # and soon


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": "knockout"}, "system must be one of round robin, gauntlet, swiss"),
        ({"system": "swiss"}, "has 1 to 3 rounds, not 0"),
        ({"system": "swiss", "rounds": 4}, "has 1 to 3 rounds, not 4"),
        ({"rounds": 2}, "a round robin has no rounds"),
        ({"sprt": Sprt()}, "for two agents"),
        ({"clock": 0.0}, "a clock must be above 0"),
        ({"budgets": {"z": Budget()}}, "a budget for z"),
        ({"openings": ((1, 2, 3),), "max_moves": 2}, "leaves no move to play"),
    ],
)
def test_settings_that_make_no_tournament(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings(4, **changes)


def test_budgets_follow_their_agents() -> None:
    plan = settings(
        3,
        limits=Limits(seconds=1.0),
        budgets={"b": Budget(Limits(simulations=9), 30.0)},
        resign=ResignRule(0.1, 2),
    )
    for setup in schedule(plan):
        for name, limits, clock in zip(
            (setup.black, setup.white), setup.limits, setup.clocks, strict=True
        ):
            if name == "b":
                assert (limits, clock) == (Limits(simulations=9), 30.0)
            else:
                assert (limits, clock) == (Limits(seconds=1.0), None)
        assert setup.resign == ResignRule(0.1, 2)


# ---------------------------------------------------------------- opening files


def moves(text: str) -> tuple[int, ...]:
    return tuple(vertex_to_move(word, 5) for word in text.split())


def test_openings_from_a_text_file_are_taken_in_turn(tmp_path: Path) -> None:
    path = tmp_path / "openings.txt"
    path.write_text("C3 b2\n\n# empty lines and remarks\nD4 B3 C2  # three\nc3 B2\n")
    openings = read_openings(path, RULES)
    assert openings == (moves("C3 B2"), moves("D4 B3 C2"))
    plan = TournamentSettings(("a", "b"), 3, RULES, openings=openings)
    assert [s.opening for s in schedule(plan)[::2]] == [openings[0], openings[1], openings[0]]


def test_openings_from_sgf(tmp_path: Path) -> None:
    path = tmp_path / "openings.sgf"
    path.write_text("(;FF[4]SZ[5];B[cc];W[bb])\n(;FF[4]SZ[5];B[dd])\n")
    assert read_openings(path, RULES) == (moves("C3 B4"), moves("D2"))
    with pytest.raises(ValueError, match="game 1 is on a board of size 5, not 9"):
        read_openings(path, Rules(9))
    path.write_text("(;FF[4]SZ[5]AB[cc];W[bb])\n")
    with pytest.raises(ValueError, match="does not begin with Black on the empty board"):
        read_openings(path, RULES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "holds no openings"),
        (b"# nothing\n", "holds no openings"),
        (b"C3\nC3 Z9\n", "line 2: .*Z9"),
        (b"C3 C3\n", "line 1: .*occupied"),
        (b"C3 pass pass\n", "line 1: the game is over"),
        (b"\xff\xfe\x00", "is no text"),
    ],
)
def test_files_that_hold_no_openings(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "openings.txt"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=message):
        read_openings(path, RULES)
