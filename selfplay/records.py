"""Finished (or running) games as they are kept: moves, targets, result."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.files import write_atomically
from go_engine import GameState, IllegalMoveError, Rules

__all__ = [
    "GameRecord",
    "RecordError",
    "pack_records",
    "read_records",
    "unpack_records",
    "write_records",
]


class RecordError(ValueError):
    """A file of game records that cannot be used; one line says why."""


@dataclass(frozen=True, slots=True)
class GameRecord:
    """One self-play game of L moves on a board of size N.

    Attributes:
        game_id: its number in the run; with the run's seed it names all of the game's randomness.
        board_size: N.
        komi: White's.
        opening_moves: random moves at the start, never learned from.
        moves: `int16 [L]`.
        policies: `float16 [L, N*N + 1]`, the search's improved policy before each move; zeros where
            there is nothing to learn: in the random opening and after fast searches.
        values: `float32 [L]`, the search's value before each move, for the player to move.
        black_score: Black's area margin before komi, at the end.
        finished: False for a game still going on, whose result means nothing.
    """

    game_id: int
    board_size: int
    komi: float
    opening_moves: int
    moves: NDArray[np.int16]
    policies: NDArray[np.float16]
    values: NDArray[np.float32]
    black_score: int
    finished: bool

    @property
    def targets(self) -> int:
        """Positions that are learned from."""
        return int(self.policies.any(axis=1).sum())

    def replayed(self) -> GameState:
        """The game as a GameState at its end.

        Raises:
            RecordError: if a move in it is illegal.
        """
        rules = Rules(self.board_size, komi=self.komi)
        try:
            return GameState.from_moves(rules, [int(m) for m in self.moves])
        except IllegalMoveError as error:
            raise RecordError(f"game {self.game_id} holds an {error}") from None


_FIELDS = ("game_id", "board_size", "komi", "opening_moves", "length", "black_score", "finished")
_ARRAYS = ("games", "moves", "policies", "values")


def pack_records(records: Sequence[GameRecord]) -> bytes:
    """Games as the bytes of an npz file, whose parts carry checksums."""
    table = np.array(
        [
            (
                r.game_id,
                r.board_size,
                r.komi,
                r.opening_moves,
                len(r.moves),
                r.black_score,
                r.finished,
            )
            for r in records
        ],
        np.float64,
    ).reshape(len(records), len(_FIELDS))
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        games=table,
        moves=np.concatenate([np.zeros(0, np.int16), *(r.moves for r in records)]),
        policies=np.concatenate([np.zeros(0, np.float16), *(r.policies.ravel() for r in records)]),
        values=np.concatenate([np.zeros(0, np.float32), *(r.values for r in records)]),
    )
    return buffer.getvalue()


def write_records(path: Path, records: Sequence[GameRecord]) -> None:
    """Write games to a file, which appears whole or not at all."""
    write_atomically(path, pack_records(records))


def read_records(path: Path) -> list[GameRecord]:
    """The games of a file that `write_records` made.

    Raises:
        RecordError: if the file is damaged or of another kind.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path} is no usable file of games: {error}") from None
    return unpack_records(data, str(path))


def unpack_records(data: bytes, name: str = "what came") -> list[GameRecord]:
    """The inverse of `pack_records`; `name` is what an error calls it.

    Raises:
        RecordError: if the bytes are damaged or of another kind.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            table, moves, policies, values = (file[name] for name in _ARRAYS)
        policies = policies.reshape(-1)
        _check_arrays(table, moves, policies, values)
    except Exception as error:  # whatever zip, deflate and npy readers trip over in a damaged file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise RecordError(f"{name} is no usable file of games: {reason}") from None
    records = []
    end = policies_end = 0
    for row in table:
        length, width = int(row[4]), int(row[1]) ** 2 + 1
        part = slice(end, end := end + length)
        policies_part = slice(policies_end, policies_end := policies_end + length * width)
        records.append(
            GameRecord(
                game_id=int(row[0]),
                board_size=int(row[1]),
                komi=float(row[2]),
                opening_moves=int(row[3]),
                moves=moves[part].astype(np.int16),
                policies=policies[policies_part].reshape(length, width).astype(np.float16),
                values=values[part].astype(np.float32),
                black_score=int(row[5]),
                finished=bool(row[6]),
            )
        )
    return records


def _check_arrays(
    table: NDArray[np.float64],
    moves: NDArray[np.int16],
    policies: NDArray[np.float16],
    values: NDArray[np.float32],
) -> None:
    """Raise ValueError unless the parts of a file fit together and hold only possible numbers."""
    if table.dtype != np.float64 or table.ndim != 2 or table.shape[1] != len(_FIELDS):
        raise ValueError("its table of games has a wrong form")
    types = (moves.dtype.name, policies.dtype.name, values.dtype.name)
    if types != ("int16", "float16", "float32"):
        raise ValueError("its parts are of wrong types")
    for column in ("game_id", "board_size", "opening_moves", "length", "black_score"):
        numbers = table[:, _FIELDS.index(column)]
        if not (np.isfinite(numbers).all() and (numbers == np.round(numbers)).all()):
            raise ValueError(f"its {column} are not whole numbers")
    sizes, lengths = table[:, _FIELDS.index("board_size")], table[:, _FIELDS.index("length")]
    opening = table[:, _FIELDS.index("opening_moves")]
    if not np.isfinite(table[:, _FIELDS.index("komi")]).all():
        raise ValueError("its komi are not finite")
    if (lengths < 0).any() or (opening < 0).any() or (opening > lengths).any():
        raise ValueError("its lengths are impossible")
    if ((sizes < 2) | (sizes > 19)).any():
        raise ValueError("its board sizes are impossible")
    total = int(lengths.sum())
    if moves.shape != (total,) or values.shape != (total,):
        raise ValueError("its parts differ in length")
    if policies.shape != (int((lengths * (sizes**2 + 1)).sum()),):
        raise ValueError("its policies do not fit its games")
    if ((moves < 0) | (moves > np.repeat(sizes, lengths.astype(int)) ** 2)).any():
        raise ValueError("it holds moves off the board")
    if not (np.isfinite(policies).all() and (policies >= 0).all() and np.isfinite(values).all()):
        raise ValueError("its policies or values are impossible")
