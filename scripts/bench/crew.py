"""Groups of processes that measure together: all do the same for the same time, and what they do
adds up."""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
from multiprocessing.connection import Connection
from typing import Any, Final

from scripts.bench.players import Job, serve
from selfplay.workers import interrupts_ignored

__all__ = ["BenchError", "Crew", "cores"]

PATIENCE_S: Final = 900.0
"""The first start on a machine compiles all kernels, in minutes where cores are few."""


class BenchError(ValueError):
    """The measurement cannot go on; one line."""


def cores() -> list[int]:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


class Crew:
    """Processes of one layout.

    Args:
        job: what they measure.
        processes: how many; each has its own games and its own copy of the network.
        threads: of each one; with one thread a process stays on its core.
    """

    def __init__(self, job: Job, processes: int, threads: int) -> None:
        self.processes, self.threads = processes, threads
        self._members: list[tuple[mp.process.BaseProcess, Connection]] = []
        context = mp.get_context("spawn")
        mine = cores()
        with interrupts_ignored():
            for number in range(processes):
                ours, theirs = context.Pipe()
                core = mine[number % len(mine)] if threads == 1 else None
                process = context.Process(
                    target=serve,
                    args=(theirs, job, number, processes, threads, core),
                    daemon=True,
                    name=f"bench-{number}",
                )
                process.start()
                theirs.close()
                self._members.append((process, ours))

    def __str__(self) -> str:
        """`2 processes of 1 thread`."""
        plural = "" if self.processes == 1 else "es"
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{self.processes} process{plural} of {threads}"

    def ask(self, request: str, *arguments: Any, first_only: bool = False) -> list[Any]:
        """What each says, all at work at the same time.

        Raises:
            BenchError: if one cannot do it, has died or hangs.
        """
        asked = self._members[:1] if first_only else self._members
        with contextlib.suppress(BrokenPipeError):  # the reading below says who died
            for _, pipe in asked:
                pipe.send((request, arguments))
        return [self._answer(process, pipe) for process, pipe in asked]

    def _answer(self, process: mp.process.BaseProcess, pipe: Connection) -> Any:
        waited = 0.0
        try:
            while not pipe.poll(1.0):
                waited += 1.0
                if waited > PATIENCE_S:
                    raise BenchError(f"a measuring process is silent for {PATIENCE_S:.0f} s")
                if not process.is_alive() and not pipe.poll(0):
                    raise EOFError
            kind, content = pipe.recv()
        except (EOFError, OSError):
            raise BenchError("a measuring process has died (out of memory?)") from None
        if kind == "failed":
            raise BenchError(content)
        return content

    def close(self) -> None:
        """End the processes."""
        for process, _ in self._members:
            process.terminate()
        for process, pipe in self._members:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join(5)
            pipe.close()
        self._members = []
