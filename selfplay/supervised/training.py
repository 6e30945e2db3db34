"""Training the told move model on labelled games: conditional logit with L2, by Adam."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from agents.told.features import NUM_FAMILIES, NUM_HAND
from agents.told.model import FeatureReader, MoveModel, family_offsets
from agents.told.patterns import NO_PATTERN, NUM_PATTERNS, PatternTables, look_up
from go_engine.sgf import SgfGame
from selfplay.supervised.labelled import Progress, labelled_positions

__all__ = [
    "Candidates",
    "EpochReport",
    "TrainConfig",
    "Trained",
    "harvest_patterns",
    "read_candidates",
    "train_model",
]


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a move model is trained.

    Attributes:
        epochs: passes over the training positions.
        batch_size: positions in one step.
        learning_rate: Adam's, falling to nothing along a half cosine.
        l2: strength of `l2 * |weights|^2`, added to the mean log-loss of the whole training set.
        min_seen: a pattern becomes a level if it was around a legal move of the training positions
            so many times, or
        min_played: if it was around the move played so many times.
        held_out: share of the games kept back for validation.
        seed: of the split and of the order of positions.
    """

    epochs: int = 8
    batch_size: int = 1024
    learning_rate: float = 0.02
    l2: float = 1e-6
    min_seen: int = 150
    min_played: int = 8
    held_out: float = 0.1
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "min_seen", "min_played"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0, not {self.learning_rate}")
        if not self.l2 >= 0:
            raise ValueError(f"l2 must be 0 or more, not {self.l2}")


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The legal moves of many positions as levels, position after position.

    Attributes:
        hand: `uint8 [M, NUM_HAND]`, levels of the hand-made families.
        patterns: `int32 [M, NUM_PATTERNS]`, levels of the pattern families.
        starts: `int64 [P + 1]`: position `i` owns the rows `starts[i]:starts[i + 1]`.
        played: `int64 [P]`, the row of the move played, counted from the position's first.
    """

    hand: NDArray[np.uint8]
    patterns: NDArray[np.int32]
    starts: NDArray[np.int64]
    played: NDArray[np.int64]

    @property
    def positions(self) -> int:
        """P, how many positions."""
        return int(self.played.size)


@dataclass(frozen=True, slots=True)
class EpochReport:
    """Mean log-loss after an epoch, on the training set (while it went) and on the held-out one,
    and the share of held-out moves that were the likeliest (ties are misses)."""

    epoch: int
    train_loss: float
    held_out_loss: float
    held_out_top1: float


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A model and how it came about; `interrupted` if Ctrl-C ended the training early."""

    model: MoveModel
    epochs: tuple[EpochReport, ...]
    interrupted: bool


# ---------------------------------------------------------------- games into arrays


def _readings(
    games: Sequence[SgfGame], what: str, progress: Progress | None
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64], int]]:
    """Levels, pattern codes and the played candidate's index, for every position."""
    readers: dict[int, FeatureReader] = {}
    for done, game in enumerate(games):
        size = game.rules.board_size
        reader = readers.setdefault(size, FeatureReader(size))
        for state, move in labelled_positions(game):
            moves, levels, codes = reader.read(state)
            yield levels, codes, int(np.searchsorted(moves, move))
        if progress:
            progress(what, done + 1, len(games))


def harvest_patterns(
    games: Sequence[SgfGame], config: TrainConfig, progress: Progress | None = None
) -> PatternTables:
    """The patterns that the games show often enough (see `TrainConfig`)."""
    seen = [_Counter() for _ in range(NUM_PATTERNS)]
    played = [_Counter() for _ in range(NUM_PATTERNS)]
    for _, codes, chosen in _readings(games, "collecting patterns", progress):
        for f in range(NUM_PATTERNS):
            seen[f].add(codes[:, f])
            played[f].add(codes[chosen : chosen + 1, f])
    families = []
    for f in range(NUM_PATTERNS):
        kept = np.union1d(seen[f].at_least(config.min_seen), played[f].at_least(config.min_played))
        families.append(kept[kept != NO_PATTERN])
    starts = np.concatenate([[0], np.cumsum([len(family) for family in families])])
    return PatternTables(np.concatenate(families).astype(np.int64), starts.astype(np.int64))


class _Counter:
    """Counts whole numbers that come in small arrays."""

    _CHUNK: Final = 1 << 20

    def __init__(self) -> None:
        self._new: list[NDArray[np.int64]] = []
        self._waiting = 0
        self._values = np.empty(0, np.int64)
        self._counts = np.empty(0, np.int64)

    def add(self, values: NDArray[np.int64]) -> None:
        self._new.append(values.copy())
        self._waiting += values.size
        if self._waiting > self._CHUNK:
            self._merge()

    def _merge(self) -> None:
        values, counts = np.unique(np.concatenate(self._new), return_counts=True)
        merged, where = np.unique(np.concatenate([self._values, values]), return_inverse=True)
        weights = np.concatenate([self._counts, counts])
        self._values = merged
        self._counts = np.bincount(where, weights).astype(np.int64)
        self._new.clear()
        self._waiting = 0

    def at_least(self, count: int) -> NDArray[np.int64]:
        """The numbers that came at least so often, ascending."""
        if self._new:
            self._merge()
        return self._values[self._counts >= count]


def read_candidates(
    games: Sequence[SgfGame], tables: PatternTables, progress: Progress | None = None
) -> Candidates:
    """All legal moves of all positions of `games` as levels."""
    hand: list[NDArray[np.uint8]] = []
    patterns: list[NDArray[np.int32]] = []
    counts: list[int] = []
    played: list[int] = []
    for levels, codes, chosen in _readings(games, "reading features", progress):
        look_up(codes, tables, levels, NUM_HAND)
        hand.append(levels[:, :NUM_HAND].astype(np.uint8))
        patterns.append(levels[:, NUM_HAND:].copy())
        counts.append(len(levels))
        played.append(chosen)
    return Candidates(
        hand=np.concatenate(hand),
        patterns=np.concatenate(patterns),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        played=np.array(played, np.int64),
    )


# ---------------------------------------------------------------- the model in torch


def _indices(
    data: Candidates, positions: NDArray[np.int64], offsets: NDArray[np.int64]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weight indices `[M, NUM_FAMILIES]` of the positions' candidates, each candidate's position
    `[M]` and column `[M]`, and the column played `[B]`."""
    begins, ends = data.starts[positions], data.starts[positions + 1]
    counts = ends - begins
    owner = np.repeat(np.arange(positions.size), counts)
    column = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = np.repeat(begins, counts) + column
    levels = np.empty((rows.size, NUM_FAMILIES), np.int64)
    levels[:, :NUM_HAND] = data.hand[rows]
    levels[:, NUM_HAND:] = data.patterns[rows]
    levels += offsets[:-1]
    return (
        torch.from_numpy(levels),
        torch.from_numpy(owner),
        torch.from_numpy(column),
        torch.from_numpy(data.played[positions]),
    )


def log_probabilities(weights: Tensor, levels: Tensor, owner: Tensor, column: Tensor) -> Tensor:
    """`[B, widest]`: ln P of every candidate, -inf where a position has none."""
    # (embedding_bag says the same, but its backward takes fifty times as long here.)
    scores = weights.gather(0, levels.flatten()).view(levels.shape).sum(dim=1)
    shape = (int(owner[-1]) + 1, int(column.max()) + 1)
    table = scores.new_full(shape, -torch.inf).index_put((owner, column), scores)
    return torch.log_softmax(table, dim=1)


def _validate(
    weights: Tensor, data: Candidates, offsets: NDArray[np.int64], batch_size: int
) -> tuple[float, float]:
    """Mean log-loss and top-1 (ties are misses)."""
    loss = hits = 0.0
    with torch.no_grad():
        for first in range(0, data.positions, batch_size):
            positions = np.arange(first, min(first + batch_size, data.positions))
            levels, owner, column, played = _indices(data, positions, offsets)
            table = log_probabilities(weights, levels, owner, column)
            own = table.gather(1, played.unsqueeze(1))
            loss -= float(own.sum())
            hits += float(((table >= own).sum(dim=1) == 1).sum())
    return loss / data.positions, hits / data.positions


def train_model(
    train: Candidates,
    held_out: Candidates,
    tables: PatternTables,
    config: TrainConfig,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Trained:
    """Weights that make the moves played likely: mean of -ln P(move played) plus L2, minimised.

    Ctrl-C ends it with the weights reached so far.

    Raises:
        ValueError: if the loss stops being a finite number.
    """
    offsets = family_offsets(tables)
    weights = torch.zeros(int(offsets[-1]), requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=config.learning_rate)
    steps = -(-train.positions // config.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps * config.epochs)
    reports: list[EpochReport] = []
    interrupted = False
    try:
        for epoch in range(config.epochs):
            total = 0.0
            order = rng.permutation(train.positions)
            for step in range(steps):
                batch = order[step * config.batch_size : (step + 1) * config.batch_size]
                levels, owner, column, played = _indices(train, batch, offsets)
                table = log_probabilities(weights, levels, owner, column)
                loss = -table.gather(1, played.unsqueeze(1)).mean()
                if not torch.isfinite(loss):
                    raise ValueError("the loss is no longer a finite number; lower learning_rate")
                total += float(loss.detach()) * batch.size
                optimizer.zero_grad()
                (loss + config.l2 * weights.square().sum()).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
                if progress:
                    progress("fitting", epoch * steps + step + 1, steps * config.epochs)
            held = _validate(weights, held_out, offsets, config.batch_size)
            reports.append(EpochReport(epoch + 1, total / train.positions, *held))
    except KeyboardInterrupt:
        interrupted = True
    fitted = _anchored(weights.detach().numpy(), offsets)
    return Trained(MoveModel(fitted, tables), tuple(reports), interrupted)


def _anchored(weights: NDArray[np.float32], offsets: NDArray[np.int64]) -> NDArray[np.float32]:
    """The same model with every family's level 0 at 0.

    Each candidate has exactly one level in each family, so adding a number to a whole family adds
    it to all scores of a position and changes no probability.
    """
    anchored = weights.copy()
    for begin, end in pairwise(offsets):
        anchored[begin:end] -= weights[begin]
    return anchored
