"""The formulas of Gumbel search, each in one pure function (Danihelka et al. 2022)."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import inlined_kernel, kernel

__all__ = [
    "completed_scores",
    "considered_visits",
    "improved_policy",
    "mixed_value",
    "q_scale",
    "softmax",
]

LEAST_PRIOR: Final = 1e-30
"""Stands for a prior of 0, so that a visited move of prior 0 does not divide by zero."""


@cache
def _schedule(num_considered: int, num_simulations: int) -> tuple[int, ...]:
    """Sequential halving (Karnin et al. 2013): for simulation `i`, the visit count that a root
    move must have to be looked at now.

    The candidates are visited equally often in rounds; after each round the better half goes on,
    until two are left, which share the rest.
    """
    if num_considered <= 1:
        return tuple(range(num_simulations))
    rounds = int(np.ceil(np.log2(num_considered)))
    visits = [0] * num_considered
    schedule: list[int] = []
    left = num_considered
    while len(schedule) < num_simulations:
        for _ in range(max(1, num_simulations // (rounds * left))):
            schedule.extend(visits[:left])
            for i in range(left):
                visits[i] += 1
        left = max(2, left // 2)
    return tuple(schedule[:num_simulations])


@cache
def considered_visits(max_considered: int, num_simulations: int) -> NDArray[np.int32]:
    """`int32 [max_considered + 1, num_simulations]`: row `m` is the schedule for `m` candidates."""
    rows = [_schedule(m, num_simulations) for m in range(max_considered + 1)]
    table = np.array(rows, np.int32).reshape(max_considered + 1, num_simulations)
    table.setflags(write=False)
    return table


@inlined_kernel
def softmax(logits: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Softmax of `logits [A]` into `out [A]`; -inf gives 0. At least one must be finite."""
    top = -np.inf
    for a in range(logits.shape[0]):
        top = max(top, logits[a])
    total = 0.0
    for a in range(logits.shape[0]):
        out[a] = np.exp(logits[a] - top) if logits[a] > -np.inf else 0.0
        total += out[a]
    for a in range(logits.shape[0]):
        out[a] /= total


@inlined_kernel
def q_scale(max_visits: int, c_visit: float, c_scale: float) -> float:
    """What a q in [0, 1] is multiplied by before it is added to a logit: sigma of eq. 8."""
    return (c_visit + max_visits) * c_scale


@inlined_kernel
def blend(raw_value: float, total_visits: int, prior_sum: float, weighted_q: float) -> float:
    """`mixed_value` from its sums over the visited moves: visits, priors, priors times q."""
    if total_visits > 0:
        raw_value = (raw_value + total_visits * weighted_q / prior_sum) / (1 + total_visits)
    return raw_value


@inlined_kernel
def mixed_value(
    raw_value: float,
    prior: NDArray[np.float32],
    visits: NDArray[np.int32],
    qvalues: NDArray[np.float32],
) -> float:
    """The value given to moves not yet visited, from the mover's side (appendix D, eq. 33).

    A blend of the network's `raw_value` and the prior-weighted q of the visited moves, the latter
    counting as often as there were visits. `prior`, `visits`, `qvalues` are `[A]`; `qvalues` are
    read where `visits > 0` only.
    """
    total_visits = 0
    prior_sum = 0.0
    weighted_q = 0.0
    for a in range(visits.shape[0]):
        if visits[a] > 0:
            total_visits += visits[a]
            p = max(prior[a], LEAST_PRIOR)
            prior_sum += p
            weighted_q += p * qvalues[a]
    return blend(raw_value, total_visits, prior_sum, weighted_q)


@inlined_kernel
def completed_scores(
    logits: NDArray[np.float32],
    visits: NDArray[np.int32],
    qvalues: NDArray[np.float32],
    raw_value: float,
    max_visits: int,
    c_visit: float,
    c_scale: float,
    prior: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> None:
    """logits + sigma(completed q) into `scores [A]`; `prior [A]` is the softmax of the logits.

    `max_visits` is the largest of `visits`, those included whose answers are still to come.
    """
    unvisited = mixed_value(raw_value, prior, visits, qvalues)
    scale = q_scale(max_visits, c_visit, c_scale)
    for a in range(logits.shape[0]):
        scores[a] = logits[a] + scale * (qvalues[a] if visits[a] > 0 else unvisited)


@kernel
def improved_policy(
    logits: NDArray[np.float32],
    visits: NDArray[np.int32],
    qvalues: NDArray[np.float32],
    raw_value: float,
    c_visit: float,
    c_scale: float,
    prior: NDArray[np.float32],
    scores: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """softmax(logits + sigma(completed q)) into `out [A]` (eq. 11); -inf logits stay at 0.

    `scores [A]` receives logits + sigma(completed q), `prior [A]` the softmax of the logits.
    """
    softmax(logits, prior)
    most = 0
    for a in range(visits.shape[0]):
        most = max(most, visits[a])
    completed_scores(logits, visits, qvalues, raw_value, most, c_visit, c_scale, prior, scores)
    softmax(scores, out)
