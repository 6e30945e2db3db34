"""Measure the told player's playouts and search on this machine, on 9x9.

    python scripts/bench_told.py
    python scripts/bench_told.py --seconds 10

The last line is JSON: playout_moves_per_s, playouts_per_s (from the empty board), light_moves_per_s
(uniform playouts beside them), search_playouts_per_s (told priors and the tree included, from the
positions of a game). Per second of processor time, a median of five runs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

__all__ = ["Config", "main"]

_PROG: Final = "bench_told.py"


@dataclass(frozen=True)
class Config:
    """For how long to measure."""

    seconds: float = 2.0
    """longest time for each of three measurements, in seconds"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own); the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        from scripts.cli.parse import parse

        config = parse(Config, args, prog=_PROG, description=__doc__ or "")
        if not 0.001 <= config.seconds <= 3600:
            raise ValueError(f"--seconds must be from 0.001 to 3600, not {config.seconds:g}")
        figures = _measure(config.seconds)
    except (ValueError, ModuleNotFoundError) as error:
        print(f"{_PROG}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{_PROG}: stopped", file=sys.stderr)
        return 130
    for name, rate in figures.items():
        print(f"{name.removesuffix('_per_s').replace('_', ' '):18} {rate:12,.0f} a second")
    print(json.dumps({name: round(rate, 1) for name, rate in figures.items()}))
    return 0


def _measure(seconds: float) -> dict[str, float]:
    from scripts.bench import ours, told
    from scripts.bench.timing import median_rate

    moves = median_rate(told.playout_moves(), seconds)
    light = median_rate(ours.playouts(1), seconds) * ours.mean_playout_length()
    return {
        "playout_moves_per_s": moves,
        "playouts_per_s": moves / told.mean_playout_length(),
        "light_moves_per_s": light,
        "search_playouts_per_s": median_rate(told.searches(), seconds),
    }


if __name__ == "__main__":
    sys.exit(main())
