"""A cluster within the test's own process: the calls of `ray` that we use, on a clock of its own.

Calls to an actor are played when someone waits for them, in order. What fails, hangs or waits for a
free CPU is the test's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any


class RayError(Exception):
    """Stands for every failure that Ray reports."""


class Promise:
    """Of one call's result."""

    def __init__(self, handle: Handle, name: str, call: Callable[[], Any]) -> None:
        self.handle, self.name, self._call = handle, name, call
        self.done = False
        self._result: Any = None
        self._error: Exception | None = None

    def settle(self, dies: bool) -> None:
        if self.done:
            return
        self.done = True
        self.handle.dead = self.handle.dead or dies
        if self.handle.dead:
            self._error = RayError("the actor died")
            return
        try:
            self._result = self._call()
        except Exception as error:
            self._error = RayError("remote error")
            self._error.cause = error  # type: ignore[attr-defined]

    def get(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._result


class Handle:
    """Of one actor."""

    def __init__(self, ray: FakeRay, actor: Any) -> None:
        self.ray, self.actor, self.dead = ray, actor, False
        self.number = len(ray.handles)
        self.open: list[Promise] = []

    def __getattr__(self, name: str) -> Any:
        def remote(*arguments: Any) -> Promise:
            method = getattr(self.actor, name)
            promise = Promise(self, name, lambda: method(*arguments))
            self.open.append(promise)
            waiting = sum(p.name == "play" for p in self.open)
            self.ray.most_waiting = max(self.ray.most_waiting, waiting)
            return promise

        return SimpleNamespace(remote=remote)


class FakeRay:
    """In place of the package.

    Args:
        cpus: of the cluster; may be changed.
        fate: what becomes of a call: "done", "dies" or "waits".
    """

    def __init__(self, cpus: int, fate: Callable[[Promise], str] = lambda promise: "done") -> None:
        self.cpus, self.fate = cpus, fate
        self.now = 0.0
        self.handles: list[Handle] = []
        self.puts = self.most_waiting = 0
        self.exceptions = SimpleNamespace(RayError=RayError)

    def is_initialized(self) -> bool:
        return True

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": float(self.cpus)} if self.cpus else {}

    def put(self, value: Any) -> Any:
        self.puts += 1
        return value

    def remote(self, **_: Any) -> Callable[[type], Any]:
        def decorate(kind: type) -> Any:
            def make(*arguments: Any) -> Handle:
                self.handles.append(Handle(self, kind(*arguments)))
                return self.handles[-1]

            return SimpleNamespace(remote=make)

        return decorate

    def wait(
        self, promises: Sequence[Promise], num_returns: int, timeout: float
    ) -> tuple[list[Promise], list[Promise]]:
        ready: list[Promise] = []
        for promise in promises:
            fate = "done" if promise.done else self.fate(promise)
            if fate != "waits" and len(ready) < num_returns:
                promise.settle(fate == "dies")
                ready.append(promise)
        self.now += 0.0 if ready else timeout
        return ready, [p for p in promises if p not in ready]

    def get(self, promise: Promise, timeout: float) -> Any:
        assert timeout > 0
        promise.handle.open.remove(promise)
        return promise.get()

    def kill(self, handle: Handle, no_restart: bool) -> None:
        assert no_restart
        handle.dead = True
        handle.open.clear()

    # The clock, in place of the module `time`.

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
