"""Watching: two agents at the board, or the newest games of a running training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from agents.base import Agent, AgentError, Decision, Limits, Stopped
from go_engine import BLACK, WHITE, GameState, Rules
from scripts.board.desk import Desk
from scripts.board.keep import Keeper
from scripts.board.session import Session
from scripts.board.thinker import Job
from selfplay.records import GameRecord, RecordError, read_records

__all__ = ["AgentGallery", "EndOfRecordError", "Gallery", "Recorded", "RunGallery", "WatchDesk"]

_SHOWN_S: Final = 3.0  # a finished game stays on the board for so long
_POLL_S: Final = 1.0


class EndOfRecordError(AgentError):
    """A recorded game has no further move."""


class Gallery(Protocol):
    """Where games to watch come from."""

    def next(self) -> Session | None:
        """The next game, from its start; None if there is none yet.

        Raises:
            AgentError, ValueError, OSError: if there will be none.
        """
        ...


class AgentGallery:
    """Two agents that play game after game, changing colours."""

    def __init__(
        self,
        black: Agent,
        white: Agent,
        rules: Rules,
        limits: Limits,
        rng: np.random.Generator,
    ) -> None:
        self._agents = {BLACK: black, WHITE: white}
        self._rules, self._limits, self._rng = rules, limits, rng

    def next(self) -> Session:
        """See `Gallery.next`."""
        session = Session(self._agents, GameState(self._rules), self._limits, self._rng)
        self._agents = {-color: agent for color, agent in self._agents.items()}
        return session


class Recorded:
    """Both sides of a recorded game as an agent: it makes the moves that were made."""

    def __init__(self, record: GameRecord, name: str) -> None:
        self.name = name
        self._record = record

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:  # noqa: ARG002
        """The recorded move, with what the search thought of it.

        Raises:
            EndOfRecordError: after the last one.
        """
        number, record = state.move_count, self._record
        if number >= len(record.moves):
            raise EndOfRecordError("the game was stopped here")
        policy = record.policies[number].astype(np.float64)
        best = np.argsort(-policy, kind="stable")[:10]
        visits = {int(move): round(1000 * policy[move]) for move in best if policy[move] > 0}
        move = int(record.moves[number])
        return Decision(move, float(record.values[number]), None, visits, (move,))

    def new_game(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing to free."""


class RunGallery:
    """The finished games of a training run, newest first, as they come in."""

    def __init__(self, run: Path, rng: np.random.Generator) -> None:
        """
        Raises:
            ValueError: if `run` is no folder of a training run.
        """
        if not (run / "games").is_dir():
            raise ValueError(f"{run} holds no training run (no folder of games)")
        self._run, self._rng = run, rng
        self._seen: set[tuple[str, int]] = set()

    def next(self) -> Session | None:
        """See `Gallery.next`. A file that is damaged, or gone by the time it is read, is passed
        over."""
        for path in sorted((self._run / "games").glob("*.npz"), reverse=True):
            try:
                records = read_records(path)
            except RecordError:
                continue
            for record in reversed(records):
                key = path.name, record.game_id
                if record.finished and len(record.moves) and key not in self._seen:
                    self._seen.add(key)
                    return self._session(record, path)
        return None

    def _session(self, record: GameRecord, path: Path) -> Session:
        number = path.stem.lstrip("0") or "0"
        name = f"game {record.game_id} of iteration {number}"
        rules = Rules(record.board_size, komi=record.komi)
        agent = Recorded(record, name)
        bots = {BLACK: agent, WHITE: agent}
        session = Session(bots, GameState(rules), Limits(), self._rng, has_manners=False)
        session.is_disputed = True  # self-play counts the board as it stands
        return session


class WatchDesk(Desk):
    """A desk at which nobody plays: the bots move by themselves, game after game.

    Choosing a point (Enter, Space, a click) pauses and goes on.
    """

    def __init__(self, gallery: Gallery, pace_s: float, *args: Any, **options: Any) -> None:
        """`pace_s`: seconds between two moves at least; the rest as for `Desk`."""
        self._gallery = gallery
        self._pace_s = pace_s
        super().__init__(*args, **options)

    def new_keeper(self) -> Keeper | None:
        """Games that are only watched are not kept."""
        return None

    def greeting(self) -> list[str]:
        """See `Desk.greeting`."""
        return [
            "Space pauses and goes on; , and . go through the game.",
            "1 to 4: what the players see   ?: all keys   q: leave",
        ]

    def waiting_words(self) -> str:
        """See `Desk.waiting_words`."""
        return "Paused; Space goes on" if self.is_paused else "Space pauses"

    def choose(self, point: int) -> None:  # noqa: ARG002
        """Pause or go on."""
        self.is_paused = not self.is_paused
        if not self.is_paused and self.session.is_browsing:
            self.session.go_to(self.session.node.line()[-1])
        self.changed(is_move=False)

    def changed(self, is_move: bool = True) -> None:
        """See `Desk.changed`; after a game comes the next."""
        super().changed(is_move)
        if self.session.is_over and not self.is_paused:
            self._next_game()

    def failed(self, error: Exception) -> None:
        """See `Desk.failed`."""
        if isinstance(error, EndOfRecordError):
            self.headline = "This game was stopped at its longest length."
            self.show()
            self._next_game()
            return
        super().failed(error)

    def in_good_time(self, think: Callable[[], Decision]) -> Job:
        """See `Desk.in_good_time`."""

        def job() -> Iterator[Decision]:
            decision = think()
            self._wait(self._pace_s)
            yield decision

        return job

    def _next_game(self) -> None:
        def job() -> Iterator[Session]:
            self._wait(_SHOWN_S)
            while (session := self._gallery.next()) is None:
                self._wait(_POLL_S)
            yield session

        self.thinker.ask(job, self.take, self.failed)

    def _wait(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            Stopped: if the person wants something else.
        """
        if self.analyst.stop.wait(seconds):
            raise Stopped
