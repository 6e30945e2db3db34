"""Positions for the told player's tests."""

from __future__ import annotations

import numpy as np

from agents.told.families import FAMILIES
from agents.told.model import FeatureReader, MoveModel, family_offsets
from agents.told.pattern_tables import pattern_tables
from agents.told.patterns import NO_PATTERN, NUM_PATTERNS
from go_engine import BLACK, GameState, Rules, parse, vertex_to_move

NAMES = [family.name for family in FAMILIES]


def position(diagram: str, to_play: int = BLACK, moves: str = "", komi: float = 7.0) -> GameState:
    """A diagram of rows separated by blanks, and moves (vertices) played from it."""
    stones = parse("\n".join(diagram.split()))
    state = GameState.from_stones(Rules(len(stones), komi), stones, to_play)
    for vertex in moves.split():
        state.play(vertex_to_move(vertex, len(stones)))
    return state


def colors_swapped(diagram: str) -> str:
    return diagram.translate(str.maketrans("XO", "OX"))


def words_of(state: GameState, vertex: str, family: str) -> str:
    """What a hand-made family says about a move, in words."""
    size = state.rules.board_size
    moves, levels, _ = FeatureReader(size).read(state)
    move = vertex_to_move(vertex, size)
    column = NAMES.index(family)
    words: str = FAMILIES[column].levels[levels[list(moves).index(move), column]]
    return words


def random_game(rng: np.random.Generator, size: int, moves: int, komi: float = 7.0) -> GameState:
    state = GameState(Rules(size, komi))
    for _ in range(moves):
        legal = state.legal_moves()
        state.play(int(rng.choice(legal[:-1] if legal.size > 1 else legal)))
        if state.is_over:
            break
    return state


def random_model(seed: int = 3) -> MoveModel:
    """A model with random weights that knows some patterns of random games."""
    rng = np.random.default_rng(seed)
    codes: list[set[int]] = [set() for _ in range(NUM_PATTERNS)]
    for size in (5, 9):
        for _ in range(6):
            state = random_game(rng, size, int(rng.integers(1, 2 * size)))
            found = FeatureReader(size).read(state)[2]
            for f in range(NUM_PATTERNS):
                codes[f].update(int(code) for code in found[:, f] if code != NO_PATTERN)
    families = [np.array(sorted(family), np.int64) for family in codes]
    starts = np.cumsum([0, *(family.size for family in families)]).astype(np.int64)
    tables = pattern_tables(np.concatenate(families), starts)
    weights = rng.normal(0.0, 1.0, family_offsets(tables)[-1]).astype(np.float32)
    return MoveModel(weights, tables)
