"""`untold tournament`: agents play each other, and a table says who is stronger."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from scripts.cli.tables import print_table
from scripts.cli.tournament_file import EXAMPLE, read_file
from scripts.cli.tournament_live import Progress

if TYPE_CHECKING:
    from agents.arena import Budget, Standings, TournamentSettings

__all__ = ["HELP", "Config", "run"]

HELP = (
    """\
A tournament between agents: they meet in colour-swapped pairs of games, both games of a pair from
the same opening. Results, games (SGF), tables and a page to look at (standings.html) are kept in a
folder. Stop it whenever you like: the same command goes on where it stopped.

Examples:
  untold tournament
  untold tournament --agents told zero:simulations=64 zero:simulations=400 --pairs 100
  untold tournament --agents zero gnugo:level=10 --pairs 20 --out runs/zero-gnugo
  untold tournament --agents random told --size 5 --komi 24 --seed 1 --out runs/small
  untold tournament --agents told zero --sprt 0 30 --pairs 500 --out runs/better
  untold tournament --file cup.toml --cross-check
  untold tournament --merge runs/one runs/two --out runs/both

A file such as cup.toml:
"""
    + EXAMPLE
)


@dataclass(frozen=True)
class Config:
    """Options of `untold tournament`."""

    agents: tuple[str, ...] = ("random", "told", "zero")
    """Who takes part, at least two: random, told, zero, gnugo or gtp, with options
    (zero:simulations=64)."""

    pairs: int = 50
    """Colour-swapped pairs of games for every two agents that meet; you may come back for more
    (but not in a swiss, where they are played in each round)."""

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

    fair: str | None = None
    """Who judges leads instead of random playouts: an agent with a network (zero), komi counted;
    with --max-lead."""

    openings: Path | None = None
    """Openings to start from instead of random ones: a text file, the moves of one in a line
    (E5 C3), or .sgf; taken in turn, and over again."""

    system: Literal["round robin", "gauntlet", "swiss"] = "round robin"
    """Who meets whom: everybody everybody, the first agent each other, or those of like results."""

    rounds: int = 0
    """Rounds of a swiss."""

    simulations: int | None = None
    """Search simulations per move for all agents; each agent's own number if not given."""

    playouts: int | None = None
    """Playouts per move for all agents that search by them."""

    seconds: float | None = None
    """Seconds per move at most, for all agents that keep to it."""

    clock: float | None = None
    """Seconds for all moves of a game; an agent that needs more loses on time."""

    resign_below: float | None = None
    """Resign for an agent that gives itself less than this chance (0.03, say) time and again."""

    resign_moves: int = 3
    """How many moves of its own in a row that takes."""

    sprt: Annotated[tuple[float, float] | None, tyro.conf.arg(metavar="ELO ELO")] = None
    """Two agents: stop as soon as it is clear whether the first is the second number of Elo
    stronger or only the first number (0 30, say)."""

    alpha: float = 0.05
    """With --sprt: how likely the test may see a difference that is not there."""

    beta: float = 0.05
    """With --sprt: how likely it may miss one that is."""

    max_moves: int | None = None
    """A game stops after so many moves and is scored as it stands; 4 times the board's points if
    not given."""

    move_deadline: float = 300.0
    """An agent that does not answer for so many seconds is stopped and loses the game."""

    file: Path | None = None
    """A TOML file with these options (a line each: pairs = 20) and [[agents]] with limits of their
    own; options given here count more than those in the file."""

    cross_check: bool = False
    """Have GNU Go clean up and count every game that ended by passes, and name those whose winner
    it sees otherwise: somebody passed too soon."""

    merge: tuple[Path, ...] = ()
    """Play nothing: one table of the games in these tournaments' folders."""


def run(config: Config) -> int:
    """Play, print the table; 130 if interrupted."""
    from agents.arena import Deadlines, run_tournament
    from agents.spec import make_agent

    if config.merge:
        return _merge(config)
    config, budgets = _with_file(config)
    settings = _settings(config, budgets)
    _check_waits(config, settings)
    with Progress(config.out) as progress:
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
    if config.cross_check:
        _print_cross_check(config.out)
    return 0


def _with_file(config: Config) -> tuple[Config, dict[str, Budget]]:
    """The options with those of the file where the command line says nothing else."""
    if config.file is None:
        return config, {}
    read = read_file(config.file, Config)
    plain = Config()
    given = {
        field.name: getattr(config, field.name)
        for field in dataclasses.fields(Config)
        if getattr(config, field.name) != getattr(plain, field.name)
    }
    return dataclasses.replace(config, **{**read.options, **given}), read.budgets


def _settings(config: Config, budgets: Mapping[str, Budget]) -> TournamentSettings:
    """What to play.

    Raises:
        ValueError: in one line, for options that make no tournament.
        AgentError: for a text that names no agent.
        OSError: if the openings cannot be read.
    """
    from agents.arena import ResignRule, Sprt, TournamentSettings, read_openings
    from agents.spec import parse_spec
    from go_engine import Rules
    from scripts.cli.common import make_limits

    rules = Rules(config.size, config.komi)
    if config.playouts is not None and config.playouts < 1:
        raise ValueError(f"--playouts must be 1 or more, not {config.playouts}")
    limits = make_limits(config.simulations, config.seconds)
    resign, sprt = config.resign_below, config.sprt
    return TournamentSettings(
        agents=tuple(str(parse_spec(text)) for text in config.agents),
        num_pairs=config.pairs,
        rules=rules,
        seed=config.seed,
        opening_plies=config.opening_plies,
        max_lead=config.max_lead,
        judge="" if config.fair is None else str(parse_spec(config.fair)),
        limits=dataclasses.replace(limits, playouts=config.playouts),
        max_moves=config.max_moves,
        system=config.system,
        rounds=config.rounds,
        openings=() if config.openings is None else read_openings(config.openings, rules),
        clock=config.clock,
        budgets={str(parse_spec(text)): budget for text, budget in budgets.items()},
        resign=None if resign is None else ResignRule(resign, config.resign_moves),
        sprt=None if sprt is None else Sprt(*sprt, config.alpha, config.beta),
    )


def _check_waits(config: Config, settings: TournamentSettings) -> None:
    """Raises ValueError for waits that make no sense together."""
    if config.workers is not None and config.workers < 1:
        raise ValueError(f"--workers must be 1 or more, not {config.workers}")
    if not config.move_deadline > 0:
        raise ValueError(f"--move-deadline must be above 0, not {config.move_deadline:g}")
    budgets = [settings.budget(name) for name in settings.agents]
    for name, waits in (
        ("seconds", [budget.limits.seconds for budget in budgets]),
        ("clock", [budget.clock for budget in budgets]),
    ):
        if any(wait is not None and wait >= config.move_deadline for wait in waits):
            raise ValueError(f"--{name} must be less than --move-deadline")


def _merge(config: Config) -> int:
    """One table of several tournaments' games; the page and the rest go to `--out` if given."""
    from agents.arena import make_standings, merged_records
    from agents.arena.folder import write_standings

    records = merged_records(config.merge)
    names = list(dict.fromkeys(name for r in records for name in (r.black, r.white)))
    standings = make_standings(records, names)
    if config.out == Config().out:
        _print_tables(standings, None)
        return 0
    if (config.out / "results.jsonl").exists():
        raise ValueError(f"{config.out} holds a tournament of its own; choose another --out")
    config.out.mkdir(parents=True, exist_ok=True)
    write_standings(config.out, standings, records)
    _print_tables(standings, config.out)
    return 0


# ---------------------------------------------------------------- at the end


def _print_cross_check(out: Path) -> None:
    """GNU Go's objections to the games in `out`.

    Raises:
        EngineError: if GNU Go is not installed, or fails.
    """
    from agents.arena import cross_check, merged_records
    from agents.gtp import gnugo_margin

    found = list(cross_check(merged_records([out]), gnugo_margin))
    objections = [objection for objection in found if objection is not None]
    print(f"GNU Go names another winner in {len(objections)} of {len(found)} games ended by passes")
    for objection in objections:
        print(f"  {objection}")


def _print_tables(standings: Standings, out: Path | None) -> None:
    from agents.arena.standings import cross_points, elo_text, share_text
    from agents.arena.tables import anchor_text, colour_text, times_text

    rows = [
        (str(place), row.name, str(row.games), f"{row.wins}-{row.draws}-{row.losses}",
         share_text(row.score), elo_text(row),
         ", ".join(f"{ending} {count}" for ending, count in row.faults.items()))
        for place, row in enumerate(standings.rows, start=1)
    ]  # fmt: skip
    head = ("", "agent", "games", "won-drawn-lost", "score [95 %]", "Elo [95 %]", "faults")
    print_table("Standings", head, rows)
    names = [row.name for row in standings.rows]
    points = cross_points(standings)
    cross = [
        (str(place), name,
         *("" if (name, other) not in points else "{:g}/{}".format(*points[name, other])
           for other in names))
        for place, name in enumerate(names, start=1)
    ]  # fmt: skip
    places = [str(place) for place in range(1, len(names) + 1)]
    print_table("Points taken from", ("", "agent", *places), cross)
    stats = [
        (row.name, colour_text(row.black_points, row.black_games),
         colour_text(row.white_points, row.white_games), *times_text(row),
         ", ".join(f"{ending} {count}" for ending, count in row.endings.items()))
        for row in standings.rows
    ]  # fmt: skip
    head = ("agent", "as Black", "as White", "ms/move", "CPU ms/move", "slowest s", "endings")
    print_table("Colours, time and endings", head, stats)
    counts = [f"{standings.games} games counted"]
    counts += [f"{standings.duplicates} duplicates left out"] if standings.duplicates else []
    counts += [f"{standings.voids} void"] if standings.voids else []
    print(f"{', '.join(counts)}; {anchor_text(standings)}")
    if standings.sequential:
        print(standings.sequential)
    if out is not None:
        print(f"To look at: {out / 'standings.html'}; to read: {out / 'standings.md'}")
