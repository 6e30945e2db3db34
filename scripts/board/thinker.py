"""One thread that thinks for the screen, so that keys are answered while it does."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from agents.base import AgentError, Stopped

__all__ = ["Job", "Post", "Thinker"]

Job = Callable[[], Iterator[Any]]
Post = Callable[[Callable[[], None]], None]


class Thinker:
    """Runs one job after the other; a new one makes those before it stale.

    Of a stale job nothing is heard any more, and it ends at once where what it calls heeds `stop`:
    the analyst, our bots (at their next call of the network), engines (which are ended).
    """

    def __init__(self, stop: threading.Event, post: Post) -> None:
        """
        Args:
            stop: set to make a job end; cleared before each.
            post: has a function called in the screen's own thread.
        """
        self._stop = stop
        self._post = post
        self._jobs: queue.SimpleQueue[tuple[int, Job, Any, Any] | None]
        self._jobs = queue.SimpleQueue()
        self._ticket = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="thinker", daemon=True)
        self._is_busy = False
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Whether a job is waited for."""
        return self._is_busy

    def ask(
        self,
        job: Job,
        then: Callable[[Any], None],
        failed: Callable[[Exception], None],
        done: Callable[[], None] | None = None,
    ) -> None:
        """Stop what is being thought and run `job`: `then` gets each of its results, `failed` what
        it raised, `done` is called at its end."""
        self.stop()
        self._is_busy = True
        self._jobs.put((self._ticket, job, then, (failed, done)))

    def stop(self) -> None:
        """Think no more; nothing is heard of what was asked so far."""
        with self._lock:
            self._ticket += 1
            self._stop.set()
        self._is_busy = False

    def close(self, timeout: float = 1.0) -> None:
        """Stop and end the thread, if it ends within `timeout` seconds."""
        self.stop()
        self._jobs.put(None)
        self._thread.join(timeout)

    def _work(self) -> None:
        while (task := self._jobs.get()) is not None:
            ticket, job, then, (failed, done) = task
            with self._lock:
                if ticket != self._ticket:
                    continue
                self._stop.clear()
            try:
                for result in job():
                    self._tell(ticket, then, result)
                    if ticket != self._ticket:
                        break
            except Stopped:
                # Unheard if the job was called off; any other one is not waited for in vain.
                self._tell(ticket, failed, AgentError("the search was called off"), is_last=True)
                continue
            except Exception as error:  # whatever a bot trips over is shown, not lost in a thread
                self._tell(ticket, failed, error, is_last=True)
                continue
            except BaseException as error:  # sys.exit in a bot ends neither this thread nor us
                wrapped = RuntimeError(f"{type(error).__name__}: {error}")
                wrapped.__cause__ = error
                self._tell(ticket, failed, wrapped, is_last=True)
                continue
            self._tell(ticket, lambda _: None, None, is_last=True, done=done)

    def _tell(
        self,
        ticket: int,
        listener: Callable[[Any], None],
        result: Any,
        is_last: bool = False,
        done: Callable[[], None] | None = None,
    ) -> None:
        def deliver() -> None:
            if ticket == self._ticket:
                if is_last:
                    self._is_busy = False
                listener(result)
                if done is not None:
                    done()

        self._post(deliver)
