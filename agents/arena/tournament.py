"""A tournament that can be killed at any moment and goes on where it stopped.

What is played is fixed by the settings (see `schedule`), what was played stands in the folder (see
`folder` and `results`); here the one is brought to meet the other.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from agents.arena.folder import claim, games_folder, save_game, write_standings
from agents.arena.ladder import ladder_standings
from agents.arena.records import GameRecord, GameSetup
from agents.arena.results import ResultsFile
from agents.arena.schedule import draw_openings, schedule
from agents.arena.sequential import SequentialMatch
from agents.arena.settings import TournamentSettings
from agents.arena.standings import Standings, make_standings
from agents.arena.workers import PATIENT, Deadlines, MakeAgent, WorkerPool
from agents.files import FolderLock

__all__ = ["TournamentWatcher", "run_tournament"]


@dataclass(frozen=True, slots=True)
class TournamentWatcher:
    """What to call as a tournament goes on.

    Attributes:
        on_start: (games already played, games in all), before the first game of this run.
        on_game: each game as it ends.
        on_note: something a person should know, in one line.
    """

    on_start: Callable[[int, int], None] = lambda _done, _total: None
    on_game: Callable[[GameRecord], None] = lambda _record: None
    on_note: Callable[[str], None] = lambda _text: None


def run_tournament(
    settings: TournamentSettings,
    out: Path,
    make_agent: MakeAgent,
    *,
    workers: int | None = None,
    deadlines: Deadlines = PATIENT,
    save_sgf: bool = True,
    watcher: TournamentWatcher | None = None,
) -> Standings:
    """Play all games of `settings` that `out` does not hold yet, and make the table.

    The caller's main module must be importable without side effects: workers are spawned.

    Args:
        settings: what to play.
        out: the tournament's folder; made if missing.
        make_agent: turns a name into an agent, in the workers.
        workers: processes; None is one for each core this process may use.
        deadlines: how long to wait for what.
        save_sgf: whether to write games as SGF.
        watcher: what to call on the way; None calls nothing.

    Raises:
        TournamentError: if the folder is in use, is not a tournament's or holds another one, or a
            worker cannot be started.
        AgentError: if an agent cannot be made.
        ValueError: if the board has not so many different openings.
        OSError: if the folder cannot be written.
    """
    course = _Course(settings)
    watcher = watcher or TournamentWatcher()
    out.mkdir(parents=True, exist_ok=True)
    with FolderLock(out):
        claim(out, settings)
        with contextlib.closing(ResultsFile(out / "results.jsonl")) as results:
            for note in results.notes:
                watcher.on_note(note)
            course.take(results.records)
            games = games_folder(out, results.records) if save_sgf else None
            playing = _play(course, make_agent, workers or _cores(), deadlines, watcher)
            with contextlib.closing(playing) as records:
                for record in records:
                    results.append(record)
                    course.take([record])
                    if games is not None:
                        save_game(games, record)
                    watcher.on_game(record)
        played = course.in_order()
        sequential = course.sequential.result if course.sequential else None
        if settings.ladder is None:
            standings = make_standings(played, settings.agents, sequential=sequential)
        else:
            standings = ladder_standings(settings.agents, played, settings.ladder)
        write_standings(out, standings, played)
    return standings


class _Course:
    """How far a tournament has come."""

    def __init__(self, settings: TournamentSettings) -> None:
        self.settings = settings
        self._openings = draw_openings(settings)
        self._records: dict[str, GameRecord] = {}
        self._setups = schedule(settings, (), self._openings)
        self.sequential = (
            SequentialMatch(settings.sprt, self._setups, settings.agents[0])
            if settings.sprt
            else None
        )

    def take(self, records: list[GameRecord]) -> None:
        """Count finished games."""
        self._records.update({record.game_id: record for record in records})
        if self.sequential:
            self.sequential.add(records)

    @property
    def is_decided(self) -> bool:
        """Whether the sequential test, if there is one, needs no more games."""
        return self.sequential is not None and self.sequential.is_decided

    @property
    def num_played(self) -> int:
        """Scheduled games that were played."""
        return len(self.in_order())

    def todo(self) -> list[GameSetup]:
        """What can be played now; empty when the tournament is over."""
        if self.is_decided:
            return []
        if self.settings.system in ("swiss", "ladder"):
            self._setups = schedule(self.settings, self._records.values(), self._openings)
        return [setup for setup in self._setups if setup.game_id not in self._records]

    def in_order(self) -> list[GameRecord]:
        """The records of scheduled games, in the schedule's order, not in that of their ends."""
        ids = (setup.game_id for setup in self._setups)
        return [self._records[game_id] for game_id in ids if game_id in self._records]


def _play(
    course: _Course,
    make_agent: MakeAgent,
    workers: int,
    deadlines: Deadlines,
    watcher: TournamentWatcher,
) -> Generator[GameRecord, None, None]:
    """The games as they end, each to be taken by `course` before the next is asked for."""
    settings, todo = course.settings, course.todo()
    total = settings.num_games
    if not todo:
        watcher.on_start(course.num_played, total)
        return
    count = min(workers, total - course.num_played)
    with WorkerPool(make_agent, count, settings.move_limit, deadlines) as pool:
        pool.check_agents(settings.agents)
        watcher.on_start(course.num_played, total)
        while todo := course.todo():
            with contextlib.closing(pool.play(todo)) as records:
                for record in records:
                    yield record
                    if course.is_decided:
                        return


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
