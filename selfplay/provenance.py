"""Where a run's numbers come from: code, packages, machine; and games of it to look at."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from agents.files import write_atomically
from go_engine.sgf import margin_string, write_sgf
from selfplay.records import GameRecord
from selfplay.run import SESSIONS

__all__ = ["keep_sample", "note_session", "provenance", "sample_sgf"]

PACKAGES: Final = ("torch", "numpy", "numba", "safetensors", "openvino", "ray")
_PATIENCE_S: Final = 10.0


def note_session(run: Path, iteration: int, device: str) -> None:
    """Add a line to the run's `sessions.jsonl`: `provenance`, and where the run is (`iteration`).

    Raises:
        OSError: if it cannot be written.
    """
    with (run / SESSIONS).open("a") as file:
        file.write(json.dumps({"iteration": iteration, **provenance(device)}) + "\n")


def keep_sample(run: Path, iteration: int, finished: Sequence[GameRecord]) -> None:
    """Write the last of the finished games to the run's `samples/`, if there is one and the library
    for it.

    Raises:
        OSError: if it cannot be written.
    """
    text = sample_sgf(finished[-1]) if finished else None
    if text is not None:
        write_atomically(run / "samples" / f"{iteration:08d}.sgf", text.encode(), durable=False)


def provenance(device: str) -> dict[str, Any]:
    """What goes on from here, as plain JSON values.

    Keys: `date` (UTC, to the second), `revision` (the git commit of this code, `+changes` behind it
    where files differ from it; empty outside a checkout), `python`, `packages` (those installed of
    PACKAGES, with versions), `processor`, `cores`, `device`.
    """
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "revision": _revision(Path(__file__).resolve().parent),
        "python": platform.python_version(),
        "packages": found,
        "processor": _processor(),
        "cores": os.cpu_count(),
        "device": device,
    }


def _revision(folder: Path) -> str:
    commit = _git(folder, "rev-parse", "HEAD")
    changes = "+changes" if commit and _git(folder, "status", "--porcelain", "-uno") else ""
    return f"{commit}{changes}"


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def sample_sgf(record: GameRecord) -> str | None:
    """A self-play game as SGF with Black's chances at every searched move; None where the library
    that writes SGF is not installed."""
    rates = {
        ply + 1: min(1.0, max(0.0, float(value if ply % 2 == 0 else 1 - value)))
        for ply, value in enumerate(record.values)
        if ply >= record.opening_moves
    }
    opening = record.opening_moves
    try:
        return write_sgf(
            record.replayed(),
            black="zero",
            white="zero",
            result=margin_string(record.black_score - record.komi),
            comments={opening: "The opening ends here."} if opening else {},
            black_win_rates=rates,
            event=f"self-play game {record.game_id}",
        )
    except ImportError:
        return None
