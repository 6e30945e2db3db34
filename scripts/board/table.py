"""The table that games are played at: makes the bots, begins games, knows where they are kept."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from agents.base import Agent, AgentError, Decision, Limits, MovePredictor, Stoppable
from agents.spec import default_spec, make_agent, parse_spec
from go_engine import BLACK, WHITE, GameState, Rules, handicap_points
from scripts.board.clock import Clock
from scripts.board.keep import Keeper, default_path
from scripts.board.levels import DEFAULT, available_levels, find_level, make_level
from scripts.board.session import Session
from scripts.board.tree import GameTree

__all__ = ["FOREIGN", "LazyAgent", "Setup", "Table", "opponent_of"]

FOREIGN: Final = ("gtp", "gnugo")
"""Kinds of agents that are programs of other people, with manners of their own."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a game is to be.

    Attributes:
        opponent: an agent's spec or a level's name; empty for nobody (both sides are yours).
        color: yours: `black`, `white` or `random`.
        size, komi: of the board, in points.
        handicap: black stones before White's first move; 0 for none.
        time: seconds for the game and per move for each side; None without clocks.
        limits: what a move of the bot may cost.
    """

    opponent: str = ""
    color: str = "black"
    size: int = 9
    komi: float = 7.0
    handicap: int = 0
    time: tuple[float, float] | None = None
    limits: Limits = field(default_factory=Limits)

    def check(self) -> None:
        """Quickly make sure that there can be such a game.

        Raises:
            ValueError: if rules or handicap are impossible.
        """
        if not 2 <= self.size <= 19:
            raise ValueError(f"the size must be a whole number from 2 to 19, not {self.size}")
        Rules(board_size=self.size, komi=self.komi)
        if self.handicap:
            handicap_points(self.size, self.handicap)

    def start(self) -> GameState:
        """The position to begin with.

        Raises:
            ValueError: if rules or handicap are impossible.
        """
        rules = Rules(board_size=self.size, komi=self.komi)
        if not self.handicap:
            return GameState(rules)
        return GameState.with_handicap(rules, handicap_points(self.size, self.handicap))


def opponent_of(text: str | None, size: int) -> str:
    """The opponent that a person named, or the default: a level where there are weights.

    Raises:
        ValueError, SpecError: if it is neither a level nor an agent.
    """
    if text is None:
        return DEFAULT if available_levels() else default_spec(size)
    if text.lower() in {level.name for level in available_levels()}:
        return text.lower()
    return str(parse_spec(text))


class LazyAgent:
    """An agent that is made when it is first asked, so that the board need not wait for it. One
    thread may warm it up while another goes on.

    Attributes:
        stop: see `Stoppable`; agents that know nothing of it think to their end, as those do that
            answer at once anyway.
        is_warm: whether its next answer will not have to wait for anything but its thinking.
    """

    def __init__(self, name: str, make: Callable[[], Agent]) -> None:
        self.name = name
        self.stop: threading.Event | None = None
        self._make = make
        self._agent: Agent | None = None
        self._lock = threading.RLock()
        self._is_new_game = False
        self.is_warm = False

    def wake(self) -> Agent:
        """The agent itself, made now if need be.

        Raises:
            AgentError: if it cannot be made.
        """
        with self._lock:
            if self._agent is None:
                self._agent = self._make()
            return self._agent

    def warm_up(self, state: GameState) -> None:
        """Do now what the first move of a game like `state`, which is not over, would wait for:
        libraries, weights, kernels. What goes wrong is said at that move.

        Raises:
            Stopped: see `Stoppable`.
        """
        with contextlib.suppress(AgentError), self._lock:
            agent = self.wake()
            if isinstance(agent, MovePredictor):  # one of ours
                self.select_move(state, Limits(simulations=2), np.random.default_rng(0))
                agent.new_game()
            self.is_warm = True

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        """See `Agent.select_move`."""
        with self._lock:
            agent = self.wake()
            if isinstance(agent, Stoppable):
                agent.stop = self.stop
            if self._is_new_game:
                self._is_new_game = False
                agent.new_game()
            decision = agent.select_move(state, limits, rng)
            self.is_warm = True
            return decision

    def new_game(self) -> None:
        """See `Agent.new_game`. The agent hears of it with the next position: it may be thinking in
        another thread now."""
        self._is_new_game = True

    def close(self) -> None:
        """See `Agent.close`."""
        if self._agent is not None:
            self._agent.close()


class Table:
    """Begins one game after the other; the bots stay from game to game.

    Attributes:
        setup: of the last game begun, and of the next unless it says otherwise.
    """

    def __init__(
        self,
        setup: Setup,
        rng: np.random.Generator,
        *,
        save: Path | None = None,
        may_replace: bool = False,
    ) -> None:
        """`save` is the file of the first game (later ones are numbered after it); without it each
        game gets a file of its own in the person's data folder.

        Raises:
            OSError: if games cannot be kept there.
        """
        self.setup = setup
        self.rng = rng
        self._save = save
        self._games = 0
        self._bots: dict[str, LazyAgent] = {}
        self._first = Keeper(save or default_path(), may_replace=may_replace)

    def begin(self, setup: Setup | None = None, tree: GameTree | None = None) -> Session:
        """A new game, or one that goes on from a record.

        Raises:
            ValueError, SpecError: for a setup that is impossible; nothing has changed then.
        """
        setup = setup or self.setup
        if tree is not None:
            rules = tree.start.rules
            setup = dataclasses.replace(setup, size=rules.board_size, komi=rules.komi)
        start: GameState | GameTree = setup.start() if tree is None else tree
        bots = {-self._color(setup): self.bot(setup.opponent)} if setup.opponent else {}
        session = Session(
            bots,
            start,
            setup.limits,
            self.rng,
            clock=Clock(*setup.time) if setup.time else None,
            has_manners=setup.opponent.partition(":")[0] not in FOREIGN,
        )
        self.setup = setup
        return session

    def keeper(self) -> Keeper:
        """Where the game just begun is kept.

        Raises:
            OSError: if it cannot be kept.
        """
        self._games += 1
        if self._games == 1:
            return self._first
        return Keeper(_numbered(self._save, self._games) if self._save else default_path())

    def bot(self, opponent: str) -> LazyAgent:
        """The bot that a level's name or a spec stands for.

        Raises:
            SpecError: if it stands for none.
        """
        if opponent not in self._bots:
            levels = {level.name for level in available_levels()}
            if opponent in levels:
                level = find_level(opponent)
                self._bots[opponent] = LazyAgent(opponent, lambda: make_level(level))
            else:
                spec = parse_spec(opponent)
                self._bots[opponent] = LazyAgent(str(spec), lambda: make_agent(spec))
        return self._bots[opponent]

    def close(self) -> None:
        """Send the bots home."""
        for bot in self._bots.values():
            bot.close()

    def _color(self, setup: Setup) -> int:
        if setup.color == "random":
            return BLACK if self.rng.integers(2) else WHITE
        return BLACK if setup.color == "black" else WHITE


def _numbered(path: Path, number: int) -> Path:
    """`game.sgf` for the third game becomes `game-3.sgf`."""
    return path.with_name(f"{path.stem}-{number}{path.suffix}")
