"""What a run's ladder plays: which networks, against whom, and the games, fixed by the settings."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.arena import GameSetup
from agents.arena.pairs import pair_setups
from go_engine import Rules
from selfplay.insight.rungs import Rung
from selfplay.insight.runs import Snapshot

__all__ = ["LadderSettings", "choose_net", "opponents_among", "ladder_setups"]

_VERSION: Final = 1  # of what a kept game means; a change makes kept games count no more


@dataclass(frozen=True, slots=True)
class LadderSettings:
    """How a run's strength is measured.

    Attributes:
        anchors: specs of the fixed opponents; None takes the usual ones.
        pairs: colour-swapped pairs of games for every two that meet; 0 plays none.
        simulations: search simulations a move of the run's networks.
        nets: about how many networks are measured, spread evenly over the run so far.
        workers: processes that play.
        expert_games: files of expert games to compare moves with; they only measure.
        opening_plies: random moves before the players take over.
        seed: fixes openings and all chance.

    Raises:
        ValueError: for values that cannot be.
    """

    anchors: tuple[str, ...] | None = None
    pairs: int = 10
    simulations: int = 64
    nets: int = 16
    workers: int = 1
    expert_games: tuple[Path, ...] = ()
    opening_plies: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        lows = {"pairs": 0, "simulations": 1, "nets": 1, "workers": 1, "opening_plies": 0}
        for name, low in {**lows, "seed": 0}.items():
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be {low} or more, not {getattr(self, name)}")


def choose_net(
    snapshots: Sequence[Snapshot], planned: Sequence[Snapshot], count: int, newest_first: bool
) -> Snapshot | None:
    """The network to be measured next; None if those `planned` are spread densely enough.

    The newest, the first, then whichever lies farthest (in positions) from all that were measured,
    as long as that is a `count`-th of the run so far. With `newest_first` the newest, too, waits
    until it is so far ahead: the run goes on, and another one will come.
    """
    done = {snapshot.digest for snapshot in planned}
    todo = [snapshot for snapshot in snapshots if snapshot.digest not in done]
    if not todo:
        return None
    newest, gap = snapshots[-1], max(1.0, snapshots[-1].positions / count)

    def distance(snapshot: Snapshot) -> float:
        return min((abs(snapshot.positions - s.positions) for s in planned), default=float("inf"))

    if newest in todo and (not newest_first or distance(newest) >= gap):
        return newest
    if snapshots[0] in todo:
        return snapshots[0]
    farthest = max(todo, key=distance)
    return farthest if distance(farthest) >= gap else None


def opponents_among(snapshot: Snapshot, planned: Sequence[Snapshot]) -> list[Snapshot]:
    """The networks that `snapshot` meets: the nearest measured before and after it in training, and
    the one nearest to half its positions."""
    before = [s for s in planned if s.positions < snapshot.positions]
    after = [s for s in planned if s.positions > snapshot.positions]
    met = []
    if before:
        met.append(max(before, key=lambda s: s.positions))
        met.append(min(before, key=lambda s: abs(2 * s.positions - snapshot.positions)))
    if after:
        met.append(min(after, key=lambda s: s.positions))
    return list(dict.fromkeys(met))


def ladder_setups(
    rungs: tuple[Rung, Rung],
    rules: Rules,
    openings: Sequence[tuple[int, ...]],
    settings: LadderSettings,
) -> Iterator[GameSetup]:
    """The games of two rungs; their ids name all that they depend on."""
    names = rungs[0].name, rungs[1].name
    facts = [
        _VERSION, names, dataclasses.asdict(rules), settings.seed, settings.opening_plies,
    ]  # fmt: skip
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    for pair, opening in enumerate(openings):
        for setup in pair_setups(names, rules, opening, settings.seed, 0, pair):
            yield dataclasses.replace(
                setup, pair_id=f"{key}-{pair:05d}", game_id=f"{key}-{setup.game_id}"
            )
