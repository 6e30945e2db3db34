"""A training in a process of its own, to be killed, with checkpoints every half second:

python -m tests.selfplay.process --preset FILE --out FOLDER [--resume]
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from selfplay import RunConfig, config_to_dict, loop
from selfplay.__main__ import main

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 120.0
"""How long a test waits for a process on a busy machine (kernels may have to be compiled)."""


def start(*command: str) -> subprocess.Popen[str]:
    """`python COMMAND` in the repository's root and in a process group of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def start_training(run: Path, settings: Path, resume: bool) -> subprocess.Popen[str]:
    options = ["--resume"] if resume else ["--preset", str(settings)]
    return start("-m", "tests.selfplay.process", "--out", str(run), *options)


def write_settings(path: Path, config: RunConfig) -> Path:
    path.write_text(json.dumps(config_to_dict(config)))
    return path


def wait_for(what: Callable[[], object], process: subprocess.Popen[str] | None = None) -> None:
    """Until `what()` holds.

    Raises:
        AssertionError: if the process ends first, or nothing happens for PATIENCE_S.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, "nothing happened"
        if process is not None and process.poll() is not None:
            raise AssertionError(f"ended with {process.returncode}: {process.communicate()}")
        time.sleep(0.05)


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL the process alone, as the system would; not what it started."""
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def descendants(pid: int) -> list[int]:
    """Processes that `pid` started, and theirs (Linux)."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def is_alive(pid: int) -> bool:
    """Whether a process still runs (one that nobody has collected does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


if __name__ == "__main__":
    loop.CHECKPOINT_SECONDS = 0.5  # type: ignore[misc]
    sys.exit(main())
