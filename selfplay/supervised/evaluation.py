"""How well any move predictor agrees with the moves that experts played."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, TypedDict

import numpy as np
from numpy.typing import NDArray

from agents.base import MovePredictor
from go_engine.sgf import SgfGame
from selfplay.supervised.labelled import Progress, labelled_positions, position_key

__all__ = ["Agreement", "evaluate_predictor", "expected_hits"]

_LEAST: Final = 1e-9
"""Probabilities below count as this in the log-loss, so that one impossible move is no infinity."""


class Agreement(TypedDict):
    """Agreement with the moves played.

    `positions` is their number; `top1` and `top3` the shares of positions in which the move played
    is the likeliest, or among the three likeliest; `log_loss` the mean of -ln P(move played).
    """

    positions: int
    top1: float
    top3: float
    log_loss: float


def expected_hits(probabilities: NDArray[np.float64], move: int, best: int) -> float:
    """Chance that `move` is among the `best` likeliest if ties are broken by lot.

    Symmetric positions tie exactly, so counting ties as hits, or as misses, would be wrong.
    """
    p = probabilities[move]
    if p <= 0.0:
        return 0.0
    above = int((probabilities > p).sum())
    tied = int((probabilities == p).sum())
    return min(max((best - above) / tied, 0.0), 1.0)


def evaluate_predictor(
    predictor: MovePredictor,
    games: Sequence[SgfGame],
    *,
    known: Collection[int] = frozenset(),
    progress: Progress | None = None,
) -> Agreement:
    """Agreement of `predictor` with every move of `games`, passes included.

    Args:
        predictor: anything with `move_probabilities`.
        games: labelled games; none of them should have been trained on.
        known: `position_key`s of positions to leave out, such as those seen in training.
        progress: called now and then.

    Raises:
        ValueError: if no position is left.
    """
    top1 = top3 = loss = 0.0
    count = 0
    for done, game in enumerate(games):
        for state, move in labelled_positions(game):
            if known and position_key(state) in known:
                continue
            probabilities = predictor.move_probabilities(state)
            top1 += expected_hits(probabilities, move, 1)
            top3 += expected_hits(probabilities, move, 3)
            loss -= float(np.log(max(float(probabilities[move]), _LEAST)))
            count += 1
        if progress:
            progress("comparing with the moves played", done + 1, len(games))
    if count == 0:
        raise ValueError("no position to compare on")
    return Agreement(positions=count, top1=top1 / count, top3=top3 / count, log_loss=loss / count)
