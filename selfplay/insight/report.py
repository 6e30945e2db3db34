"""From a run's folder to one HTML file: measure what is not yet known, then write it down."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from agents.arena import MatchResult, ResultsFile, Standings
from agents.base import AgentError
from agents.files import FolderLock, write_atomically
from go_engine import Rules
from selfplay.config import ConfigError
from selfplay.insight.cache import Cache
from selfplay.insight.control import (
    Control,
    control_file,
    read_control,
    require_control,
    write_control,
)
from selfplay.insight.findings import Findings
from selfplay.insight.ladder_section import read_strength
from selfplay.insight.measure import Yardstick, measure_run, one_thread
from selfplay.insight.runs import Run, open_run
from selfplay.insight.sections import write_page
from selfplay.insight.strength import (
    MatchSettings,
    StrengthPoint,
    own_net,
    play_ladder,
    spec_anchor,
)
from selfplay.insight.told import measure_told

__all__ = ["make_control", "make_report"]

_SNAPSHOTS: Final = 13  # networks that are measured
_RUNGS: Final = 6  # of those, networks that play matches
_PROBES: Final = 60  # of each kind

Tell = Callable[[str], None]


def make_report(
    run: Path,
    out: Path,
    *,
    expert_games: Sequence[Path] = (),
    pairs: int = 5,
    simulations: int = 1,
    matches: Standings | Sequence[MatchResult] = (),
    workers: int | None = None,
    on_progress: Tell | None = None,
) -> Path:
    """Write the report of a training run as one self-contained HTML file.

    What is measured and played is kept in the folder `insight` of the run: a second report is
    quick, and one that was stopped goes on where it was. The run may still be going on.

    Args:
        run: the run's folder.
        out: the file to write; it appears whole or not at all.
        expert_games: files of expert games to compare moves with; never learned from.
        pairs: colour-swapped pairs that each of six snapshots plays against each anchor; 0 for
            none.
        simulations: search simulations a move in those; with 1 the network plays its likeliest
            move.
        matches: results of matches played elsewhere, shown as they are.
        workers: processes for the matches; None takes one for each core where that pays.
        on_progress: hears in words what is going on.

    Returns:
        `out`.

    Raises:
        RunError: if the folder holds no run, or one that has kept no network yet.
        ConfigError: if the run's settings are damaged.
        FolderInUseError: if another report is being made from the run.
        ValueError: for numbers that cannot be.
        OSError: if a file cannot be read or written.
    """
    if pairs < 0 or simulations < 1:
        raise ValueError("pairs must be 0 or more and simulations 1 or more")
    tell = on_progress or (lambda _: None)
    read = open_run(run, _SNAPSHOTS)
    yardstick = _yardstick(read, expert_games)
    settings = MatchSettings(yardstick.rules, pairs, simulations)
    warnings = [*read.warnings]
    with one_thread(), _opened(run / "insight", warnings) as (cache, games):
        milestones = measure_run(read, yardstick, cache, tell)
        tell("measuring the told agent")
        told = measure_told(yardstick, cache)
        strength = _play(read, settings, told.numbers is not None, games, workers, tell, warnings)
    tell("writing the page")
    ladder, knowledge = read_strength(run, warnings)
    found = Findings(
        run=read,
        yardstick=yardstick,
        milestones=milestones,
        told=told,
        control=_control(yardstick.rules.board_size, warnings),
        strength=strength,
        settings=settings,
        matches=matches.matches if isinstance(matches, Standings) else tuple(matches),
        command=_command(run, out, expert_games, pairs, simulations),
        warnings=warnings,
        ladder=ladder,
        knowledge=knowledge,
    )
    write_atomically(out, write_page(found).encode())
    return out


def make_control(run: Path, out: Path, on_progress: Tell | None = None) -> Path:
    """Write the curve of a run on shuffled results, for other runs' reports to show; return `out`.

    Raises:
        ConfigError: if the run's results were not shuffled.
        RunError, FolderInUseError, OSError: as `make_report`.
    """
    read = open_run(run, _SNAPSHOTS)
    require_control(read)
    yardstick = _yardstick(read)
    with one_thread(), _opened(run / "insight", []) as (cache, _):
        milestones = measure_run(read, yardstick, cache, on_progress or (lambda _: None))
    write_control(out, read, yardstick, milestones)
    return out


def _yardstick(run: Run, expert_games: Sequence[Path] = ()) -> Yardstick:
    """What players of the run's board are measured with."""
    game = run.config.game
    rules = Rules(game.board_size, komi=game.komi)
    return Yardstick(rules, (game.komi_low, game.komi_high), _PROBES, expert_games)


def _play(
    run: Run,
    settings: MatchSettings,
    with_told: bool,
    games: ResultsFile,
    workers: int | None,
    tell: Tell,
    warnings: list[str],
) -> list[StrengthPoint]:
    anchors = [spec_anchor("random")]
    if with_told:
        anchors.append(spec_anchor("told"))
    if len(run.snapshots) > 1:
        anchors.append(own_net(run.final))
    try:
        return play_ladder(run.spread(_RUNGS), anchors, settings, games, workers, tell)
    except (AgentError, ValueError) as error:
        warnings.append(f"no matches were played: {error}")
        return []


def _control(board_size: int, warnings: list[str]) -> Control | None:
    try:
        return read_control(control_file(board_size))
    except ConfigError as error:
        warnings.append(str(error))
        return None


def _command(
    run: Path, out: Path, expert_games: Sequence[Path], pairs: int, simulations: int
) -> str:
    words = ["untold", "report", str(run), "--out", str(out), "--pairs", str(pairs)]
    words += ["--simulations", str(simulations)]
    if expert_games:
        words += ["--expert-games", *map(str, expert_games)]
    return shlex.join(words)


@contextlib.contextmanager
def _opened(folder: Path, warnings: list[str]) -> Iterator[tuple[Cache, ResultsFile]]:
    """The kept answers and games of a run, owned while the context lasts."""
    folder.mkdir(exist_ok=True)
    with FolderLock(folder):
        cache = Cache(folder / "numbers.jsonl")
        games = ResultsFile(folder / "games.jsonl")
        warnings += [*cache.notes, *games.notes]
        try:
            yield cache, games
        finally:
            cache.close()
            games.close()
