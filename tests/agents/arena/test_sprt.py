"""The sequential test: its ratio against a plain optimiser, its decisions, its error rates."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.arena import GameRecord, GameSetup, SequentialMatch, Sprt, expected_score
from agents.arena.records import forfeit
from agents.arena.sprt import log_likelihood_ratio
from go_engine.rules import BLACK, WHITE


def greatest_log_likelihood(counts: list[int], mean: float) -> float:
    """By brute force for counts that use the outcomes 0, 1 and 2 points alone: one free share."""
    loss, draw, win = counts[0], counts[2], counts[4]
    draws = np.linspace(1e-9, 2 * min(mean, 1 - mean) - 1e-9, 400_001)
    wins = mean - draws / 2
    losses = 1 - draws - wins
    return float((loss * np.log(losses) + draw * np.log(draws) + win * np.log(wins)).max())


@pytest.mark.parametrize(
    "counts", [[10, 0, 20, 0, 15], [3, 0, 1, 0, 40], [200, 0, 500, 0, 260], [1, 0, 1, 0, 1]]
)
@pytest.mark.parametrize(("elo0", "elo1"), [(0.0, 30.0), (-20.0, 50.0)])
def test_ratio_against_a_search(counts: list[int], elo0: float, elo1: float) -> None:
    wanted = greatest_log_likelihood(counts, expected_score(elo1)) - greatest_log_likelihood(
        counts, expected_score(elo0)
    )
    assert log_likelihood_ratio(counts, elo0, elo1) == pytest.approx(wanted, abs=0.01)


def test_two_outcomes_by_hand() -> None:
    # Only pairs won and lost whole: the shares are fixed by the mean, 20 ln(s1 / s0) + 10 ln(...).
    s1 = 10 ** (60 / 400) / (1 + 10 ** (60 / 400))
    wanted = 20 * math.log(s1 / 0.5) + 10 * math.log((1 - s1) / 0.5)
    assert log_likelihood_ratio([10, 0, 0, 0, 20], 0, 60) == pytest.approx(wanted, abs=0.02)


def test_turned_round_it_is_the_other_side() -> None:
    counts = [5, 9, 30, 14, 8]
    there = log_likelihood_ratio(counts, 0, 40)
    assert log_likelihood_ratio(counts[::-1], -40, 0) == pytest.approx(-there, abs=1e-9)
    assert log_likelihood_ratio([0] * 5, 0, 40) == 0.0


def test_bounds_and_words() -> None:
    test = Sprt(0, 30, alpha=0.05, beta=0.10)
    assert test.bounds == pytest.approx((math.log(0.10 / 0.95), math.log(0.90 / 0.05)))
    assert test.judge([0] * 5).verdict == "undecided"
    assert test.judge([10, 10, 40, 60, 80]).verdict == "H1"
    assert test.judge([80, 60, 40, 10, 10]).verdict == "H0"
    said = str(test.judge([80, 60, 40, 10, 10]))
    for part in ("elo0 0", "elo1 30", "alpha 0.05", "beta 0.1", "H0 accepted after 200 pairs"):
        assert part in said


@pytest.mark.parametrize(
    "values", [(30, 0, 0.05, 0.05), (0, 0, 0.05, 0.05), (0, 30, 0.0, 0.05), (0, 30, 0.05, 0.6),
               (0, math.inf, 0.05, 0.05)]
)  # fmt: skip
def test_values_that_make_no_test(values: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Sprt(*values)


def setups(num_pairs: int) -> list[GameSetup]:
    return [
        GameSetup(f"{pair}{game}", f"{pair}", *(("a", "b") if game == "a" else ("b", "a")))
        for pair in range(num_pairs)
        for game in "ab"
    ]


def won_by_a(setup: GameSetup, void: bool = False) -> GameRecord:
    loser = 0 if void else (WHITE if setup.black == "a" else BLACK)
    moves = (int(setup.pair_id),)  # every pair another game
    return forfeit(setup, moves, loser, "void" if void else "resign", "")


def test_pairs_count_in_the_order_of_the_schedule() -> None:
    games = setups(60)
    records = [won_by_a(setup) for setup in games]
    match = SequentialMatch(Sprt(0, 100), games, "a")
    assert sum(match.add(records[2:]).by_points) == 0  # the first pair is not finished
    result = match.add(records[:1])
    assert sum(result.by_points) == 0
    result = match.add(records[1:2])
    assert result.verdict == "H1"
    decided_at = sum(result.by_points)
    assert decided_at < 60
    # One by one it stops at the same pair, and later games change nothing.
    single = SequentialMatch(Sprt(0, 100), games, "a")
    for record in records:
        single.add([record])
    assert single.result == result


def test_void_and_repeated_pairs_are_passed_over() -> None:
    games = setups(4)
    records = [won_by_a(setup, void=setup.game_id == "1b") for setup in games]
    records[4:6] = [  # pair 2 is pair 0 over again
        dataclasses.replace(records[i], game_id=f"2{'ab'[i]}", pair_id="2") for i in (0, 1)
    ]
    match = SequentialMatch(Sprt(0, 100), games, "a")
    assert match.add(records).by_points == (0, 0, 0, 0, 2)


def pair_shares(elo: float, draws: float) -> list[float]:
    """Two independent games with that share of draws and the mean that `elo` has."""
    win = expected_score(elo) - draws / 2
    game = np.array([1 - draws - win, draws, win])
    return list(np.convolve(game, game))


def ratios(counts: NDArray[np.float64], elo0: float, elo1: float) -> NDArray[np.float64]:
    """`log_likelihood_ratio` of many matches `counts [M, 5]` at once, by plain bisection."""
    seen, total = np.maximum(counts, 1e-3), np.zeros(len(counts))
    for sign, elo in ((1, elo1), (-1, elo0)):
        away = np.arange(5) / 4 - expected_score(elo)
        low = np.full((len(seen), 1), -1 / away[-1] * (1 - 1e-12))
        high = np.full((len(seen), 1), -1 / away[0] * (1 - 1e-12))
        for _ in range(45):
            middle = (low + high) / 2
            rises = (seen * away / (1 + middle * away)).sum(axis=1, keepdims=True) > 0
            low, high = np.where(rises, middle, low), np.where(rises, high, middle)
        total -= sign * (seen * np.log1p((low + high) / 2 * away)).sum(axis=1)
    return total


def simulated(
    rng: np.random.Generator, test: Sprt, shares: list[float], matches: int
) -> tuple[float, float]:
    """Share of matches that accept H1, and pairs that a match takes; all must be decided."""
    counts, accepted, lengths = np.zeros((matches, 5)), 0, []
    low, high = test.bounds
    for number in range(1, 5000):
        outcomes = rng.choice(5, size=len(counts), p=shares)
        before = counts.copy()
        counts[np.arange(len(counts)), outcomes] += 1
        found = ratios(counts, test.elo0, test.elo1)
        for i in np.flatnonzero((found <= low) | (found >= high)):
            # The library's verdict falls at the same pair.
            assert test.judge(before[i].astype(int)).verdict == "undecided"
            assert test.judge(counts[i].astype(int)).verdict == ("H1" if found[i] > 0 else "H0")
            accepted += int(found[i] > 0)
            lengths.append(number)
        counts = counts[(found > low) & (found < high)]
        if len(counts) == 0:
            return accepted / matches, float(np.mean(lengths))
    raise AssertionError("undecided for ever")


@pytest.mark.slow
@pytest.mark.parametrize("draws", [0.0, 0.3])
def test_error_rates(draws: float) -> None:
    # 1,000 matches under each hypothesis; the promise is 5 %, with two standard errors of 0.7 %.
    test, rng = Sprt(0, 60), np.random.default_rng(5)
    false_alarms, length0 = simulated(rng, test, pair_shares(0, draws), 1000)
    power, length1 = simulated(rng, test, pair_shares(60, draws), 1000)
    print(
        f"draws {draws}: false H1 {false_alarms:.3f} after {length0:.0f} pairs, "
        f"false H0 {1 - power:.3f} after {length1:.0f} pairs"
    )
    assert false_alarms <= 0.064
    assert 1 - power <= 0.064
