"""Every position of a small board, folded by symmetry, and the plays that lead between them.

A *class* is a position up to the eight symmetries of the board, seen by the player to move; turning
the colours round gives the same position with the other player to move. A *state* is what the rules
without superko look at: a class, and the point that the simple ko rule closes, if any. States
`0 .. C-1` are the classes without such a point; the rest are those with one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import kernel
from go_engine.rules import MIN_SIZE
from go_engine.solving.bitboards import (
    MAX_SOLVED_SIZE,
    NO_POINT,
    all_have_liberties,
    area_margin,
    key_to_masks,
    moved_masks,
    play,
    ternary_of_masks,
)

__all__ = ["GraphArrays", "PositionGraph", "build_graph"]

Masks = NDArray[np.int32]
Table = NDArray[np.int64]
Ints = NDArray[np.int32]


class GraphArrays(NamedTuple):
    """What kernels walk on: fields of the same names of `PositionGraph`."""

    margins: NDArray[np.int8]
    swapped: Ints
    first: Ints
    targets: Ints
    ko_class: Ints
    ko_play: Ints
    ko_first: Ints
    ko_next: Ints


@dataclass(frozen=True, slots=True)
class PositionGraph:
    """The game's graph; C classes, K states with a closed ko point, S = C + K, E plays.

    Attributes:
        size: points along an edge of the board.
        num_positions: legal positions, symmetric ones counted apart.
        class_of: int32 `[3**(N*N)]`, the class of each key; -1 where a chain has no liberty.
        keys: int32 `[C]`, the key of the one position that stands for the class.
        swapped: int32 `[C]`, the class with the colours turned round.
        margins: int8 `[C]`, area of the player to move minus the opponent's.
        first: int32 `[C + 1]`, where each class's plays start in `targets`.
        targets: int32 `[E]`, the states after the plays, seen by the player who is to move then;
            plays of a class stand in ascending order of points.
        ko_class: int32 `[K]`, the class of state `C + i`.
        ko_point: int32 `[K]`, the closed point, on the class's own position.
        ko_play: int32 `[K]`, the one entry of `targets` that the state may not use.
        ko_first: int32 `[C]`, the first state with a closed point of each class; -1 if none.
        ko_next: int32 `[K]`, the next state of the same class; -1 at the end.
        ternary, moved: the tables of `bitboards` for this size.
    """

    size: int
    num_positions: int
    class_of: Ints
    keys: Ints
    swapped: Ints
    margins: NDArray[np.int8]
    first: Ints
    targets: Ints
    ko_class: Ints
    ko_point: Ints
    ko_play: Ints
    ko_first: Ints
    ko_next: Ints
    ternary: Table
    moved: Masks

    @property
    def arrays(self) -> GraphArrays:
        """What kernels walk on."""
        return GraphArrays(*(getattr(self, name) for name in GraphArrays._fields))

    @property
    def num_classes(self) -> int:
        """C."""
        return int(self.keys.size)

    @property
    def num_states(self) -> int:
        """S."""
        return int(self.keys.size + self.ko_class.size)

    def class_at(self, own: int, other: int) -> int:
        """The class of a position given as masks.

        Raises:
            ValueError: if a chain has no liberty.
        """
        found = int(self.class_of[self.ternary[own] + 2 * self.ternary[other]])
        if found < 0:
            raise ValueError("a chain has no liberty")
        return found

    def state_at(self, own: int, other: int, closed: int) -> int:
        """The state of a position with the ko point `closed` (NO_POINT if none)."""
        c = self.class_at(own, other)
        if closed == NO_POINT:
            return c
        key = int(self.keys[c])
        place = point_on_class(own, other, closed, key, self.ternary, self.moved)
        i = int(self.ko_first[c])
        while self.ko_point[i] != place:
            i = int(self.ko_next[i])
        return self.num_classes + i


@kernel
def _number_classes(
    size: int, ternary: Table, moved: Masks, class_of: Ints, keys: Ints
) -> tuple[int, int]:
    """Fill `class_of` and `keys` (with room to spare); how many classes and positions."""
    board = (1 << (size * size)) - 1
    classes = 0
    positions = 0
    for own in range(board + 1):
        rest = board & ~own
        other = rest
        while True:  # over all subsets of the rest
            key = ternary[own] + 2 * ternary[other]
            if class_of[key] < 0 and all_have_liberties(own, other, size):
                for s in range(8):
                    image = ternary[moved[s, own]] + 2 * ternary[moved[s, other]]
                    positions += int(class_of[image] < 0)
                    class_of[image] = classes
                keys[classes] = key
                classes += 1
            if other == 0:
                break
            other = (other - 1) & rest
    return classes, positions


@kernel
def point_on_class(own: int, other: int, point: int, key: int, ternary: Table, moved: Masks) -> int:
    """Where `point` lies on the class's own position `key`; the least, if it is symmetric."""
    best = 64
    for s in range(8):
        if ternary[moved[s, own]] + 2 * ternary[moved[s, other]] == key:
            bit = moved[s, 1 << point]
            place = 0
            while bit >> place != 1:
                place += 1
            best = min(best, place)
    return best


@kernel
def _connect(
    size: int,
    ternary: Table,
    moved: Masks,
    class_of: Ints,
    keys: Ints,
    swapped: Ints,
    margins: NDArray[np.int8],
    first: Ints,
    targets: Ints,
    ko: Ints,
    ko_first: Ints,
) -> int:
    """Fill everything after `keys`; `ko [3, room]` takes class, point and next. Returns K."""
    points = size * size
    edge = 0
    states = 0
    for c in range(keys.shape[0]):
        own, other = key_to_masks(keys[c], points)
        swapped[c] = class_of[ternary[other] + 2 * ternary[own]]
        margins[c] = area_margin(own, other, size)
        first[c] = edge
        for point in range(points):
            legal, after, left, closed = play(own, other, point, size)
            if not legal:
                continue
            target = class_of[ternary[left] + 2 * ternary[after]]
            if closed != NO_POINT:
                place = point_on_class(left, after, closed, keys[target], ternary, moved)
                state = ko_first[target]
                while state >= 0 and ko[1, state] != place:
                    state = ko[2, state]
                if state < 0:
                    state = states
                    ko[0, state], ko[1, state], ko[2, state] = target, place, ko_first[target]
                    ko_first[target] = state
                    states += 1
                target = keys.shape[0] + state
            targets[edge] = target
            edge += 1
    first[keys.shape[0]] = edge
    return states


@kernel
def _find_closed_plays(size: int, keys: Ints, first: Ints, ko: Ints, ko_play: Ints) -> None:
    """Write `ko_play [K]`: which play of the class is the one on its closed point."""
    for i in range(ko_play.shape[0]):
        own, other = key_to_masks(keys[ko[0, i]], size * size)
        edge = first[ko[0, i]]
        for point in range(ko[1, i]):
            edge += int(play(own, other, point, size)[0])
        ko_play[i] = edge


def build_graph(size: int) -> PositionGraph:
    """All legal positions of a board of `size` and all plays between them.

    4x4 takes seconds and about half a gigabyte of memory.

    Raises:
        ValueError: for sizes other than 2, 3 and 4.
    """
    if not MIN_SIZE <= size <= MAX_SOLVED_SIZE:
        raise ValueError(f"size must be {MIN_SIZE} to {MAX_SOLVED_SIZE}, not {size}")
    ternary, moved = ternary_of_masks(size), moved_masks(size)
    class_of = np.full(3 ** (size * size), -1, np.int32)
    # Memory that is never written is never taken, so the room to spare costs nothing.
    room = np.empty(class_of.size, np.int32)
    classes, positions = _number_classes(size, ternary, moved, class_of, room)
    keys = room[:classes].copy()
    swapped, margins = np.empty(classes, np.int32), np.empty(classes, np.int8)
    first, ko_first = np.empty(classes + 1, np.int32), np.full(classes, -1, np.int32)
    targets = np.empty(classes * size * size, np.int32)
    ko = np.empty((3, classes * size * size), np.int32)
    count = _connect(
        size, ternary, moved, class_of, keys, swapped, margins, first, targets, ko, ko_first
    )
    ko = ko[:, :count].copy()
    ko_play = np.empty(count, np.int32)
    _find_closed_plays(size, keys, first, ko, ko_play)
    return PositionGraph(
        size=size,
        num_positions=positions,
        class_of=class_of,
        keys=keys,
        swapped=swapped,
        margins=margins,
        first=first,
        targets=targets[: first[-1]].copy(),
        ko_class=ko[0],
        ko_point=ko[1],
        ko_play=ko_play,
        ko_first=ko_first,
        ko_next=ko[2],
        ternary=ternary,
        moved=moved,
    )
