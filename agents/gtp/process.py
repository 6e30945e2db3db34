"""An engine as a process: one command sent, one answer read, every wait with a deadline.

Knows GTP's framing (ids, `=` and `?`, the closing blank line) and nothing of Go. POSIX only.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from agents.base import AgentError, Stopped
from agents.gtp.log import BoundedLog

__all__ = [
    "EngineCrashError",
    "EngineError",
    "EngineIllegalMoveError",
    "EngineProcess",
    "EngineProtocolError",
    "EngineRefusalError",
    "EngineStartError",
    "EngineTimeoutError",
]

_MAX_NOISE: Final = 1 << 16  # bytes that are no answer, before one comes
_MAX_ANSWER: Final = 1 << 20  # bytes
_STDERR_KEPT: Final = 4096  # bytes
_STOP_LOOK_S: Final = 0.03  # between two looks at whether to stop
_LAST_READS: Final = 16  # chunks of stderr that are still taken when an engine has failed
_CHUNK: Final = 1 << 16
_ANSWER: Final = re.compile(r"([=?])([0-9]*)(?:[ \t]+(.*))?")


class EngineError(AgentError):
    """An outside engine did not do what it should; the message names the engine and the fault."""


class EngineStartError(EngineError):
    """It could not be started: the system's fault, or that of whoever named it, not its own."""

    ending = "void"


class EngineCrashError(EngineError):
    """Its process ended, or it closed its output, while an answer was owed."""


class EngineTimeoutError(EngineError):
    """It gave no answer in time."""

    ending = "hang"


class EngineProtocolError(EngineError):
    """What it wrote is no GTP, or answers another command than the one sent."""

    ending = "protocol"


class EngineRefusalError(EngineError):
    """It answered `? ...` to a command that it should carry out."""

    ending = "protocol"


class EngineIllegalMoveError(EngineError):
    """It played a move that our rules forbid."""

    ending = "illegal move"


class EngineProcess:
    """A running engine. After `Stopped` and any error but a refusal the process has been ended.

    It runs in a session of its own, so that Ctrl-C in our terminal does not reach it, and it is
    ended with its children at the latest when this object or the interpreter goes.
    """

    def __init__(
        self, command: Sequence[str], cwd: Path | None = None, log: Path | None = None
    ) -> None:
        """Start `command` (program and arguments, no shell); `log` keeps what it says on stderr.

        Raises:
            EngineStartError: if there is no such program or folder, or it may not be run.
            OSError: if the log cannot be written.
        """
        self._log = None if log is None else BoundedLog(log)
        self.name = Path(command[0]).name
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                bufsize=0,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise EngineStartError(_why_not_started(command[0], cwd, error)) from error
        self._finalizer = weakref.finalize(self, _end, self._process)
        self._stdin, self._stdout, self._stderr = _pipes(self._process)
        self._selector = selectors.DefaultSelector()
        for pipe in (self._stdout, self._stderr):
            self._selector.register(pipe, selectors.EVENT_READ)
        for pipe in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(pipe.fileno(), False)
        self._unread = bytearray()  # of stdout
        self._last_words = bytearray()  # of stderr
        self._count = 0
        self._echoes_ids = False
        self._stop: threading.Event | None = None  # of the command under way
        self._cpu_seconds = 0.0  # when last looked at

    @property
    def pid(self) -> int:
        """Process id; also the id of its process group."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process still lives."""
        return self._process.poll() is None

    def cpu_seconds(self) -> float:
        """CPU time of the engine and its children so far, as far as they can be seen (Linux); of
        an engine that has ended, what was last seen."""
        self._cpu_seconds = max(self._cpu_seconds, _session_cpu_seconds(self.pid))
        return self._cpu_seconds

    @property
    def stderr_tail(self) -> str:
        """The last few kilobytes that the engine wrote to stderr and that we have seen."""
        return self._last_words.decode("utf-8", "replace")

    def ask(self, command: str, timeout: float, stop: threading.Event | None = None) -> str:
        """Send `command` (one line); the text of its answer, at most `timeout` seconds later.

        Raises:
            Stopped: soon after `stop` has been set, unless the answer has come.
            EngineRefusalError: if the answer is `? ...`.
            EngineCrashError, EngineTimeoutError, EngineProtocolError: as their names say.
        """
        deadline = time.monotonic() + timeout
        self._count += 1
        self._stop = stop
        try:
            self._send(f"{self._count} {command}\n".encode(), deadline)
            accepted, text = self._read_answer(deadline)
        except TimeoutError:
            message = f"{self.name} gave no answer to {command!r} within {timeout:g} s"
            raise self._fail(EngineTimeoutError, message) from None
        except BrokenPipeError:
            self.cpu_seconds()  # while a dead process can still be asked
            code = self._exit_code()
            raise self._fail(
                EngineCrashError, f"{self.name} ended ({code}) at {command!r}"
            ) from None
        except _GarbageError as garbage:
            message = f"{self.name} answered {command!r} with no proper GTP: {garbage}"
            raise self._fail(EngineProtocolError, message) from None
        except Stopped:
            self.close(0.0)
            raise
        finally:
            self._stop = None
        if not accepted:
            said = _printable(text) or "without a reason"
            raise EngineRefusalError(f"{self.name} refuses {command!r}: {said}")
        return text

    def close(self, timeout: float = 1.0) -> None:
        """Ask it to quit, and after `timeout` seconds end it. May be called twice."""
        if self._finalizer.alive:
            self.cpu_seconds()
        if self._finalizer.alive and self.is_running and timeout > 0:
            deadline = time.monotonic() + timeout
            with contextlib.suppress(OSError, TimeoutError):
                self._send(b"quit\n", deadline)
                self._stdin.close()
                while time.monotonic() < deadline:  # until it closes its output
                    self._receive(deadline)
                    self._unread.clear()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.0, deadline - time.monotonic()))
        self._finalizer()
        self._selector.close()
        if self._log is not None:
            self._log.close()
        for pipe in (self._stdin, self._stdout, self._stderr):
            with contextlib.suppress(OSError):
                pipe.close()

    # ---- writing and reading

    def _send(self, data: bytes, deadline: float) -> None:
        """Write all of `data`; raises TimeoutError or BrokenPipeError."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._stdin.fileno(), view) :]
            except BlockingIOError:
                # Its input is full: perhaps because nobody reads its output.
                self._receive(min(deadline, time.monotonic() + 0.05))
                if time.monotonic() >= deadline:
                    raise TimeoutError from None

    def _receive(self, deadline: float) -> None:
        """Wait for output until `deadline` and take what there is, stderr too.

        Raises:
            BrokenPipeError, Stopped: if stdout is closed; if no answer is wanted any more.
        """
        if self._stop and self._stop.is_set():
            raise Stopped
        wait = max(0.0, deadline - time.monotonic())
        for key, _ in self._selector.select(min(wait, _STOP_LOOK_S) if self._stop else wait):
            chunk = os.read(key.fd, _CHUNK)
            if key.fileobj is self._stderr:
                self._keep_words(chunk)
                if not chunk:
                    self._selector.unregister(key.fileobj)
            elif chunk:
                self._unread += chunk
            else:
                raise BrokenPipeError

    def _keep_words(self, chunk: bytes) -> None:
        if self._log is not None:
            self._log.write(chunk)
        self._last_words += chunk
        del self._last_words[:-_STDERR_KEPT]

    def _read_line(self, deadline: float) -> str:
        """The next line of stdout, control characters taken out."""
        searched = 0
        while (end := self._unread.find(b"\n", searched)) < 0:
            searched = len(self._unread)
            if searched > _MAX_ANSWER:
                raise _GarbageError("a line without end")
            if time.monotonic() >= deadline:
                raise TimeoutError
            self._receive(deadline)
        line = self._unread[:end].decode("utf-8", "replace").replace("\t", " ")
        del self._unread[: end + 1]
        return "".join(c for c in line if c.isprintable()).rstrip()

    def _read_answer(self, deadline: float) -> tuple[bool, str]:
        """Whether the command was accepted, and the answer's text."""
        noise = 0
        while (match := self._match_start(line := self._read_line(deadline))) is None:
            noise += len(line) + 1
            if noise > _MAX_NOISE:
                raise _GarbageError(_printable(line))
            if time.monotonic() >= deadline:
                raise TimeoutError
        if match[2]:
            self._echoes_ids = True
            if int(match[2]) != self._count:
                raise _GarbageError(f"id {match[2]} instead of {self._count}")
        lines, size = [match[3] or ""], len(line)
        while line := self._read_line(deadline):
            lines.append(line)
            size += len(line)
            if size > _MAX_ANSWER:
                raise _GarbageError("an answer without end")
        return match[1] == "=", "\n".join(lines).strip()

    def _match_start(self, line: str) -> re.Match[str] | None:
        """The match if an answer starts here. Engines that have ever echoed an id always do."""
        match = _ANSWER.fullmatch(line)
        return None if match is None or (self._echoes_ids and not match[2]) else match

    # ---- ends

    def _exit_code(self) -> str:
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return "closed its output"
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"

    def _fail(self, kind: type[EngineError], message: str) -> EngineError:
        """End the process; the error to raise, with the engine's last words."""
        # Not by `_receive`, which may see the end of stdout first. Who writes without end must not
        # keep us here.
        with contextlib.suppress(OSError, ValueError):
            for _ in range(_LAST_READS):
                if not (chunk := os.read(self._stderr.fileno(), _CHUNK)):
                    break
                self._keep_words(chunk)
        said = [line for line in self.stderr_tail.splitlines() if line.strip()]
        if said:
            message += f"; it last said {_printable(said[-1])!r}"
        self.close(0.0)
        return kind(message)


class _GarbageError(Exception):
    """What is wrong with an answer."""


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
    assert stdin is not None
    assert stdout is not None
    assert stderr is not None
    return stdin, stdout, stderr


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and its group, and take its exit status."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5.0)


def _session_cpu_seconds(session: int) -> float:
    """User and system time of a session's processes and the children they waited for; 0 where the
    system does not show it. The fields are those of proc(5)."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if len(fields) > 14 and fields[3] == str(session):
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _why_not_started(program: str, cwd: Path | None, error: Exception) -> str:
    if cwd is not None and not cwd.is_dir():
        return f"cannot start {program!r}: no such folder to run it in: {cwd}"
    if isinstance(error, FileNotFoundError):
        return f"cannot start {program!r}: no such program (installed? on the PATH?)"
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"cannot start {program!r}: {reason}"


def _printable(text: str) -> str:
    """One line of at most 200 characters, nothing in it that a terminal would obey."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 200 else line[:197] + "..."
