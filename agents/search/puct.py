"""The formulas of PUCT search, each in one pure function.

Published constants are for results in [-1, 1]; ours lie in [0, 1], half as wide, so whatever is
added to them is halved here. Sources: Silver et al. 2018 (AlphaZero, supplementary pseudocode) and
Wu 2019, "Accelerating Self-Play Learning in Go" (KataGo), sections 2 and 3.2.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import inlined_kernel, kernel
from go_engine.rng import Stream, draw_uniform

__all__ = [
    "DIRICHLET_TOTAL",
    "draw_dirichlet",
    "draw_gamma",
    "exploration",
    "forced_visits",
    "prune_visits",
    "puct_score",
    "unvisited_value",
]

C_BASE: Final = 19652.0
"""Visits after which the exploration constant has grown by ln 2 (AlphaZero)."""

DIRICHLET_TOTAL: Final = 0.03 * 361
"""Sum of the Dirichlet parameters over a root's legal moves (Wu 2019: 0.03 each on 19x19)."""


@inlined_kernel
def exploration(node_visits: int, c_puct: float) -> float:
    """What a move's `prior / (1 + visits)` is multiplied by: `C(N) sqrt(N) / 2`, with
    `C(N) = c_puct + ln((1 + N + C_BASE) / C_BASE)`; `node_visits` counts the node's own."""
    growth = np.log((1.0 + node_visits + C_BASE) / C_BASE)
    return float(0.5 * (c_puct + growth) * np.sqrt(float(node_visits)))


@inlined_kernel
def puct_score(q: float, prior: float, visits: int, explore: float) -> float:
    """Q + U of a move, `explore` as `exploration` gives it."""
    return q + explore * prior / (1.0 + visits)


@inlined_kernel
def unvisited_value(mean: float, explored: float, reduction: float) -> float:
    """The q given to moves not yet visited (first play urgency): the node's mean utility, less
    `reduction / 2` times the root of the prior that its visited moves have together."""
    return float(mean - 0.5 * reduction * np.sqrt(explored))


@inlined_kernel
def forced_visits(prior: float, total: int, factor: float) -> float:
    """Visits that a root move once visited is sure of: `sqrt(factor prior total)`, `total` being
    the visits of all root moves."""
    return float(np.sqrt(factor * prior * total))


@kernel
def prune_visits(
    visits: NDArray[np.int32],
    qvalues: NDArray[np.float32],
    prior: NDArray[np.float32],
    c_puct: float,
    factor: float,
    out: NDArray[np.float32],
) -> None:
    """Visits without those that were only forced, into `out [A]` (policy target pruning).

    Every move but the most visited one gives back up to its `forced_visits`, as long as its score
    stays below that move's; one that is left with a single visit gives back that too. `visits`,
    `qvalues` (read where visited) and `prior` (noise included) are `[A]`.
    """
    total, most = 0, 0
    for a in range(visits.shape[0]):
        total += visits[a]
        most = a if visits[a] > visits[most] else most
    explore = exploration(1 + total, c_puct)
    best = puct_score(qvalues[most], prior[most], visits[most], explore)
    for a in range(visits.shape[0]):
        left = visits[a]
        if left > 0 and a != most:
            lowest = left - forced_visits(prior[a], total, factor)
            while left > 0 and left - 1 >= lowest:
                if puct_score(qvalues[a], prior[a], left - 1, explore) >= best:
                    break
                left -= 1
            if left == 1 and visits[a] > 1:
                left = 0
        out[a] = left


@kernel
def draw_gamma(stream: Stream, shape: float) -> float:
    """A Gamma(shape, 1) variate.

    Whole parts of `shape` are exponential variates; the rest is algorithm GS of Ahrens and Dieter
    1974, "Computer methods for sampling from gamma, beta, Poisson and binomial distributions".
    """
    total = 0.0
    while shape >= 1.0:
        total -= np.log(1.0 - draw_uniform(stream))
        shape -= 1.0
    bound = 1.0 + shape / np.e
    accepted = shape <= 0.0
    while not accepted:
        p, u = bound * draw_uniform(stream), 1.0 - draw_uniform(stream)
        if p <= 1.0:
            x = p ** (1.0 / shape)
            accepted = u <= np.exp(-x)
        else:
            x = -np.log((bound - p) / shape)
            accepted = u <= x ** (shape - 1.0)
        if accepted:
            total += x
    return float(total)


@kernel
def draw_dirichlet(stream: Stream, logits: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """A Dirichlet variate over the moves of finite logit into `out [A]`; it sums to 1 there.

    All parameters are `DIRICHLET_TOTAL` over the number of such moves (at least one).
    """
    legal = 0
    for a in range(logits.shape[0]):
        legal += logits[a] > -np.inf
    total = 0.0
    while total <= 0.0:  # all may round to 0, if hardly ever
        total = 0.0
        for a in range(logits.shape[0]):
            drawn = draw_gamma(stream, DIRICHLET_TOTAL / legal) if logits[a] > -np.inf else 0.0
            out[a] = drawn
            total += out[a]
    for a in range(logits.shape[0]):
        out[a] /= total
