"""What `scripts/bench_selfplay.py` does in each process: the bare network, the raw evaluator, and
self-play, each for so many seconds, on request.

A request is a tuple (name of a method of `Player`, its arguments); the answer goes back as
`("done", ...)` or `("failed", one line)`.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from agents.base import AgentError, Evaluation, Evaluator
from agents.net import (
    NetConfig,
    PolicyValueNet,
    TorchEvaluator,
    activation_bounds,
    as_batch,
    empty_planes,
    load_net,
    make_evaluator,
)
from agents.search import SearchConfig
from selfplay.config import GameConfig, LearnConfig
from selfplay.learner import Learner
from selfplay.play import SelfPlay
from selfplay.records import GameRecord
from selfplay.replay import Replay

__all__ = ["BACKENDS", "Job", "Played", "Player", "Rate", "build_evaluator", "serve"]

BACKENDS: Final = ("auto", "torch", "torch-float32", "torch-bfloat16", "openvino", "int8")

_POOL: Final = 512
_SPREAD_MOVES: Final = 60


@dataclass(frozen=True)
class Job:
    """What is measured, the same in every process.

    Attributes:
        config: sizes of the network; weights: a file of its weights, None for random ones.
        device: torch device name; backend: one of BACKENDS.
        size: points along an edge; simulations: of each move.
        seed: of the games.
        clock: "wall", or "cpu" for the processor time that one-threaded processes get, which other
            programs change less.
    """

    config: NetConfig
    weights: Path | None
    device: str
    backend: str
    size: int
    simulations: int
    seed: int = 0
    clock: str = "wall"

    @property
    def now(self) -> Callable[[], float]:
        """Seconds on the job's clock."""
        return time.process_time if self.clock == "cpu" else time.perf_counter

    def make_net(self) -> PolicyValueNet:
        """The network, the same in every process."""
        if self.weights is not None:
            return load_net(self.weights)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return PolicyValueNet(self.config).eval()


class Rate(NamedTuple):
    """Evaluations done in so many seconds."""

    done: int
    seconds: float


class Played(NamedTuple):
    """What self-play did in so many seconds.

    Attributes:
        leaves: rows of planes that the evaluator got for leaves (it is the one to fill up batches,
            so there is no padding among them, and what a cache answers never comes here).
        moves: searched; games: finished; seconds: in all, without the time that marking took;
            net_seconds: inside the evaluator.
        marks: `uint64 [rows]`, equal for equal planes, of all that the evaluator was asked.
    """

    leaves: int
    moves: int
    games: int
    seconds: float
    net_seconds: float
    marks: NDArray[np.uint64]


def build_evaluator(job: Job) -> Evaluator:
    """The evaluator of a job; int8 takes its bounds from positions of the net's own games.

    Raises:
        AgentError: if the machine lacks what the job asks for.
    """
    net = job.make_net()
    if job.backend in ("torch-float32", "torch-bfloat16"):
        return TorchEvaluator(net, job.device, getattr(torch, job.backend.removeprefix("torch-")))
    if job.backend == "int8":
        bounds = activation_bounds(net, own_positions(job))
        return make_evaluator(net, job.device, "openvino", bounds)
    return make_evaluator(net, job.device, job.backend)


def own_positions(job: Job) -> NDArray[np.float32]:
    """`[_POOL, C, N, N]`: positions of self-play, from all stages of games."""
    watched = Watched(_Uninformed(), keep=_POOL)
    search = SearchConfig(num_simulations=4)
    games = SelfPlay(_all_stages(job, 64), search, job.seed, itertools.count(), watched)
    while watched.kept < _POOL:
        games.play(1)
    return as_batch(watched.pool)


def _all_stages(job: Job, games: int) -> GameConfig:
    """Games that begin with random openings of any length up to most of a game."""
    return GameConfig(
        board_size=job.size,
        parallel_games=games,
        max_moves=2 * job.size**2,
        opening_share=1.0,
        opening_moves=max(1, _SPREAD_MOVES * job.size**2 // 81),
    )


class _Uninformed:
    """An Evaluator that knows nothing, and says so at once."""

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        count, points = len(planes), planes.shape[2] ** 2
        return Evaluation(
            prior_logits=np.zeros((count, points + 1), np.float32),
            value=np.full(count, 0.5, np.float32),
            score=np.zeros(count, np.float32),
            ownership=np.zeros((count, points), np.float32),
        )


@dataclass
class Watched:
    """An Evaluator that counts, times and marks what another one is asked.

    Attributes:
        rows, seconds: given to it and spent in it; `marks` of the rows, `marking_seconds` for them.
        keep: size of `pool`, which the planes of the first `kept` rows of batches fill.
    """

    evaluator: Evaluator
    now: Callable[[], float] = time.perf_counter
    keep: int = 0
    rows: int = 0
    seconds: float = 0.0
    marks: list[NDArray[np.uint64]] = field(default_factory=list)
    marking_seconds: float = 0.0
    kept: int = 0
    pool: NDArray[np.float32] = field(default_factory=lambda: empty_planes(0, 1))

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        start = self.now()
        answer = self.evaluator.evaluate(planes)
        middle = self.now()
        self.rows += len(planes)
        self.marks.append(_marks(planes))
        if self.kept < self.keep and len(planes) > 1:
            self._keep(planes)
        self.seconds += middle - start
        self.marking_seconds += self.now() - middle
        return answer

    def _keep(self, planes: NDArray[np.float32]) -> None:
        if not self.kept:
            self.pool = empty_planes(self.keep, planes.shape[2])
        wanted = planes[: self.keep - self.kept].transpose(0, 2, 3, 1)
        rows = slice(self.kept, self.kept + len(wanted))
        self.pool[rows] = wanted.reshape(len(wanted), -1, planes.shape[1])
        self.kept += len(wanted)


def _marks(planes: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Hash of each row's bits: multilinear, with fixed random factors, modulo 2**64."""
    rows = np.ascontiguousarray(planes.transpose(0, 2, 3, 1)).reshape(len(planes), -1)
    marks: NDArray[np.uint64] = rows.view(np.uint32).astype(np.uint64) @ _factors(rows.shape[1])
    return marks


@cache
def _factors(count: int) -> NDArray[np.uint64]:
    """Odd numbers, the same in every process."""
    return 2 * np.random.default_rng(1).integers(0, 2**63, count, np.uint64) + 1


class Player:
    """One process's part of the measurement."""

    def __init__(self, job: Job, number: int, of: int, threads: int) -> None:
        torch.set_num_threads(threads)
        self._job = job
        self._number, self._of = number, of
        self.evaluator = build_evaluator(job)
        self._pool = own_positions(job).transpose(0, 2, 3, 1)
        self._games: SelfPlay | None = None
        self._watched = Watched(self.evaluator)
        self._finished: list[GameRecord] = []

    def name(self) -> str:
        """What computes, and in which arithmetic."""
        return str(getattr(self.evaluator, "name", type(self.evaluator).__name__))

    def raw(self, batch: int, seconds: float) -> Rate:
        """The evaluator on batch after batch of different positions."""
        batches = [self._batch(batch, start) for start in range(0, _POOL, max(batch, 64))]
        turns = itertools.cycle(batches)
        return _repeat(lambda: self.evaluator.evaluate(next(turns)), batch, seconds, self._job.now)

    def _batch(self, count: int, start: int) -> NDArray[np.float32]:
        chosen = np.arange(start, start + count) % _POOL
        return np.ascontiguousarray(self._pool[chosen]).transpose(0, 3, 1, 2)

    def bare(self, batch: int, seconds: float) -> Rate:
        """The backend alone, again and again on one batch that lies where it is computed."""
        planes, now = self._batch(batch, 0), self._job.now
        if isinstance(self.evaluator, TorchEvaluator):
            return _repeat(_bare_torch(self.evaluator, planes), batch, seconds, now)
        request = self.evaluator.request(self._job.size)  # type: ignore[attr-defined]
        memory = planes.transpose(0, 2, 3, 1)
        return _repeat(lambda: request.infer({0: memory}, share_inputs=True), batch, seconds, now)

    def start_games(self, games: int) -> None:
        """Set up games in all stages, as there are in the middle of a run."""
        job = self._job
        first = itertools.count(self._number * games)
        early = SelfPlay(
            _all_stages(job, games), SearchConfig(num_simulations=1), job.seed, first, _Uninformed()
        )
        game = GameConfig(board_size=job.size, parallel_games=games, max_moves=2 * job.size**2)
        search = SearchConfig(num_simulations=job.simulations)
        later = itertools.count(self._of * games + self._number, self._of)
        self._watched = Watched(self.evaluator, job.now)
        self._games = SelfPlay(game, search, job.seed, later, self._watched, early.running())

    def play(self, seconds: float) -> Played:
        """Self-play, the learner off, for at least so long."""
        assert self._games is not None, "start_games comes first"
        stats, watched = self._games.stats, self._watched
        before = (stats.evaluations, stats.moves, stats.games)
        rows, inside, marking = watched.rows, watched.seconds, watched.marking_seconds
        watched.marks = []
        begin, end = self._job.now(), time.perf_counter() + seconds
        while time.perf_counter() < end or stats.moves == before[1]:
            self._finished += self._games.play(1)
        passed = self._job.now() - begin
        return Played(
            # Whatever self-play says of itself, no more leaves were evaluated than came here.
            leaves=min(stats.evaluations - before[0], watched.rows - rows),
            moves=stats.moves - before[1],
            games=stats.games - before[2],
            seconds=passed - (watched.marking_seconds - marking),
            net_seconds=watched.seconds - inside,
            marks=np.concatenate([np.empty(0, np.uint64), *watched.marks]),
        )

    def finished_games(self) -> list[GameRecord]:
        """The games that `play` finished so far."""
        return self._finished

    def learn(self, records: list[GameRecord], cores: list[int], seconds: float) -> Rate:
        """The learner with all `cores` on the positions of `records`: samples, not evaluations."""
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, cores)
        torch.set_num_threads(len(cores))
        config, job = LearnConfig(), self._job
        replay = Replay(job.size, sum(len(r.moves) for r in records) + 64)
        for record in records:
            replay.add(record)
        learner = Learner(job.make_net(), config, job.device)
        rng = np.random.default_rng(job.seed)

        def step() -> object:
            return learner.step(replay.sample(config.batch_size, len(replay), rng), 0.0)

        return _repeat(step, config.batch_size, seconds, time.perf_counter)


def _bare_torch(evaluator: TorchEvaluator, planes: NDArray[np.float32]) -> Callable[[], object]:
    batch = torch.from_numpy(planes).to(evaluator.device, evaluator.dtype)
    batch = batch.contiguous(memory_format=torch.channels_last)

    def once() -> object:
        with torch.inference_mode():
            out = evaluator.net(batch)
        if evaluator.device.type == "cuda":
            torch.cuda.synchronize(evaluator.device)
        return out

    return once


def _repeat(
    once: Callable[[], object], count: int, seconds: float, now: Callable[[], float]
) -> Rate:
    """`once` again and again for at least so long by the wall's clock; each time does `count`."""
    once()
    done, begin, end = 0, now(), time.perf_counter() + seconds
    while time.perf_counter() < end or not done:
        once()
        done += count
    return Rate(done, now() - begin)


def serve(pipe: Connection, job: Job, number: int, of: int, threads: int, core: int | None) -> None:
    """A process's life: set up, answer until the pipe ends. Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    try:
        player: Player | None = None
        while True:
            request, arguments = pipe.recv()
            try:
                if player is None:
                    player = Player(job, number, of, threads)
                answer: tuple[str, Any] = ("done", getattr(player, request)(*arguments))
            except (AgentError, ValueError, RuntimeError, MemoryError) as error:
                lines = str(error).splitlines() or [type(error).__name__]
                answer = ("failed", lines[0])
            pipe.send(answer)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
