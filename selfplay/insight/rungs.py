"""Who plays in a run's ladder: its networks and anchors that stay the same, and how they are made.

A rung's name in games says all that its play depends on (weights by their digest), so that games
kept earlier can be rated with those of today, and a folder may be moved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.arena import GameRecord, GameSetup, WorkerPool, play_all
from agents.base import Agent, BatchAgent
from agents.gtp import find_gnugo
from agents.net import load_bounds, load_net, make_evaluator, shipped_weights
from agents.search import ZeroAgent
from agents.spec import SHIPPED, make_agent, parse_spec
from selfplay.insight.runs import Snapshot, file_digest

__all__ = [
    "Players",
    "Rung",
    "anchor_rung",
    "default_anchors",
    "is_gnugo",
    "net_rung",
    "rung_label",
]

_DIGITS: Final = 8  # of a digest in a name


@dataclass(frozen=True, slots=True)
class Rung:
    """One player of the ladder.

    Attributes:
        name: what it is called in games; two that play differently differ in it.
        spec: the agent's spec; empty for a network of the run.
        path: a network's file; None for an agent that `agents.spec` makes.
        simulations: a network's search simulations a move; 0 for other agents.
    """

    name: str
    spec: str = ""
    path: Path | None = None
    simulations: int = 0


def net_rung(snapshot: Snapshot, simulations: int) -> Rung:
    """A network of the run, with so many simulations a move."""
    name = (
        f"net:iteration={snapshot.iteration},digest={snapshot.digest[:_DIGITS]},"
        f"simulations={simulations}"
    )
    return Rung(name, path=snapshot.path, simulations=simulations)


def anchor_rung(text: str) -> Rung:
    """An agent that stays the same over the run; `text` is its spec.

    Raises:
        SpecError: if the text names no agent.
        OSError: if its weights cannot be read.
    """
    parsed = parse_spec(text)
    digests = "".join(file_digest(path) for path in _weights(parsed.kind, dict(parsed.options)))
    mark = f"@{hashlib.sha256(digests.encode()).hexdigest()[:_DIGITS]}" if digests else ""
    return Rung(f"{parsed}{mark}", spec=str(parsed))


def _weights(kind: str, options: Mapping[str, object]) -> list[Path]:
    """The files that an agent of this kind plays from: those named, else all that ship."""
    named = str(options.get("weights", ""))
    if kind == "zero" and named in shipped_weights():
        return [shipped_weights()[named]]
    place = Path(named) if named else SHIPPED / kind
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*.safetensors") if path.is_file())


def default_anchors() -> tuple[str, ...]:
    """Specs of the usual anchors: GNU Go's lowest and highest level where it is installed."""
    gnugo = ("gnugo:level=1", "gnugo:level=10") if find_gnugo() else ()
    return ("random", "told", *gnugo)


def is_gnugo(name: str) -> bool:
    """Whether a rung's name in games is one of GNU Go's levels."""
    return name.partition(":")[0] == "gnugo"


def rung_label(name: str) -> str:
    """A rung's name for people: without the digest of its weights."""
    if name.startswith("net:"):
        parts = [part for part in name.split(",") if not part.startswith("digest=")]
        return ",".join(parts)
    return name.partition("@")[0]


class Players:
    """Makes rungs when they are needed and has them play. Use as a context manager.

    Args:
        workers: processes to play in; with 1 this process plays.
    """

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._agents: dict[str, Agent] = {}

    def __enter__(self) -> Players:
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss(())

    def play(self, setups: Sequence[GameSetup], rungs: Mapping[str, Rung]) -> Iterator[GameRecord]:
        """Play the games and yield each as it ends; games of agents that can think about many
        positions at once go on side by side.

        Raises:
            AgentError: if a player cannot be made.
        """
        if not setups:
            return
        if self._workers > 1:
            limit = max(setup.move_limit for setup in setups)
            with WorkerPool(_Maker(dict(rungs)), self._workers, limit) as pool:
                yield from pool.play(setups)
            return
        self.dismiss({name for setup in setups for name in (setup.black, setup.white)})
        for setup in setups:
            for name in (setup.black, setup.white):
                if name not in self._agents:
                    self._agents[name] = _make(rungs[name])
        for part in (True, False):
            yield from play_all([s for s in setups if self._batching(s) is part], self._part(part))

    def dismiss(self, but: Sequence[str] | set[str]) -> None:
        """Close all agents but some."""
        for name in [name for name in self._agents if name not in but]:
            self._agents.pop(name).close()

    def _batching(self, setup: GameSetup) -> bool:
        agents = (self._agents[setup.black], self._agents[setup.white])
        return all(isinstance(agent, BatchAgent) for agent in agents)

    def _part(self, batching: bool) -> Mapping[str, Agent]:
        if not batching:
            return self._agents
        return {n: agent for n, agent in self._agents.items() if isinstance(agent, BatchAgent)}


@dataclass(frozen=True)
class _Maker:
    """Turns names into agents in worker processes."""

    rungs: Mapping[str, Rung]

    def __call__(self, name: str) -> Agent:
        return _make(self.rungs[name])


def _make(rung: Rung) -> Agent:
    if rung.path is None:
        agent = make_agent(rung.spec)
        agent.name = rung.name
        return agent
    evaluator = make_evaluator(load_net(rung.path), bounds=load_bounds(rung.path))
    return ZeroAgent(rung.name, rung.simulations, evaluator=evaluator, name=rung.name)
