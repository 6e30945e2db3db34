"""Networks against what is proved: the opening of 5x5, and every position of 2x2 and 3x3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from agents.base import Evaluator
from agents.search import average_evaluation
from go_engine import BLACK, GameState, Rules
from go_engine.solving import ExactValues, exact_values

__all__ = ["EXACT_SIZES", "ExactAgreement", "OpeningTruth", "exact_agreement", "opening_truth"]

EXACT_SIZES: Final = (2, 3)
"""Boards of which every position is solved in seconds."""

_OPENING_KOMI: Final = 14.0  # between 3 and 25: the centre is then the only winning move
_EXACT_KOMI: Final = 0.5  # no draws
_EXACT_POSITIONS: Final = 300
_SEED: Final = 2026


@dataclass(frozen=True, slots=True)
class OpeningTruth:
    """What a raw network says of the empty 5x5 board, where Black is proved to win by 25 with the
    centre, and to lose with any other move at the komi asked about (14).

    Attributes:
        centre_prior: probability of the centre.
        value: Black's expected result, 0 to 1; proved: 1.
        score: Black's expected margin before komi, in points; proved: 25.
    """

    centre_prior: float
    value: float
    score: float


@dataclass(frozen=True, slots=True)
class ExactAgreement:
    """A raw network beside the proved values of a small board, each position the start of a game
    with Black to move and komi a half.

    Attributes:
        positions: how many were asked about.
        right: how often the side that the network expects to win is the proved winner.
        chance: what always naming the commoner winner would get, as a share.
        score_error: mean distance of the expected margin from the proved one, in points.
    """

    positions: int
    right: int
    chance: float
    score_error: float


def opening_truth(evaluator: Evaluator) -> OpeningTruth:
    """Ask about the empty board of 5x5."""
    state = GameState(Rules(5, komi=_OPENING_KOMI))
    policy, value, score, _ = average_evaluation(evaluator, state)
    return OpeningTruth(float(policy[12]), value, score)


def exact_agreement(
    evaluator: Evaluator, board_size: int, solve: Callable[[int], ExactValues] | None = None
) -> ExactAgreement:
    """Ask about some of the solved positions of 2x2 or 3x3, drawn at random, the same every time.

    `solve` gives the proved values; by default they are worked out once (seconds).

    Raises:
        ValueError: for another size.
    """
    values = (solve or _solved)(board_size)
    count = len(values.stones)
    chosen = np.random.default_rng(_SEED).permutation(count)[:_EXACT_POSITIONS]
    rules = Rules(board_size, komi=_EXACT_KOMI)
    right = wins = 0
    errors = []
    for i in chosen:
        state = GameState.from_stones(rules, values.stones[i], BLACK)
        _, value, score, _ = average_evaluation(evaluator, state)
        proved = int(values.black_scores[i])
        wins += proved > _EXACT_KOMI
        right += (value > 0.5) == (proved > _EXACT_KOMI)
        errors.append(abs(score - proved))
    share = wins / len(chosen)
    return ExactAgreement(len(chosen), right, max(share, 1 - share), float(np.mean(errors)))


@cache
def _solved(board_size: int) -> ExactValues:
    return exact_values(board_size)
