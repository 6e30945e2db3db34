"""What small boards are worth: proved scores and best moves, from the rules alone.

    python -m go_engine.solving --size 4

This is knowledge, not rules: the untold player must not see it. It serves as ground truth for
networks that learned by themselves. The theory stands in docs/solving.md.
"""

from go_engine.solving.bitboards import MAX_SOLVED_SIZE
from go_engine.solving.graph import PositionGraph, build_graph
from go_engine.solving.search import SearchLimitError
from go_engine.solving.solver import ExactValues, Solution, Solver, exact_values, solve

__all__ = [
    "MAX_SOLVED_SIZE",
    "solve",
    "Solution",
    "Solver",
    "SearchLimitError",
    "exact_values",
    "ExactValues",
    "PositionGraph",
    "build_graph",
]
