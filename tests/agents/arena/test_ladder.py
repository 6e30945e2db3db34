"""The ladder: whom to meet next, when to stop, and what the rating is worth."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter

import numpy as np
import pytest

from agents.arena import (
    GameRecord,
    GameSetup,
    KnownResult,
    Ladder,
    Placement,
    TournamentSettings,
    expected_score,
    known_results,
    place,
    schedule,
)
from agents.arena.ladder import choose_opponents
from agents.arena.records import forfeit
from agents.arena.schedule import draw_openings
from go_engine.rules import BLACK, WHITE, Rules

RUNGS = {"r0": 0.0, "r200": 200.0, "r400": 400.0, "r600": 600.0, "r800": 800.0}


def truly_known(pairs: int) -> tuple[KnownResult, ...]:
    """Results of neighbours that come to exactly what their strengths let expect: of so many pairs
    all drawn ones but for a whole number won twice."""
    names = list(RUNGS)
    won = round(pairs * (2 * expected_score(200.0) - 1))
    return tuple(
        KnownResult(names[i + 1], names[i], (0, 0, pairs - won, 0, won))
        for i in range(len(names) - 1)
    )


LADDER = Ladder(50.0, truly_known(200))


def settings(most_pairs: int = 300, ladder: Ladder = LADDER) -> TournamentSettings:
    return TournamentSettings(
        ("new", *RUNGS), num_pairs=most_pairs, rules=Rules(5, 2.5), system="ladder", ladder=ladder
    )


def played(setup: GameSetup, strength: float, rng: np.random.Generator) -> GameRecord:
    """A game won as chance and strength have it."""
    mine = BLACK if setup.black == "new" else WHITE
    rung = setup.white if mine == BLACK else setup.black
    wins = rng.random() < expected_score(strength - RUNGS[rung])
    return forfeit(setup, setup.opening, -mine if wins else mine, "resign", "")


def climb(
    strength: float, rng: np.random.Generator, plan: TournamentSettings | None = None
) -> tuple[Placement, list[GameRecord]]:
    """Play to the end; every look at the schedule finds all games before it."""
    plan = plan or settings()
    assert plan.ladder is not None
    openings = draw_openings(plan)
    records: list[GameRecord] = []
    while True:
        setups = schedule(plan, records, openings)
        known = {record.game_id for record in records}
        todo = [setup for setup in setups if setup.game_id not in known]
        assert len(setups) == len({setup.game_id for setup in setups}) == len(known) + len(todo)
        if not todo:
            return place("new", list(RUNGS), records, plan.ladder), records
        records += [played(setup, strength, rng) for setup in todo]


@pytest.mark.parametrize("strength", [0.0, 310.0, 800.0])
def test_climbs_until_the_interval_is_narrow(strength: float) -> None:
    placement, records = climb(strength, np.random.default_rng(4))
    assert placement.half_width <= 50.0
    assert placement.elo is not None
    assert abs(placement.elo - strength) < 80.0
    assert 180 <= len(records) <= 400  # 185 games at even odds tell that much
    met = Counter(r.black if r.white == "new" else r.white for r in records)
    far = [name for name, elo in RUNGS.items() if abs(elo - strength) > 350]
    assert sum(met[name] for name in far) < 0.15 * len(records)
    assert len(met) >= 2  # never one rung alone
    whole = Counter(record.pair_id for record in records)
    assert set(whole.values()) == {2}
    colours = Counter(record.black == "new" for record in records)
    assert colours[True] == colours[False]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_intervals_hold_the_truth() -> None:
    """Of 100 climbs, those whose interval holds the true strength, stopping rule and all."""
    rng = np.random.default_rng(5)
    plan = settings(120, Ladder(80.0, truly_known(200)))
    errors, held = [], 0
    for _ in range(100):
        strength = rng.uniform(50.0, 750.0)
        placement, _ = climb(strength, rng, plan)
        assert placement.elo is not None
        errors.append(placement.elo - strength)
        held += abs(errors[-1]) <= placement.half_width
    print(f"{held} of 100 intervals hold the truth, mean error {np.mean(errors):+.1f} Elo")
    assert held >= 89  # three standard deviations below 95
    assert abs(np.mean(errors)) < 15.0


def test_the_first_opponent_is_in_the_middle_and_follows_the_results() -> None:
    nothing = place("new", list(RUNGS), [], LADDER)
    assert (nothing.elo, nothing.half_width, nothing.games) == (None, math.inf, 0)
    assert choose_opponents(nothing, LADDER, 100) == ["r400", "r400"]
    assert choose_opponents(nothing, LADDER, 1) == ["r400"]
    plan = settings(most_pairs=20)
    for strength, expected in ((-5000.0, "r0"), (5000.0, "r800")):
        records: list[GameRecord] = []
        for _ in range(4):
            done = {record.game_id for record in records}
            setups = [s for s in schedule(plan, records) if s.game_id not in done]
            records += [played(s, strength, np.random.default_rng(0)) for s in setups]
        last = records[-1]
        assert expected in (last.black, last.white)


def test_who_is_outside_stops_and_is_said_to_be() -> None:
    placement, records = climb(5000.0, np.random.default_rng(0))
    assert placement.is_outside
    assert len(records) < 60
    assert placement.interval is not None
    assert placement.interval.open_above
    assert placement.interval.low > 800.0


def test_goes_on_after_being_killed_anywhere() -> None:
    """Whatever is left of the records: begun pairs are finished first, none is begun twice."""
    rng = np.random.default_rng(8)
    plan = settings()
    _, records = climb(310.0, rng)
    openings = draw_openings(plan)
    for _ in range(20):
        kept = [r for r in records[: rng.integers(1, len(records))] if rng.random() < 0.9]
        setups = schedule(plan, kept, openings)
        ids = {record.game_id for record in kept}
        assert ids <= {setup.game_id for setup in setups}
        todo = [setup for setup in setups if setup.game_id not in ids]
        pairs = Counter(record.pair_id for record in kept)
        halves = {pair for pair, count in pairs.items() if count == 1}
        if halves:
            assert {setup.pair_id for setup in todo} == halves
        else:
            assert not {setup.pair_id for setup in todo} & pairs.keys()
        numbers = {setup.pair_id.partition("-")[2] for setup in setups}
        assert len(numbers) == len(setups) // 2  # one opening for each pair


def test_the_limit_holds_and_may_be_raised() -> None:
    rng = np.random.default_rng(3)
    placement, records = climb(310.0, rng, settings(most_pairs=10))
    assert len(records) == 20 == settings(most_pairs=10).num_games
    assert placement.half_width > 50.0
    more = schedule(settings(most_pairs=40), records)
    assert {record.game_id for record in records} < {setup.game_id for setup in more}
    narrower = dataclasses.replace(LADDER, half_width=30.0)
    _, many = climb(310.0, rng, settings(400, narrower))
    assert 500 <= len(many) <= 800


def test_known_results_are_counts_of_pairs_and_of_single_games() -> None:
    plan = settings(most_pairs=3)
    records = [played(s, 310.0, np.random.default_rng(5)) for s in schedule(plan)]
    records[0] = dataclasses.replace(records[0], result=records[0].result and -records[0].result)
    lone = dataclasses.replace(records[-1], result=None)
    (found,) = known_results([*records[:-1], lone], ["r400", "new"])
    assert (found.a, found.b, found.num_games) == ("r400", "new", len(records) - 1)
    assert sum(found.games) == 1
    assert known_results(records, ["new", "r0"]) == ()
    taken = sum(k * n for k, n in enumerate(found.pairs)) + sum(
        k * n for k, n in enumerate(found.games)
    )
    assert taken / 2 == sum(r.points("r400") for r in records[:-1])


@pytest.mark.parametrize(
    ("a", "b", "pairs", "games"),
    [
        ("x", "x", (0,) * 5, (0,) * 3),
        ("x", "y", (0,) * 4, (0,) * 3),
        ("x", "y", (0, 0, -1, 0, 0), (0,) * 3),
    ],
)
def test_results_that_cannot_be(
    a: str, b: str, pairs: tuple[int, ...], games: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"known result|counts of x and y"):
        KnownResult(a, b, pairs, games)


def test_a_ladder_needs_its_rungs() -> None:
    with pytest.raises(ValueError, match="untold ladder"):
        TournamentSettings(("a", "b"), system="ladder")
    with pytest.raises(ValueError, match="width must be above 0"):
        Ladder(0.0)
