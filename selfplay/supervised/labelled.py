"""Games whose moves are labels: reading collections, and splitting by whole games."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from go_engine.sgf import SgfError, SgfGame, read_collection
from go_engine.state import GameState
from go_engine.symmetry import symmetry_moves
from go_engine.zobrist import STONE_KEYS

__all__ = [
    "Progress",
    "known_positions",
    "labelled_positions",
    "position_key",
    "read_games",
    "sgf_files",
    "split_for_training",
    "split_games",
]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

_WHITE_TO_PLAY = 0x5BD1E995


def read_games(
    paths: Iterable[Path],
    on_error: Callable[[SgfError], None] | None = None,
    progress: Progress | None = None,
) -> list[SgfGame]:
    """All games in the files, and in the SGF files of folders among them, those without a move
    left out.

    Raises:
        ValueError: if there is no game in them.
        SgfError, OSError: as `read_collection`; with `on_error`, broken games are reported and
            left out.
    """
    games: list[SgfGame] = []
    for path in sgf_files(paths):
        for game in read_collection(path, on_error=on_error):
            if game.moves:
                games.append(game)
            if progress and len(games) % 100 == 0:
                progress("reading games", len(games), 0)
    if not games:
        raise ValueError("no game with moves in the files given")
    return games


def sgf_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, each folder replaced by the SGF files in it and below, in order of names.

    Raises:
        ValueError: for a folder without any.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(p for end in ("*.sgf", "*.sgf.xz") for p in path.rglob(end) if p.is_file())
        if not found:
            raise ValueError(f"no .sgf or .sgf.xz file in {path}")
        yield from found


def split_games(
    games: Sequence[SgfGame], held_out: float, rng: np.random.Generator
) -> tuple[list[SgfGame], list[SgfGame]]:
    """(training games, validation games): a share `held_out` of the games, at least one of each.

    Whole games are held back, since positions of one game are too alike to test each other.

    Raises:
        ValueError: for a share outside (0, 1), or fewer than two games.
    """
    if not 0.0 < held_out < 1.0:
        raise ValueError(f"the share of validation games must lie between 0 and 1, not {held_out}")
    if len(games) < 2:
        raise ValueError("at least two games are needed: one to learn from, one to validate on")
    order = rng.permutation(len(games))
    count = min(max(1, round(held_out * len(games))), len(games) - 1)
    return [games[i] for i in sorted(order[count:])], [games[i] for i in sorted(order[:count])]


def split_for_training(
    games: Sequence[SgfGame], held_out: float, seed: int
) -> tuple[list[SgfGame], list[SgfGame]]:
    """`split_games` as every training with this seed splits the same games.

    Raises:
        ValueError: as `split_games`.
    """
    return split_games(games, held_out, np.random.default_rng(seed).spawn(1)[0])


def labelled_positions(game: SgfGame) -> Iterator[tuple[GameState, int]]:
    """Each position of a game with the move played in it, passes included. One state is reused."""
    state = game.start()
    for move in game.moves:
        yield state, move
        state.play_unchecked(move)


def position_key(state: GameState) -> int:
    """A number that two positions share if one is the other rotated or reflected (stones and side
    to move; ko and history do not count)."""
    size = state.rules.board_size
    stones = state.stones().ravel()
    points = np.flatnonzero(stones)
    images: NDArray[np.int64] = symmetry_moves(size)[:, points]
    # Any fixed key for a point will do; boards of different sizes share keys and are told apart.
    keys = STONE_KEYS[(stones[points] == -1).astype(np.int64), images]
    hashes = np.bitwise_xor.reduce(keys, axis=1)
    side = _WHITE_TO_PLAY if state.to_play == -1 else 0
    return int(hashes.min()) ^ side ^ (size << 40)


def known_positions(games: Iterable[SgfGame]) -> frozenset[int]:
    """The keys of all positions in which a move was played."""
    return frozenset(position_key(s) for game in games for s, _ in labelled_positions(game))
