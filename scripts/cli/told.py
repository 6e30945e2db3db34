"""`untold told`: train the told player's move model, and compare any predictor with experts."""

from __future__ import annotations

import errno
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes

if TYPE_CHECKING:
    from go_engine.sgf import SgfError

__all__ = ["HELP", "Config", "Eval", "Train", "run"]

HELP = """\
The told player is classical machine learning: features that people designed, weights that come from
the moves of experts. Any collection of SGF games will do for it (.sgf, or compressed as .sgf.xz).

COMMAND is train or eval; `untold told COMMAND --help` lists its options.

Examples:
  untold told train --games games/*.sgf --out runs/told
  untold told eval --agent told --games held-out.sgf
  untold told eval --agent told:weights=runs/told --games held-out.sgf --json
  untold play --agent told:weights=runs/told
"""

_INTERRUPTED = 130
_EVERY_S = 20.0  # seconds between progress lines where no terminal shows a bar


@dataclass(frozen=True)
class Train:
    """Learn the weights of the features from labelled games; validates on games held back."""

    games: tuple[Path, ...]
    """Files of SGF games, one or many in each."""

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

    seed: int = 1
    """Fixes the split and the order of positions."""


@dataclass(frozen=True)
class Eval:
    """Agreement of an agent's move probabilities with the moves played in games."""

    games: tuple[Path, ...]
    """Files of SGF games that the agent was not trained on."""

    agent: str = "told"
    """Who is asked: told or zero, with options (told:weights=runs/told)."""

    json: bool = False
    """Print one JSON object: positions, top1, top3, log_loss."""


@dataclass(frozen=True)
class Config:
    """What `untold told` is asked to do."""

    command: OmitArgPrefixes[OmitSubcommandPrefixes[Train | Eval]]


def run(config: Config) -> int:
    """Train or compare; 130 if interrupted."""
    with _Progress() as progress:
        try:
            if isinstance(config.command, Train):
                return _train(config.command, progress)
            return _evaluate(config.command, progress)
        except KeyboardInterrupt:
            progress.close()
            print("stopped; nothing was written", file=sys.stderr)
            return _INTERRUPTED


def _train(config: Train, progress: _Progress) -> int:
    from selfplay.supervised import TrainConfig, train_from_files, write_trained

    _check_writable(config.out)  # before the work, not after it
    settings = TrainConfig(
        epochs=config.epochs, l2=config.l2, held_out=config.held_out, seed=config.seed
    )
    result = train_from_files(config.games, settings, progress.show, progress.complain)
    progress.close()
    write_trained(result, config.out, source=config.source, command=_command(config))
    agreement, training = result.agreement, result.trained
    if training.interrupted:
        print(
            f"stopped after {len(training.epochs)} of {config.epochs} epochs; kept what it learned"
        )
    print(
        f"{result.train_games:,} games with {result.train_positions:,} positions learned from; "
        f"on {result.held_out_games:,} games held back:"
    )
    print(_in_words(agreement))
    print(f"weights and card: {config.out}")
    print(f"Play it: untold play --agent told:weights={config.out}")
    return _INTERRUPTED if training.interrupted else 0


def _check_writable(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))


def _command(config: Train) -> str:
    """The command line that trains the same again, whatever the files were called."""
    return (
        f"untold told train --games GAMES --out OUT --held-out {config.held_out:g} "
        f"--epochs {config.epochs} --l2 {config.l2:g} --seed {config.seed}"
    )


def _evaluate(config: Eval, progress: _Progress) -> int:
    import json

    from agents.base import AgentError, MovePredictor
    from agents.spec import make_agent
    from selfplay.supervised import evaluate_predictor, read_games

    agent = make_agent(config.agent)
    try:
        if not isinstance(agent, MovePredictor):
            raise AgentError(f"{config.agent} gives no move probabilities; told and zero do")
        games = read_games(config.games, progress.complain, progress.show)
        agreement = evaluate_predictor(agent, games, progress=progress.show)
    finally:
        agent.close()
    progress.close()
    print(json.dumps(agreement) if config.json else _in_words(agreement))
    return 0


def _in_words(agreement: Any) -> str:
    return (
        f"{agreement['positions']:,} positions: the move played was the likeliest in "
        f"{agreement['top1']:.1%}, among the three likeliest in {agreement['top3']:.1%}; "
        f"mean log-loss {agreement['log_loss']:.4f}"
    )


class _Progress:
    """A bar on a terminal; elsewhere a line now and then. Both on stderr."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._what = ""
        self._said = time.monotonic()

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def show(self, what: str, done: int, total: int) -> None:
        """What is being done, how much of it is done, and how much there is (0: unknown)."""
        if sys.stderr.isatty():
            self._show_bar(what, done, total)
        elif what != self._what or time.monotonic() - self._said > _EVERY_S:
            self._said = time.monotonic()
            print(f"{what}: {done:,}" + (f" of {total:,}" if total else ""), file=sys.stderr)
        self._what = what

    def _show_bar(self, what: str, done: int, total: int) -> None:
        from tqdm import tqdm

        if self._bar is None or what != self._what:
            self.close()
            self._bar = tqdm(total=total or None, desc=what, dynamic_ncols=True)
        self._bar.update(done - self._bar.n)

    def complain(self, error: SgfError) -> None:
        """A game that cannot be read is named and left out."""
        if self._bar is not None:
            self._bar.write(f"left out: {error}", file=sys.stderr)
        else:
            print(f"left out: {error}", file=sys.stderr)
