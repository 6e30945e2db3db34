"""Measure the rules engine and the environments on this machine, beside their peers.

    python scripts/bench_engine.py
    python scripts/bench_engine.py --peers

The last line is JSON: playouts_per_s, masked_moves_per_s, python_moves_per_s, vector_moves_per_s,
pettingzoo_env_moves_per_s, peers. Everything is on 9x9 with positional superko, per second of
processor time, a median of five runs; two threads are measured by the clock on the wall and need
two idle cores. Where other programs run, the ratios to peers in the same run still tell. With
--peers, PettingZoo's go_v5, OpenSpiel and pgx are measured too where they are installed; nothing
is installed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

__all__ = ["Config", "main"]

_GAMES: Final = (128, 2048)
_PROG: Final = "bench_engine.py"

Rows = list[tuple[str, float, str]]


@dataclass(frozen=True)
class Config:
    """What to measure and for how long."""

    seconds: float = 1.5
    """longest time for each measurement, in seconds; the whole takes about 12 times as long"""
    peers: bool = False
    """also measure other libraries, where they are installed"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own); the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        from scripts.cli.parse import parse

        config = parse(Config, args, prog=_PROG, description=__doc__ or "")
        if not 0.001 <= config.seconds <= 3600:
            raise ValueError(f"--seconds must be from 0.001 to 3600, not {config.seconds:g}")
        _run(config)
    except (ValueError, ModuleNotFoundError) as error:
        print(f"{_PROG}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{_PROG}: stopped", file=sys.stderr)
        return 130
    return 0


def _run(config: Config) -> None:
    """Measure, then print the table and the line of JSON."""
    from scripts.bench.ours import stored_games
    from scripts.bench.peers import PEERS, measure_peer

    games = stored_games(40)
    rows, figures = _ours(config.seconds, games)
    peers: dict[str, dict[str, float] | None] = {}
    for name in PEERS if config.peers else ():
        _say(name)
        peers[name] = measure_peer(name, games, config.seconds)
    _say("")
    _print_table(rows + _beside(peers, figures))
    peer_figures = {
        name: None if found is None else {key: round(rate, 1) for key, rate in found.items()}
        for name, found in peers.items()
    }
    ours = {key: round(rate, 1) for key, rate in figures.items()}
    print(json.dumps({**ours, "peers": peer_figures}))


def _ours(seconds: float, games: list[list[int]]) -> tuple[Rows, dict[str, float]]:
    """Rows of the table (what, how much, remark) and the figures for the JSON line."""
    from scripts.bench import ours
    from scripts.bench.timing import Work, median_rate, thread_gain

    rows: Rows = []

    def measure(what: str, work: Work, remark: str = "") -> float:
        _say(what)
        rate = median_rate(work, seconds)
        rows.append((what, rate, remark))
        return rate

    playouts = measure("light playouts", ours.playouts(1), "scored; no own eye filled")
    length = ours.mean_playout_length()
    rows.append(("their moves", playouts * length, f"{length:.1f} a playout"))
    if (os.cpu_count() or 1) > 1:
        _say("two threads")
        gain = thread_gain([ours.playouts(2), ours.playouts(3)], seconds)
        rows.append(("playouts, two threads", playouts * gain, f"{gain:.2f} times one"))
    measure("game copies", ours.copies(), "GameState.copy()")
    python = measure("moves from Python", ours.python_steps(games), "play() and is_over")
    masked, vector = [], []
    for count in _GAMES:
        text = f"{count} games at once"
        masked.append(measure(text, ours.bare_steps(count), "masks, bare kernels"))
        for planes, remark in ((False, "masks"), (True, "masks, planes")):
            rate = measure(text, ours.vector_steps(count, planes), f"{remark}, environment")
            if planes:
                vector.append(rate)
    env = measure("PettingZoo environment", ours.environment_steps(games), "last() and step()")
    return rows, {
        "playouts_per_s": playouts,
        "masked_moves_per_s": max(masked),
        "python_moves_per_s": python,
        "vector_moves_per_s": max(vector),
        "pettingzoo_env_moves_per_s": env,
    }


def _beside(peers: dict[str, dict[str, float] | None], figures: dict[str, float]) -> Rows:
    """A row for each figure of a peer, with how many times as fast we are."""
    rows: Rows = []
    for name, found in peers.items():
        if found is None:
            rows.append((name, float("nan"), "not installed"))
            continue
        for key, rate in found.items():
            times = f"ours: {figures[key] / rate:.1f} times" if key in figures else ""
            rows.append((f"{name}: {key.removesuffix('_per_s').replace('_', ' ')}", rate, times))
    return rows


def _print_table(rows: Rows) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("what", "per second", "", title="9x9, positional superko; medians")
    table.columns[1].justify = "right"
    for what, rate, remark in rows:
        table.add_row(what, "" if rate != rate else f"{rate:,.0f}", remark)
    Console(soft_wrap=True).print(table)


def _say(what: str) -> None:
    """Show what is being measured, to a person who waits at a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what and f'measuring: {what}'}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
