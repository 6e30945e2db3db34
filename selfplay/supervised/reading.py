"""Labelled games as arrays: the features of all legal moves of all their positions."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.files import write_atomically
from agents.told.features import NUM_HAND
from agents.told.model import FeatureReader
from agents.told.pattern_tables import PatternTables, look_up, pattern_tables
from agents.told.patterns import NO_PATTERN, NUM_PATTERNS
from go_engine.sgf import SgfGame
from selfplay.supervised.fit import TrainConfig
from selfplay.supervised.labelled import Progress, labelled_positions

__all__ = ["Candidates", "Codes", "harvest_patterns", "read_codes", "with_levels"]

_GAMES_AT_ONCE: Final = 200
"""Games whose arrays are kept in one file while reading goes on."""


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """The legal moves of many positions, position after position, patterns still as numbers.

    Attributes:
        hand: `uint8 [M, NUM_HAND]`, levels of the hand-made families.
        codes: `int64 [M, NUM_PATTERNS]`.
        starts: `int64 [P + 1]`: position `i` owns the rows `starts[i]:starts[i + 1]`.
        played: `int64 [P]`, the row of the move played, counted from the position's first.
    """

    hand: NDArray[np.uint8]
    codes: NDArray[np.int64]
    starts: NDArray[np.int64]
    played: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The legal moves of many positions as levels.

    Attributes:
        hand, starts, played: as in `Codes`.
        patterns: `int32 [M, NUM_PATTERNS]`, levels of the pattern families.
    """

    hand: NDArray[np.uint8]
    patterns: NDArray[np.int32]
    starts: NDArray[np.int64]
    played: NDArray[np.int64]

    @property
    def positions(self) -> int:
        """P, how many positions."""
        return int(self.played.size)

    def arrays(
        self,
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """All of it, in the order in which the kernels take it."""
        return self.hand, self.patterns, self.starts, self.played


def read_codes(
    games: Sequence[SgfGame],
    playouts: int = 0,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> Codes:
    """The features of all positions of `games`; `playouts` as in `TrainConfig`.

    With a `folder`, what was read is kept there piece by piece, and pieces that lie there are taken
    as those of these games; whose they are is the caller's business.

    Raises:
        OSError: if the folder cannot be written.
    """
    readers: dict[int, FeatureReader] = {}
    pieces = []
    for first in range(0, len(games), _GAMES_AT_ONCE):
        path = folder / f"piece-{first}.npy" if folder else None
        piece = _load_piece(path) if path else None
        if piece is None:
            piece = _read_some(games[first : first + _GAMES_AT_ONCE], readers, playouts)
            if path:
                _save_piece(path, piece)
        pieces.append(piece)
        if progress:
            progress("reading features", min(first + _GAMES_AT_ONCE, len(games)), len(games))
    counts = np.concatenate([np.diff(piece.starts) for piece in pieces])
    return Codes(
        hand=np.concatenate([piece.hand for piece in pieces]),
        codes=np.concatenate([piece.codes for piece in pieces]),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        played=np.concatenate([piece.played for piece in pieces]),
    )


def _read_some(games: Sequence[SgfGame], readers: dict[int, FeatureReader], playouts: int) -> Codes:
    hand: list[NDArray[np.uint8]] = []
    codes: list[NDArray[np.int64]] = []
    played: list[int] = []
    for game in games:
        size = game.rules.board_size
        if size not in readers:
            readers[size] = FeatureReader(size, playouts)
        for state, move in labelled_positions(game):
            moves, levels, found = readers[size].read(state)
            hand.append(levels[:, :NUM_HAND].astype(np.uint8))
            codes.append(found)
            played.append(int(np.searchsorted(moves, move)))
    return Codes(
        hand=np.concatenate(hand),
        codes=np.concatenate(codes),
        starts=np.cumsum([0, *map(len, hand)]).astype(np.int64),
        played=np.array(played, np.int64),
    )


def _save_piece(path: Path, piece: Codes) -> None:
    """A file for each array; the last one appears when the others are whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for field in fields(Codes):
        part = path.with_name(f"{path.stem}-{field.name}.part")
        with part.open("wb") as file:
            np.save(file, getattr(piece, field.name), allow_pickle=False)
        part.replace(part.with_suffix(".npy"))
    write_atomically(path.with_suffix(".done"), b"", durable=False)


def _load_piece(path: Path) -> Codes | None:
    """What `_save_piece` wrote; None if there is nothing whole."""
    if not path.with_suffix(".done").exists():
        return None
    with contextlib.suppress(OSError, ValueError, EOFError):
        arrays: list[NDArray[Any]] = [
            np.load(path.with_name(f"{path.stem}-{field.name}.npy"), allow_pickle=False)
            for field in fields(Codes)
        ]
        piece = Codes(*arrays)
        rows = int(piece.starts[-1])
        fits = piece.hand.shape == (rows, NUM_HAND) and piece.codes.shape == (rows, NUM_PATTERNS)
        if fits and piece.starts.shape == (piece.played.size + 1,):
            return piece
    return None


def harvest_patterns(data: Codes, config: TrainConfig) -> PatternTables:
    """The patterns that the positions show often enough (see `TrainConfig`)."""
    chosen = data.codes[data.starts[:-1] + data.played]
    families = []
    for f in range(NUM_PATTERNS):
        seen = _at_least(data.codes[:, f], config.min_seen)
        kept = np.union1d(seen, _at_least(chosen[:, f], config.min_played))
        families.append(kept[kept != NO_PATTERN])
    starts = np.concatenate([[0], np.cumsum([len(family) for family in families])])
    return pattern_tables(np.concatenate(families).astype(np.int64), starts.astype(np.int64))


def _at_least(values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The numbers that come at least so often, ascending."""
    found, counts = np.unique(values, return_counts=True)
    often: NDArray[np.int64] = found[counts >= count]
    return often


def with_levels(data: Codes, tables: PatternTables) -> Candidates:
    """The same moves, patterns as levels of `tables`."""
    patterns = np.empty(data.codes.shape, np.int32)
    look_up(data.codes, tables, patterns, 0)
    return Candidates(data.hand, patterns, data.starts, data.played)
