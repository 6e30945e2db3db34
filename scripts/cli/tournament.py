"""`untold tournament`: agents play each other, and a table says who is stronger."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.arena import GameRecord, Standings, TournamentSettings

__all__ = ["HELP", "Config", "run"]

HELP = """\
A round robin between agents: every two of them play colour-swapped pairs of games, both games of a
pair from the same random opening, no two pairs from the same one. Results, games (SGF) and tables
are kept in a folder. Stop it whenever you like: the same command goes on where it stopped.

Examples:
  untold tournament
  untold tournament --agents told zero:simulations=64 zero:simulations=400 --pairs 100
  untold tournament --agents zero gnugo:level=10 --pairs 20 --out runs/zero-gnugo
  untold tournament --agents random told --size 5 --komi 24 --seed 1 --out runs/small
"""

_EVERY_S = 30.0  # seconds between progress lines where no terminal shows a bar


@dataclass(frozen=True)
class Config:
    """Options of `untold tournament`."""

    agents: tuple[str, ...] = ("random", "told", "zero")
    """Who takes part, at least two: random, told, zero, gnugo or gtp, with options
    (zero:simulations=64)."""

    pairs: int = 50
    """Colour-swapped pairs of games for every two agents; you may come back for more."""

    size: int = 9
    """Points along an edge of the board, 2 to 19."""

    komi: float = 7.0
    """Points that White gets for moving second."""

    out: Path = Path("runs/tournament")
    """Folder for results, games and tables; one tournament each."""

    seed: int = 0
    """Fixes the openings and all chance of the agents."""

    workers: int | None = None
    """Processes that play at the same time, one thread each; one for each core if not given."""

    opening_plies: int = 4
    """Random moves at the start of every pair; 0 is the empty board every time."""

    max_lead: float | None = None
    """Do without openings after which random playouts leave one side more than so many points
    ahead; any will do if not given."""

    simulations: int | None = None
    """Search simulations per move for all agents; each agent's own number if not given."""

    seconds: float | None = None
    """Seconds per move at most, for all agents that keep to it."""

    max_moves: int | None = None
    """A game stops after so many moves and is scored as it stands; 4 times the board's points if
    not given."""

    move_deadline: float = 300.0
    """An agent that does not answer for so many seconds is stopped and loses the game."""


def run(config: Config) -> int:
    """Play, print the table; 130 if interrupted."""
    from agents.arena import Deadlines, run_tournament
    from agents.spec import make_agent

    settings = _settings(config)
    if config.workers is not None and config.workers < 1:
        raise ValueError(f"--workers must be 1 or more, not {config.workers}")
    if not config.move_deadline > 0:
        raise ValueError(f"--move-deadline must be above 0, not {config.move_deadline:g}")
    if config.seconds is not None and config.seconds >= config.move_deadline:
        raise ValueError("--seconds must be less than --move-deadline")
    with _Progress(config.out) as progress:
        try:
            standings = run_tournament(
                settings,
                config.out,
                make_agent,
                workers=config.workers,
                deadlines=Deadlines(move=config.move_deadline),
                watcher=progress.watcher(),
            )
        except KeyboardInterrupt:
            progress.close()
            print(progress.interrupted(), file=sys.stderr)
            return 130
    _print_tables(standings, config.out)
    return 0


def _settings(config: Config) -> TournamentSettings:
    """What to play.

    Raises:
        ValueError: in one line, for options that make no tournament.
        AgentError: for a text that names no agent.
    """
    from agents.arena import TournamentSettings
    from agents.spec import parse_spec
    from go_engine import Rules
    from scripts.cli.common import make_limits

    return TournamentSettings(
        agents=tuple(str(parse_spec(text)) for text in config.agents),
        num_pairs=config.pairs,
        rules=Rules(config.size, config.komi),
        seed=config.seed,
        opening_plies=config.opening_plies,
        max_lead=config.max_lead,
        limits=make_limits(config.simulations, config.seconds),
        max_moves=config.max_moves,
    )


# ---------------------------------------------------------------- while it runs


class _Progress:
    """A bar on a terminal; elsewhere a line now and then. Both on stderr."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._bar: Any = None
        self._done = self._total = self._before = 0
        self._points: dict[str, float] = {}
        self._games: dict[str, int] = {}
        self._started = self._said = time.monotonic()

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def watcher(self) -> Any:
        """What a tournament calls."""
        from agents.arena import TournamentWatcher

        return TournamentWatcher(on_start=self._start, on_game=self._game, on_note=self._note)

    def interrupted(self) -> str:
        """The line that says how to go on. What counts is the file: the interruption may have come
        between a game's line in it and our hearing of the game."""
        results = self._out / "results.jsonl"
        count = results.read_bytes().count(b"\n") if results.exists() else 0
        kept = f"{count} of {self._total} games are kept in {self._out}"
        return f"stopped: {kept}; the same command goes on from here"

    def _start(self, done: int, total: int) -> None:
        self._done = self._before = done
        self._total = total
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(initial=done, total=total, unit="game", dynamic_ncols=True)
        else:
            already = f", {done} of them already played" if done else ""
            self._say(f"{total} games{already}; results in {self._out}")

    def _game(self, record: GameRecord) -> None:
        self._done += 1
        if record.result is not None:
            for name in (record.black, record.white):
                self._points[name] = self._points.get(name, 0.0) + record.points(name)
                self._games[name] = self._games.get(name, 0) + 1
        if record.detail:
            self._note(f"game {record.game_id}: {record.ending}: {record.detail}")
        if self._bar is not None:
            self._bar.set_postfix_str(self._leaders(), refresh=False)
            self._bar.update()
        elif time.monotonic() - self._said > _EVERY_S or self._done == self._total:
            rate = (self._done - self._before) / max(1e-9, time.monotonic() - self._started)
            self._say(f"{self._done}/{self._total} games, {rate:.1f} a second; {self._leaders()}")

    def _leaders(self) -> str:
        """The best three of this run so far, by share of the points."""
        share = {name: self._points[name] / self._games[name] for name in self._games}
        best = sorted(share, key=lambda name: -share[name])[:3]
        return ", ".join(f"{name[:24]} {share[name]:.0%}" for name in best)

    def _note(self, text: str) -> None:
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            self._say(text)

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- at the end


def _print_tables(standings: Standings, out: Path) -> None:
    from rich.console import Console

    from agents.arena.standings import cross_points, elo_text, share_text

    # Into a pipe or a file nothing is cut off to fit a screen that is not there.
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    rows = [
        (str(place), row.name, str(row.games), f"{row.wins}-{row.draws}-{row.losses}",
         share_text(row.score), elo_text(row),
         ", ".join(f"{ending} {count}" for ending, count in row.faults.items()))
        for place, row in enumerate(standings.rows, start=1)
    ]  # fmt: skip
    head = ("", "agent", "games", "won-drawn-lost", "score [95 %]", "Elo [95 %]", "faults")
    console.print(_table("Standings", head, rows))
    names = [row.name for row in standings.rows]
    points = cross_points(standings)
    cross = [
        (str(place), name,
         *("" if (name, other) not in points else "{:g}/{}".format(*points[name, other])
           for other in names))
        for place, name in enumerate(names, start=1)
    ]  # fmt: skip
    places = [str(place) for place in range(1, len(names) + 1)]
    console.print(_table("Points taken from", ("", "agent", *places), cross))
    counts = [f"{standings.games} games counted"]
    counts += [f"{standings.duplicates} duplicates left out"] if standings.duplicates else []
    counts += [f"{standings.voids} void"] if standings.voids else []
    print(f"{', '.join(counts)}; Elo of {standings.anchor} set to 0.")
    print(f"All of it, and how it was reckoned: {out / 'standings.md'}; games: {out / 'games'}")


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in head:
        is_text = name in ("agent", "faults")
        table.add_column(escape(name), justify="left" if is_text else "right", no_wrap=not is_text)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    return table
