"""What is learned, and when: from the games of the archive, so often as the run's settings say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from agents.net import (
    CALIBRATION_POSITIONS,
    Bounds,
    PolicyValueNet,
    activation_bounds,
    as_batch,
)
from selfplay.archive import Archive, is_held_out
from selfplay.config import RunConfig
from selfplay.learner import Learner, Losses, mean_losses, window_size
from selfplay.records import GameRecord
from selfplay.replay import Batch

__all__ = ["NotFiniteError", "Study"]

MAX_SKIPPED: Final = 50


class NotFiniteError(ArithmeticError):
    """Too many losses in a row that were not finite."""


class Study:
    """The learner at its games.

    Args:
        config: the run's.
        archive: the games it learns from.
        learner: the network; may be replaced.
        counters: the run's (see `Trainer`), which are kept up to date.
    """

    def __init__(
        self, config: RunConfig, archive: Archive, learner: Learner, counters: dict[str, Any]
    ) -> None:
        self.learner = learner
        self._config = config
        self._archive = archive
        self._counters = counters

    def count(self, finished: Sequence[GameRecord]) -> None:
        """Take finished games into the counters."""
        counters = self._counters
        for record in finished:
            board = self._board(record.board_size)
            for counts in (counters, board):
                counts["positions"] += len(record.moves)
                counts["games"] += 1
            if not is_held_out(self._config, record.game_id):
                board["targets"] += record.targets
            counters["newest_game"] = max(counters["newest_game"], record.game_id)

    def owed(self) -> list[int]:
        """The board sizes of the steps that the positions so far call for, well mixed."""
        learn = self._config.learn
        sizes: list[int] = []
        for name, board in self._counters["boards"].items():
            if self._can_learn(int(name)):
                called_for = int(board["targets"] * learn.samples_per_position / learn.batch_size)
                sizes += [int(name)] * max(0, called_for - board["steps"])
        rng = np.random.default_rng([self._config.seed, 3, self._counters["iteration"]])
        return [int(size) for size in rng.permutation(sizes)]

    def learn(
        self, sizes: Sequence[int], progress: float, enough: Callable[[], bool]
    ) -> Losses | None:
        """Take a step on each of these board sizes, one after the other; their mean losses.

        Stops early where `enough()`, asked before each step; what is left stays owed.

        Raises:
            NotFiniteError: after more than MAX_SKIPPED steps that could not be taken.
        """
        learner, taken = self.learner, list[Losses]()
        skipped = learner.skipped
        for size in sizes:
            if enough():
                break
            rng = np.random.default_rng([self._config.seed, 1, learner.steps + learner.skipped])
            batch = self._sample(self._config.learn.batch_size, size, rng)
            losses = learner.step(batch, progress)
            if losses is not None:
                taken.append(losses)
                self._board(size)["steps"] += 1
            elif learner.skipped - skipped > MAX_SKIPPED:
                raise NotFiniteError
        return mean_losses(taken)

    def window(self, size: int) -> int:
        """How many of the newest positions on boards of `size` are learned from."""
        return window_size(self._config.learn, self._board(size)["positions"])

    def bounds(self, net: PolicyValueNet) -> Bounds | None:
        """What eight-bit self-play needs to know, once there are positions to measure it on."""
        if not self._config.eight_bit:
            return None
        boards = self._config.boards_at(self._counters["positions"])
        known = [int(size) for size in self._counters["boards"] if self._can_learn(int(size))]
        # A board that has just begun borrows from those before it.
        sizes = [b.game.board_size for b in boards if b.game.board_size in known] or known
        found: list[Bounds] = []
        for size in sizes:
            rng = np.random.default_rng([self._config.seed, 2, self._counters["iteration"], size])
            planes = self._sample(CALIBRATION_POSITIONS, size, rng).planes
            found.append(activation_bounds(net, as_batch(planes)))
        return {name: max(bounds[name] for bounds in found) for name in found[0]} if found else None

    def _board(self, size: int) -> dict[str, int]:
        """The counters of one board size."""
        nothing = {"positions": 0, "targets": 0, "games": 0, "steps": 0}
        board: dict[str, int] = self._counters["boards"].setdefault(str(size), nothing)
        return board

    def _can_learn(self, size: int) -> bool:
        return len(self._archive.replay(size)) >= self._config.learn.min_positions

    def _sample(self, count: int, size: int, rng: np.random.Generator) -> Batch:
        shuffled = self._config.learn.shuffled_results
        return self._archive.replay(size).sample(count, self.window(size), rng, shuffled)
