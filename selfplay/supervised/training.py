"""Training the told move model on labelled games: conditional logit with L2, by torch's Adam on
gradients from a kernel (twenty times as fast as autograd over tables of candidates)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.told.model import MoveModel, family_offsets
from agents.told.pattern_tables import PatternTables
from selfplay.supervised.fit import EpochReport, Fit, TrainConfig
from selfplay.supervised.gradient import add_gradient
from selfplay.supervised.labelled import Progress
from selfplay.supervised.reading import Candidates

__all__ = ["Trained", "anchored", "measure", "train_model"]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A model and how it came about; `interrupted` if Ctrl-C ended the training early."""

    model: MoveModel
    epochs: tuple[EpochReport, ...]
    interrupted: bool


def measure(
    weights: NDArray[np.float32],
    data: Candidates,
    offsets: NDArray[np.int64],
    positions: NDArray[np.int64] | None = None,
) -> tuple[float, float]:
    """Mean log-loss and top-1 (ties are misses) in these positions, or in all."""
    some = np.arange(data.positions) if positions is None else positions
    nothing = np.empty(0, np.float32)
    loss, hits = add_gradient(*data.arrays(), some, offsets, weights, nothing)
    return loss / some.size, hits / some.size


def train_model(
    train: Candidates,
    held_out: Candidates,
    tables: PatternTables,
    config: TrainConfig,
    rng: np.random.Generator,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> Trained:
    """Weights that make the moves played likely: mean of -ln P(move played) plus L2, minimised.

    Ctrl-C ends it with the weights reached so far. With a `folder` every epoch is kept there, and
    a fit of the same settings that was cut off goes on after its last one.

    Raises:
        ValueError: if the loss stops being a finite number.
    """
    offsets = family_offsets(tables)
    fit = Fit(int(offsets[-1]), config, -(-train.positions // config.batch_size))
    epochs = rng.spawn(config.epochs)
    if folder:
        fit.load(folder)
    interrupted = False
    try:
        while len(fit.reports) < config.epochs:
            loss = _one_epoch(fit, train, offsets, epochs[len(fit.reports)], progress)
            held = measure(fit.values, held_out, offsets)
            fit.reports.append(EpochReport(len(fit.reports) + 1, loss, *held))
            if folder:
                fit.save(folder)
    except KeyboardInterrupt:
        interrupted = True
    model = MoveModel(anchored(fit.values, offsets), tables, config.playouts)
    return Trained(model, tuple(fit.reports), interrupted)


def _one_epoch(
    fit: Fit,
    train: Candidates,
    offsets: NDArray[np.int64],
    rng: np.random.Generator,
    progress: Progress | None,
) -> float:
    """Step through all positions in random order; the mean loss while it went."""
    config, done = fit.config, len(fit.reports)
    order = rng.permutation(train.positions)
    total = 0.0
    for step in range(fit.steps):
        batch = order[step * config.batch_size : (step + 1) * config.batch_size]
        gradient = 2.0 * config.l2 * fit.values
        loss, _ = add_gradient(*train.arrays(), batch, offsets, fit.values, gradient)
        total += loss
        fit.step(loss, gradient)
        if progress:
            progress("fitting", done * fit.steps + step + 1, fit.steps * config.epochs)
    return total / train.positions


def anchored(weights: NDArray[np.float32], offsets: NDArray[np.int64]) -> NDArray[np.float32]:
    """The same model with every family's level 0 at 0.

    Each candidate has exactly one level in each family, so adding a number to a whole family adds
    it to all scores of a position and changes no probability.
    """
    anchored = weights.copy()
    for begin, end in pairwise(offsets):
        anchored[begin:end] -= weights[begin]
    return anchored
