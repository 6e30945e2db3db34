"""Bradley-Terry ratings on the Elo scale, with intervals that stay honest at 0 and 100 %.

Model (Bradley & Terry 1952): A takes a point from B with probability `1 / (1 + 10**(-d / 400))`,
`d` their difference in Elo; a draw is half a point each way. Ratings maximise the likelihood, after
every two agents that met have been credited with `prior_draws` drawn games (1 by default): that
keeps an unbeaten agent's rating finite (100 wins of 100 read as +921 Elo), and for two agents it is
the usual correction of an estimated log-odds (half a success and half a failure added: Haldane
1956, Anscombe 1956).

Intervals are by profile likelihood: all differences `d` that, with every other rating fitted anew,
make `2 * (best log-likelihood - log-likelihood(d))` at most the chi-squared quantile (3.84 for
95 %) times a dispersion. The dispersion is Pearson's over colour-swapped pairs: how far the pairs'
points scatter, relative to two independent games; never taken below 1 (so draws, and colours that
decide, make intervals wider than they need be, never narrower). Each end is the wider of two, with
the prior and without: at lopsided scores the first alone cuts the far end too short, the second
the near one. Where an agent was never stopped by anyone (or by no one that leads back to the
other) the data set no upper bound; the one then given is the prior's alone, and `open_above` says
so (`open_below` likewise).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ELO_PER_NAT",
    "Interval",
    "PairPoints",
    "Ratings",
    "expected_score",
    "fit_ratings",
    "wilson_interval",
]

ELO_PER_NAT: Final = 400.0 / math.log(10.0)
"""Elo per unit of log-odds, 173.7."""

_Z95: Final = 1.959963984540054
_CHI2_95: Final = _Z95 * _Z95
_FAR: Final = 40.0  # log-odds (6,900 Elo) beyond which no bound is looked for
_NEWTON_FINE: Final = 1e-9  # log-odds; a step shorter than this ends Newton's method
_FINE: Final = 1e-4  # standard deviations to which bounds are found
_RIDGE: Final = 1e-9  # makes the likelihood strictly concave; worth under 0.0001 Elo


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95 % interval.

    Attributes:
        estimate: the value, inside or at an end of the interval.
        low: lower end.
        high: upper end.
        open_above: the data set no upper bound; `high` comes from the prior.
        open_below: the data set no lower bound; `low` comes from the prior.
    """

    estimate: float
    low: float
    high: float
    open_above: bool = False
    open_below: bool = False

    def raised(self, by: float) -> Interval:
        """The interval with `by` added to all its numbers."""
        return replace(self, estimate=self.estimate + by, low=self.low + by, high=self.high + by)


@dataclass(frozen=True, slots=True)
class PairPoints:
    """What two games with swapped colours (or one game alone) gave.

    Attributes:
        a: index of one agent.
        b: index of the other.
        points: what `a` got in sum, in halves, from 0 to `games`.
        games: 2 for a whole pair, 1 where only one of its games counts.
    """

    a: int
    b: int
    points: float
    games: int = 2


def expected_score(elo_difference: float) -> float:
    """The share of points that a player so much stronger takes."""
    return 1.0 / (1.0 + math.exp(-elo_difference / ELO_PER_NAT))


def wilson_interval(points: float, games: int) -> Interval:
    """The share `points / games` with Wilson's 95 % score interval (Wilson 1927).

    Draws may be counted in `points` as halves; the interval is then wider than it need be. Without
    games the answer is 0.5 in [0, 1].

    Raises:
        ValueError: if `points` is not in [0, games].
    """
    if not 0 <= points <= games:
        raise ValueError(f"points must lie between 0 and {games}, not {points}")
    if games == 0:
        return Interval(0.5, 0.0, 1.0)
    share, z2 = points / games, _CHI2_95 / games
    centre = (share + z2 / 2) / (1 + z2)
    half = math.sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2)
    return Interval(share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))


@dataclass(frozen=True, slots=True)
class Ratings:
    """Fitted ratings; see the module's text for the model.

    Attributes:
        theta: `float64 [K]`, ratings in log-odds, the anchor's 0; NaN for an agent that no chain of
            games links to the anchor.
        anchor: index of the agent whose rating is 0.
        weights: `float64 [K, K]`, points that row took from column, the prior's included.
        taken: `float64 [K, K]`, the same without the prior.
        dispersion: Pearson's dispersion of pairs, at least 1.
    """

    theta: NDArray[np.float64]
    anchor: int
    weights: NDArray[np.float64]
    taken: NDArray[np.float64]
    dispersion: float

    def elo(self, agent: int) -> float | None:
        """Elo above the anchor; None if nothing links the two."""
        value = float(self.theta[agent]) * ELO_PER_NAT
        return None if math.isnan(value) else value

    def elo_interval(self, agent: int, other: int | None = None) -> Interval | None:
        """Elo of `agent` above `other` (the anchor if None) with its 95 % interval.

        None if no chain of games links the two, or they are one agent.
        """
        base = self.anchor if other is None else other
        linked = _reachable(self.taken + self.taken.T, agent)
        if agent == base or not linked[base]:
            return None
        keep = np.flatnonzero(linked)
        weights = self.weights[np.ix_(keep, keep)]
        i, j = int(np.searchsorted(keep, agent)), int(np.searchsorted(keep, base))
        open_above = not _reachable(self.taken.T, agent)[base]
        open_below = not _reachable(self.taken.T, base)[agent]
        taken = self.taken[np.ix_(keep, keep)]
        threshold = _CHI2_95 * self.dispersion
        likely, plain = _Profile(weights, i, j, threshold), _Profile(taken, i, j, threshold)
        low, high = likely.bound(-1), likely.bound(1)
        return Interval(
            estimate=likely.estimate * ELO_PER_NAT,
            low=(low if open_below else min(low, plain.bound(-1))) * ELO_PER_NAT,
            high=(high if open_above else max(high, plain.bound(1))) * ELO_PER_NAT,
            open_above=open_above,
            open_below=open_below,
        )

    def superiority(self, agent: int, other: int) -> float | None:
        """How likely `agent` is the stronger: the normal probability of the signed root of the
        profile deviance at equal strength, over the dispersion. None if nothing links the two."""
        difference = float(self.theta[agent] - self.theta[other])
        if math.isnan(difference):
            return None
        keep = np.flatnonzero(~np.isnan(self.theta))
        i, j = (int(np.flatnonzero(keep == index)[0]) for index in (agent, other))
        root = _Profile(self.weights[np.ix_(keep, keep)], i, j, 0.0).root_deviance(0.0)
        z = math.copysign(root, difference) / math.sqrt(self.dispersion)
        return 0.5 * math.erfc(-z / math.sqrt(2))


def fit_ratings(
    num_agents: int, pairs: Iterable[PairPoints], anchor: int = 0, prior_draws: float = 1.0
) -> Ratings:
    """Maximum-likelihood ratings of `num_agents` agents from `pairs`.

    Args:
        num_agents: K; agents are numbered from 0.
        pairs: the results; their order does not matter.
        anchor: the agent whose rating is 0.
        prior_draws: drawn games credited to every two agents that met; 0 is plain maximum
            likelihood, which has no finite answer if some agents never lost a point to the rest.

    Raises:
        ValueError: for an agent out of range or playing itself, points outside [0, games], or if
            no finite ratings exist.
    """
    results = list(pairs)
    taken = np.zeros((num_agents, num_agents))
    for pair in results:
        if not (0 <= pair.a < num_agents and 0 <= pair.b < num_agents) or pair.a == pair.b:
            raise ValueError(f"a pair between agents {pair.a} and {pair.b} of {num_agents}")
        if not 0 <= pair.points <= pair.games:
            raise ValueError(f"points must lie between 0 and {pair.games}, not {pair.points}")
        taken[pair.a, pair.b] += pair.points
        taken[pair.b, pair.a] += pair.games - pair.points
    weights = taken + prior_draws / 2 * ((taken + taken.T) > 0)
    keep = np.flatnonzero(_reachable(taken + taken.T, anchor))
    if not all(_reachable(weights, anchor)[keep]) or not all(_reachable(weights.T, anchor)[keep]):
        raise ValueError("no finite ratings without a prior: some agents took every point")
    theta = np.full(num_agents, np.nan)
    start = np.zeros(keep.size)
    theta[keep] = _maximise(weights[np.ix_(keep, keep)], start, keep != anchor)
    return Ratings(theta, anchor, weights, taken, _dispersion(results, theta, keep.size))


def _reachable(edges: NDArray[np.float64], start: int) -> NDArray[np.bool_]:
    """`bool [K]`: which agents a path of positive `edges[from, to]` leads to from `start`."""
    found = np.zeros(edges.shape[0], bool)
    found[start] = True
    while True:
        grown = found | (edges[found] > 0).any(axis=0)
        if (grown == found).all():
            return found
        found = grown


def _dispersion(pairs: Sequence[PairPoints], theta: NDArray[np.float64], linked: int) -> float:
    """Pearson's statistic of whole pairs over its degrees of freedom, at least 1."""
    squares = expected_squares = 0.0
    count = 0
    for pair in pairs:
        share = 1.0 / (1.0 + math.exp(theta[pair.b] - theta[pair.a]))
        if pair.games != 2 or math.isnan(share):
            continue
        squares += (pair.points - 2 * share) ** 2
        expected_squares += 2 * share * (1 - share)
        count += 1
    freedom = count - (linked - 1)
    if freedom < 1 or expected_squares == 0.0:
        return 1.0
    return max(1.0, squares / expected_squares * count / freedom)


def _log_likelihood(weights: NDArray[np.float64], theta: NDArray[np.float64]) -> float:
    difference = theta[:, None] - theta[None, :]
    ridge = _RIDGE / 2 * float(theta @ theta)
    return float(-(weights * np.logaddexp(0.0, -difference)).sum()) - ridge


def _maximise(
    weights: NDArray[np.float64], start: NDArray[np.float64], free: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The ratings `[K]` of greatest likelihood with those not `free` held at `start`.

    Newton's method; the likelihood is concave, a step that would lower it is halved.
    """
    theta = start.copy()
    games = weights + weights.T
    value = _log_likelihood(weights, theta)
    for _ in range(200):
        share = 1.0 / (1.0 + np.exp(theta[None, :] - theta[:, None]))
        slope = ((weights - games * share).sum(axis=1) - _RIDGE * theta)[free]
        if slope.size == 0:
            break
        curve = games * share * (1 - share)
        information = (np.diag(curve.sum(axis=1) + _RIDGE) - curve)[np.ix_(free, free)]
        step = np.zeros_like(theta)
        step[free] = np.clip(np.linalg.solve(information, slope), -5.0, 5.0)
        if np.abs(step).max() < _NEWTON_FINE:
            break
        scale, rounding = 1.0, 1e-13 * (1.0 - value)
        while scale > 1e-12:
            trial = theta + scale * step
            trial_value = _log_likelihood(weights, trial)
            if trial_value >= value - rounding:
                break
            scale /= 2
        else:
            break
        theta, value = trial, trial_value
    return theta


class _Profile:
    """The likelihood of a difference `theta[i] - theta[j]`, all other ratings fitted anew."""

    def __init__(self, weights: NDArray[np.float64], i: int, j: int, threshold: float) -> None:
        places = np.arange(weights.shape[0])
        best = _maximise(weights, np.zeros(places.size), places != j)
        self.estimate = float(best[i])
        self._weights, self._i = weights, i
        self._free = (places != i) & (places != j)
        self._top = _log_likelihood(weights, best)
        self._threshold = threshold
        self._best = self._near = best

    def bound(self, direction: float) -> float:
        """Where the deviance reaches the threshold below (-1) or above (1) the estimate."""
        self._near = self._best
        step = math.sqrt(self._threshold / max(self._information(), 1e-3))
        return _crossing(self._excess, self.estimate, direction * step)

    def _information(self) -> float:
        """Curvature of the profile at its top, for a first guess: by a small step to the side."""
        self._near = self._best
        return ((self._excess(self.estimate + 0.01) + math.sqrt(self._threshold)) / 0.01) ** 2

    def _excess(self, difference: float) -> float:
        """Root of the deviance at `difference`, less the threshold's root.

        The root is nearly straight in `difference`, so that a secant finds its zero in a few steps.
        """
        return self.root_deviance(difference) - math.sqrt(self._threshold)

    def root_deviance(self, difference: float) -> float:
        """Root of twice the log-likelihood that `difference` costs."""
        held = self._near.copy()
        held[self._i] = difference
        self._near = _maximise(self._weights, held, self._free)
        return math.sqrt(max(0.0, 2 * (self._top - _log_likelihood(self._weights, self._near))))


def _crossing(excess: Callable[[float], float], start: float, step: float) -> float:
    """Where `excess`, negative at `start` and growing away from it, becomes 0.

    Steps out, first by `step` (its sign is the direction), until the zero is bracketed; then
    regula falsi with the Illinois rule.
    """
    inside, low = start, excess(start)
    while (high := excess(start + step)) < 0:
        inside, low = start + step, high
        if abs(step) > _FAR:
            return inside
        step *= 2
    outside = start + step
    for _ in range(60):
        middle = (inside * high - outside * low) / (high - low)
        value = excess(middle)
        if abs(value) < _FINE:
            return middle
        if value > 0:
            outside, high, low = middle, value, low / 2
        else:
            inside, low, high = middle, value, high / 2
    return (inside + outside) / 2
