"""Two bounds on the value of every position that do not look at the history: see docs/solving.md.

`low` is what the player to move gets at least if a game without end is the worst for that player,
`high` what he gets at most if it is the worst for the opponent. Both are the least fixed points
over the graph, found by going through all states until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import kernel
from go_engine.solving.graph import GraphArrays, PositionGraph

__all__ = ["Values", "ValueBounds", "value_bounds"]

Values = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class ValueBounds:
    """Margins by area for the player to move, without superko; C classes, S states.

    Attributes:
        low: int8 `[S]`, if endless play is the worst for the player to move.
        high: int8 `[S]`, if endless play is the worst for the opponent.
        low_passed: int8 `[C]`, as `low` just after the opponent passed.
        high_passed: int8 `[C]`, as `high` just after the opponent passed.
        sweeps: how often all states were gone through.
    """

    low: Values
    high: Values
    low_passed: Values
    high_passed: Values
    sweeps: int

    def at(self, state: int, passed: bool) -> tuple[int, int]:
        """`(low, high)` of a state; just after the opponent's pass if `passed`."""
        if passed:
            return int(self.low_passed[state]), int(self.high_passed[state])
        return int(self.low[state]), int(self.high[state])


@kernel
def _sweep(
    graph: GraphArrays, low: Values, high: Values, low_passed: Values, high_passed: Values
) -> int:
    """Bring every state up to date with those it leads to; how many numbers changed."""
    classes = graph.margins.shape[0]
    changes = 0
    for state in range(low.shape[0]):
        with_ko = state >= classes
        c = graph.ko_class[state - classes] if with_ko else state
        closed = graph.ko_play[state - classes] if with_ko else -1
        least = -128
        most = -128
        for edge in range(graph.first[c], graph.first[c + 1]):
            if edge != closed:
                target = graph.targets[edge]
                least = max(least, -high[target])
                most = max(most, -low[target])
        if not with_ko:
            end = graph.margins[c]
            changes += int(low_passed[c] != max(least, end))
            changes += int(high_passed[c] != max(most, end))
            low_passed[c] = max(least, end)
            high_passed[c] = max(most, end)
        least = max(least, -high_passed[graph.swapped[c]])
        most = max(most, -low_passed[graph.swapped[c]])
        changes += int(low[state] != least) + int(high[state] != most)
        low[state] = least
        high[state] = most
    return changes


def value_bounds(graph: PositionGraph, report: Callable[[str], None] | None = None) -> ValueBounds:
    """The bounds of every state; `report` is told about each sweep."""
    worst = graph.size * graph.size + 1  # worse than any margin: play without end
    low = np.full(graph.num_states, -worst, np.int8)
    high = np.full(graph.num_states, worst, np.int8)
    low_passed = np.full(graph.num_classes, -worst, np.int8)
    high_passed = np.full(graph.num_classes, worst, np.int8)
    sweeps, changes, arrays = 0, 1, graph.arrays
    while changes:
        changes = _sweep(arrays, low, high, low_passed, high_passed)
        sweeps += 1
        if report is not None:
            report(f"sweep {sweeps}: {changes:,} numbers changed")
    return ValueBounds(low, high, low_passed, high_passed, sweeps)
