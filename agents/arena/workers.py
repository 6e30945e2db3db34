"""Worker processes that play games, watched from outside: no agent can hang or kill a tournament.

The parent hands out one job at a time to each worker over a pipe: a game, or, where the agents can
be asked about many positions at once (`BatchAgent`), many games to be played side by side. While a
worker waits for an agent, the time, the side and the moves so far stand in memory that the parent
can read. A worker whose agent does not answer within the deadline is killed with everything it
started (each worker leads its own process group), and its game is lost by the side to move. A
worker that dies by itself is replaced and its game begun again, three times at most; then the game
is void. Of games side by side nobody can tell which one was at fault, so those not finished are
played again one by one. Workers end when the parent does, however it ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Final, cast

from agents.arena.match import play_game, play_games
from agents.arena.records import GameRecord, GameSetup, forfeit
from agents.arena.results import TournamentError
from agents.base import Agent, AgentError, BatchAgent
from go_engine.rules import BLACK
from go_engine.state import GameState

__all__ = ["PATIENT", "Deadlines", "MakeAgent", "WorkerPool"]

MakeAgent = Callable[[str], Agent]
"""Turns a name into an agent, or raises AgentError. Must be importable (a module's function)."""

_LIBRARIES: Final = ("OMP", "MKL", "OPENBLAS", "NUMBA")
_ONE_THREAD: Final = {f"{library}_NUM_THREADS": "1" for library in _LIBRARIES}
_TRIES: Final = 3
_SPAWN: Final = multiprocessing.get_context("spawn")
_SINCE, _ASKED, _SIDE, _COUNT, _MOVES = 0, 1, 2, 3, 4  # places in the shared memory
_AT_ONCE: Final = 32  # games side by side; larger batches speed a network up but little
_LONGEST: Final = 4 * _AT_ONCE  # games in one job


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long the parent waits for a worker before it kills it, in seconds.

    Attributes:
        move: for one move (or for an agent to begin a game); the agent then loses the game.
        make: for an agent to be made (weights read, an engine started).
        start: for a worker process to come up.
        stop: for workers to end by themselves when there is nothing left to do.
    """

    move: float = 300.0
    make: float = 300.0
    start: float = 120.0
    stop: float = 5.0


PATIENT: Final = Deadlines()


# ---------------------------------------------------------------- in the worker


def _work(connection: Connection, shared: Any, make_agent: MakeAgent) -> None:
    """A worker's life: answer jobs until told to stop or the parent is gone."""
    os.setpgid(0, 0)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    agents: dict[str, Agent] = {}

    def watch(state: GameState, side: int) -> None:
        moves = state.history
        shared[_MOVES + shared[_COUNT] : _MOVES + len(moves)] = moves[shared[_COUNT] :]
        shared[_COUNT], shared[_SIDE], shared[_ASKED] = len(moves), side, 1
        shared[_SINCE] = time.monotonic_ns()

    def watch_many(count: int) -> None:
        shared[_ASKED], shared[_SINCE] = count, time.monotonic_ns()

    def agent(name: str) -> Agent:
        if name not in agents:
            agents[name] = make_agent(name)
        return agents[name]

    def answer(job: _Job) -> object:
        if isinstance(job, str):
            return job, isinstance(agent(job), BatchAgent)
        if isinstance(job, GameSetup):
            return play_game(job, agent(job.black), agent(job.white), watch)
        playing = {name: agent(name) for setup in job for name in (setup.black, setup.white)}
        batching = cast("dict[str, BatchAgent]", playing)  # as `_batches` saw to
        for record in play_games(job, batching, _AT_ONCE, watch_many):
            connection.send(("record", record))
        return None

    with contextlib.suppress(EOFError, OSError):
        connection.send(("ready", ""))
        while (job := connection.recv()) is not None:
            shared[_COUNT] = 0
            try:
                reply: tuple[str, object] = ("done", answer(job))
            except AgentError as error:
                reply = ("agent", str(error))
            except Exception as error:
                reply = ("fault", f"{type(error).__name__}: {' '.join(str(error).split())}")
            shared[_SINCE] = 0
            connection.send(reply)
    for made in agents.values():
        with contextlib.suppress(Exception):
            made.close()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)


# ---------------------------------------------------------------- in the parent


_Job = str | GameSetup | tuple[GameSetup, ...]
"""An agent to make, a game to play, or games to play side by side."""

_Answer = tuple[str, bool] | GameRecord
"""An agent's name and whether it is a BatchAgent, or a game."""


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    connection: Connection
    # int64: when the wait began (ns, 0: no wait), positions asked about, side, number of moves,
    # moves
    shared: Any
    since: float  # when the present job (or the process) began
    ready: bool = False
    job: _Job | None = None
    over: set[str] = field(default_factory=set)  # finished games of a job of many

    def overdue(self, deadlines: Deadlines, now: float) -> str | None:
        """Which deadline has passed: "start", "make", "move" or None."""
        if not self.ready:
            return "start" if now - self.since > deadlines.start else None
        if self.job is None:
            return None
        waiting_ns = int(self.shared[_SINCE])
        if waiting_ns == 0:
            return "make" if now - self.since > deadlines.make else None
        patience = deadlines.move * int(self.shared[_ASKED])
        return "move" if now - waiting_ns / 1e9 > patience else None

    def kill(self) -> None:
        """End the process and all that it started."""
        if self.ready and self.process.pid is not None:  # ready: it leads its own group
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join(5.0)
        self.connection.close()


@dataclass(slots=True)
class WorkerPool:
    """Worker processes that make agents and play games. Use as a context manager.

    Attributes:
        make_agent: makes agents in the workers.
        count: number of processes.
        move_limit: the longest game that will be played, in moves.
        deadlines: how long to wait for what.
    """

    make_agent: MakeAgent
    count: int
    move_limit: int
    deadlines: Deadlines = PATIENT
    _workers: list[_Worker] = field(default_factory=list)
    _batching: dict[str, bool] = field(default_factory=dict)  # the agents that were made once

    def check_agents(self, names: Iterable[str]) -> None:
        """Make each agent once, so that a wrong name is known before the first game.

        Raises:
            AgentError: what the first agent that cannot be made says.
            TournamentError: if making one takes too long or kills the process.
        """
        for answer in self._run(sorted(set(names) - self._batching.keys())):
            if isinstance(answer, tuple):
                self._batching[answer[0]] = answer[1]

    def play(self, setups: Iterable[GameSetup]) -> Generator[GameRecord, None, None]:
        """Play the games and yield each as it ends, in no fixed order.

        Raises:
            AgentError: if an agent cannot be made.
            TournamentError: if workers cannot be started, or a fault of our own ends a game.
        """
        games = list(setups)
        self.check_agents(name for setup in games for name in (setup.black, setup.white))
        for answer in self._run(self._jobs(games)):
            if isinstance(answer, GameRecord):
                yield answer

    def _jobs(self, setups: list[GameSetup]) -> list[_Job]:
        """Games one by one, but those of agents that can side by side, some for every worker."""
        alone: list[_Job] = []
        together: list[GameSetup] = []
        for setup in setups:
            able = self._batching[setup.black] and self._batching[setup.white]
            if able and not setup.is_timed:
                together.append(setup)
            else:
                alone.append(setup)
        share = -(-len(together) // (2 * self.count))
        size = min(max(share, 1), _LONGEST)
        shares = (tuple(together[i : i + size]) for i in range(0, len(together), size))
        return [*shares, *alone]

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers; idle ones are given time to close their agents. May be called twice."""
        for worker in self._workers:
            with contextlib.suppress(OSError, ValueError):
                if worker.job is None:
                    worker.connection.send(None)
        until = time.monotonic() + self.deadlines.stop
        for worker in self._workers:
            if worker.job is None:
                worker.process.join(max(0.0, until - time.monotonic()))
            worker.kill()
        self._workers.clear()

    def _run(self, jobs: Iterable[_Job]) -> Iterator[_Answer]:
        pending: deque[_Job] = deque(jobs)
        tries: dict[_Job, int] = {}
        while pending or any(worker.job is not None for worker in self._workers):
            self._hand_out(pending)
            for worker in self._wait():
                answer = self._attend(worker, pending, tries)
                if answer is not None:
                    yield answer

    def _hand_out(self, pending: deque[_Job]) -> None:
        """Give every idle worker a job, starting workers as long as there are jobs for them."""
        idle = [worker for worker in self._workers if worker.job is None]
        while len(self._workers) < self.count and len(idle) < len(pending):
            idle.append(self._start())
        for worker in idle:
            if pending and worker.ready:
                worker.job, worker.since = pending.popleft(), time.monotonic()
                worker.shared[_SINCE] = worker.shared[_COUNT] = 0
                worker.over.clear()
                # A dead worker is noticed when it is waited for.
                with contextlib.suppress(OSError):
                    worker.connection.send(worker.job)

    def _start(self) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        shared = _SPAWN.RawArray(ctypes.c_int64, _MOVES + self.move_limit + 1)
        process = _SPAWN.Process(
            target=_work, args=(theirs, shared, self.make_agent), daemon=True, name="arena-worker"
        )
        with _environment(_ONE_THREAD), _no_interrupt():
            process.start()
        theirs.close()
        worker = _Worker(process, ours, shared, time.monotonic())
        self._workers.append(worker)
        return worker

    def _wait(self) -> list[_Worker]:
        """The workers that said something, died or are overdue; waits half a second at most."""
        handles: dict[Any, _Worker] = {}
        for worker in self._workers:
            handles[worker.connection] = handles[worker.process.sentinel] = worker
        woken = [handles[handle] for handle in wait(list(handles), timeout=0.5)]
        now = time.monotonic()
        late = [worker for worker in self._workers if worker.overdue(self.deadlines, now)]
        return list({id(worker): worker for worker in woken + late}.values())

    def _attend(
        self, worker: _Worker, pending: deque[_Job], tries: dict[_Job, int]
    ) -> _Answer | None:
        """Take a worker's message, death or silence; the answer to a job if there is one now."""
        try:
            message = worker.connection.recv() if worker.connection.poll() else None
        except (EOFError, OSError):
            message = None
        if message is not None:
            return self._take(worker, *message)
        late = worker.overdue(self.deadlines, time.monotonic())
        if late is None and worker.process.is_alive():
            return None
        self._workers.remove(worker)
        worker.kill()
        return self._replace(worker, late, pending, tries)

    def _take(self, worker: _Worker, kind: str, content: Any) -> _Answer | None:
        """What a message of that kind comes to."""
        if kind == "record":  # and more will follow
            worker.over.add(content.game_id)
            record: GameRecord = content
            return record
        if kind == "ready":
            worker.ready = True
            return None
        worker.job = None
        if kind == "agent":
            raise AgentError(content)
        if kind == "fault":
            raise TournamentError(f"a worker process failed: {content}")
        answer: _Answer | None = content
        return answer

    def _replace(
        self, worker: _Worker, late: str | None, pending: deque[_Job], tries: dict[_Job, int]
    ) -> GameRecord | None:
        """Decide what becomes of the job of a worker that was killed or died."""
        job = worker.job
        if not worker.ready:
            what = "did not come up" if late else f"died at its start ({_ending(worker)})"
            raise TournamentError(f"a worker process {what}")
        if job is None:
            return None
        if late == "make" or isinstance(job, str):
            raise TournamentError(f"agent {_agents_of(job)}: making it {self._fate(late)}")
        if isinstance(job, tuple):
            pending.extendleft(setup for setup in job if setup.game_id not in worker.over)
            return None
        moves = worker.shared[_MOVES : _MOVES + worker.shared[_COUNT]]
        if late == "move":
            side = int(worker.shared[_SIDE])
            name = job.black if side == BLACK else job.white
            detail = f"{name} did not answer within {self.deadlines.move:g} s"
            return forfeit(job, moves, side, "hang", detail)
        tries[job] = tries.get(job, 0) + 1
        if tries[job] < _TRIES:
            pending.appendleft(job)
            return None
        detail = f"the process playing it died {_TRIES} times ({_ending(worker)})"
        return forfeit(job, moves, 0, "void", detail)

    def _fate(self, late: str | None) -> str:
        return f"took more than {self.deadlines.make:g} s" if late else "killed its process"


def _agents_of(job: _Job) -> str:
    if isinstance(job, str):
        return job
    setups = job if isinstance(job, tuple) else (job,)
    return " or ".join(dict.fromkeys(name for game in setups for name in (game.black, game.white)))


def _ending(worker: _Worker) -> str:
    code = worker.process.exitcode
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for processes started inside the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back inside the block; processes started in it never see it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
