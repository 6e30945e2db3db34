"""Labelled games made into arrays, kept in a folder so that work that was cut off goes on.

Reading the features of all games takes most of a training's time. With a folder, what was read is
kept there piece by piece, with a key that says of which games and by which features.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from agents.files import write_atomically
from agents.told.model import families_hash
from agents.told.pattern_tables import PatternTables
from go_engine.sgf import SgfError, SgfGame
from selfplay.supervised.fit import TrainConfig
from selfplay.supervised.labelled import Progress, read_games, split_for_training
from selfplay.supervised.reading import (
    Candidates,
    Codes,
    harvest_patterns,
    read_codes,
    with_levels,
)

__all__ = ["Prepared", "prepare"]

_KEY: Final = "key.json"
_READING: Final = ("held_out", "playouts", "seed")
"""The settings that decide what is read; the others only what is made of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a fit needs: games split in two, the patterns found, and both parts as arrays.

    `order_rng` is the generator for the order of positions.
    """

    train_games: list[SgfGame]
    held_out_games: list[SgfGame]
    tables: PatternTables
    train: Candidates
    held_out: Candidates
    order_rng: np.random.Generator

    @property
    def sizes(self) -> tuple[int, ...]:
        """The board sizes that occur, ascending."""
        games = self.train_games + self.held_out_games
        return tuple(sorted({game.rules.board_size for game in games}))


def prepare(
    paths: Sequence[Path],
    config: TrainConfig,
    folder: Path | None = None,
    progress: Progress | None = None,
    on_error: Callable[[SgfError], None] | None = None,
) -> Prepared:
    """Read games, split them, collect patterns, read features.

    Args:
        paths: SGF files.
        config: how to split and which patterns to keep.
        folder: where arrays are kept; arrays there that belong to the same games, settings and
            features are taken, others replaced. None keeps nothing.
        progress: called now and then.
        on_error: gets games that cannot be read, which are then left out.

    Raises:
        ValueError: for too few games or a setting out of range.
        SgfError, OSError: for files that cannot be read, or a folder that cannot be written.
    """
    _, order_rng = np.random.default_rng(config.seed).spawn(2)  # the first one splits
    games = read_games(paths, on_error, progress)
    train, held_out = split_for_training(games, config.held_out, config.seed)
    key = _key(games, config)
    if folder:
        _claim(folder, key)

    def read(name: str, part: Sequence[SgfGame]) -> Codes:
        return read_codes(part, config.playouts, progress, folder / name if folder else None)

    codes = read("train", train)
    tables = harvest_patterns(codes, config)
    candidates = with_levels(codes, tables)
    validation = with_levels(read("held_out", held_out), tables)
    return Prepared(train, held_out, tables, candidates, validation, order_rng)


def _key(games: Sequence[SgfGame], config: TrainConfig) -> dict[str, Any]:
    digest = hashlib.sha256()
    for game in games:
        digest.update(repr((game.rules, game.moves)).encode())
    settings = {name: getattr(config, name) for name in _READING}
    return {"games": digest.hexdigest(), "features": families_hash(), **settings}


def _claim(folder: Path, key: dict[str, Any]) -> None:
    """Make sure that what lies in the folder belongs to the key: clear it if it does not."""
    path = folder / _KEY
    try:
        belongs = json.loads(path.read_text()) == key
    except (OSError, ValueError):
        belongs = False
    if not belongs:
        for name in ("train", "held_out"):
            shutil.rmtree(folder / name, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(key).encode())
