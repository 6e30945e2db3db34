"""Networks against what is proved: the opening of 5x5, every position of 2x2 and 3x3, and the
margin that perfect play ends with on small boards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from agents.base import Evaluator, Limits
from agents.search import ZeroAgent, average_evaluation
from go_engine import BLACK, GameState, Rules
from go_engine.solving import ExactValues, exact_values

__all__ = [
    "EXACT_SIZES",
    "TRUTHS",
    "ExactAgreement",
    "OpeningTruth",
    "PlayedValue",
    "Truth",
    "exact_agreement",
    "opening_truth",
    "played_value",
]

EXACT_SIZES: Final = (2, 3)
"""Boards of which every position is solved in seconds."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about best play on an empty board.

    Attributes:
        margin: Black's margin in points by area, before komi.
        proved: whether that is proved; else it is what strong searches found.
        source: where it stands.
        opening: the best first move, where it is the only one.
    """

    margin: int
    proved: bool
    source: str
    opening: str = ""

    @property
    def words(self) -> str:
        """`proved: +25`."""
        return f"{'proved' if self.proved else 'believed'}: {self.margin:+d}"


_SOLVED: Final = (
    "E. van der Werf, J. van den Herik and J. Uiterwijk, Solving Go on small boards, ICGA Journal "
    "26 (2003); 5x5 was solved in 2002"
)
_STRONG: Final = "strong evidence from large searches, not a proof"

TRUTHS: Final = {
    2: Truth(1, True, _SOLVED),
    3: Truth(9, True, _SOLVED),
    4: Truth(2, True, _SOLVED),
    5: Truth(25, True, _SOLVED, "the centre"),
    6: Truth(4, False, _STRONG),
    7: Truth(9, False, _STRONG),
}
"""Board size to what is known."""

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


@dataclass(frozen=True, slots=True)
class PlayedValue:
    """Games that a search with a network played against itself, from the empty board.

    Attributes:
        simulations: of every search.
        proved: the margin that perfect play ends with.
        margins: Black's margins before komi of three games: for the win at a komi half a point
            below the proved margin and half a point above it, and for points at no komi.
    """

    simulations: int
    proved: int
    margins: tuple[int, ...]

    @property
    def right(self) -> int:
        """How many ended as perfect play would."""
        return sum(margin == self.proved for margin in self.margins)


def played_value(evaluator: Evaluator, board_size: int, simulations: int) -> PlayedValue:
    """Have the search play the games of PlayedValue.

    Raises:
        ValueError: if nothing is proved of this board.
    """
    truth = TRUTHS.get(board_size)
    if truth is None or not truth.proved:
        raise ValueError(f"nothing is proved of {board_size}x{board_size}")
    margins = []
    for aim, komi in (("win", truth.margin - 0.5), ("win", truth.margin + 0.5), ("margin", 0.0)):
        player = ZeroAgent(simulations=simulations, aim=aim, evaluator=evaluator)
        state = GameState(Rules(board_size, komi=komi, max_moves=4 * board_size**2))
        rng = np.random.default_rng(_SEED)
        while not state.is_over:
            state.play(player.select_move(state, Limits(), rng).move)
        margins.append(state.black_score())
    return PlayedValue(simulations, truth.margin, tuple(margins))


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
