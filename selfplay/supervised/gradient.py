"""The loss of a conditional logit and its gradient, by kernel: what autograd would give, without
making tables of all candidates of a batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import kernel

__all__ = ["add_gradient", "add_soft_gradient", "score_candidates"]


@kernel
def score_candidates(
    hand: NDArray[np.uint8],
    patterns: NDArray[np.int32],
    offsets: NDArray[np.int64],
    weights: NDArray[np.float32],
    first: int,
    scores: NDArray[np.float64],
) -> None:
    """Write the scores of the candidates from row `first` on, as many as `scores` holds.

    `hand [M, H]` and `patterns [M, F - H]` are the levels, `offsets [F + 1]` where each family's
    `weights` begin.
    """
    num_hand = hand.shape[1]
    for i in range(scores.size):
        total = 0.0
        for f in range(num_hand):
            total += weights[offsets[f] + hand[first + i, f]]
        for f in range(patterns.shape[1]):
            total += weights[offsets[num_hand + f] + patterns[first + i, f]]
        scores[i] = total


@kernel
def _add(
    hand: NDArray[np.uint8],
    patterns: NDArray[np.int32],
    offsets: NDArray[np.int64],
    row: int,
    amount: float,
    gradient: NDArray[np.float32],
) -> None:
    num_hand = hand.shape[1]
    for f in range(num_hand):
        gradient[offsets[f] + hand[row, f]] += amount
    for f in range(patterns.shape[1]):
        gradient[offsets[num_hand + f] + patterns[row, f]] += amount


@kernel
def _into_probabilities(scores: NDArray[np.float64]) -> None:
    highest = scores.max()
    total = 0.0
    for i in range(scores.size):
        scores[i] = np.exp(scores[i] - highest)
        total += scores[i]
    for i in range(scores.size):
        scores[i] /= total


@kernel
def add_gradient(
    hand: NDArray[np.uint8],
    patterns: NDArray[np.int32],
    starts: NDArray[np.int64],
    played: NDArray[np.int64],
    positions: NDArray[np.int64],
    offsets: NDArray[np.int64],
    weights: NDArray[np.float32],
    gradient: NDArray[np.float32],
) -> tuple[float, int]:
    """Add to `gradient` that of the mean of -ln P(move played) over `positions`.

    Returns the sum of -ln P, and in how many positions the move played is the likeliest (ties are
    misses). Arrays as in `Candidates`; an empty `gradient` is left alone.
    """
    loss = 0.0
    hits = 0
    for position in positions:
        first, end = starts[position], starts[position + 1]
        scores = np.empty(end - first, np.float64)
        score_candidates(hand, patterns, offsets, weights, first, scores)
        own = scores[played[position]]
        better = 0
        for i in range(scores.size):
            better += scores[i] >= own
        hits += better == 1
        _into_probabilities(scores)
        loss -= np.log(max(scores[played[position]], 1e-300))
        if gradient.size == 0:
            continue
        for i in range(scores.size):
            amount = scores[i] - (1.0 if i == played[position] else 0.0)
            _add(hand, patterns, offsets, first + i, amount / positions.size, gradient)
    return loss, hits


@kernel
def add_soft_gradient(
    hand: NDArray[np.uint8],
    patterns: NDArray[np.int32],
    starts: NDArray[np.int64],
    targets: NDArray[np.float32],
    positions: NDArray[np.int64],
    offsets: NDArray[np.int64],
    weights: NDArray[np.float32],
    gradient: NDArray[np.float32],
) -> float:
    """As `add_gradient`, for the cross-entropy with a distribution over the candidates of each
    position: `targets [M]`, each position's summing to 1. Returns the sum of cross-entropies."""
    loss = 0.0
    for position in positions:
        first, end = starts[position], starts[position + 1]
        scores = np.empty(end - first, np.float64)
        score_candidates(hand, patterns, offsets, weights, first, scores)
        _into_probabilities(scores)
        for i in range(scores.size):
            wanted = targets[first + i]
            if wanted > 0.0:
                loss -= wanted * np.log(max(scores[i], 1e-300))
            amount = (scores[i] - wanted) / positions.size
            _add(hand, patterns, offsets, first + i, amount, gradient)
    return loss
