"""How well any move predictor agrees with the moves that experts played."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, TypedDict

import numpy as np
from numpy.typing import NDArray

from agents.base import MovePredictor
from go_engine.sgf import SgfGame
from selfplay.supervised.labelled import Progress, labelled_positions, position_key

__all__ = ["Agreement", "evaluate_both", "evaluate_predictor", "expected_hits"]

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


class _Tally:
    """Sums over positions."""

    def __init__(self) -> None:
        self.count = 0
        self._top1 = self._top3 = self._loss = 0.0

    def add(self, probabilities: NDArray[np.float64], move: int) -> None:
        self._top1 += expected_hits(probabilities, move, 1)
        self._top3 += expected_hits(probabilities, move, 3)
        self._loss -= float(np.log(max(float(probabilities[move]), _LEAST)))
        self.count += 1

    def agreement(self) -> Agreement:
        if self.count == 0:
            raise ValueError("no position to compare on")
        n = self.count
        return Agreement(
            positions=n, top1=self._top1 / n, top3=self._top3 / n, log_loss=self._loss / n
        )


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
    tally = _Tally()
    for done, game in enumerate(games):
        for state, move in labelled_positions(game):
            if not known or position_key(state) not in known:
                tally.add(predictor.move_probabilities(state), move)
        if progress:
            progress("comparing with the moves played", done + 1, len(games))
    return tally.agreement()


def evaluate_both(
    predictor: MovePredictor,
    games: Sequence[SgfGame],
    known: Collection[int],
    progress: Progress | None = None,
) -> tuple[Agreement, Agreement | None]:
    """Agreement on all positions, and on those that are not `known` (None if all are), asking the
    predictor about each once.

    Raises:
        ValueError: if there is no position.
    """
    everything, new = _Tally(), _Tally()
    for done, game in enumerate(games):
        for state, move in labelled_positions(game):
            probabilities = predictor.move_probabilities(state)
            everything.add(probabilities, move)
            if position_key(state) not in known:
                new.add(probabilities, move)
        if progress:
            progress("comparing with the moves played", done + 1, len(games))
    return everything.agreement(), new.agreement() if new.count else None
