"""Ratings against hand-worked numbers, against the library choix, and their intervals' coverage."""

from __future__ import annotations

import math
from itertools import combinations

import choix
import numpy as np
import pytest

from agents.arena import PairPoints, expected_score, fit_ratings, wilson_interval
from agents.arena.rating import ELO_PER_NAT


def single_games(a: int, b: int, wins: float, losses: float) -> list[PairPoints]:
    """Games one by one, so that no pair tells anything about dispersion."""
    whole = [PairPoints(a, b, 1.0, 1)] * int(wins) + [PairPoints(a, b, 0.0, 1)] * int(losses)
    return whole + [PairPoints(a, b, 0.5, 1)] * round(2 * (wins % 1))


# ---------------------------------------------------------------- worked by hand


def test_elo_scale() -> None:
    assert expected_score(0) == 0.5
    assert expected_score(400) == pytest.approx(10 / 11)
    assert expected_score(-400) == pytest.approx(1 / 11)
    assert pytest.approx(173.7178, abs=1e-4) == ELO_PER_NAT


@pytest.mark.parametrize(
    ("wins", "losses", "elo"),
    [
        (75, 25, 400 * math.log10(75.5 / 25.5)),  # 188.56
        (1, 0, 400 * math.log10(1.5 / 0.5)),  # 190.85
        (100, 0, 400 * math.log10(100.5 / 0.5)),  # 921.28
        (0, 100, -400 * math.log10(100.5 / 0.5)),
        (7, 7, 0.0),
    ],
)
def test_two_agents_with_the_prior(wins: int, losses: int, elo: float) -> None:
    ratings = fit_ratings(2, single_games(0, 1, wins, losses), anchor=1)
    assert ratings.elo(0) == pytest.approx(elo, abs=1e-4)
    assert ratings.elo(1) == 0


def test_two_agents_without_prior() -> None:
    # Ten to one is 400 Elo by definition.
    ratings = fit_ratings(2, single_games(0, 1, 10, 1), anchor=1, prior_draws=0)
    assert ratings.elo(0) == pytest.approx(400, abs=1e-4)


def test_a_chain_adds_up() -> None:
    # A : B and B : C both at 10 : 1, no game A : C; so A : C is 800.
    games = single_games(0, 1, 10, 1) + single_games(1, 2, 10, 1)
    ratings = fit_ratings(3, games, anchor=2, prior_draws=0)
    assert [ratings.elo(i) for i in range(3)] == pytest.approx([800, 400, 0], abs=1e-4)


def test_draws_are_halves() -> None:
    drawn = fit_ratings(2, [PairPoints(0, 1, 0.5, 1)] * 20 + [PairPoints(0, 1, 1.0, 1)] * 10)
    decided = fit_ratings(2, single_games(0, 1, 20, 10))
    assert drawn.elo(1) == pytest.approx(decided.elo(1))


def test_profile_interval_by_hand() -> None:
    # 60 : 40 of 100 single games. For two agents the deviance of a share q is, by hand,
    # 2 * (w ln(p / q) + l ln((1 - p) / (1 - q))) with p = w / (w + l). The prior pulls towards one
    # half: the lower end is that of 60.5 : 40.5, the upper that of the bare 60 : 40.
    interval = fit_ratings(2, single_games(0, 1, 60, 40), anchor=1).elo_interval(0)
    assert interval is not None
    low, high = expected_score(interval.low), expected_score(interval.high)
    for q, (wins, losses) in ((low, (60.5, 40.5)), (high, (60.0, 40.0))):
        p = wins / (wins + losses)
        deviance = 2 * (wins * math.log(p / q) + losses * math.log((1 - p) / (1 - q)))
        assert deviance == pytest.approx(3.8415, abs=0.01)
    assert interval.low < interval.estimate < interval.high
    assert not interval.open_above
    assert not interval.open_below


def test_dispersion_by_hand() -> None:
    # Two agents at 50 %, every pair 2 : 0 or 0 : 2. Independent games have variance 0.5 around 1,
    # these 1: ratio 2, times 10 / 9 for the one rating fitted.
    swinging = [PairPoints(0, 1, 2.0), PairPoints(0, 1, 0.0)] * 5
    assert fit_ratings(2, swinging).dispersion == pytest.approx(2 * 10 / 9)
    # Pairs that always split scatter less than chance; that narrows nothing.
    assert fit_ratings(2, [PairPoints(0, 1, 1.0)] * 10).dispersion == 1.0
    wide = fit_ratings(2, swinging).elo_interval(1)
    plain = fit_ratings(2, [PairPoints(0, 1, 1.0)] * 10).elo_interval(1)
    assert wide is not None
    assert plain is not None
    assert (wide.high - wide.low) / (plain.high - plain.low) == pytest.approx(1.55, abs=0.1)


@pytest.mark.parametrize(
    ("points", "games", "low", "high"),
    [
        (50, 100, 0.4038, 0.5962),
        (10, 10, 0.7225, 1.0),
        (0, 10, 0.0, 0.2775),
        (1, 1, 0.2065, 1.0),
        (4.5, 9, 0.2265, 0.7735),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson(points: float, games: int, low: float, high: float) -> None:
    interval = wilson_interval(points, games)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=2e-4)


# ---------------------------------------------------------------- against choix


def random_results(rng: np.random.Generator, num_agents: int) -> list[PairPoints]:
    pairs = []
    for a, b in combinations(range(num_agents), 2):
        for _ in range(int(rng.integers(3, 12))):
            pairs.append(PairPoints(a, b, float(rng.integers(0, 5)) / 2))
    return pairs


def as_choix(pairs: list[PairPoints], prior: bool) -> list[tuple[int, int]]:
    """Every half point a win in choix's list; the likelihood is the same but doubled."""
    data = []
    for pair in pairs:
        data += [(pair.a, pair.b)] * round(2 * pair.points)
        data += [(pair.b, pair.a)] * round(2 * (pair.games - pair.points))
    if prior:
        for a, b in {(pair.a, pair.b) for pair in pairs}:
            data += [(a, b), (b, a)]
    return data


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("prior", [False, True])
def test_agrees_with_choix(seed: int, prior: bool) -> None:
    rng = np.random.default_rng(seed)
    num_agents = 3 + seed % 3
    pairs = random_results(rng, num_agents)
    ours = fit_ratings(num_agents, pairs, prior_draws=1.0 if prior else 0.0)
    theirs = choix.ilsr_pairwise(num_agents, as_choix(pairs, prior), alpha=0, max_iter=10_000)
    for agent in range(num_agents):
        assert ours.theta[agent] == pytest.approx(theirs[agent] - theirs[0], abs=1e-5)


# ---------------------------------------------------------------- what the data cannot say


def test_unbeaten_is_open_above() -> None:
    ratings = fit_ratings(2, [PairPoints(0, 1, 2.0)] * 50, anchor=1)
    interval = ratings.elo_interval(0)
    assert interval is not None
    assert interval.open_above
    assert not interval.open_below
    # 100 of 100: one in forty times at least 100 wins come from p = 0.9638, that is 570 Elo; the
    # estimate is 921.
    assert 500 < interval.low < 640
    assert interval.estimate == pytest.approx(921.28, abs=0.01)
    assert 1500 < interval.high < 2500
    assert ratings.dispersion == 1.0
    mirrored = ratings.elo_interval(1, 0)
    assert mirrored is not None
    assert mirrored.open_below
    assert mirrored.high == pytest.approx(-interval.low)


def test_beaten_through_a_third_is_not_open() -> None:
    # Nobody beat A but C, and B beat C: that bounds A above B from both sides.
    games = single_games(0, 1, 5, 0) + single_games(0, 2, 5, 1) + single_games(1, 2, 3, 3)
    interval = fit_ratings(3, games).elo_interval(0, 1)
    assert interval is not None
    assert not interval.open_above
    assert not interval.open_below
    unbeaten = single_games(0, 1, 5, 0) + single_games(0, 2, 5, 0) + single_games(1, 2, 3, 3)
    interval = fit_ratings(3, unbeaten).elo_interval(0, 1)
    assert interval is not None
    assert interval.open_above
    assert not interval.open_below


def test_two_that_lost_all_to_a_third() -> None:
    # A and B both beat C always and never met: nothing bounds their difference.
    games = single_games(0, 2, 9, 0) + single_games(1, 2, 9, 0)
    interval = fit_ratings(3, games, anchor=2).elo_interval(0, 1)
    assert interval is not None
    assert interval.open_above
    assert interval.open_below
    assert interval.estimate == pytest.approx(0, abs=1e-4)


def test_unlinked_agents_have_no_rating() -> None:
    ratings = fit_ratings(4, single_games(0, 1, 3, 1) + single_games(2, 3, 1, 1))
    assert ratings.elo(1) is not None
    assert ratings.elo(2) is None
    assert ratings.elo_interval(2) is None
    assert ratings.elo_interval(2, 3) is not None
    assert fit_ratings(2, []).elo(1) is None


def test_no_finite_answer_without_prior() -> None:
    with pytest.raises(ValueError, match="no finite ratings"):
        fit_ratings(2, single_games(0, 1, 5, 0), prior_draws=0)


@pytest.mark.parametrize(
    "pair", [PairPoints(0, 0, 1), PairPoints(0, 5, 1), PairPoints(0, 1, 3), PairPoints(0, 1, -1)]
)
def test_impossible_results(pair: PairPoints) -> None:
    with pytest.raises(ValueError, match=r"pair between|points must lie"):
        fit_ratings(3, [pair])


def test_impossible_shares() -> None:
    with pytest.raises(ValueError, match="points must lie between 0 and 3"):
        wilson_interval(4, 3)


# ---------------------------------------------------------------- coverage


@pytest.mark.parametrize(
    ("true_elo", "num_pairs", "repetitions"),
    [
        ([0, 0], 50, 200),
        ([0, 150], 20, 200),
        ([0, 400], 50, 200),
        ([0, 1000], 50, 200),
        ([0, 120, 300], 15, 60),
    ],
)
def test_intervals_cover_the_truth(true_elo: list[float], num_pairs: int, repetitions: int) -> None:
    rng = np.random.default_rng(7)
    covered = total = 0
    for _ in range(repetitions):
        pairs = []
        for a, b in combinations(range(len(true_elo)), 2):
            share = expected_score(true_elo[a] - true_elo[b])
            wins = rng.binomial(2, share, num_pairs)
            pairs += [PairPoints(a, b, float(points)) for points in wins]
        ratings = fit_ratings(len(true_elo), pairs)
        for agent in range(1, len(true_elo)):
            interval = ratings.elo_interval(agent)
            assert interval is not None
            covered += interval.low <= true_elo[agent] - true_elo[0] <= interval.high
            total += 1
    # 95 % less two standard errors of the repetitions.
    assert covered / total >= 0.95 - 2 * math.sqrt(0.95 * 0.05 / repetitions)


def test_correlated_pairs_are_covered_too() -> None:
    # Every pair is decided by its opening: both games go the same way. Intervals over games that
    # ignored pairs would cover 83 % only.
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(200):
        pairs = [PairPoints(0, 1, 2.0 * (rng.random() < 0.5)) for _ in range(40)]
        interval = fit_ratings(2, pairs).elo_interval(1)
        assert interval is not None
        covered += interval.low <= 0 <= interval.high
    assert covered >= 184


def test_intervals_are_not_wider_than_they_must_be() -> None:
    # 95 % of 100 games around one half is +- 69 Elo by the normal approximation (0.98 * 400 * 4 /
    # ln 10 / 10).
    interval = fit_ratings(2, single_games(0, 1, 50, 50)).elo_interval(1)
    assert interval is not None
    assert 66 < interval.high < 73
    assert interval.low == pytest.approx(-interval.high, abs=0.01)
