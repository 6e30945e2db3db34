"""`untold told`: train the told player's move model, compare any predictor with experts, make
labelled games, and see what each feature is worth."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes

from scripts.cli.progress import Progress

__all__ = ["HELP", "Config", "run"]

HELP = """\
The told player is classical machine learning: features that people designed, weights that come from
the moves of experts. Any collection of SGF games will do for it: files (.sgf, or compressed as
.sgf.xz) or folders of them. Who has none lets GNU Go make some.

COMMAND is train, eval, ablate, make-games, boost, teach or practise; `untold told COMMAND --help`
lists its options.

Examples:
  untold told make-games --out runs/gnugo.sgf --games 200
  untold told train --games runs/gnugo.sgf --out runs/told
  untold told eval --agent told:weights=runs/told --games held-out.sgf --json
  untold told eval --agent zero --games held-out.sgf --seen games
  untold told ablate --games games --out runs/ablation
  untold told teach --games games --out runs/taught
  untold told practise --out runs/practised
  untold play --agent told:weights=runs/told
"""

_INTERRUPTED = 130


@dataclass(frozen=True)
class Train:
    """Learn the weights of the features from labelled games; validates on games held back.

    What was cut off goes on when the same command is given again.
    """

    games: tuple[Path, ...]
    """Files of SGF games, one or many in each, or folders of them."""

    out: Path = Path("runs/told")
    """Folder for the weights and the model card."""

    source: str = ""
    """Where the games come from, in words, for the model card."""

    held_out: float = 0.1
    """Share of the games kept back for validation."""

    epochs: int = 8
    """Passes over the training positions."""

    l2: float = 1e-6
    """Strength of the pull towards small weights."""

    playouts: int = 0
    """Random playouts of each position for the feature `owner`, Monte-Carlo ownership; 0 does
    without it. The agent then needs them for every move, too."""

    seed: int = 1
    """Fixes the split and the order of positions."""


@dataclass(frozen=True)
class Eval:
    """Agreement of an agent's move probabilities with the moves played in games."""

    games: tuple[Path, ...]
    """Files of SGF games that the agent was not trained on, or folders of them."""

    agent: str = "told"
    """Who is asked: told, zero or another that gives move probabilities, with options
    (told:weights=runs/told)."""

    seen: tuple[Path, ...] = ()
    """Files or folders of the games that the agent was trained on: counts the positions that occur
    in none of them, not even turned or mirrored, once more by themselves."""

    held_out: float = 0.0
    """Ask only about the share of the games that training with this --held-out and --seed keeps
    back; the others count as seen."""

    seed: int = 0
    """Seed of the split by --held-out, as in training."""

    json: bool = False
    """Print one JSON object: positions, top1, top3, log_loss; with --seen or --held-out, `new`
    holds the same for the positions that were not seen."""


@dataclass(frozen=True)
class Ablate:
    """Train again and again, each time without one family of features: what is each worth?

    What was cut off goes on when the same command is given again. Prints a Markdown table.
    """

    games: tuple[Path, ...]
    """Files of SGF games, or folders of them."""

    out: Path = Path("runs/ablation")
    """Folder for what was read, the results and, with --save, the models."""

    without: tuple[str, ...] = ()
    """Families or groups to leave out; all of them if none is named."""

    save: bool = False
    """Keep each model in the folder, to play with told:weights=FOLDER/NAME."""

    held_out: float = 0.1
    """Share of the games kept back for validation."""

    epochs: int = 4
    """Passes over the training positions, for each model."""

    seed: int = 1
    """Fixes the split and the order of positions."""


@dataclass(frozen=True)
class MakeGames:
    """Let GNU Go play itself: a labelled set out of an apt package.

    Stopped at any moment, the file holds whole games; the same command goes on after them.
    """

    out: Path
    """The SGF collection, one game a line."""

    games: int = 1000
    """How many games it is to hold."""

    levels: tuple[int, int] = (1, 10)
    """Lowest and highest level of GNU Go; each side of a game has its own."""

    opening: tuple[int, int] = (0, 6)
    """Fewest and most random moves before the players begin; they are set-up stones, no labels."""

    size: int = 9
    """Points a side."""

    komi: float = 7.0
    """White's compensation."""

    seed: int = 1
    """The same seed makes the same games."""

    at_once: int = 1
    """Games played side by side."""


@dataclass(frozen=True)
class Teach:
    """Teach the untold network experts' moves: told moves, but no features (agent `taught`).

    What was cut off goes on when the same command is given again.
    """

    games: tuple[Path, ...]
    """Files of SGF games, or folders of them."""

    out: Path = Path("runs/taught")
    """Folder for the network and the model card."""

    source: str = ""
    """Where the games come from, in words, for the model card."""

    net: str = "tiny"
    """Size of the network: tiny, small, medium or large."""

    epochs: float = 4.0
    """How often each position is learned from."""

    held_out: float = 0.1
    """Share of the games kept back for validation."""

    seed: int = 1
    """Fixes the split, the first weights and the order."""


@dataclass(frozen=True)
class Practise:
    """Let the told features' model learn by self-play: told features, but no moves (agent
    `practised`).

    What was cut off goes on when the same command is given again.
    """

    out: Path = Path("runs/practised")
    """Folder for the weights and the model card."""

    games: int = 2000
    """Games of self-play."""

    size: int = 9
    """Points a side."""

    playouts: int = 96
    """Random playouts of each position."""

    candidates: int = 8
    """Moves of each position that are tried."""

    at_once: int = 40
    """Games between two fits."""

    patterns_after: int = 400
    """Games after which patterns are collected from the games so far, ..."""

    min_seen: int = 100
    """... those seen at least so often."""

    seed: int = 1
    """Fixes all that is random."""


@dataclass(frozen=True)
class Boost:
    """Boost trees (LightGBM, an extra: pip install 'untold[boosted]') on the told features, upon
    a linear model trained on the same games with the same split."""

    games: tuple[Path, ...]
    """Files of SGF games, or folders of them: those that the linear model was trained on."""

    linear: Path | None = None
    """Folder of the linear model; the shipped one if none is named."""

    out: Path = Path("runs/boosted")
    """Folder for the model and its card."""

    rounds: int = 150
    """Trees."""

    max_games: int = 2000
    """Training games at most (memory: 150 bytes for every legal move)."""

    held_out: float = 0.1
    """Share of the games kept back for validation."""

    seed: int = 1
    """Fixes the split."""


@dataclass(frozen=True)
class Config:
    """What `untold told` is asked to do."""

    command: OmitArgPrefixes[
        OmitSubcommandPrefixes[Train | Eval | Ablate | MakeGames | Boost | Teach | Practise]
    ]


def run(config: Config) -> int:
    """Do what was asked; 130 if interrupted."""
    from scripts.cli import told_work

    command = config.command
    with Progress() as progress:
        try:
            if isinstance(command, Train):
                return told_work.train(command, progress)
            if isinstance(command, Ablate):
                return told_work.ablate(command, progress)
            if isinstance(command, Teach):
                return told_work.teach(command, progress)
            if isinstance(command, Boost):
                return told_work.boost(command, progress)
            if isinstance(command, Practise):
                return told_work.practise(command, progress)
            if isinstance(command, MakeGames):
                return told_work.make(command, progress)
            return told_work.evaluate(command, progress)
        except KeyboardInterrupt:
            progress.close()
            print("stopped; the same command goes on where it was", file=sys.stderr)
            return _INTERRUPTED
