"""Prove what small boards are worth:

python -m go_engine.solving --size 2 3 4
"""

from __future__ import annotations

import argparse
import sys

from go_engine.coords import move_to_vertex
from go_engine.rules import MIN_SIZE, Rules
from go_engine.solving.bitboards import MAX_SOLVED_SIZE
from go_engine.solving.search import SearchLimitError
from go_engine.solving.solver import Solution, solve
from go_engine.state import GameState

__all__ = ["main"]

_HEAD = "size  Black's score  without superko  positions   search nodes  seconds  best first moves"


def _show_progress(line: str) -> None:
    sys.stderr.write(f"  {line}\n")
    sys.stderr.flush()


def _table_row(size: int, found: Solution) -> str:
    bounds = f"{found.low:+d} to {found.high:+d}"
    moves = " ".join(move_to_vertex(move, size) for move in found.best_moves)
    return (
        f"{size}x{size}   {found.black_score:+13d}  {bounds:>15}  {found.positions:>10,}"
        f"  {found.nodes:>12,}  {found.seconds:7.1f}  {moves}"
    )


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m go_engine.solving",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--size",
        type=int,
        nargs="+",
        default=[2, 3],
        metavar="N",
        choices=range(MIN_SIZE, MAX_SOLVED_SIZE + 1),
        help=f"board sizes, {MIN_SIZE} to {MAX_SOLVED_SIZE} (4 takes minutes)",
    )
    parser.add_argument("--ko", choices=("positional", "situational"), default="positional")
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")
    options = parser.parse_args(arguments)
    rows = []
    try:
        for size in options.size:
            start = GameState(Rules(size, ko=options.ko))
            found = solve(start, None if options.quiet else _show_progress)
            rows.append(_table_row(size, found))
    except SearchLimitError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
    sys.stdout.write("\n".join([_HEAD, *rows]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
