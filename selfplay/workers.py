"""Self-play in other processes: one single-threaded worker per core.

The parent sends weights and asks for moves; a worker answers with finished games and counts. Only
the parent's own messages are read by a worker and the other way round. A worker whose parent is
gone ends by itself.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing as mp
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from agents.base import Evaluator
from agents.net import Bounds, PolicyValueNet, make_evaluator
from selfplay.config import Board, RunConfig
from selfplay.play import PlayStats, SelfPlay
from selfplay.records import GameRecord

__all__ = [
    "PATIENCE_S",
    "WORKER_NICENESS",
    "PlayerGroup",
    "Players",
    "WorkerError",
    "interrupts_ignored",
    "net_from",
    "next_game_id",
    "weights_of",
]

PATIENCE_S = 900.0
"""How long the parent waits for one answer of a living worker."""

WORKER_NICENESS = 5
"""Workers give way to the learner, which has one core's work while they fill all of them."""

Weights = Mapping[str, NDArray[Any]]


class WorkerError(ValueError):
    """A self-play worker died or hangs."""


def net_from(config: RunConfig, weights: Weights) -> PolicyValueNet:
    """The network of a run with these weights."""
    net = PolicyValueNet(config.net)
    net.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return net.eval()


def weights_of(net: PolicyValueNet) -> dict[str, NDArray[Any]]:
    """The network's numbers by name, to be sent elsewhere."""
    return {name: value.cpu().contiguous().numpy() for name, value in net.state_dict().items()}


@contextlib.contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Processes started meanwhile ignore Ctrl-C from their first instruction on: it is for us."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class PlayerGroup:
    """Self-play of one process on all boards of a run, begun when the first weights are there.

    Args:
        config: the run's.
        device: torch device of the network.
        game_ids: the numbers of the games to play, in order.
        running: games to go on with.
    """

    def __init__(
        self, config: RunConfig, device: str, game_ids: Iterator[int], running: list[GameRecord]
    ) -> None:
        self._config, self._device = config, device
        self._game_ids, self._running = game_ids, running
        self._games: dict[int, SelfPlay] = {}
        self._evaluator: Evaluator | None = None

    def set_net(self, net: PolicyValueNet, bounds: Bounds | None) -> None:
        """Play with this network from now on, in eight bits if there are `bounds`."""
        backend = self._config.evaluator
        self._evaluator = make_evaluator(net, self._device, backend, bounds)
        for games in self._games.values():
            games.evaluator = self._evaluator

    def play(
        self, num_moves: int, positions: int
    ) -> tuple[list[GameRecord], list[GameRecord], PlayStats]:
        """About `num_moves` moves, on the boards that a run of so many positions is busy on.

        Finished games, running games, and the counts of this call.
        """
        boards = self._config.boards_at(positions)
        self._arrange(boards)
        finished: list[GameRecord] = []
        stats = PlayStats()
        for board in boards:
            games = self._games[board.game.board_size]
            games.stats = PlayStats()
            finished += games.play(round(board.share * num_moves))
            stats += games.stats
        return finished, self._going_on(), stats

    def _going_on(self) -> list[GameRecord]:
        return [record for games in self._games.values() for record in games.running()]

    def _arrange(self, boards: list[Board]) -> None:
        """Have games on exactly these boards; those on boards that are done with are let go."""
        if self._evaluator is None:
            raise WorkerError("no weights yet")
        self._running += self._going_on()
        before, self._games = self._games, {}
        for board in boards:
            size = board.game.board_size
            games = before.get(size)
            if games is None or games.search != board.search:
                running = [record for record in self._running if record.board_size == size]
                games = SelfPlay(
                    board.game,
                    board.search,
                    self._config.seed,
                    self._game_ids,
                    self._evaluator,
                    running,
                )
            self._games[size] = games
        self._running = []


def _end_with_parent(parent: int) -> None:
    """End this process, whatever it is doing, soon after its parent is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _work(
    pipe: Connection,
    parent: int,
    config: RunConfig,
    first: int,
    step: int,
    running: list[GameRecord],
) -> None:
    """A worker's life. Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    os.nice(WORKER_NICENESS)
    torch.set_num_threads(1)
    device = config.worker_device
    group = PlayerGroup(config, device, itertools.count(first, step), running)
    while True:
        try:
            message, content = pipe.recv()
            if message == "weights":
                weights, bounds = content
                group.set_net(net_from(config, weights), bounds)
            elif message == "play":
                pipe.send(group.play(*content))
            else:
                return
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


@dataclass(slots=True)
class _Worker:
    process: mp.process.BaseProcess
    pipe: Connection


class Players:
    """All self-play of a run: worker processes, or this process if `config.workers` is 0.

    Args:
        config: the run's.
        first_game_id: the number of the next new game.
        running: games to go on with.
    """

    def __init__(self, config: RunConfig, first_game_id: int, running: list[GameRecord]) -> None:
        self._config = config
        self._workers: list[_Worker] = []
        self._local: PlayerGroup | None = None
        self._asked = (0, 0)
        count = config.workers
        if count == 0:
            ids = itertools.count(first_game_id)
            self._local = PlayerGroup(config, config.device, ids, running)
            return
        context = mp.get_context("spawn")
        with interrupts_ignored():
            for w in range(count):
                ours, theirs = context.Pipe()
                process = context.Process(
                    target=_work,
                    args=(theirs, os.getpid(), config, first_game_id + w, count, running[w::count]),
                    daemon=True,
                    name=f"self-play-{w}",
                )
                process.start()
                theirs.close()
                self._workers.append(_Worker(process, ours))

    def set_net(self, net: PolicyValueNet, bounds: Bounds | None = None) -> None:
        """Play with these weights from the next `begin` on, in eight bits if there are `bounds`."""
        if self._local is not None:
            self._local.set_net(net, bounds)
        weights = weights_of(net) if self._workers else {}
        for worker in self._workers:
            self._send(worker, ("weights", (weights, bounds)))

    def begin(self, num_moves: int, positions: int) -> None:
        """Start playing about `num_moves` moves on the boards that are due after so many positions
        of the run; workers do so while the caller goes on."""
        share = -(-num_moves // max(1, len(self._workers)))
        self._asked = num_moves, positions
        for worker in self._workers:
            self._send(worker, ("play", (share, positions)))

    def ready(self, seconds: float) -> bool:
        """Wait so long at most; whether `collect` would answer at once (or raise)."""
        deadline = time.monotonic() + seconds
        for worker in self._workers:
            left = max(0.0, deadline - time.monotonic())
            if not worker.pipe.poll(left) and worker.process.is_alive():
                return False
        return True

    def collect(self) -> tuple[list[GameRecord], list[GameRecord], PlayStats]:
        """Finished games (by game id), running games and counts of what `begin` asked for.

        Without workers the games are played now.

        Raises:
            WorkerError: if a worker died or does not answer.
        """
        if self._local is not None:
            return self._local.play(*self._asked)
        finished: list[GameRecord] = []
        running: list[GameRecord] = []
        total = PlayStats()
        for worker in self._workers:
            done, going, stats = self._receive(worker)
            finished += done
            running += going
            total += stats
        return sorted(finished, key=lambda r: r.game_id), running, total

    def _send(self, worker: _Worker, message: tuple[str, Any]) -> None:
        try:
            worker.pipe.send(message)
        except OSError:
            raise WorkerError(f"{worker.process.name} has died") from None

    def _receive(self, worker: _Worker) -> tuple[list[GameRecord], list[GameRecord], PlayStats]:
        try:
            for _ in range(int(PATIENCE_S)):
                if worker.pipe.poll(1.0):
                    answer: tuple[list[GameRecord], list[GameRecord], PlayStats]
                    answer = worker.pipe.recv()
                    return answer
                if not worker.process.is_alive() and not worker.pipe.poll(0):
                    break
            else:
                raise WorkerError(f"{worker.process.name} hangs; resume the run to go on")
        except (EOFError, OSError):
            pass  # its end of the pipe is closed, which may be seen before its death is
        raise WorkerError(f"{worker.process.name} has died; resume the run to go on")

    def take_warnings(self) -> list[str]:
        """None: a worker that is lost ends the run."""
        return []

    def local_cpus(self) -> int:
        """Cores of this machine that are kept busy."""
        return len(self._workers)

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join(5)
            worker.pipe.close()
        self._workers = []


def next_game_id(seen: int, running: list[GameRecord]) -> int:
    """A number above every game seen so far and every running one."""
    return 1 + int(np.max([seen, *(r.game_id for r in running)]))
