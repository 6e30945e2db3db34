"""A sequential test between two agents that stops as soon as the games decide.

The generalised sequential probability ratio test on colour-swapped pairs (pentanomial): a pair
gives 0, 1/2, 1, 3/2 or 2 points, and nothing is assumed of how often but the mean. The
log-likelihood ratio compares the likeliest five frequencies of mean `expected_score(elo1)` with
those of mean `expected_score(elo0)` (Van den Bergh 2019, "The generalized maximum likelihood ratio
for the expectation value of a distribution"; for multinomials: Owen 2001, section 2.9). H1 is
accepted at `log((1 - beta) / alpha)` and above, H0 at `log(beta / (1 - alpha))` and below (Wald
1945).

Which pairs count: the whole pairs before the first one in the schedule that is not finished yet.
So the verdict depends on the games alone, not on which worker was quicker (short games end first,
and they are no fair sample). Pairs in flight when the test ends are dropped; pairs with a void
game, and pairs that repeat another, are passed over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from agents.arena.rating import expected_score

__all__ = ["Sprt", "SprtResult", "Verdict", "log_likelihood_ratio"]

Verdict = Literal["H0", "H1", "undecided"]

_POINTS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)  # share of a pair's two points
_FINE: Final = 1e-10
_UNSEEN: Final = 1e-3  # pairs credited to an outcome that never occurred, so that logs stay finite


@dataclass(frozen=True, slots=True)
class Sprt:
    """The test of "the first agent is `elo1` stronger" (H1) against "only `elo0`" (H0).

    Attributes:
        elo0: Elo difference under H0.
        elo1: Elo difference under H1, above `elo0`.
        alpha: chance of accepting H1 where H0 holds.
        beta: chance of accepting H0 where H1 holds.

    Raises:
        ValueError: for values that make no test.
    """

    elo0: float = 0.0
    elo1: float = 30.0
    alpha: float = 0.05
    beta: float = 0.05

    def __post_init__(self) -> None:
        if not (math.isfinite(self.elo0) and math.isfinite(self.elo1) and self.elo0 < self.elo1):
            raise ValueError(f"elo0 must be below elo1, not {self.elo0:g} and {self.elo1:g}")
        for name, chance in (("alpha", self.alpha), ("beta", self.beta)):
            if not 0 < chance < 0.5:
                raise ValueError(f"{name} must lie between 0 and 0.5, not {chance:g}")

    @property
    def bounds(self) -> tuple[float, float]:
        """The log-likelihood ratios at which H0 and H1 are accepted."""
        low = math.log(self.beta / (1 - self.alpha))
        return low, math.log((1 - self.beta) / self.alpha)

    def judge(self, by_points: Sequence[int]) -> SprtResult:
        """The state of the test after `by_points[k]` pairs of k half points, k = 0 to 4.

        It is for the caller to ask after every pair and to stop at the first decision.
        """
        ratio = log_likelihood_ratio(by_points, self.elo0, self.elo1)
        low, high = self.bounds
        verdict: Verdict = "H0" if ratio <= low else "H1" if ratio >= high else "undecided"
        counts = tuple(int(count) for count in by_points)
        return SprtResult(self, verdict, ratio, counts)


@dataclass(frozen=True, slots=True)
class SprtResult:
    """How far a test is.

    Attributes:
        test: the test.
        verdict: which hypothesis was accepted, if any.
        ratio: the log-likelihood ratio.
        by_points: pairs of 0, 1/2, 1, 3/2 and 2 points that counted.
    """

    test: Sprt
    verdict: Verdict
    ratio: float
    by_points: tuple[int, ...]

    def __str__(self) -> str:
        low, high = self.test.bounds
        said = "undecided" if self.verdict == "undecided" else f"{self.verdict} accepted"
        test = self.test
        return (
            f"SPRT elo0 {test.elo0:g}, elo1 {test.elo1:g}, alpha {test.alpha:g}, "
            f"beta {test.beta:g}: {said} after {sum(self.by_points)} pairs, log-likelihood ratio "
            f"{self.ratio:.2f} in [{low:.2f}, {high:.2f}], pairs by points "
            f"{'-'.join(map(str, self.by_points))}"
        )


def log_likelihood_ratio(by_points: Sequence[int], elo0: float, elo1: float) -> float:
    """Of mean `expected_score(elo1)` against mean `expected_score(elo0)`; 0 without pairs."""
    if not any(by_points):
        return 0.0
    counts = [max(float(count), _UNSEEN) for count in by_points]
    return _log_likelihood(counts, expected_score(elo1)) - _log_likelihood(
        counts, expected_score(elo0)
    )


def _log_likelihood(counts: Sequence[float], mean: float) -> float:
    """The greatest of five frequencies of that mean, up to a constant.

    The likeliest are `counts / (n * (1 + t * (points - mean)))` with the `t` that gives them the
    mean: the zero of a falling function on the interval in which all five are positive. Newton's
    steps, halving the interval where one would leave it.
    """
    terms = [(count, points - mean) for count, points in zip(counts, _POINTS, strict=True)]
    low, high, tilt = -1 / terms[-1][1], -1 / terms[0][1], 0.0
    for _ in range(200):
        value = sum(count * away / (1 + tilt * away) for count, away in terms)
        slope = -sum(count * (away / (1 + tilt * away)) ** 2 for count, away in terms)
        low, high = (tilt, high) if value > 0 else (low, tilt)
        step = tilt - value / slope
        before, tilt = tilt, step if low < step < high else (low + high) / 2
        if abs(tilt - before) < _FINE:
            break
    return -sum(count * math.log1p(tilt * away) for count, away in terms)
