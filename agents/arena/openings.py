"""Random openings, all different, for the two games of a colour-swapped pair to share."""

from __future__ import annotations

import numpy as np

from go_engine.playout import random_playout_move
from go_engine.rules import Rules
from go_engine.state import GameState
from go_engine.symmetry import symmetry_moves

__all__ = ["canonical_moves", "random_openings"]

_TRIES_PER_OPENING = 1000


def random_openings(
    rules: Rules, count: int, plies: int, rng: np.random.Generator
) -> list[tuple[int, ...]]:
    """`count` openings of `plies` moves each, drawn uniformly at random.

    Every move is uniform over the legal points that fill no one-point eye of the mover's own; none
    is a pass. No two openings lead to positions that are equal up to the board's eight symmetries,
    so a transposed or mirrored opening is drawn again. Asking for more openings from an equal
    generator gives the same ones first. No care is taken that an opening is fair: that is what the
    colour swap is for.

    With `plies` 0 there is only the empty board; it is returned `count` times.

    Raises:
        ValueError: if `count` or `plies` is negative, or the board has not that many different
            openings (a thousand draws in a row gave none that was new).
    """
    if count < 0 or plies < 0:
        raise ValueError(f"count and plies must not be negative, not {count} and {plies}")
    if plies == 0:
        return [()] * count
    openings: list[tuple[int, ...]] = []
    seen: set[bytes] = set()
    while len(openings) < count:
        for _ in range(_TRIES_PER_OPENING):
            state = _draw(rules, plies, rng)
            if state is None:
                continue
            key = _canonical_position(state)
            if key not in seen:
                break
        else:
            size = rules.board_size
            raise ValueError(
                f"cannot find {count} different openings of {plies} moves on {size}x{size} "
                f"(found {len(openings)}): ask for fewer pairs or longer openings"
            )
        seen.add(key)
        openings.append(state.history)
    return openings


def canonical_moves(moves: tuple[int, ...], board_size: int) -> tuple[int, ...]:
    """The same game for all eight ways of turning the board: the smallest of its mirror images."""
    images = symmetry_moves(board_size)[:, list(moves)].tolist()
    return min(tuple(image) for image in images)


def _draw(rules: Rules, plies: int, rng: np.random.Generator) -> GameState | None:
    """A game of `plies` random moves, or None if it ran into a pass."""
    state = GameState(rules)
    for _ in range(plies):
        move = random_playout_move(state, rng)
        if move == rules.pass_move:
            return None
        state.play(move)
    return state


def _canonical_position(state: GameState) -> bytes:
    """The stones in whichever of the eight orientations comes first, and the ko point with them."""
    size = state.rules.board_size
    grid = np.append(state.stones().ravel(), np.int8(0))
    if state.simple_ko_point is not None:
        grid[state.simple_ko_point] = 2
    images: list[bytes] = [grid[image].tobytes() for image in symmetry_moves(size)]
    return min(images)
