"""Strength over training: snapshots of a run against opponents that stay the same.

Every snapshot plays the same colour-swapped pairs from the same random openings against each
anchor: `random`, `told` where its weights are there, and the run's own newest network. Games are
kept as they end, so a killed report goes on where it stopped, and asking for more pairs later plays
only the new ones.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from agents.arena import (
    GameRecord,
    GameSetup,
    MatchResult,
    ResultsFile,
    WorkerPool,
    count_match,
    play_all,
    random_openings,
)
from agents.arena.pairs import opening_rng, pair_setups
from agents.base import Agent
from agents.net import TorchEvaluator, load_net
from agents.search import ZeroAgent
from agents.spec import SHIPPED, make_agent
from go_engine import Rules
from selfplay.insight.runs import Snapshot, file_digest

__all__ = ["Anchor", "MatchSettings", "StrengthPoint", "spec_anchor", "own_net", "play_ladder"]

_VERSION: Final = 1  # of what a kept game means; a change makes kept games count no more
_EVALUATION_S: Final = 7e-4  # of a small network on one core; only a guess of what is to come
_POOL_PAYS_FROM_S: Final = 10.0  # guessed seconds of play from which starting processes pays


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """How the matches are played.

    Attributes:
        rules: size, komi and ko rule.
        pairs: colour-swapped pairs for each snapshot and anchor; 0 plays none.
        simulations: search simulations a move of every network; with 1 the network plays the move
            it likes best and the search adds nothing.
        seed: fixes openings and all chance.
        opening_plies: random moves before the players take over.
    """

    rules: Rules
    pairs: int
    simulations: int = 1
    seed: int = 0
    opening_plies: int = 4


@dataclass(frozen=True, slots=True)
class Anchor:
    """An opponent that stays the same over the run.

    Attributes:
        label: what people call it.
        name: what it is called in games: an agent's spec, or `net-` and the digest of a network.
        path: the network's file; None for an agent that `agents.spec` makes.
        digest: names the weights in caches.
    """

    label: str
    name: str
    path: Path | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class StrengthPoint:
    """One snapshot against one anchor.

    Attributes:
        positions: self-play positions before the snapshot.
        anchor: the opponent's label.
        result: the games, from the snapshot's side.
    """

    positions: int
    anchor: str
    result: MatchResult


def spec_anchor(spec: str) -> Anchor:
    """An anchor that is no network of the run: `random` or `told`."""
    files = sorted(path for path in (SHIPPED / spec).rglob("*") if path.is_file())
    digests = "".join(file_digest(path) for path in files)
    digest = hashlib.sha256(digests.encode()).hexdigest()[:16] if files else ""
    return Anchor(spec, spec, digest=digest)


def own_net(snapshot: Snapshot) -> Anchor:
    """The anchor that a network of the run is."""
    return Anchor("its own final net", _net_name(snapshot), snapshot.path, snapshot.digest)


def play_ladder(
    snapshots: Sequence[Snapshot],
    anchors: Sequence[Anchor],
    settings: MatchSettings,
    games: ResultsFile,
    workers: int | None,
    tell: Callable[[str], None],
) -> list[StrengthPoint]:
    """Play (or take from `games`) every snapshot against every anchor but itself.

    Args:
        snapshots: of one run.
        anchors: the opponents.
        settings: see there.
        games: what was played before; what is played now is added.
        workers: processes to play in, one thread each; None takes one for each core; up to 1, and
            wherever there is little to play, this process plays.
        tell: hears in words how far it is.

    Raises:
        ValueError: if the board has too few different openings.
        AgentError: if a player cannot be made.
    """
    openings = random_openings(
        settings.rules, settings.pairs, settings.opening_plies, opening_rng(settings.seed)
    )
    cells = [(s, a) for s in snapshots for a in anchors if a.digest != s.digest and openings]
    setups = {cell: list(_setups(*cell, settings, openings)) for cell in cells}
    known = {record.game_id: record for record in games.records}
    left = [x for cell in cells for x in setups[cell] if x.game_id not in known]
    total = sum(map(len, setups.values()))
    paths = {_net_name(s): str(s.path) for s in snapshots}
    paths |= {a.name: str(a.path) for a in anchors if a.path is not None}
    make = functools.partial(_make_player, paths, settings.simulations)
    played = _played(left, make, settings.simulations, workers)
    for number, record in enumerate(played, start=1):
        games.append(record)
        known[record.game_id] = record
        tell(f"strength over training: game {total - len(left) + number} of {total}")
    return [
        StrengthPoint(
            snapshot.positions,
            anchor.label,
            count_match(
                [known[x.game_id] for x in setups[snapshot, anchor]],
                _net_name(snapshot),
                anchor.name,
            ),
        )
        for snapshot, anchor in cells
    ]


def _setups(
    snapshot: Snapshot, anchor: Anchor, settings: MatchSettings, openings: list[tuple[int, ...]]
) -> Iterator[GameSetup]:
    """The games of one cell; their ids name all that they depend on."""
    facts = [
        _VERSION, snapshot.digest, anchor.name, anchor.digest, dataclasses.asdict(settings.rules),
        settings.simulations, settings.seed, settings.opening_plies,
    ]  # fmt: skip
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    names = _net_name(snapshot), anchor.name
    for pair, opening in enumerate(openings):
        for setup in pair_setups(names, settings.rules, opening, settings.seed, 0, pair):
            yield dataclasses.replace(
                setup, pair_id=f"{key}-{pair:05d}", game_id=f"{key}-{setup.game_id}"
            )


def _net_name(snapshot: Snapshot) -> str:
    return f"net-{snapshot.digest}"


def _make_player(paths: Mapping[str, str], simulations: int, name: str) -> Agent:
    """The player that games call `name`; networks run in float32, the same on all machines."""
    if name not in paths:
        return make_agent(name)
    evaluator = TorchEvaluator(load_net(Path(paths[name])), "cpu", torch.float32)
    return ZeroAgent(name, simulations, evaluator=evaluator, name=name)


def _played(
    setups: Sequence[GameSetup],
    make: Callable[[str], Agent],
    simulations: int,
    workers: int | None,
) -> Iterator[GameRecord]:
    """Play the games and yield each as it ends."""
    if not setups:
        return
    count = (os.cpu_count() or 1) if workers is None else workers
    if count > 1 and _guess_seconds(setups, simulations) > _POOL_PAYS_FROM_S:
        limit = max(setup.move_limit for setup in setups)
        with WorkerPool(make, count, limit) as pool:
            yield from pool.play(setups)
        return
    agents: dict[str, Agent] = {}
    try:
        for name in dict.fromkeys(name for x in setups for name in (x.black, x.white)):
            agents[name] = make(name)
        yield from play_all(setups, agents)
    finally:
        for agent in agents.values():
            agent.close()


def _guess_seconds(setups: Sequence[GameSetup], simulations: int) -> float:
    """Roughly what the games take in one process; a game has about 1.5 moves for each point."""
    moves = sum(1.5 * setup.rules.num_points for setup in setups)
    return moves * (1 + simulations) * _EVALUATION_S
