"""Random openings, all different, for the two games of a colour-swapped pair to share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from go_engine.playout import playout_scores, random_playout_move
from go_engine.rules import Rules
from go_engine.state import GameState
from go_engine.symmetry import symmetry_moves

__all__ = ["OpeningJudge", "canonical_moves", "random_openings"]

OpeningJudge = Callable[[GameState], float]
"""How far one side is ahead after an opening, in points; the sign does not matter."""

_TRIES_PER_OPENING = 1000
_PLAYOUTS = 1000  # of a 5x5 position's mean, whose standard error is then about half a point


def random_openings(
    rules: Rules,
    count: int,
    plies: int,
    rng: np.random.Generator,
    max_lead: float | None = None,
    judge: OpeningJudge | None = None,
) -> list[tuple[int, ...]]:
    """`count` openings of `plies` moves each, drawn uniformly at random.

    Every move is uniform over the legal points that fill no one-point eye of the mover's own; none
    is a pass. No two openings lead to positions that are equal up to the board's eight symmetries,
    so a transposed or mirrored opening is drawn again. Asking for more openings from an equal
    generator gives the same ones first.

    The colour swap makes any opening fair, but one that gives the whole board to Black whoever
    plays him tells nothing about the players. With `max_lead` an opening is drawn again if light
    playouts from it leave one side more than so many points ahead on average (before komi): a judge
    that knows the rules and nothing else. Another `judge` may take its place.

    With `plies` 0 there is only the empty board; it is returned `count` times.

    Raises:
        ValueError: if `count`, `plies` or `max_lead` is negative, or the board has not that many
            different openings (a thousand draws in a row gave none that was new).
    """
    if count < 0 or plies < 0 or (max_lead is not None and not max_lead >= 0):
        raise ValueError(
            f"count, plies and max_lead must not be negative, not {count}, {plies} and {max_lead}"
        )
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
            if key in seen:
                continue
            seen.add(key)
            if max_lead is None or abs((judge or _mean_lead)(state)) <= max_lead:
                break
        else:
            size = rules.board_size
            raise ValueError(
                f"cannot find {count} different openings of {plies} moves on {size}x{size} "
                f"(found {len(openings)}): ask for fewer pairs or longer openings"
            )
        openings.append(state.history)
    return openings


def _mean_lead(state: GameState) -> float:
    """Black's mean margin over light playouts; always the same for a position."""
    return float(playout_scores(state, _PLAYOUTS, np.random.default_rng(0)).mean())


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
