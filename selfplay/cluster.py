"""Self-play on the machines of a Ray cluster; the learner stays with the caller.

    the caller's `set_net`: the weights go into the object store once, each node fetches one copy
    -> orders of moves to single-threaded actors, one for each CPU, at most ORDERS waiting at each
    -> packed records come home; the oldest order of every actor is the next one answered
    -> an actor that is lost makes room for a new one, which goes on from the last answer taken

What an actor did after its last answer that was taken is forgotten as a whole, so no game counts
twice. Game ids do not repeat either: each new actor numbers its own games in a range of its own.
An answer may come from weights that were replaced meanwhile, at most ORDERS orders ago.

The only file that knows Ray; nothing here needs it until a `RayPlayers` is made.
"""

from __future__ import annotations

import itertools
import logging
import os
import socket
import textwrap
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from agents.net import Bounds, PolicyValueNet
from selfplay.actor import Actor, Answer, source_hash
from selfplay.config import RunConfig
from selfplay.play import PlayStats
from selfplay.records import GameRecord, RecordError, pack_records, unpack_records
from selfplay.workers import PATIENCE_S, WorkerError, weights_of

__all__ = ["ClusterError", "RayPlayers"]

ORDERS: Final = 2
"""Orders that an actor may have: one it plays and one that it goes on with at once."""

GAMES_PER_ACTOR: Final = 10**9
"""Width of an actor's range of game ids. Nine million ranges fit below 2**53, the last whole number
that every float64 can tell from its neighbours (records keep ids as float64)."""

START_S: Final = 300.0
"""How long the cluster may be without a running actor."""

CONNECT_S: Final = 10.0
TICK_S: Final = 1.0
FRUITLESS: Final = 3
"""Actors lost per place, with no answer from any in between, that end the run."""


class ClusterError(WorkerError):
    """The cluster cannot be reached or used; one line says why."""


def _ray() -> Any:
    """The ray package, quiet, sending nothing about its use, and giving up on a dead head early.

    Raises:
        ClusterError: if it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "1")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise ClusterError("Ray is not installed: pip install 'untold[ray]'") from None
    return ray


def _connect(ray: Any, address: str, config: RunConfig) -> bool:
    """Join the cluster at `address`; False if this process had joined one before.

    Raises:
        ClusterError: if there is none, or it is of another version.
    """
    if ray.is_initialized():
        return False
    settings: dict[str, Any] = {}
    if address == "local":
        settings = {"include_dashboard": False, "num_cpus": config.workers or None}
    elif address != "auto":
        _require_reachable(address)
    try:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **settings)
    except (OSError, ValueError, RuntimeError) as error:
        raise ClusterError(f"no Ray cluster at {address!r}: {_one_line(error)}") from None
    # Ray prints the death of a worker whatever it is told; we report it in our own way.
    ray._private.worker._worker_logs_enabled = False
    return True


def _require_reachable(address: str) -> None:
    """Ray itself tries for minutes, and then ends the process."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or "/" in host:
        raise ClusterError(f"a cluster's address is 'auto', 'local' or HOST:PORT, not {address!r}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise ClusterError(
            f"nothing answers at {address} ({_one_line(error)}); start the cluster first: "
            "ray start --head"
        ) from None


def _one_line(error: BaseException) -> str:
    """The cause of a remote error, or the error's own first line."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, BaseException):
        return f"{type(cause).__name__}: {_one_line(cause)}"
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return textwrap.shorten(first, 200, placeholder=" ...")


@dataclass(slots=True)
class _Place:
    """Room for one actor, and what is known of the one in it.

    Attributes:
        actor: Ray's handle; None while there is none.
        greeted: whether it runs (and not only waits for a free CPU).
        orders: Ray's promises of its answers, oldest first; the first of all is the greeting's.
        since: when `orders[0]` became the oldest one, by the monotonic clock.
        running: its games after its last answer, or those that it was given.
        given: those that it was given, until it says which of them it took up.
        losses: actors lost here since the last answer; retry_at: when to start another.
    """

    actor: Any = None
    greeted: bool = False
    orders: deque[Any] = field(default_factory=deque)
    since: float = 0.0
    running: list[GameRecord] = field(default_factory=list)
    given: list[GameRecord] = field(default_factory=list)
    losses: int = 0
    retry_at: float = 0.0


class RayPlayers:
    """All self-play of a run, by actors on a Ray cluster; same use as `Players`.

    Args:
        config: the run's; `workers` actors, or one for each CPU that Ray has (more as nodes join)
            if that is 0.
        first_game_id: the number of the next new game.
        running: games to go on with.
        address: HOST:PORT of the cluster's head, "auto" for the one on this machine, or "local" for
            one of our own that ends with us. If this process is in a cluster already, that one.

    Raises:
        ClusterError: if Ray is missing or no cluster is there.
    """

    def __init__(
        self, config: RunConfig, first_game_id: int, running: list[GameRecord], address: str
    ) -> None:
        self._config = config
        self._ray = _ray()
        self._ours = _connect(self._ray, address, config)
        self._remote = self._ray.remote(
            num_cpus=1, max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD"
        )(Actor)
        self._source_hash = source_hash()
        self._ranges = itertools.count(-(-first_game_id // GAMES_PER_ACTOR))
        self._versions = itertools.count()
        self._weights: Any = None
        self._places: list[_Place] = []
        self._grow()
        for p, place in enumerate(self._places):
            place.running = running[p :: len(self._places)]
        self._unclaimed: list[GameRecord] = []
        self._finished: list[GameRecord] = []
        self._stats = PlayStats()
        self._wanted, self._order = 0, (0, 0)
        self._fruitless = 0
        self._warnings: list[str] = []

    def set_net(self, net: PolicyValueNet, bounds: Bounds | None = None) -> None:
        """Play with these weights from the next order on, in eight bits if there are `bounds`."""
        self._weights = self._ray.put((next(self._versions), weights_of(net), bounds))

    def begin(self, num_moves: int, positions: int) -> None:
        """Ask for about `num_moves` moves on the boards that are due after so many positions of the
        run; actors play while the caller goes on.

        No more than that are ever ordered ahead.

        Raises:
            ClusterError: before the first `set_net`.
        """
        if self._weights is None:
            raise ClusterError("no weights yet")
        self._grow()
        actors = sum(place.greeted for place in self._places) or len(self._places)
        self._wanted, self._order = num_moves, (-(-num_moves // (ORDERS * actors)), positions)
        self._tend()

    def ready(self, seconds: float) -> bool:
        """Wait so long at most; whether `collect` would answer at once (or raise)."""
        deadline = time.monotonic() + seconds
        while self._stats.moves < self._wanted:
            left = deadline - time.monotonic()
            self._take_answers(min(TICK_S, max(0.0, left)))
            if left <= 0:
                return self._stats.moves >= self._wanted
        return True

    def collect(self) -> tuple[list[GameRecord], list[GameRecord], PlayStats]:
        """Finished games (by game id), running games and counts, of at least as many moves as
        `begin` asked for: the first answers to come, whoever gives them.

        Raises:
            ClusterError: if no actor starts, or one after the other is lost.
        """
        alive = time.monotonic()
        while self._stats.moves < self._wanted:
            self._take_answers(TICK_S)
            if any(place.greeted for place in self._places):
                alive = time.monotonic()
            elif time.monotonic() - alive > START_S:
                raise ClusterError(
                    "no node of the cluster has a free CPU for self-play; see ray status"
                )
        finished, stats = self._finished, self._stats
        self._finished, self._stats = [], PlayStats()
        running = [game for place in self._places for game in place.running]
        return sorted(finished, key=lambda r: r.game_id), running + self._unclaimed, stats

    def take_warnings(self) -> list[str]:
        """A line for each actor that was lost since the last call."""
        warnings, self._warnings = self._warnings, []
        return warnings

    def local_cpus(self) -> int:
        """CPUs of this machine that Ray may fill with actors."""
        here = self._ray.get_runtime_context().get_node_id()
        nodes = [node for node in self._ray.nodes() if node["NodeID"] == here]
        return sum(int(node["Resources"].get("CPU", 0)) for node in nodes)

    def close(self) -> None:
        """End all actors, and the cluster if it is our own. May be called twice."""
        for place in self._places:
            self._end(place)
        self._weights = None
        if self._ours:
            self._ours = False
            self._ray.shutdown()

    def _grow(self) -> None:
        """Places for `workers` actors, or for all CPUs there are now; at least one."""
        count = self._config.workers or int(self._ray.cluster_resources().get("CPU", 0))
        while len(self._places) < max(1, count):
            self._places.append(_Place())

    def _tend(self) -> None:
        """An actor in every place, and enough orders for every one that runs."""
        now = time.monotonic()
        for place in self._places:
            if place.actor is None and now >= place.retry_at:
                self._fill(place)
            if place.greeted:
                if not place.orders:
                    place.since = now
                while len(place.orders) < ORDERS:
                    place.orders.append(place.actor.play.remote(self._weights, *self._order))

    def _fill(self, place: _Place) -> None:
        """A new actor, which goes on with the games of the one before."""
        place.running += self._unclaimed
        self._unclaimed = []
        place.given = list(place.running)
        first = next(self._ranges) * GAMES_PER_ACTOR
        place.actor = self._remote.remote(self._config, first, pack_records(place.given))
        place.orders.append(place.actor.greet.remote(self._source_hash))

    def _take_answers(self, seconds: float) -> None:
        """Take the answers that are there within `seconds`; give up actors that hang."""
        self._tend()
        oldest = {place.orders[0]: place for place in self._places if place.orders}
        if not oldest:
            time.sleep(seconds)
            return
        ready, _ = self._ray.wait(list(oldest), num_returns=1, timeout=seconds)
        if ready:
            ready, _ = self._ray.wait(list(oldest), num_returns=len(oldest), timeout=0)
        for order in ready:
            self._take(oldest.pop(order), order)
        for place in oldest.values():
            if place.greeted and time.monotonic() - place.since > PATIENCE_S:
                self._lose(place, "it hangs")

    def _take(self, place: _Place, order: Any) -> None:
        try:
            answer: Answer | None = self._ray.get(order, timeout=CONNECT_S)
            finished = unpack_records(answer.finished) if answer else []
            running = unpack_records(answer.running) if answer else []
        except (self._ray.exceptions.RayError, RecordError) as error:
            self._lose(place, _one_line(error))
            return
        place.orders.popleft()
        place.since = time.monotonic()
        if answer is None:
            place.greeted = True
            return
        known = {record.game_id for record in (*finished, *running)}
        self._unclaimed += [record for record in place.given if record.game_id not in known]
        place.given, place.running = [], running
        place.losses = self._fruitless = 0
        self._finished += finished
        self._stats += answer.stats

    def _lose(self, place: _Place, reason: str) -> None:
        """Give an actor up; its place is filled again, later the more often that was in vain."""
        self._end(place)
        place.losses += 1
        place.retry_at = time.monotonic() + min(60.0, 2.0**place.losses - 2.0)
        self._fruitless += 1
        self._warnings.append(f"a self-play actor was lost: {reason}")
        if self._fruitless > FRUITLESS * len(self._places):
            raise ClusterError(f"self-play fails on the cluster: {reason}")

    def _end(self, place: _Place) -> None:
        if place.actor is not None:
            self._ray.kill(place.actor, no_restart=True)
        place.actor, place.greeted = None, False
        place.orders.clear()
