"""`untold status`: how a training is doing, while it goes on or afterwards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

__all__ = ["HELP", "Config", "run"]

HELP = """\
How a training run is doing; it may be going on.

Examples:
  untold status runs/9x9
  untold status runs/9x9 --json
"""


@dataclass(frozen=True)
class Config:
    """Options of `untold status`."""

    run: Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")] = None
    """Folder of the training run; must be given."""

    json: bool = False
    """One JSON object instead of text."""


def run(config: Config) -> int:
    """Print the state of the run."""
    from selfplay import run_status

    if config.run is None:
        raise ValueError("name the folder of a training run: untold status runs/9x9")
    status = run_status(config.run)
    print(json.dumps(status) if config.json else "\n".join(_lines(status)))
    return 0


def _lines(status: dict[str, Any]) -> list[str]:
    state = "going on" if status["running"] else "not running"
    if "iteration" not in status:
        return [f"{status['run']}: {state}, no iteration finished yet"]
    left = status["hours_left"]
    lines = [
        f"{status['run']}: {state}, {status['progress']:.1%} done"
        + ("" if left is None else f", about {left:.1f} hours left"),
        f"  board        {status['board_size']}x{status['board_size']}, "
        f"{status['simulations']} simulations a move",
        f"  so far       {status['positions']:,} positions, {status['games']:,} games, "
        f"{status['evaluations']:,} evaluations, {status['steps']:,} steps, "
        f"{status['hours']:.2f} hours",
        f"  at present   {status['positions_per_s']:.0f} positions/s, "
        f"{status['evaluations_per_s']:,.0f} evaluations/s, "
        f"learning {status['learn_share']:.0%} of the time",
        f"  last numbers {status['age_s']:.0f} s ago (iteration {status['iteration']})",
    ]
    for label, losses in (("losses", status["losses"]), ("held out", status["held_out"])):
        if losses is not None:
            parts = ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
            lines.append(f"  {label:<12} {parts}")
    return lines
