"""`untold play`: a game against a bot in the terminal."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agents.spec import spec_help
from scripts.board.analyst import Analyst
from scripts.board.clock import read_time
from scripts.board.files import load_tree, newest_game
from scripts.board.levels import available_levels, level_rows, read_ratings
from scripts.board.line import LineBoard
from scripts.board.line_study import LineStudy
from scripts.board.screen import Screen, Style, is_capable
from scripts.board.session import Session
from scripts.board.table import FOREIGN, Setup, Table, opponent_of
from scripts.board.tree import GameTree
from scripts.cli.common import make_limits, make_rng

__all__ = ["HELP", "Config", "run"]


def _level_lines() -> list[str]:
    rows = level_rows(available_levels())
    width = max([len(name) for name, _, _ in rows], default=0)
    is_rated = any(rating != "–" for _, rating, _ in rows)
    lines = [f"  {n:{width}}  {f'{elo:>6}  ' if is_rated else ''}{words}" for n, elo, words in rows]
    return [*lines, f"  (ratings: {read_ratings()['scale']})"] if is_rated else lines


HELP = f"""\
Play Go against a bot: a board to click and type on, or plain lines (--plain, and by itself in a
pipe or on a small or simple terminal). Press ? or type help for everything you can do.

Examples:
  untold play                                   you are Black on 9x9
  untold play --level first-steps --color white
  untold play --size 7 --handicap 2 --time 10+5
  untold play --agent zero:simulations=1600     a bot that thinks longer
  untold play --resume                          go on with your last game
  untold play --load game.sgf                   look through a game, go on from anywhere
  untold play --plain --speak                   for a screen reader
  printf 'e5\\npass\\nquit\\n' | untold play --agent random

Levels:
{chr(10).join(_level_lines()) or "  none: no weights are here"}

Agents:
{chr(10).join("  " + line for line in spec_help().splitlines())}
"""


@dataclass(frozen=True)
class Config:
    """Options of `untold play`."""

    agent: str | None = None
    """Who plays against you (see above); nobody lets you play both sides."""

    level: str | None = None
    """How strong the bot is, by name (see above), instead of --agent."""

    color: Literal["black", "white", "random"] = "black"
    """Your colour; Black begins."""

    size: int | None = None
    """Points along an edge of the board, 2 to 19; 9 if not given."""

    komi: float | None = None
    """Points that White gets for moving second; 7 if not given."""

    handicap: int = 0
    """Stones that Black has on the board before White begins; 0 for none."""

    time: str | None = None
    """Clocks: minutes for the game, or minutes+seconds per move such as 10+5; none if not given."""

    simulations: int | None = None
    """Search simulations per move of the bot; its own number if not given."""

    seconds: float | None = None
    """Seconds per move of the bot at most."""

    seed: int | None = None
    """Seed of all chance; the same seed and moves give the same game. Random if not given."""

    save: Path | None = None
    """File to keep the game in (SGF), written after every move; a new one in your data folder if
    not given."""

    load: Path | None = None
    """A game to look at or to go on with (SGF); size and komi come from it."""

    resume: bool = False
    """Go on with the game that was kept last, in the same file."""

    plain: bool = False
    """Lines of text instead of the full screen."""

    speak: bool = False
    """Sentences for a screen reader instead of diagrams (with --plain)."""

    ascii: bool = False
    """Draw with ASCII characters alone: X is Black, O is White (with --plain)."""


def run(config: Config) -> int:
    """Play on the screen that the terminal can show."""
    rng = make_rng(config.seed)
    tree, path = _record(config)
    size = tree.start.rules.board_size if tree else 9 if config.size is None else config.size
    setup = Setup(
        opponent=_opponent(config, size, tree),
        color=_color(config, tree),
        size=size,
        komi=7.0 if config.komi is None else config.komi,
        handicap=config.handicap,
        time=None if config.time is None else read_time(config.time),
        limits=make_limits(config.simulations, config.seconds),
    )
    setup.check()
    if config.resume and tree is not None:
        tree.black = tree.white = ""  # the same two play on
    save = config.save or (path if config.resume else None)
    table = Table(setup, rng, save=save, may_replace=save is not None and save == path)
    try:
        plain = config.plain or config.speak or config.ascii
        if is_capable() and not plain:
            return _full_screen(table, tree)
        _lines(config, table, table.begin(tree=tree))
    finally:
        table.close()
    return 0


def _full_screen(table: Table, tree: GameTree | None) -> int:
    # One core for the network, read when torch is first imported: keys are answered on the other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from scripts.board.app import BoardApp
    from scripts.board.desk import Desk

    def sit_down(**screen: Any) -> Desk:
        return Desk(table, table.begin(tree=tree), Analyst(), **screen)

    return BoardApp(table.setup.size, sit_down).play()


def _lines(config: Config, table: Table, session: Session) -> None:
    screen = Screen(Style.for_stdout(config.ascii, config.speak))
    opponent = table.setup.opponent
    if config.agent is None and config.level is None and opponent:
        screen.say(f"Your opponent is {opponent}; --level and --agent choose another.")
    if opponent.partition(":")[0] in FOREIGN:
        table.bot(opponent).wake()  # a program that is not there is better found missing now
    elif opponent and not session.is_over:
        # Libraries and weights take a second or two, in which the person can look at the board.
        warm_up, state = table.bot(opponent).warm_up, session.state.copy()
        threading.Thread(target=warm_up, args=(state,), name="warm-up", daemon=True).start()
    LineBoard(screen, table, session, LineStudy(screen, Analyst())).run()


def _record(config: Config) -> tuple[GameTree | None, Path | None]:
    """The game to go on with, and its file.

    Raises:
        ValueError: if the options do not fit together, or the file is no SGF.
        OSError: if the file cannot be read.
    """
    if config.load is None and not config.resume:
        return None, None
    if config.load is not None and config.resume:
        raise ValueError("--resume goes on with your last game; leave out --load")
    option = "--resume" if config.resume else "--load"
    if config.size is not None or config.komi is not None or config.handicap:
        raise ValueError(
            f"--size, --komi and --handicap come from the game that {option} names; leave them out"
        )
    path = newest_game() if config.load is None else config.load
    return load_tree(path), path


def _opponent(config: Config, size: int, tree: GameTree | None) -> str:
    if config.agent is not None and config.level is not None:
        raise ValueError("--level and --agent both name the bot; give one of them")
    text = config.level or config.agent
    if text == "nobody":
        return ""
    if text is None and config.resume and tree is not None:
        text = tree.white if tree.black == "you" else tree.black
        if text == "you":
            return ""
    if config.level is not None and config.level not in {lv.name for lv in available_levels()}:
        from scripts.board.levels import find_level

        return find_level(config.level).name
    return opponent_of(text, size)


def _color(config: Config, tree: GameTree | None) -> str:
    if config.resume and tree is not None and tree.white == "you" and tree.black != "you":
        return "white"
    return config.color
