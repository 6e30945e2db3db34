"""Do the 95 % intervals of ratings cover the truth in 93 to 97 % of 1,000 repetitions?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from agents.arena import PairPoints, expected_score, fit_ratings


def coverage(true_elo: list[float], num_pairs: int, repetitions: int, seed: int) -> float:
    """Share of intervals (of every agent against the first) that hold the true difference."""
    rng = np.random.default_rng(seed)
    covered = total = 0
    for _ in range(repetitions):
        pairs = [
            PairPoints(a, b, float(points))
            for a, b in combinations(range(len(true_elo)), 2)
            for points in rng.binomial(2, expected_score(true_elo[a] - true_elo[b]), num_pairs)
        ]
        ratings = fit_ratings(len(true_elo), pairs)
        for agent in range(1, len(true_elo)):
            interval = ratings.elo_interval(agent)
            assert interval is not None
            covered += interval.low <= true_elo[agent] - true_elo[0] <= interval.high
            total += 1
    return covered / total


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("true_elo", "num_pairs"),
    [
        ([0, 0], 50),
        ([0, 150], 50),
        ([0, 400], 50),
        ([0, 700], 100),
        ([0, 120, 300], 30),
    ],
)
def test_coverage(true_elo: list[float], num_pairs: int) -> None:
    share = coverage(true_elo, num_pairs, 1000, seed=11)
    print(f"{true_elo}, {num_pairs} pairs: {share:.3f}")
    # Never taking the dispersion below 1 errs to the wide side, hence the upper bound.
    assert 0.93 <= share <= 0.985
