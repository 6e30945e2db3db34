"""The finished games of a run: in shards on disk, and in memory where they are learned from.

    games/00000012.npz      games finished in iteration 12 (the replay window's worth is kept)
    heldout/00000012.npz    those of them that are never learned from (all are kept)

Whether a game is held out follows from the run's seed and the game's number alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from selfplay.config import RunConfig
from selfplay.records import GameRecord, RecordError, read_records, write_records
from selfplay.replay import Replay

__all__ = ["FOLDERS", "Archive", "Found", "is_held_out"]

FOLDERS: Final = ("games", "heldout")

_HELD_OUT_POSITIONS: Final = 16_384
"""Newest held-out positions of each board size that losses are measured on."""


def is_held_out(config: RunConfig, game_id: int) -> bool:
    """Whether a game is kept away from the learner."""
    if config.held_out_share == 0:
        return False
    rng = np.random.default_rng([config.seed, game_id, 2])
    return bool(rng.random() < config.held_out_share)


@dataclass(slots=True)
class Found:
    """What a run's folder held when it was gone on with.

    Attributes:
        game_ids: of all games read.
        newest: the last iteration with a shard.
        uncounted: games of iterations after the checkpoint, which its counters don't know.
        warnings: a line about each shard that cannot be used.
    """

    game_ids: set[int] = field(default_factory=set)
    newest: int = 0
    uncounted: list[GameRecord] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Archive:
    """Games of all board sizes of one run.

    Args:
        run: the run's folder; its `games/` and `heldout/` are there.
        config: the run's.
    """

    def __init__(self, run: Path, config: RunConfig) -> None:
        self._run = run
        self._config = config
        self._replays: dict[int, Replay] = {}
        self._held_out: dict[int, Replay] = {}

    def replay(self, size: int) -> Replay:
        """Positions on boards of `size` to learn from."""
        if size not in self._replays:
            self._replays[size] = Replay(size, self._config.learn.window)
        return self._replays[size]

    def held_out(self, size: int) -> Replay:
        """Positions on boards of `size` that are never learned from."""
        if size not in self._held_out:
            self._held_out[size] = Replay(size, _HELD_OUT_POSITIONS)
        return self._held_out[size]

    def take(self, iteration: int, records: Sequence[GameRecord]) -> None:
        """Write finished games down as the shards of an iteration, and take them in."""
        for held, folder in enumerate(FOLDERS):
            share = [r for r in records if is_held_out(self._config, r.game_id) == bool(held)]
            if share or folder == "games":
                write_records(self._run / folder / f"{iteration:08d}.npz", share)
            for record in share:
                self._add(record)

    def _add(self, record: GameRecord) -> None:
        size = record.board_size
        if size not in (game.board_size for game in self._config.games):
            raise RecordError(f"game {record.game_id} is on {size}x{size}, which this run is not")
        held = is_held_out(self._config, record.game_id)
        store = self.held_out if held else self.replay
        store(size).add(record)

    def refill(self, iteration: int) -> Found:
        """Read all shards, in the order they were written; `iteration` is the checkpoint's."""
        found = Found(newest=iteration)
        for folder in FOLDERS:
            for path in sorted((self._run / folder).glob("*.npz")):
                try:
                    records = read_records(path)
                    for record in records:
                        self._add(record)
                except RecordError as error:
                    found.warnings.append(f"left out: {error}")
                    continue
                found.game_ids |= {r.game_id for r in records}
                if int(path.stem) > iteration:
                    found.newest = max(found.newest, int(path.stem))
                    found.uncounted += records
        return found

    def drop_old(self, positions_per_iteration: float) -> None:
        """Delete shards that the replay window has left behind."""
        kept = 2 + math.ceil(self._config.learn.window / max(1.0, positions_per_iteration))
        for path in sorted((self._run / "games").glob("*.npz"))[:-kept]:
            path.unlink(missing_ok=True)
