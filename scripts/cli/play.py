"""`untold play`: a game against a bot in the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from agents.base import Agent
from agents.spec import default_spec, make_agent, parse_spec, spec_help
from go_engine import BLACK, WHITE, GameState, Rules
from go_engine.sgf import SgfError, read_sgf
from scripts.board.keep import Keeper, default_path
from scripts.board.line import LineBoard
from scripts.board.screen import Screen, Style
from scripts.board.session import Session
from scripts.cli.common import make_limits, make_rng

__all__ = ["HELP", "Config", "run"]

HELP = f"""\
Play Go against a bot, typing points such as E5. Works in a pipe, too.

Examples:
  untold play                                   you are Black on 9x9
  untold play --color white --size 7
  untold play --agent zero:simulations=1600     a bot that thinks longer
  untold play --load game.sgf                   go on with a game
  printf 'e5\\npass\\nquit\\n' | untold play --agent random

Agents:
{chr(10).join("  " + line for line in spec_help().splitlines())}
"""

_MAX_SGF_BYTES = 1 << 20


@dataclass(frozen=True)
class Config:
    """Options of `untold play`."""

    agent: str | None = None
    """Who plays against you (see above); the best one that has weights here, if not given."""

    color: Literal["black", "white", "random"] = "black"
    """Your colour; Black begins."""

    size: int | None = None
    """Points along an edge of the board, 2 to 19; 9 if not given."""

    komi: float | None = None
    """Points that White gets for moving second; 7 if not given."""

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
    """A game to go on with (SGF); size and komi come from it."""

    ascii: bool = False
    """Draw with ASCII characters alone: X is Black, O is White."""


def run(config: Config) -> int:
    """Play in line mode."""
    rng = make_rng(config.seed)
    limits = make_limits(config.simulations, config.seconds)
    start = _start(config)
    if config.save is not None:
        Keeper(config.save, may_replace=config.save == config.load)
    screen = Screen(Style.for_stdout(config.ascii))
    agent = _make_agent(config, start.rules.board_size, screen)
    first_path = config.save or default_path()
    games = 0

    def begin() -> tuple[Session, Keeper]:
        nonlocal games
        games += 1
        if games == 1:
            state = start
            keeper = Keeper(first_path, may_replace=config.save == config.load)
        else:
            state = GameState(start.rules)
            keeper = Keeper(_numbered(config.save, games) if config.save else default_path())
        return Session(agent, _color(config.color, rng), state, limits, rng), keeper

    try:
        LineBoard(screen, begin).run()
    finally:
        agent.close()
    return 0


def _make_agent(config: Config, size: int, screen: Screen) -> Agent:
    spec = parse_spec(config.agent or default_spec(size))
    if config.agent is None:
        screen.say(f"Your opponent is {spec}; --agent chooses another.")
    if spec.kind == "zero":
        screen.say("Getting the network ready ...")  # importing torch takes a second or two
    return make_agent(spec)


def _start(config: Config) -> GameState:
    """The game to begin with.

    Raises:
        ValueError: if the options do not fit together, or the file is no SGF.
        OSError: if the file cannot be read.
    """
    if config.load is None:
        size = 9 if config.size is None else config.size
        komi = 7.0 if config.komi is None else config.komi
        return GameState(Rules(board_size=size, komi=komi))
    if config.size is not None or config.komi is not None:
        raise ValueError("--size and --komi come from the game that --load names; leave them out")
    with config.load.open("rb") as file:
        data = file.read(_MAX_SGF_BYTES + 1)
    if len(data) > _MAX_SGF_BYTES:
        raise ValueError(f"{config.load} is too large for the record of one game")
    try:
        return read_sgf(data).end()
    except SgfError as error:
        raise ValueError(f"cannot load {config.load}: {error}") from None


def _color(name: str, rng: np.random.Generator) -> int:
    if name == "random":
        return BLACK if rng.integers(2) else WHITE
    return BLACK if name == "black" else WHITE


def _numbered(path: Path, number: int) -> Path:
    """`game.sgf` for the third game becomes `game-3.sgf`."""
    return path.with_name(f"{path.stem}-{number}{path.suffix}")
