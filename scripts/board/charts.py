"""Pictures of numbers in characters: heat maps on the board and the course of a game."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from go_engine import BLACK, WHITE, GameState
from go_engine.concepts import chains_in_atari, is_caught_in_ladder, num_liberties
from go_engine.coords import COLUMN_LETTERS
from scripts.board.analyst import Sight
from scripts.board.words import COLOR_NAMES, dead_stones, vertex_name

__all__ = [
    "Marks",
    "course",
    "find_marks",
    "ownership_map",
    "point_map",
    "policy_map",
    "spoken_ownership",
    "spoken_policy",
]

_SPOKEN: Final = 6  # moves of a policy that are told


@dataclass(frozen=True, slots=True)
class Marks:
    """Chains in trouble, each as its points: facts, not opinions.

    Attributes:
        atari: chains with one liberty.
        ladder: chains that the other side could catch in a ladder if it moved next (those in atari
            that cannot get away among them).
    """

    atari: tuple[tuple[int, ...], ...]
    ladder: tuple[tuple[int, ...], ...]

    def words(self, state: GameState) -> str:
        """What is in trouble, in one line."""
        said = []
        for chains, what in ((self.atari, "in atari"), (self.ladder, "caught in a ladder")):
            if chains:
                named = dead_stones(state, frozenset(p for chain in chains for p in chain))
                said.append(f"{what[0].upper()}{what[1:]}: {named}.")
        return " ".join(said) or "No chain is in atari or caught in a ladder."


def find_marks(state: GameState) -> Marks:
    """What is in atari or in a ladder in this position."""
    atari = [chain for color in (BLACK, WHITE) for chain in chains_in_atari(state, color)]
    ladder = [
        chain
        for color in (BLACK, WHITE)
        for chain in state.board.chains(color)
        if num_liberties(state, chain[0]) <= 2 and is_caught_in_ladder(state, chain[0], -color)
    ]
    hopeless = [
        chain
        for chain in ladder
        if num_liberties(state, chain[0]) == 2
        or is_caught_in_ladder(state, chain[0], int(state.stones().flat[chain[0]]))
    ]
    return Marks(tuple(map(tuple, atari)), tuple(map(tuple, hopeless)))


def point_map(cells: Sequence[str], size: int) -> str:
    """Texts of at most three characters, one a point, laid out as a board with coordinates."""
    header = "   " + "".join(f"{letter:>4}" for letter in COLUMN_LETTERS[:size])
    rows = [header]
    for r in range(size):
        row = "".join(f"{cell:>4}" for cell in cells[r * size : (r + 1) * size])
        rows.append(f"{size - r:2} {row}  {size - r}")
    return "\n".join([*rows, header])


def policy_map(state: GameState, sight: Sight) -> str:
    """How likely the network finds each move, in percent; stones as X and O."""
    percent = [f"{100 * p:.0f}" if p >= 0.005 else "." for p in sight.policy[:-1]]
    return point_map(_with_stones(state, percent), state.rules.board_size)


def ownership_map(state: GameState, sight: Sight) -> str:
    """Whose each point will be: `X` or `O` sure, `x` or `o` probable, `.` open."""
    cells = []
    for value in sight.ownership:
        letter = "x" if value > 0 else "o"
        cells.append("." if abs(value) < 0.3 else letter if abs(value) < 0.8 else letter.upper())
    return point_map(cells, state.rules.board_size)


def spoken_policy(state: GameState, sight: Sight) -> str:
    """The moves that the network finds likeliest, in a sentence."""
    best = np.argsort(-sight.policy, kind="stable")[:_SPOKEN]
    named = [
        f"{vertex_name(int(move), state.rules.board_size)} {sight.policy[move]:.0%}"
        for move in best
        if sight.policy[move] >= 0.005
    ]
    return f"The network finds these moves likeliest: {', '.join(named)}."


def spoken_ownership(state: GameState, sight: Sight) -> str:
    """Whose each point will be, in a sentence for each side and one for what is open."""
    size, values = state.rules.board_size, sight.ownership
    said = []
    for color in (BLACK, WHITE):
        sure = np.flatnonzero(color * values >= 0.8)
        likely = np.flatnonzero((color * values >= 0.3) & (color * values < 0.8))
        for points, how in ((sure, "surely"), (likely, "probably")):
            if points.size:
                named = ", ".join(vertex_name(int(point), size) for point in points)
                said.append(f"{COLOR_NAMES[color]} {how} gets {named}.")
    open_points = np.flatnonzero(np.abs(values) < 0.3)
    named = ", ".join(vertex_name(int(point), size) for point in open_points)
    return "\n".join([*said, f"Open: {named or 'nothing'}."])


def _with_stones(state: GameState, cells: Iterable[str]) -> list[str]:
    stones = state.stones().ravel()
    symbols = {BLACK: "X", WHITE: "O"}
    return [symbols.get(int(stone), cell) for stone, cell in zip(stones, cells, strict=True)]


def course(rates: Sequence[float | None], width: int, height: int) -> list[list[float]]:
    """Black's win rate over a game as columns to draw.

    Args:
        rates: after each move, in [0, 1]; None where unknown (the last known one goes on).
        width: columns.
        height: rows.

    Returns one list a row from the top, a number a column: how much of the character is below the
    curve, 0 to 1; -1 in columns where no move has been made yet.
    """
    known: list[float] = []
    for rate in rates:
        known.append(rate if rate is not None else (known[-1] if known else 0.5))
    columns = np.full(width, -1.0)
    if known:
        shown = max(len(known), min(width, 20))
        for x in range(width):
            place = x * max(shown - 1, 1) / max(width - 1, 1)
            if place <= len(known) - 1 + 1e-9:
                columns[x] = np.interp(place, range(len(known)), known)
    rows = []
    for y in range(height):
        below = height - 1 - y
        rows.append(
            [-1.0 if c < 0 else float(np.clip(c * height - below, 0.0, 1.0)) for c in columns]
        )
    return rows
