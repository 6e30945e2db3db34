"""Loss on self-play games that were never learned from: the folder `heldout` of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluator
from agents.search import average_evaluation
from go_engine import GameState, IllegalMoveError, Rules
from selfplay.records import GameRecord, RecordError, read_records

__all__ = ["HELD_OUT_POSITIONS", "HeldOutLoss", "held_out_loss", "read_held_out"]

HELD_OUT_POSITIONS: Final = 500
"""Positions looked at, drawn at random; all of them where there are fewer."""

_LEAST: Final = 1e-6  # probabilities below count as this in logarithms
_SEED: Final = 2026


@dataclass(frozen=True, slots=True)
class HeldOutLoss:
    """A raw network's mean losses, each position averaged over the board's symmetries first.

    Attributes:
        positions: how many were looked at.
        policy: Kullback-Leibler divergence of the policy from the search's, in nats.
        value: cross-entropy of the expected result with the result (a draw is 0.5), in nats.
        score: absolute error of the expected margin, in points.
    """

    positions: int
    policy: float
    value: float
    score: float


def read_held_out(folder: Path, board_size: int) -> tuple[list[GameRecord], list[str]]:
    """The finished games on boards of that size in `folder/*.npz`, and a line about each file that
    cannot be used. No folder holds no games.

    Raises:
        OSError: if the folder cannot be read.
    """
    records: list[GameRecord] = []
    warnings: list[str] = []
    for path in sorted(folder.glob("*.npz")):
        try:
            games = read_records(path)
        except RecordError as error:
            warnings.append(str(error))
            continue
        records += [game for game in games if game.finished and game.board_size == board_size]
    return records, warnings


def held_out_loss(evaluator: Evaluator, records: Sequence[GameRecord]) -> HeldOutLoss | None:
    """The losses on positions of `records` that carry a search's policy; None if there are none.

    A game with an illegal move counts up to that move.
    """
    wanted = _drawn(records)
    rows = [
        _losses(evaluator, record, state, ply)
        for record, plies in wanted
        for ply, state in _positions(record, plies)
    ]
    if not rows:
        return None
    policy, value, score = np.mean(rows, axis=0).tolist()
    return HeldOutLoss(len(rows), policy, value, score)


def _drawn(records: Sequence[GameRecord]) -> list[tuple[GameRecord, set[int]]]:
    """Games and the plies looked at in each, drawn at random, always the same for equal games."""
    places = [
        (game, int(ply))
        for game, record in enumerate(records)
        for ply in np.flatnonzero(record.policies.astype(np.float32).sum(axis=1) > 0.5)
    ]
    order = np.random.default_rng(_SEED).permutation(len(places))[:HELD_OUT_POSITIONS]
    plies: dict[int, set[int]] = {}
    for i in sorted(order):
        plies.setdefault(places[i][0], set()).add(places[i][1])
    return [(records[game], found) for game, found in plies.items()]


def _positions(record: GameRecord, plies: set[int]) -> Iterator[tuple[int, GameState]]:
    """The state before each of `plies`; one state is reused."""
    state = GameState(Rules(record.board_size, komi=record.komi))
    for ply, move in enumerate(record.moves.tolist()):
        if state.is_over:
            return
        if ply in plies:
            yield ply, state
        try:
            state.play(move)
        except IllegalMoveError:
            return


def _losses(
    evaluator: Evaluator, record: GameRecord, state: GameState, ply: int
) -> tuple[float, float, float]:
    """(policy, value, score) losses of one position; see `HeldOutLoss`."""
    policy, value, score, _ = average_evaluation(evaluator, state)
    target = record.policies[ply].astype(np.float64)
    target /= target.sum()
    margin = record.black_score - record.komi
    result = (1 + np.sign(margin) * state.to_play) / 2
    sure = min(max(value, _LEAST), 1 - _LEAST)
    cross = -(result * np.log(sure) + (1 - result) * np.log(1 - sure))
    error = abs(score - record.black_score * state.to_play)
    return _divergence(target, policy), float(cross), error


def _divergence(target: NDArray[np.float64], policy: NDArray[np.float64]) -> float:
    seen = target > 0
    return float((target[seen] * np.log(target[seen] / np.maximum(policy[seen], _LEAST))).sum())
