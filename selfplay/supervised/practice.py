"""A linear player that is told features but no moves: it practises against itself.

The told player's features and model, but no expert: from weights of zero it plays itself, a small
search by random playouts says which of a few candidate moves do well, and the model learns to like
those (policy improvement as in Danihelka et al. 2022, "Policy improvement by planning with
Gumbel", with playouts in place of a network's value). The patterns it knows are those of its own
games.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from agents.told.features import NUM_HAND
from agents.told.model import FeatureReader, MoveModel, family_offsets
from agents.told.pattern_tables import PatternTables, look_up, pattern_tables
from agents.told.patterns import NO_PATTERN, NUM_PATTERNS
from go_engine import GameState, Rules
from go_engine.playout import playout_scores
from selfplay.supervised.gradient import add_soft_gradient
from selfplay.supervised.training import anchored

__all__ = ["Lesson", "PracticeConfig", "Practice", "practise_game", "search_targets"]


@dataclass(frozen=True, slots=True)
class PracticeConfig:
    """How a linear player practises.

    Attributes:
        games: of self-play.
        board_size, komi: of the games; komi is drawn evenly within 2 points around it.
        candidates: moves of a position that are tried, drawn by the model's probabilities.
        playouts: random playouts of a position in all, by sequential halving.
        q_scale: how strongly a playout value (0 to 1) speaks against the model's opinion, in
            natural logarithms.
        margin: points by which a playout counts as all but won.
        at_once: games between two fits.
        window: newest positions that are learned from.
        passes: over the window in one fit.
        batch_size, learning_rate, l2: as in `TrainConfig`.
        patterns_after: games after which patterns are collected from the games so far; those seen
            at least `min_seen` times.
        max_moves: longer games end there.
        seed: of everything.
    """

    games: int = 2000
    board_size: int = 9
    komi: float = 7.0
    candidates: int = 8
    playouts: int = 96
    q_scale: float = 12.0
    margin: float = 10.0
    at_once: int = 40
    window: int = 60_000
    passes: int = 2
    batch_size: int = 512
    learning_rate: float = 0.01
    l2: float = 1e-5
    patterns_after: int = 400
    min_seen: int = 100
    max_moves: int = 160
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("games", "at_once", "window", "passes", "batch_size", "min_seen"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if self.candidates < 2 or self.playouts < 2 * self.candidates:
            raise ValueError("candidates must be 2 or more, and playouts twice as many or more")
        if not self.learning_rate > 0 or not self.q_scale > 0 or not self.margin > 0:
            raise ValueError("learning_rate, q_scale and margin must be above 0")


class Lesson(NamedTuple):
    """One position of a practice game.

    Attributes:
        hand: `uint8 [M, NUM_HAND]`, levels of the legal moves.
        codes: `int64 [M, NUM_PATTERNS]`, their patterns.
        target: `float32 [M]`, the improved policy.
    """

    hand: NDArray[np.uint8]
    codes: NDArray[np.int64]
    target: NDArray[np.float32]


def search_targets(
    state: GameState,
    moves: NDArray[np.int64],
    scores: NDArray[np.float64],
    config: PracticeConfig,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], int]:
    """The improved policy over `moves` and the index of the move chosen.

    Candidates are drawn without replacement by their `scores` (Gumbel top-k) and halved by playout
    values until two are left. The policy is the softmax of score plus `q_scale` times value, moves
    that were not tried being given the mean value of those that were.
    """
    gumbel = rng.gumbel(size=moves.size)
    alive = np.argsort(-(scores + gumbel), kind="stable")[: config.candidates]
    children = {int(i): state.copy() for i in alive}
    for i, child in children.items():
        child.play(int(moves[i]))
    sums = dict.fromkeys(children, 0.0)
    counts = dict.fromkeys(children, 0)
    stages = max(1, int(np.ceil(np.log2(alive.size))))
    while True:
        each = max(1, config.playouts // (stages * alive.size))
        for i in map(int, alive):
            sums[i] += _value_of(children[i], state.to_play, each, config, rng) * each
            counts[i] += each
        if alive.size <= 2:
            break
        value = np.array([sums[int(i)] / counts[int(i)] for i in alive])
        order = np.argsort(-(scores[alive] + gumbel[alive] + config.q_scale * value), kind="stable")
        alive = alive[order[: (alive.size + 1) // 2]]
    values = {i: sums[i] / counts[i] for i in children}
    completed = np.full(moves.size, float(np.mean(list(values.values()))))
    for i, value_of_i in values.items():
        completed[i] = value_of_i
    improved = scores + config.q_scale * completed
    chosen = max(map(int, alive), key=lambda i: float(improved[i] + gumbel[i]))
    powers = np.exp(improved - improved.max())
    return (powers / powers.sum()).astype(np.float32), chosen


def _value_of(
    state: GameState, mover: int, count: int, config: PracticeConfig, rng: np.random.Generator
) -> float:
    """Mean over playouts of `mover`'s result, 0 to 1, a win by `margin` points being 0.88."""
    if state.is_over:
        margins = np.array([state.black_score()], np.float64)
    else:
        margins = playout_scores(state, count, rng).astype(np.float64)
    margins = (margins - state.rules.komi) * mover
    return float(np.mean(0.5 + 0.5 * np.tanh(margins / config.margin)))


def practise_game(
    model: MoveModel, config: PracticeConfig, rng: np.random.Generator, reader: FeatureReader
) -> list[Lesson]:
    """A game of the model against itself; all its positions."""
    komi = round(config.komi + float(rng.integers(-2, 3)), 1)
    state = GameState(Rules(config.board_size, komi))
    lessons: list[Lesson] = []
    while not state.is_over and state.move_count < config.max_moves:
        moves, levels, codes = reader.read(state)
        look_up(codes, model.tables, levels, NUM_HAND)
        added: NDArray[np.float32] = model.weights[levels + model.offsets[:-1]]
        scores = added.sum(axis=1, dtype=np.float64)
        target, chosen = search_targets(state, moves, scores, config, rng)
        lessons.append(Lesson(levels[:, :NUM_HAND].astype(np.uint8), codes, target))
        state.play(int(moves[chosen]))
    return lessons


class Practice:
    """A practice under way.

    Attributes:
        config: its settings.
        model: as it plays now.
        games: played so far.
        loss: cross-entropy with the search's policy, in the last fit.
    """

    def __init__(
        self, config: PracticeConfig, model: MoveModel | None = None, games: int = 0
    ) -> None:
        """`model` and `games` go on with an earlier practice; its positions are gone."""
        self.config = config
        self.model = model or _blank(pattern_tables(np.empty(0, np.int64), _no_starts()))
        self.games = games
        self.loss = float("nan")
        self._lessons: list[Lesson] = []
        self._reader = FeatureReader(config.board_size)
        self._restart()

    def _restart(self) -> None:
        self._weights = torch.from_numpy(self.model.weights.copy())
        self._adam = torch.optim.Adam([self._weights], lr=self.config.learning_rate)

    def step(self) -> None:
        """Play `at_once` games and learn from the newest positions."""
        for _ in range(min(self.config.at_once, self.config.games - self.games)):
            rng = np.random.default_rng([self.config.seed, self.games])
            self._lessons += practise_game(self.model, self.config, rng, self._reader)
            self.games += 1
        del self._lessons[: -self.config.window]
        if self.games >= self.config.patterns_after and self.model.tables.codes.size == 0:
            self._collect_patterns()
        self._fit()

    def _collect_patterns(self) -> None:
        codes = np.concatenate([lesson.codes for lesson in self._lessons])
        kept = []
        for f in range(NUM_PATTERNS):
            values, counts = np.unique(codes[:, f], return_counts=True)
            kept.append(values[(counts >= self.config.min_seen) & (values != NO_PATTERN)])
        starts = np.concatenate([[0], np.cumsum([len(k) for k in kept])]).astype(np.int64)
        grown = _blank(pattern_tables(np.concatenate(kept).astype(np.int64), starts))
        weights, offsets = grown.weights.copy(), grown.offsets
        weights[: offsets[NUM_HAND]] = self.model.weights[: offsets[NUM_HAND]]
        self.model = MoveModel(weights, grown.tables)
        self._restart()

    def _fit(self) -> None:
        """Steps of Adam on the cross-entropy with the search's policies."""
        hand, patterns, starts, targets = self._arrays()
        count = starts.size - 1
        rng = np.random.default_rng([self.config.seed, self.games, 1])
        offsets, values = self.model.offsets, self._weights.numpy()
        rate = 1.0 - 0.9 * self.games / self.config.games
        self._adam.param_groups[0]["lr"] = self.config.learning_rate * rate
        total = 0.0
        for _ in range(self.config.passes):
            order = rng.permutation(count)
            for first in range(0, count, self.config.batch_size):
                batch = order[first : first + self.config.batch_size]
                gradient = np.float32(2.0 * self.config.l2) * values
                total += add_soft_gradient(
                    hand, patterns, starts, targets, batch, offsets, values, gradient
                )
                self._weights.grad = torch.from_numpy(gradient)
                self._adam.step()
        self.loss = total / (count * self.config.passes)
        if not np.isfinite(values).all():
            raise ValueError("the weights are no longer finite numbers; lower learning_rate")
        self.model = MoveModel(anchored(values, offsets), self.model.tables)

    def _arrays(
        self,
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int64], NDArray[np.float32]]:
        counts = [len(lesson.target) for lesson in self._lessons]
        codes = np.concatenate([lesson.codes for lesson in self._lessons])
        levels = np.zeros((len(codes), NUM_PATTERNS), np.int32)
        look_up(codes, self.model.tables, levels, 0)
        return (
            np.concatenate([lesson.hand for lesson in self._lessons]),
            levels,
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.concatenate([lesson.target for lesson in self._lessons]),
        )


def _no_starts() -> NDArray[np.int64]:
    return np.zeros(NUM_PATTERNS + 1, np.int64)


def _blank(tables: PatternTables) -> MoveModel:
    """A model that likes all moves alike."""
    return MoveModel(np.zeros(int(family_offsets(tables)[-1]), np.float32), tables)
