"""`untold ladder`: how strong is this agent? Placed among others whose strength is known."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from scripts.cli.tables import print_table
from scripts.cli.tournament_live import Progress

if TYPE_CHECKING:
    from agents.arena import GameRecord, Placement, RungBook, TournamentSettings

__all__ = ["HELP", "Config", "run"]

HELP = """\
Rates an agent on a ladder of others (the rungs) whose games among themselves are known already:
random, told, networks at several strengths, GNU Go's levels where it is installed. It meets in
colour-swapped pairs whoever tells most about it, until the 95 % interval is as narrow as asked.
Stop it whenever you like: the same command goes on where it stopped.

Examples:
  untold ladder --list
  untold ladder --agent zero:simulations=64
  untold ladder --agent 'gtp:"some-engine --gtp"' --seconds 1 --width 30
  untold tournament --agents told:playouts=1000 told gnugo:level=1 --pairs 20 --out runs/new
  untold ladder --learn runs/new --add told:playouts=1000      # a new rung, from those games
"""

_MOST_WIDTH = 400.0


@dataclass(frozen=True)
class Config:
    """Options of `untold ladder`."""

    agent: str | None = None
    """Who is to be rated: random, told, zero, gnugo or gtp, with options (zero:simulations=64)."""

    width: float = 50.0
    """Elo to either side that the 95 % interval may have, with the rungs' ratings taken as true;
    30 takes some 500 games, 50 some 200."""

    games: int = 800
    """Stop after so many games however wide the interval is; you may come back for more."""

    out: Path | None = None
    """Folder for results, games and tables; runs/ladder- and the agent's name if not given."""

    seconds: float | None = None
    """Seconds per move at most, for the agent (not for the rungs)."""

    clock: float | None = None
    """Seconds for all moves of a game, for the agent."""

    seed: int = 0
    """Fixes the openings and all chance of the agents."""

    workers: int | None = None
    """Processes that play at the same time, one thread each; one for each core if not given."""

    move_deadline: float = 300.0
    """An agent that does not answer for so many seconds is stopped and loses the game."""

    rungs: Path | None = None
    """A file of rungs; the one that comes with the program if not given."""

    list: bool = False
    """Play nothing: show the rungs and how well they are known."""

    learn: tuple[Path, ...] = ()
    """Play nothing: take the games of these tournaments' folders between rungs into the file of
    rungs, in place of what it said of the same two."""

    add: Annotated[tuple[str, ...], tyro.conf.arg(metavar="AGENT")] = ()
    """With --learn: agents that become rungs."""


def run(config: Config) -> int:
    """Play and print; 130 if interrupted."""
    from agents.arena import read_rungs
    from agents.arena.rungs import SHIPPED_RUNGS

    path = config.rungs or SHIPPED_RUNGS
    if config.learn or config.add:
        return _learn(config, path)
    book = read_rungs(path)
    if config.list:
        _print_rungs(book)
        return 0
    return _play(config, book)


def _play(config: Config, book: RungBook) -> int:
    from agents.arena import Deadlines, RungMaker, merged_records, place, run_tournament
    from agents.spec import parse_spec

    if config.agent is None:
        raise ValueError("name an agent, for example: untold ladder --agent zero:simulations=64")
    agent = str(parse_spec(config.agent))
    book = book.without(agent)
    present = [rung for rung in book.rungs if not rung.absence()]
    for rung in book.rungs:
        if why := rung.absence():
            print(f"untold ladder: {rung.spec} does not play: {why}", file=sys.stderr)
    settings = _settings(config, agent, book, [rung.spec for rung in present])
    out = config.out or Path("runs") / f"ladder-{_slug(agent)}"
    with _LadderProgress(out, settings) as progress:
        try:
            run_tournament(
                settings,
                out,
                RungMaker.of(present),
                workers=config.workers,
                deadlines=Deadlines(move=config.move_deadline),
                watcher=progress.watcher(),
            )
        except KeyboardInterrupt:
            progress.close()
            print(progress.interrupted(), file=sys.stderr)
            return 130
    assert settings.ladder is not None
    placement = place(agent, settings.agents[1:], merged_records([out]), settings.ladder)
    _print_placement(placement, settings, out)
    return 0


def _settings(config: Config, agent: str, book: RungBook, rungs: list[str]) -> TournamentSettings:
    """What to play.

    Raises:
        ValueError: in one line, for options that cannot be, or if no rung can play.
    """
    from agents.arena import Budget, Ladder, TournamentSettings
    from scripts.cli.common import make_limits

    if not 10 <= config.width <= _MOST_WIDTH:
        raise ValueError(f"--width must be from 10 to {_MOST_WIDTH:g}, not {config.width:g}")
    if config.games < 2:
        raise ValueError(f"--games must be 2 or more, not {config.games}")
    if config.workers is not None and config.workers < 1:
        raise ValueError(f"--workers must be 1 or more, not {config.workers}")
    if not config.move_deadline > max(config.seconds or 0, config.clock or 0):
        raise ValueError("--move-deadline must be more than --seconds and --clock")
    if not rungs:
        raise ValueError("no rung of the ladder can play here; see untold ladder --list")
    return TournamentSettings(
        agents=(agent, *rungs),
        num_pairs=config.games // 2,
        rules=book.rules,
        seed=config.seed,
        max_lead=float(book.rules.board_size),
        system="ladder",
        budgets={agent: Budget(make_limits(None, config.seconds), config.clock)},
        ladder=Ladder(config.width, book.results),
    )


def _slug(agent: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", agent).strip("-")[:80]


class _LadderProgress(Progress):
    """Also says where the agent stands so far."""

    def __init__(self, out: Path, settings: TournamentSettings) -> None:
        super().__init__(out)
        self._settings = settings
        self._records: list[GameRecord] = []
        self._stand = "no game yet"

    def _start(self, done: int, total: int) -> None:
        if done:
            from agents.arena import merged_records

            self._records = merged_records([self._out])
            self._place()
        super()._start(done, total)

    def _game(self, record: GameRecord) -> None:
        self._records.append(record)
        self._place()
        super()._game(record)

    def _place(self) -> None:
        from agents.arena import place

        agent, *rungs = self._settings.agents
        assert self._settings.ladder is not None
        placement = place(agent, rungs, self._records, self._settings.ladder)
        self._stand = _rating_text(placement)

    def _progress(self) -> str:
        return f"{super()._progress()}; {self._stand}"

    def _leaders(self) -> str:
        return f"to be ±{self._settings.ladder.half_width:g}" if self._settings.ladder else ""

    def _remaining(self) -> str:
        return f", {self._leaders()}"


def _rating_text(placement: Placement) -> str:
    """`+1432 ±88`; what is known where the games set no bound."""
    interval = placement.interval
    if placement.elo is None:
        return "no rating"
    if interval is not None and interval.open_above and interval.open_below:
        return "no rating yet"
    if interval is not None and interval.open_above:
        return f"above {interval.low:+.0f}"
    if interval is not None and interval.open_below:
        return f"below {interval.high:+.0f}"
    return f"{placement.elo:+.0f} ±{placement.half_width:.0f}"


# ---------------------------------------------------------------- the file of rungs


def _learn(config: Config, path: Path) -> int:
    from agents.arena import RungBook, learn_rungs, merged_records, read_rungs, write_rungs

    if not config.learn:
        raise ValueError("--add needs games to learn from: name a tournament's folder with --learn")
    book = read_rungs(path) if path.exists() else RungBook()
    book = learn_rungs(book, merged_records(config.learn), config.add)
    write_rungs(book, path)
    _print_rungs(book)
    print(f"written to {path}")
    return 0


def _print_rungs(book: RungBook) -> None:
    from agents.arena import make_standings
    from agents.arena.standings import elo_text
    from agents.arena.tables import anchor_text

    names = [rung.spec for rung in book.rungs]
    absence = {rung.spec: rung.absence() for rung in book.rungs}
    standings = make_standings([], names, known=book.results)
    games = {n: sum(r.num_games for r in book.results if n in (r.a, r.b)) for n in names}
    rows = [
        (row.name, elo_text(row), str(games[row.name]), absence[row.name] or "yes")
        for row in standings.rows
    ]
    print_table("Rungs", ("agent", "Elo [95 %]", "games", "plays here"), rows)
    total = sum(result.num_games for result in book.results)
    print(f"{total} games among the rungs; {anchor_text(standings)}")


# ---------------------------------------------------------------- at the end


def _print_placement(placement: Placement, settings: TournamentSettings, out: Path) -> None:
    rows = [
        (m.rung, "–" if m.elo is None else f"{m.elo:+.0f}", f"{m.games}",
         f"{m.wins}-{m.draws}-{m.losses}", f"{m.points / m.games:.0%}",
         "–" if m.expected is None else f"{m.expected:.0%}")
        for m in placement.meetings if m.games
    ]  # fmt: skip
    head = ("rung", "Elo", "games", "won-drawn-lost", "score", "expected")
    print_table(f"{placement.agent} against the rungs", head, rows, texts=("rung",))
    print(
        f"{placement.agent}: {_rating_text(placement)} Elo on the ladder's scale "
        f"({placement.anchor} = {placement.anchor_elo:g}), from {placement.games} games"
    )
    interval = placement.interval
    if placement.is_outside:
        print("It is outside the ladder: no rung at that end took (or lost) a point.")
    elif interval is not None and not (interval.open_above or interval.open_below):
        between = f"[{interval.low:+.0f}, {interval.high:+.0f}]"
        print(f"95 % interval with what is uncertain about the rungs' own ratings: {between}")
    assert settings.ladder is not None
    if placement.half_width > settings.ladder.half_width and not placement.is_outside:
        print(f"±{settings.ladder.half_width:g} was not reached: go on with more --games")
    print(f"To look at: {out / 'standings.html'}; to read: {out / 'standings.md'}")
