"""What the move model says of a position inside the search: its kernels, as ours call them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.told.features import NUM_FAMILIES, NUM_HAND, fill_levels
from agents.told.model import MoveModel
from agents.told.pattern_tables import PatternTables, look_up
from agents.told.patterns import NUM_PATTERNS, fill_codes
from agents.told.shared import Scratch, new_scratch
from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.kernels import Row

__all__ = ["Reader", "fill_priors", "new_reader"]


class Reader(NamedTuple):
    """A move model and the working memory to ask it with; `A = N*N + 1` moves.

    Attributes:
        weights: `float32 [F]`.
        tables: the model's patterns.
        offsets: `int64 [NUM_FAMILIES + 1]`.
        scratch: of the features.
        legal: `bool [A]`.
        moves: `int64 [A]`: the moves asked about, as many as the last answer said.
        chances: `float64 [A]`: the probability of each.
        levels: `int32 [A, NUM_FAMILIES]`.
        codes: `int64 [A, NUM_PATTERNS]`.
    """

    weights: NDArray[np.float32]
    tables: PatternTables
    offsets: NDArray[np.int64]
    scratch: Scratch
    legal: NDArray[np.bool_]
    moves: NDArray[np.int64]
    chances: NDArray[np.float64]
    levels: NDArray[np.int32]
    codes: NDArray[np.int64]


def new_reader(model: MoveModel, size: int) -> Reader:
    """A reader for boards of `size`; one for each thread."""
    moves = size * size + 1
    return Reader(
        weights=model.weights,
        tables=model.tables,
        offsets=model.offsets,
        scratch=new_scratch(size),
        legal=np.zeros(moves, np.bool_),
        moves=np.zeros(moves, np.int64),
        chances=np.zeros(moves, np.float64),
        levels=np.zeros((moves, NUM_FAMILIES), np.int32),
        codes=np.zeros((moves, NUM_PATTERNS), np.int64),
    )


_FLOOR: Final = 1e-4


@kernel
def fill_priors(
    row: Row, history: Row, last: int, previous: int, komi: float, reader: Reader
) -> int:
    """Write the moves worth searching to `reader.moves` and the model's probability of each, among
    all legal points, to `reader.chances`; how many. The pass comes last.

    Left out are illegal moves (superko included) and those that fill an own one-point eye.
    Experts pass by agreement, so the model's faith in a pass says nothing about its worth: it gets
    no more than an average move.
    """
    size = row[k.SIZE]
    k.legal_mask(row, history, reader.legal)
    count = 0
    for move in range(size * size + 1):
        if reader.legal[move]:
            reader.moves[count] = move
            count += 1
    moves, levels, codes = reader.moves[:count], reader.levels[:count], reader.codes[:count]
    fill_levels(row, last, previous, komi, moves, levels, reader.scratch)
    fill_codes(row, last, moves, reader.scratch.liberties, codes)
    look_up(codes, reader.tables, levels, NUM_HAND)
    points = count - 1  # the last is the pass
    highest = -np.inf
    for i in range(count):
        score = 0.0
        for f in range(NUM_FAMILIES):
            score += reader.weights[reader.offsets[f] + levels[i, f]]
        reader.chances[i] = score
        highest = max(highest, score) if i < points or points == 0 else highest
    total = 0.0
    for i in range(count):
        reader.chances[i] = np.exp(min(reader.chances[i] - highest, 0.0))
        total += reader.chances[i] if i < points or points == 0 else 0.0
    reader.chances[points] = min(reader.chances[points], total / count)
    kept = 0
    for i in range(count):
        move = moves[i]
        is_pass = move == size * size
        if is_pass or not k.is_own_eye(row, k.padded(size, move), row[k.TO_PLAY]):
            reader.moves[kept] = move
            reader.chances[kept] = max(reader.chances[i] / total, _FLOOR)
            kept += 1
    return kept
