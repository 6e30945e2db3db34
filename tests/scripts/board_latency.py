"""How quick the board is, at a terminal of its own: `python -m tests.scripts.board_latency`.

Prints medians and 95th percentiles of

- the first board: from the command to the first picture of it;
- keys: from an arrow key to the first change on the screen, while the bot is being loaded, and
  while it searches and `--busy` other processes (2) keep cores busy;
- moves: from Enter to the bot's answer at the default level, the first one apart.

Every figure holds for the machine as it was, so the load goes with it; CPU times (Linux) hold for
an idle one, too.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pexpect

from go_engine.sgf import read_sgf

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[2]
_GRID = "┼"
_FOREVER = 500_000  # simulations


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--starts", type=int, default=5, help="how often to start the program")
    parser.add_argument("--keys", type=int, default=100, help="how many keys to press")
    parser.add_argument("--moves", type=int, default=5, help="how many moves to wait for")
    parser.add_argument("--busy", type=int, default=2, help="processes that keep cores busy")
    options = parser.parse_args()
    _say_load()
    measured, cpu = first_boards(options.starts)
    _report("first board, full screen", measured, f"{np.median(cpu):.2f} s of CPU time")
    _report("first board, lines", first_boards(options.starts, "--plain")[0])
    _report("key while the bot is loaded", keys_while_loading(options.starts))
    with _busy(options.busy):
        _report(f"key while the bot thinks, {options.busy} busy", keys(options.keys))
    measured, cpu = moves(options.moves)
    _report("bot's first move", measured[:1], f"{cpu[0]:.2f} s of CPU time")
    _report("bot's move after that", measured[1:], f"{np.median(cpu[1:]):.2f} s of CPU time")
    _say_load()


def first_boards(count: int, *options: str) -> tuple[list[float], list[float]]:
    """Seconds from the command to the board, and CPU seconds of the whole process, each time."""
    times, cpu = [], []
    for _ in range(count):
        before = _cpu_of_children()
        began = time.monotonic()
        with _untold("--agent", "random", *options) as child:
            child.expect_exact(_GRID if not options else "A B C")
            times.append(time.monotonic() - began)
            child.send("q" if not options else "quit\r")
            child.expect(pexpect.EOF)
        cpu.append(_cpu_of_children() - before)
    return times, cpu


def keys_while_loading(starts: int) -> list[float]:
    """Seconds from an arrow key to what it changes, in the first seconds after the first board."""
    times = []
    for _ in range(starts):
        with _untold() as child:
            child.expect_exact("all keys")
            times += _pressed(child, 20)
            child.send("q")
            child.expect(pexpect.EOF)
    return times


def keys(count: int) -> list[float]:
    """Seconds from an arrow key to what it changes on the screen, while the bot searches."""
    with _untold("--agent", f"zero:simulations={_FOREVER}") as child:
        child.expect_exact("all keys")
        child.send("\r")
        child.expect_exact("thinking …")
        _drain(child, 15.0)  # until everything is loaded and the search runs
        times = _pressed(child, count)
        child.send("q")
        child.expect(pexpect.EOF)
    return times


def _pressed(child: pexpect.spawn[str], count: int) -> list[float]:
    times = []
    for i in range(count):
        began = time.monotonic()
        child.send("\x1b[D" if i % 2 else "\x1b[C")
        child.expect(".+")
        times.append(time.monotonic() - began)
        _drain(child, 0.15)
    return times


def moves(count: int) -> tuple[list[float], list[float]]:
    """Seconds until the bot has answered, and CPU seconds of all threads meanwhile, each time."""
    times, cpu = [], []
    with tempfile.TemporaryDirectory() as folder, _untold("--save", f"{folder}/g.sgf") as child:
        child.expect_exact("all keys")
        _drain(child, 5.0)  # somebody looks at the board before the first move
        for i in range(count):
            child.send(f"{'abcdefg'[i % 7]}{2 + i // 7}")
            _drain(child, 0.3)
            began, before = time.monotonic(), _cpu_of(child.pid)
            child.send("\r")
            while _moves_in(Path(folder) / "g.sgf") < 2 * (i + 1):
                _drain(child, 0.01)
                if time.monotonic() - began > 30:
                    raise SystemExit("the bot did not answer; is that point taken?")
            times.append(time.monotonic() - began)
            cpu.append(_cpu_of(child.pid) - before)
        child.send("q")
        child.expect(pexpect.EOF)
    return times, cpu


def _moves_in(path: Path) -> int:
    return len(read_sgf(path.read_bytes()).moves) if path.exists() else 0


@contextlib.contextmanager
def _untold(*options: str) -> Iterator[pexpect.spawn[str]]:
    with tempfile.TemporaryDirectory() as data:
        env = {n: text for n, text in os.environ.items() if n not in ("COLUMNS", "LINES")}
        env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_DATA_HOME": data}
        env.pop("NO_COLOR", None)
        args = ["-m", "scripts.cli.main", "play", *options]
        child = pexpect.spawn(
            sys.executable, args, cwd=str(ROOT), env=env, encoding="utf-8", timeout=120,
            dimensions=(24, 80),
        )  # fmt: skip
        child.delaybeforesend = None
        try:
            yield child
        finally:
            child.close(force=True)


def _drain(child: pexpect.spawn[str], seconds: float) -> None:
    """Take what is written for so long."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        try:
            child.read_nonblocking(65536, timeout=left)
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            child.close()
            how = f"exit code {child.exitstatus}, signal {child.signalstatus}"
            raise SystemExit(f"the board ended by itself ({how})") from None


@contextlib.contextmanager
def _busy(count: int) -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def _cpu_of(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _report(what: str, seconds: Sequence[float], more: str = "") -> None:
    middle, late = np.percentile(seconds, [50, 95])
    line = f"{what:40} median {1000 * middle:7.0f} ms, 95 % within {1000 * late:7.0f} ms"
    print(f"{line}, {len(seconds)} times{'; ' if more else ''}{more}", flush=True)


def _say_load() -> None:
    one, five, _ = os.getloadavg()
    print(f"load {one:.1f} (5 minutes: {five:.1f}) on {os.cpu_count()} cores", flush=True)


if __name__ == "__main__":
    main()
