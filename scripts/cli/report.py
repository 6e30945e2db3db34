"""`untold report`: a training run as one HTML page."""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from scripts.cli.common import ProgressLine

__all__ = ["HELP", "Config", "run"]

HELP = """\
Turns a training run into one HTML page that needs nothing else: what the network learned beside
what the told agent was told, its first moves over training, its strength against opponents that
stay the same, its losses. The run may still be going on. What is played and measured is kept in
the run's folder, so that a second report is quick and a stopped one goes on.

Examples:
  untold report runs/5x5
  untold report runs/5x5 --pairs 100 --simulations 16 --open
  untold report runs/9x9 --expert-games games/*.sgf --out nine.html
  untold report runs/shuffled --save-control control.json
"""


@dataclass(frozen=True)
class Config:
    """Options of `untold report`."""

    run: Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")] = None
    """Folder of the training run; must be given."""

    out: Path | None = None
    """The page to write; report.html in the run's folder if not given."""

    expert_games: tuple[Path, ...] = ()
    """Files of expert games (SGF) to compare moves with; they only measure, nothing learns from
    them."""

    pairs: int = 20
    """Colour-swapped pairs of games that each of six networks plays against each opponent; 0 for
    none."""

    simulations: int = 1
    """Search simulations a move in those games; with 1 a network plays its likeliest move."""

    workers: int | None = None
    """Processes that play at the same time; one for each core, where that pays, if not given."""

    open: bool = False
    """Show the page in the web browser."""

    save_control: Path | None = None
    """For a run on shuffled results: write its curve to this file instead of a page."""


def run(config: Config) -> int:
    """Make the page and say where it is."""
    if config.pairs < 0:
        raise ValueError(f"--pairs must be 0 or more, not {config.pairs}")
    if config.simulations < 1:
        raise ValueError(f"--simulations must be 1 or more, not {config.simulations}")
    if config.workers is not None and config.workers < 1:
        raise ValueError(f"--workers must be 1 or more, not {config.workers}")
    if config.run is None:
        raise ValueError("name the folder of a training run, for example: untold report runs/5x5")
    if not (config.run / "config.json").is_file():
        raise ValueError(f"{config.run} holds no training run (no config.json)")
    from selfplay.insight import make_control, make_report

    with ProgressLine() as progress:
        if config.save_control is not None:
            out = make_control(config.run, config.save_control, progress.say)
        else:
            out = make_report(
                config.run,
                config.out or config.run / "report.html",
                expert_games=config.expert_games,
                pairs=config.pairs,
                simulations=config.simulations,
                workers=config.workers,
                on_progress=progress.say,
            )
    print(out)
    if config.open and config.save_control is None:
        webbrowser.open(out.resolve().as_uri())
    return 0
