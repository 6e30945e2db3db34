"""`untold watch`: two agents at the board, or the newest games of a running training."""

from __future__ import annotations

import functools
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from agents.spec import default_spec, spec_help
from go_engine import Rules
from scripts.board.analyst import Analyst
from scripts.board.line_view import LineView
from scripts.board.screen import Screen, Style, is_capable
from scripts.board.session import Session
from scripts.board.table import Setup, Table, opponent_of
from scripts.board.watching import (
    AgentGallery,
    EndOfRecordError,
    Gallery,
    RunGallery,
    WatchDesk,
)
from scripts.cli.common import make_limits, make_rng

__all__ = ["HELP", "Config", "run"]

HELP = f"""\
Watch two agents play, or the newest self-play games of a training run while it goes on.

Examples:
  untold watch                                  the bot against the player that people taught
  untold watch --black zero:simulations=100 --white gnugo
  untold watch runs/mine                        what the network plays as it learns
  untold watch --plain --games 1 --pace 0       a game as lines of text

Agents, and levels by name as in untold play:
{chr(10).join("  " + line for line in spec_help().splitlines())}
"""


@dataclass(frozen=True)
class Config:
    """Options of `untold watch`."""

    run: Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")] = None
    """Folder of a training run whose games to watch; two agents play if not given."""

    black: str | None = None
    """Who begins; the best bot there is, if not given. Colours change after each game."""

    white: str = "told"
    """Who plays against it."""

    size: int = 9
    """Points along an edge of the board, 2 to 19."""

    komi: float = 7.0
    """Points that White gets for moving second."""

    simulations: int | None = None
    """Search simulations per move; the agents' own numbers if not given."""

    pace: float = 1.0
    """Seconds between two moves at least."""

    games: int | None = None
    """Stop after so many games (with --plain); never if not given."""

    seed: int | None = None
    """Seed of all chance; random if not given."""

    plain: bool = False
    """Lines of text instead of the full screen."""

    speak: bool = False
    """Sentences for a screen reader instead of diagrams (with --plain)."""

    ascii: bool = False
    """Draw with ASCII characters alone (with --plain)."""


def run(config: Config) -> int:
    """Show games until the person leaves."""
    if not (math.isfinite(config.pace) and 0 <= config.pace <= 3600):
        raise ValueError(f"--pace must be 0 to 3600 seconds, not {config.pace:g}")
    if config.games is not None and config.games < 1:
        raise ValueError(f"--games must be 1 or more, not {config.games}")
    table = Table(Setup(size=config.size, komi=config.komi), make_rng(config.seed))
    try:
        gallery = _gallery(config, table)
        plain = config.plain or config.speak or config.ascii or config.games is not None
        if is_capable() and not plain:
            return _full_screen(config, table, gallery)
        _lines(config, gallery)
    finally:
        table.close()
    return 0


def _gallery(config: Config, table: Table) -> Gallery:
    if config.run is not None:
        if config.black is not None:
            raise ValueError("a training run has its own players; leave out --black")
        return RunGallery(config.run, table.rng)
    names = [config.black or default_spec(config.size), config.white]
    black, white = (table.bot(opponent_of(name, config.size)) for name in names)
    rules = Rules(board_size=config.size, komi=config.komi)
    return AgentGallery(black, white, rules, make_limits(config.simulations, None), table.rng)


def _full_screen(config: Config, table: Table, gallery: Gallery) -> int:
    from scripts.board.app import BoardApp

    session = _first(gallery)
    sit_down = functools.partial(WatchDesk, gallery, config.pace, table, session, Analyst())
    return BoardApp(session.state.rules.board_size, sit_down).play()


def _first(gallery: Gallery) -> Session:
    session = gallery.next()
    if session is None:
        raise ValueError("no finished game in that run yet; try again in a minute")
    return session


def _lines(config: Config, gallery: Gallery) -> None:
    screen = Screen(Style.for_stdout(config.ascii, config.speak))
    view = LineView(screen)
    session: Session | None = _first(gallery)
    shown = 0
    while True:
        if session is None:
            time.sleep(1.0)
            session = gallery.next()
            continue
        _show_game(session, view, screen, config.pace)
        shown += 1
        if shown == config.games:
            return
        session = gallery.next()


def _show_game(session: Session, view: LineView, screen: Screen, pace_s: float) -> None:
    names = " against ".join(session.name_of(color) for color in (1, -1))
    rules = session.state.rules
    screen.say(f"\n{names}, {rules.board_size}x{rules.board_size}, komi {rules.komi:g}.")
    while not session.is_over:
        color, began = session.state.to_play, time.monotonic()
        try:
            decision = session.let_agent_move()
        except EndOfRecordError:
            screen.say("This game was stopped at its longest length.")
            return
        time.sleep(max(0.0, pace_s - (time.monotonic() - began)))
        view.agents_move(session, color, decision)
