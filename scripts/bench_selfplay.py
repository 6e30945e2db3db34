"""Measure self-play beside the bare speed of its network, in one run on one machine.

    python scripts/bench_selfplay.py
    python scripts/bench_selfplay.py --backend int8 --net medium --simulations 32
    python scripts/bench_selfplay.py --device cuda --seconds 40
    python scripts/bench_selfplay.py --peers --peers-python ~/jax/bin/python

`raw` is the evaluator on batches that are ready, at its best batch size and process layout; `bare`
the backend below it on one fixed batch; `self-play` the whole, learner off. They take turns, and
the figures are medians. An evaluation of self-play counts if it was a leaf, was computed (a cache
in front of the evaluator answers nothing here, and padding happens behind it) and differs from
every other leaf: all planes are hashed (the time for this is taken out) and compared over all
rounds and processes.

The last line is JSON: backend, net, num_simulations, raw_evals_per_s, selfplay_evals_per_s, ratio
(the median of the rounds' ratios), positions_per_s, games_per_s, and more. Needs nothing but what
training needs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

if TYPE_CHECKING:
    from scripts.bench.report import Report
    from scripts.bench.selfplay import Settings

__all__ = ["main"]

_PROG: Final = "bench_selfplay.py"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own); the exit code."""
    try:
        settings = _settings(_parser().parse_args(argv))
        from scripts.bench.selfplay import measure

        report = measure(settings, _say)
        _say("")
        _print_table(report)
        print(json.dumps(report.figures()))
    except (ValueError, ModuleNotFoundError, OSError) as error:
        _say("")
        print(f"{_PROG}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        _say("")
        print(f"{_PROG}: stopped", file=sys.stderr)
        return 130
    return 0


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see {_PROG} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=_PROG,
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    add(
        "--backend",
        default="auto",
        help="auto, torch, torch-float32, torch-bfloat16, openvino, int8 (default: auto)",
    )
    add("--net", help="tiny, small, medium, large or e.g. 5x64 (default: small; peers: 5x64)")
    add("--weights", type=Path, help="a weights file, instead of --net with random weights")
    add("--size", type=int, default=9, help="points along an edge (default: 9)")
    add("--simulations", type=int, help="of each move (default: 16; with --peers 32)")
    add("--games", type=int, help="in each process at once (default: the best batch size)")
    add("--processes", type=int, help="measure this layout alone (default: try several)")
    add("--seconds", type=float, default=30.0, help="measuring time in all (default: 30)")
    add("--clock", default="wall", help="cpu: seconds of processor time, where others run too")
    add("--learn", action="store_true", help="also measure the learner, and its share of the time")
    add("--peers", action="store_true", help="also pgx + mctx and OpenSpiel; takes minutes")
    add("--peers-python", type=Path, help="the Python that has them (default: this one)")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    """Raises ValueError in one line for what cannot be."""
    from scripts.bench.selfplay import Settings

    default_net, default_simulations = ("5x64", 32) if options.peers else ("small", 16)
    return Settings(
        device=options.device,
        backend=options.backend,
        net=options.net if options.net is not None else default_net,
        weights=options.weights,
        size=options.size,
        simulations=(
            options.simulations if options.simulations is not None else default_simulations
        ),
        games=options.games,
        processes=options.processes,
        seconds=options.seconds,
        learn=options.learn,
        peers=options.peers,
        clock=options.clock,
        peers_python=options.peers_python or Path(sys.executable),
    )


def _print_table(report: Report) -> None:
    rows: list[tuple[str, str, str]] = report.rows()
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    print(report.title)
    for what, figure, remark in rows:
        print(f"  {what:<{widths[0]}}  {figure:>{widths[1]}}  {remark}".rstrip())


def _say(what: str) -> None:
    """Show what is being measured, to a person who waits at a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what and f'measuring: {what}'}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
