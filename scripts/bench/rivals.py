"""Other people's AlphaZero self-play, run by a Python that has it, in turns with ours.

`rival_selfplay.py` does the playing; this is our end of the pipe.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import time
from pathlib import Path
from typing import Any, Final

from agents.net import NetConfig
from scripts.bench.crew import BenchError, cores

__all__ = ["RIVALS", "Rival"]

RIVALS: Final = {"pgx_mctx": False, "open_spiel": True}
"""Name to whether it plays in one process a core (else in one process with all of them)."""

START_S: Final = 600.0
ANSWER_S: Final = 300.0

_PROGRAM: Final = Path(__file__).resolve().parent / "rival_selfplay.py"


class Rival:
    """One peer at self-play on 9x9, on the same cores as we.

    Args:
        name: one of RIVALS.
        python: an interpreter; what it can import is measured, nothing is installed.
        config: blocks and channels are taken from it.
        simulations: of each move.
        clock: "wall", or "cpu": seconds of processor time, shared out over the cores.
    """

    def __init__(
        self, name: str, python: Path, config: NetConfig, simulations: int, clock: str = "wall"
    ) -> None:
        self.name = name
        sizes = [str(n) for n in (config.blocks, config.channels, simulations)]
        groups = [[core] for core in cores()] if RIVALS[name] else [cores()]
        self._processes: list[subprocess.Popen[bytes]] = []
        for group in groups:
            command = [str(python), str(_PROGRAM), name, *sizes, ",".join(map(str, group)), clock]
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for us, and we end them
                )
            except OSError as error:
                self.close()
                raise BenchError(f"cannot start {python}: {error.strerror}") from None
            self._processes.append(process)

    def wait_until_ready(self) -> str:
        """Empty once all are compiled and ready, else why this peer cannot be measured."""
        answers = [self._answer(process, START_S) for process in self._processes]
        reasons = [str(a["absent"]) for a in answers if "absent" in a]
        return reasons[0] if reasons else ""

    def positions_per_s(self, seconds: float) -> float:
        """Moves searched a second, in a run of at least so long.

        Raises:
            BenchError: if it died or hangs.
        """
        for process in self._processes:
            assert process.stdin is not None
            with contextlib.suppress(OSError):  # the reading below says that it died
                process.stdin.write(json.dumps(seconds).encode() + b"\n")
                process.stdin.flush()
        answers = [self._answer(process, seconds + ANSWER_S) for process in self._processes]
        for answer in answers:
            if "absent" in answer:
                raise BenchError(f"{self.name} stopped: {answer['absent']}")
        return sum(float(a["positions"]) / float(a["seconds"]) for a in answers)

    def _answer(self, process: subprocess.Popen[bytes], patience: float) -> dict[str, Any]:
        """The next line of JSON."""
        assert process.stdout is not None
        line, end = b"", time.monotonic() + patience
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, end - time.monotonic())):
                    return {"absent": f"silent for {patience:.0f} s"}
                part = os.read(process.stdout.fileno(), 4096)
                if not part:
                    return {"absent": "it ended without a word"}
                line += part
        found = json.loads(line)
        return found if isinstance(found, dict) else {"absent": "it answered something else"}

    def close(self) -> None:
        """End its processes."""
        for process in self._processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
        self._processes = []
