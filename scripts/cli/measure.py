"""`untold measure`: the strength of a training run's networks, on one scale."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from scripts.cli.common import ProgressLine

__all__ = ["HELP", "Config", "run"]

HELP = """\
Plays networks that a training run has kept against opponents that stay the same (random, told, GNU
Go where it is installed) and against each other, asks them for tactics and proved truths, and rates
everybody on one scale. May run beside the training. Everything is kept in RUN/strength: stop it
whenever you like, the same command goes on where it was, and more pairs or anchors add to what is
there.

Examples:
  untold measure runs/9x9
  untold measure runs/9x9 --watch
  untold measure runs/9x9 --pairs 40 --simulations 400 --nets 4 --workers 2
  untold measure runs/5x5 --anchors random told --games games/*.sgf
"""


@dataclass(frozen=True)
class Config:
    """Options of `untold measure`."""

    run: Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")] = None
    """Folder of the training run; must be given."""

    anchors: tuple[str, ...] = ()
    """Opponents that stay the same, by the agents' grammar (told, gnugo:level=5); random, told and
    GNU Go's levels 1 and 10 where it is installed, if not given."""

    pairs: int = 10
    """Colour-swapped pairs of games for every two that meet; 0 plays none. You may come back for
    more."""

    simulations: int = 64
    """Search simulations a move of the run's networks."""

    nets: int = 16
    """About how many networks are measured, spread evenly over the run so far."""

    games: tuple[Path, ...] = ()
    """Files of expert games (SGF) to compare moves with; they only measure, nothing learns from
    them."""

    watch: bool = False
    """Go on with networks that the run keeps meanwhile, the newest first, until the run is over."""

    workers: int = 1
    """Processes that play at the same time, one thread each."""

    seed: int = 0
    """Fixes the openings and all chance of the players."""


def run(config: Config) -> int:
    """Measure, and print the table."""
    for name, low in (("pairs", 0), ("simulations", 1), ("nets", 1), ("workers", 1), ("seed", 0)):
        if getattr(config, name) < low:
            raise ValueError(f"--{name} must be {low} or more, not {getattr(config, name)}")
    if config.run is None:
        raise ValueError("name the folder of a training run, for example: untold measure runs/9x9")
    if not (config.run / "config.json").is_file():
        raise ValueError(f"{config.run} holds no training run (no config.json)")
    from selfplay.insight import LadderSettings, LadderWatcher, ladder_table, measure_strength

    settings = LadderSettings(
        anchors=config.anchors or None,
        pairs=config.pairs,
        simulations=config.simulations,
        nets=config.nets,
        workers=config.workers,
        expert_games=config.games,
        seed=config.seed,
    )
    with ProgressLine() as progress:

        def note(text: str) -> None:
            progress.clear()
            print(f"untold measure: {text}", file=sys.stderr, flush=True)

        watcher = LadderWatcher(tell=progress.say, note=note)
        ladder = measure_strength(config.run, settings, watch=config.watch, watcher=watcher)
    print("no game counts yet" if ladder is None else ladder_table(ladder))
    print(config.run / "strength")
    return 0
