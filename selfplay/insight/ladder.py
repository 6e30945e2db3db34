"""Strength during training: a run's networks against fixed anchors and each other, on one scale.

May run beside a training, or after it. It keeps what it finds in the run's folder `strength`:

    plan.jsonl      the networks taken up, in order, each with the earlier ones that it meets
    games.jsonl     one line a game, on disk before the next one counts
    verdicts.jsonl  GNU Go's own verdict on each game that it played in
    nets.jsonl      what each network knows without playing (see `knowledge`)
    ratings.json    everybody rated from all games so far; ratings.png shows it
    lock            one process at a time

What is played follows from the plan and the settings: every network meets every anchor and up to
three other networks in colour-swapped pairs from the same openings. Whoever takes nothing or
everything from an opponent in the first quarter of the pairs does not play the rest: it would tell
next to nothing and, against GNU Go, cost much. Killed at any moment, the next call plays what is
missing and nothing twice; more pairs or another anchor add to what is there.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents.arena import GameRecord, GameSetup, ResultsFile, random_openings
from agents.arena.pairs import opening_rng
from agents.files import FolderLock, write_atomically
from go_engine import Rules
from selfplay.config import RunConfig
from selfplay.insight.cache import Cache
from selfplay.insight.elo import Ladder, NetFacts, ladder_png, make_ladder
from selfplay.insight.knowledge import Examiner
from selfplay.insight.measure import one_thread
from selfplay.insight.rungs import Players, Rung, anchor_rung, default_anchors, net_rung
from selfplay.insight.runs import Run, Snapshot, net_files, open_run, read_snapshot
from selfplay.insight.schedule import (
    LadderSettings,
    choose_net,
    ladder_setups,
    opponents_among,
)
from selfplay.insight.verdicts import Verdicts
from selfplay.run import RunError

__all__ = ["STRENGTH_FOLDER", "LadderWatcher", "measure_strength"]

STRENGTH_FOLDER: Final = "strength"

_MIN_FIRST: Final = 2  # pairs played before a one-sided match may end


@dataclass(frozen=True, slots=True)
class LadderWatcher:
    """What to call as measuring goes on.

    Attributes:
        tell: what is going on, in words; often.
        note: something a person should know, in one line; rarely.
        rated: everybody's ratings, whenever they are made anew.
    """

    tell: Callable[[str], None] = lambda _text: None
    note: Callable[[str], None] = lambda _text: None
    rated: Callable[[Ladder], None] = lambda _ladder: None


_NOBODY: Final = LadderWatcher()


def measure_strength(
    run: Path,
    settings: LadderSettings | None = None,
    *,
    watch: bool = False,
    watcher: LadderWatcher = _NOBODY,
    poll_s: float = 20.0,
) -> Ladder | None:
    """Measure the networks of a run that are not measured yet, and rate everybody.

    Args:
        run: the run's folder.
        settings: how; None takes the usual ones.
        watch: go on with networks that the run keeps meanwhile, the newest first, until the run is
            over.
        watcher: what to call on the way.
        poll_s: seconds between looks for new networks.

    Returns:
        The ratings; None if no game counts.

    Raises:
        RunError: if the folder holds no run, or one that has kept no network yet.
        ConfigError: if the run's settings are damaged.
        FolderInUseError: if another process measures the run.
        AgentError: if a player cannot be made.
        ValueError: if the board has too few different openings.
        OSError: if a file cannot be read or written.
    """
    settings = settings or LadderSettings()
    read = open_run(run, 2)
    folder = run / STRENGTH_FOLDER
    folder.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(FolderLock(folder))
        stack.enter_context(one_thread())
        measuring = _Measuring(read, settings, watcher, stack)
        while True:
            if measuring.step(watch):
                continue
            if not watch:
                return measuring.ladder
            if _is_over(run):
                watch = False  # the last network is measured however near to another it is
                continue
            watcher.tell("waiting for the run's next network")
            time.sleep(poll_s)


class _Measuring:
    """One process's work on a run's folder `strength`, which it owns; files close with `stack`."""

    def __init__(
        self,
        run: Run,
        settings: LadderSettings,
        watcher: LadderWatcher,
        stack: contextlib.ExitStack,
    ) -> None:
        self.settings, self.watcher = settings, watcher
        self.ladder: Ladder | None = None
        self._shelf = _Shelf(run.path / "nets", watcher.note)
        self._folder = run.path / STRENGTH_FOLDER
        self._rules, self._cores = _rules(run.config), max(1, run.config.workers)
        self._examiner = _examiner(run, self._rules, settings)
        anchors = default_anchors() if settings.anchors is None else settings.anchors
        self._anchors = [anchor_rung(text) for text in dict.fromkeys(anchors)]
        self._openings = random_openings(
            self._rules,
            settings.pairs,
            settings.opening_plies,
            opening_rng(settings.seed),
            max_lead=float(self._rules.board_size),
        )
        closing = contextlib.closing
        self._plan = stack.enter_context(closing(Cache(self._folder / "plan.jsonl")))
        self._nets = stack.enter_context(closing(Cache(self._folder / "nets.jsonl")))
        self._games = stack.enter_context(closing(ResultsFile(self._folder / "games.jsonl")))
        self._verdicts = stack.enter_context(closing(Verdicts(self._folder / "verdicts.jsonl")))
        self._players = stack.enter_context(Players(settings.workers))
        for kept in (self._plan, self._nets, self._games, self._verdicts):
            for note in kept.notes:
                watcher.note(note)
        self._known = {record.game_id: record for record in self._games.records}
        self._rate()

    def step(self, newest_first: bool) -> bool:
        """Measure one network, if there is one to be measured."""
        snapshots = self._shelf.read()
        by_digest = {snapshot.digest: snapshot for snapshot in snapshots}
        planned = [by_digest[e["net"]] for e in self._plan.values if e["net"] in by_digest]
        for snapshot in planned:
            if self._nets.get(self._examiner.key(snapshot)) is None or self._left(
                snapshot, by_digest
            ):
                self._measure(snapshot, by_digest)
                return True
        chosen = choose_net(snapshots, planned, self.settings.nets, newest_first)
        if chosen is None:
            return False
        met = opponents_among(chosen, planned)
        entry = {
            "net": chosen.digest,
            "iteration": chosen.iteration,
            "positions": chosen.positions,
            "seconds": chosen.seconds,
            "opponents": [snapshot.digest for snapshot in met],
        }
        self._plan.put({"net": chosen.digest}, entry)
        self._measure(chosen, by_digest)
        return True

    # ---- one network

    def _measure(self, snapshot: Snapshot, by_digest: Mapping[str, Snapshot]) -> None:
        """Play what is missing, then ask what it knows, then rate everybody."""
        rungs = {rung.name: rung for rung in self._rungs(snapshot, by_digest)}
        what = f"network {snapshot.iteration} ({snapshot.positions:,} positions)"
        while left := self._left(snapshot, by_digest):
            for number, record in enumerate(self._players.play(left, rungs), start=1):
                self._games.append(record)
                self._known[record.game_id] = record
                self._verdicts.judge(record)
                self.watcher.tell(f"{what}: game {number} of {len(left)}")
        key = self._examiner.key(snapshot)
        if self._nets.get(key) is None:
            self.watcher.tell(f"{what}: asking what it knows")
            self._nets.put(key, self._examiner.examine(snapshot, self._cores).to_json())
            for warning in self._examiner.warnings:
                self.watcher.note(warning)
        self._rate()

    def _rungs(self, snapshot: Snapshot, by_digest: Mapping[str, Snapshot]) -> list[Rung]:
        """The network, then whom it meets."""
        entry = self._plan.get({"net": snapshot.digest})
        others = [by_digest[digest] for digest in entry["opponents"] if digest in by_digest]
        nets = [net_rung(s, self.settings.simulations) for s in (snapshot, *others)]
        return [nets[0], *self._anchors, *nets[1:]]

    def _left(self, snapshot: Snapshot, by_digest: Mapping[str, Snapshot]) -> list[GameSetup]:
        """The games to be played next: what is missing of the first ones, else of the others."""
        net, *others = self._rungs(snapshot, by_digest)
        first: list[GameSetup] = []
        rest: list[GameSetup] = []
        count = 2 * max(_MIN_FIRST, len(self._openings) // 4)
        for other in others:
            setups = list(ladder_setups((net, other), self._rules, self._openings, self.settings))
            first += self._missing(setups[:count])
            if not self._is_one_sided(setups[:count], net.name):
                rest += self._missing(setups[count:])
        return first or rest

    def _missing(self, setups: Sequence[GameSetup]) -> list[GameSetup]:
        return [setup for setup in setups if setup.game_id not in self._known]

    def _is_one_sided(self, setups: Sequence[GameSetup], name: str) -> bool:
        games = [self._known[s.game_id] for s in setups if s.game_id in self._known]
        points = {record.points(name) for record in games if record.result is not None}
        return points in ({0.0}, {1.0})

    # ---- everybody

    def _rate(self) -> None:
        """Rate all games on this board, and write the ratings down."""
        records = [r for r in self._known.values() if r.rules == self._rules]
        for record in records:
            self._verdicts.judge(record)
        objections = {r.game_id: why for r in records if (why := self._verdicts.objection(r))}
        self.ladder = make_ladder(records, objections, self._facts(records))
        if self.ladder is None:
            return
        text = json.dumps(self.ladder.to_json(), indent=1) + "\n"
        write_atomically(self._folder / "ratings.json", text.encode(), durable=False)
        write_atomically(self._folder / "ratings.png", ladder_png(self.ladder), durable=False)
        self.watcher.rated(self.ladder)

    def _facts(self, records: Sequence[GameRecord]) -> dict[str, NetFacts]:
        """When the networks were kept that played, by their names in games."""
        entries = {f"digest={e['net'][:8]},": e for e in self._plan.values}
        names = {name for record in records for name in (record.black, record.white)}
        facts = {}
        for name in names:
            for mark, entry in entries.items():
                if name.startswith("net:") and mark in name:
                    hours = entry["seconds"] * self._cores / 3600
                    facts[name] = NetFacts(entry["iteration"], entry["positions"], hours)
        return facts


# ---------------------------------------------------------------- the run


class _Shelf:
    """The networks that a run has kept so far; each file is read once.

    Files that cannot be used are told of once and passed over.
    """

    def __init__(self, folder: Path, note: Callable[[str], None]) -> None:
        self._folder, self._note = folder, note
        self._read: dict[tuple[str, int, int], Snapshot | None] = {}

    def read(self) -> list[Snapshot]:
        """The networks there now, in the order of their positions."""
        found = []
        for path in net_files(self._folder):
            with contextlib.suppress(FileNotFoundError):  # thinned out meanwhile
                facts = path.stat()
                key = path.name, facts.st_size, facts.st_mtime_ns
                if key not in self._read:
                    self._read[key] = self._try(path)
                if (snapshot := self._read[key]) is not None:
                    found.append(snapshot)
        return sorted(found, key=lambda snapshot: (snapshot.positions, snapshot.iteration))

    def _try(self, path: Path) -> Snapshot | None:
        try:
            return read_snapshot(path)
        except RunError as error:
            self._note(str(error))
            return None


def _rules(config: RunConfig) -> Rules:
    """The board that a run's networks are measured on: the one that it trains for."""
    return Rules(config.game.board_size, komi=config.game.komi)


def _examiner(run: Run, rules: Rules, settings: LadderSettings) -> Examiner:
    game = run.config.game
    komi_range = game.komi_low, game.komi_high
    return Examiner(rules, komi_range, run.path / "heldout", settings.expert_games)


def _is_over(run: Path) -> bool:
    """Whether the run's newest line of metrics says that it is done."""
    progress: Any = open_run(run, 2).last("progress")
    return bool(progress >= 1.0)
