"""A round robin that can be killed at any moment and goes on where it stopped.

The folder of a tournament holds

    tournament.json   the settings; other settings are refused in the same folder
    results.jsonl     one line a game (see `results`), the only file that counts
    games/*.sgf       every game as SGF
    standings.json    the table, written at the end (and `standings.md`, to read)
    lock              one process at a time

What is played is fixed by the settings: game number `g` of pair `p` of pairing `q` has its own
opening and its own seeds, whoever plays it and when.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from agents.arena.openings import random_openings
from agents.arena.pairs import opening_rng, pair_setups
from agents.arena.records import (
    DEFAULT_RULES,
    NO_LIMITS,
    GameRecord,
    GameSetup,
    default_move_limit,
)
from agents.arena.results import ResultsFile, TournamentError, read_json
from agents.arena.standings import Standings, make_standings, standings_json, standings_markdown
from agents.arena.workers import PATIENT, Deadlines, MakeAgent, WorkerPool
from agents.base import Limits
from agents.files import FolderLock, write_atomically
from go_engine.rules import BLACK, Rules
from go_engine.sgf import write_sgf
from go_engine.state import GameState

__all__ = [
    "TournamentSettings",
    "TournamentWatcher",
    "game_sgf",
    "run_tournament",
    "schedule",
]

_FORMAT: Final = 1
_OURS: Final = frozenset({"lock", "tournament.json.tmp"})  # what may lie there before the settings


@dataclass(frozen=True, slots=True)
class TournamentSettings:
    """What fixes the games of a tournament, apart from the agents' own chance-free minds.

    Attributes:
        agents: the agents' names (specs), at least two, all different.
        num_pairs: colour-swapped pairs for every two agents.
        rules: the rules.
        seed: fixes openings and chance; 0 or more.
        opening_plies: random moves at the start of every pair; 0 is the empty board every time.
        max_lead: openings that give one side a greater lead are not used; see `random_openings`.
        limits: what a move may cost, for all agents alike.
        max_moves: a game stops after so many moves and is scored; None: four times the points.

    Raises:
        ValueError: for values outside the above.
    """

    agents: tuple[str, ...]
    num_pairs: int = 50
    rules: Rules = DEFAULT_RULES
    seed: int = 0
    opening_plies: int = 4
    max_lead: float | None = None
    limits: Limits = NO_LIMITS
    max_moves: int | None = None

    def __post_init__(self) -> None:
        if len(self.agents) < 2:
            raise ValueError("a tournament needs at least two agents")
        twice = sorted({name for name in self.agents if self.agents.count(name) > 1})
        if twice:
            raise ValueError(f"agent {twice[0]} is named twice: agents must differ")
        for name, low in (("num_pairs", 1), ("seed", 0), ("opening_plies", 0)):
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be {low} or more, not {getattr(self, name)}")
        if self.max_lead is not None and not self.max_lead >= 0:
            raise ValueError(f"max_lead must be 0 or more, not {self.max_lead}")
        if self.max_moves is not None and self.max_moves < max(1, self.opening_plies):
            raise ValueError(f"max_moves {self.max_moves} leaves no move to play")

    @property
    def move_limit(self) -> int:
        """`max_moves`, or the default where it is None."""
        return default_move_limit(self.rules) if self.max_moves is None else self.max_moves


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


def schedule(settings: TournamentSettings) -> list[GameSetup]:
    """All games in the order they are begun: first pair of every pairing, then the second...

    All pairings share their openings, pair by pair.

    Raises:
        ValueError: if the board has not so many different openings.
    """
    openings = random_openings(
        settings.rules,
        settings.num_pairs,
        settings.opening_plies,
        opening_rng(settings.seed),
        settings.max_lead,
    )
    limits = settings.limits, settings.limits
    return [
        setup
        for pair, opening in enumerate(openings)
        for pairing, names in enumerate(combinations(settings.agents, 2))
        for setup in pair_setups(
            names, settings.rules, opening, settings.seed, pairing, pair, limits, settings.max_moves
        )
    ]


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
    setups = schedule(settings)
    watcher = watcher or TournamentWatcher()
    out.mkdir(parents=True, exist_ok=True)
    with FolderLock(out):
        _claim(out, settings)
        with contextlib.closing(ResultsFile(out / "results.jsonl")) as results:
            for note in results.notes:
                watcher.on_note(note)
            played = {record.game_id for record in results.records}
            todo = [setup for setup in setups if setup.game_id not in played]
            games = _games_folder(out, results.records) if save_sgf else None
            on_ready = partial(watcher.on_start, len(setups) - len(todo), len(setups))
            with contextlib.closing(
                _play(settings, todo, make_agent, workers or _cores(), deadlines, on_ready)
            ) as records:
                for record in records:
                    results.append(record)
                    if games is not None:
                        write_atomically(
                            _sgf_path(games, record), game_sgf(record).encode(), durable=False
                        )
                    watcher.on_game(record)
            standings = make_standings(_in_order(setups, results.records), settings.agents)
        _write_standings(out, standings)
    return standings


def _play(
    settings: TournamentSettings,
    todo: list[GameSetup],
    make_agent: MakeAgent,
    workers: int,
    deadlines: Deadlines,
    on_ready: Callable[[], None],
) -> Generator[GameRecord, None, None]:
    """The games of `todo` as they end; `on_ready` is called once all agents can be made."""
    if not todo:
        on_ready()
        return
    with WorkerPool(make_agent, min(workers, len(todo)), settings.move_limit, deadlines) as pool:
        pool.check_agents(settings.agents)
        on_ready()
        yield from pool.play(todo)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_order(setups: list[GameSetup], records: list[GameRecord]) -> list[GameRecord]:
    """The records of scheduled games, in the schedule's order, not in that of their ends."""
    by_id = {record.game_id: record for record in records}
    return [by_id[setup.game_id] for setup in setups if setup.game_id in by_id]


# ---------------------------------------------------------------- the folder


def _claim(out: Path, settings: TournamentSettings) -> None:
    """Make `out` this tournament's folder, or see that it is.

    More pairs than before are welcome (the first ones stay the same), fewer are not. As long as no
    game has been played any settings are.
    """
    path = out / "tournament.json"
    wanted = json.loads(json.dumps({"format": _FORMAT, **dataclasses.asdict(settings)}))
    if not path.exists():
        if any(entry.name not in _OURS for entry in out.iterdir()):
            raise TournamentError(f"{out} is not empty and holds no tournament; choose another")
    elif _has_games(out):
        held = dict(read_json(path))
        pairs = held.get("num_pairs")
        if isinstance(pairs, int) and settings.num_pairs >= pairs:
            held["num_pairs"] = settings.num_pairs
        if change := _first_difference(held, wanted):
            raise TournamentError(
                f"{out} holds another tournament ({change}); give its settings or another folder"
            )
        if pairs == settings.num_pairs:
            return
    write_atomically(path, (json.dumps(wanted, indent=2) + "\n").encode())


def _has_games(out: Path) -> bool:
    results = out / "results.jsonl"
    return results.exists() and results.stat().st_size > 0


def _first_difference(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """In words, the first setting that differs; empty if none does."""
    for name in [*wanted, *(key for key in held if key not in wanted)]:
        before, now = held.get(name), wanted.get(name)
        if isinstance(before, dict) and isinstance(now, dict):
            if inner := _first_difference(before, now):
                return inner
        elif before != now:
            return f"{name} was {_plain(before)}, now {_plain(now)}"
    return ""


def _plain(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _write_standings(out: Path, standings: Standings) -> None:
    table = json.dumps(standings_json(standings), indent=2) + "\n"
    write_atomically(out / "standings.json", table.encode(), durable=False)
    write_atomically(out / "standings.md", standings_markdown(standings).encode(), durable=False)


# ---------------------------------------------------------------- games as SGF


def _games_folder(out: Path, records: list[GameRecord]) -> Path:
    """The folder of SGFs, made if missing, with those that a kill kept from being written."""
    games = out / "games"
    games.mkdir(exist_ok=True)
    for record in records:
        if not _sgf_path(games, record).exists():
            write_atomically(_sgf_path(games, record), game_sgf(record).encode(), durable=False)
    return games


def _sgf_path(games: Path, record: GameRecord) -> Path:
    return games / f"{record.game_id}.sgf"


def game_sgf(record: GameRecord) -> str:
    """The game as SGF text: the opening's end and the way the game ended stand in comments."""
    state = GameState.from_moves(record.rules, record.moves)
    comments = {record.opening: "The referee's random opening ends here."} if record.opening else {}
    ending = f"Ended by {record.ending}" + (f": {record.detail}" if record.detail else ".")
    last = len(record.moves)
    comments[last] = f"{comments[last]} {ending}" if last in comments else ending
    return write_sgf(
        state,
        black=record.black,
        white=record.white,
        result=_result_text(record),
        comments=comments,
        event=f"game {record.game_id}",
    )


def _result_text(record: GameRecord) -> str:
    """SGF's RE: `B+3`, `W+R` (resigned), `B+F` (forfeit), `0`, `Void`."""
    if record.result is None:
        return "Void"
    if record.margin is not None and record.margin == 0:
        return "0"
    winner = "B" if record.result == BLACK else "W"
    if record.margin is not None:
        return f"{winner}+{abs(record.margin):g}"
    return f"{winner}+{'R' if record.ending == 'resign' else 'F'}"
