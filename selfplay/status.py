"""How a run is doing, read from its folder while it goes on; and asking it to stop."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

from agents.files import FolderLock
from selfplay.run import STOP_FILE, RunError, read_config

__all__ = ["run_status", "stop_run"]

_RECENT: Final = 20
"""Iterations that rates are taken over."""

_PATIENCE_S: Final = 120.0


def run_status(run: Path) -> dict[str, Any]:
    """The state of a run, as plain JSON values.

    Keys: `run`, `running` (whether a process owns it), `progress` (0 to 1), `iteration`,
    `positions`, `games`, `evaluations`, `steps`, `hours` (of playing and learning); over the last
    iterations `positions_per_s`, `evaluations_per_s`, `learn_share` (of the time in which learning
    went on); `board_size`, `simulations`, `losses`, `held_out` (None if there are none),
    `age_s` (since the last iteration ended), `hours_left`, and `ratings` (of `untold measure`,
    None before). A run without metrics yet has the first two only.

    Raises:
        RunError: if the folder holds no run.
        ConfigError: if its settings are damaged.
    """
    read_config(run)
    status: dict[str, Any] = {"run": str(run), "running": FolderLock.is_held(run)}
    lines = _last_lines(run / "metrics.jsonl")
    if not lines:
        return status
    last, seconds = lines[-1], sum(line["iteration_seconds"] for line in lines)
    status |= {
        name: last[name]
        for name in (
            "progress",
            "iteration",
            "positions",
            "games",
            "evaluations",
            "steps",
            "board_size",
            "simulations",
        )
    }
    status["hours"] = last["seconds"] / 3600
    for name in ("positions_per_s", "evaluations_per_s"):
        status[name] = sum(line[name] * line["iteration_seconds"] for line in lines) / seconds
    status["learn_share"] = sum(line["learn_seconds"] for line in lines) / seconds
    status["losses"] = last.get("losses")
    status["held_out"] = next((x["held_out"] for x in reversed(lines) if "held_out" in x), None)
    status["age_s"] = time.time() - (run / "metrics.jsonl").stat().st_mtime
    status["hours_left"] = _hours_left(lines)
    status["ratings"] = _ratings(run)
    return status


def _last_lines(path: Path) -> list[dict[str, Any]]:
    """The last whole lines of the metrics, damaged ones left out."""
    lines = []
    text = path.read_bytes() if path.exists() else b""
    for line in text[: text.rfind(b"\n") + 1].splitlines()[-_RECENT:]:
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    return lines


def _hours_left(lines: list[dict[str, Any]]) -> float | None:
    """At the pace of the last iterations; None before there is one."""
    first, last = lines[0], lines[-1]
    done, seconds = last["progress"] - first["progress"], last["seconds"] - first["seconds"]
    if last["progress"] >= 1:
        return 0.0
    return float((1 - last["progress"]) / done * seconds / 3600) if done > 0 else None


def _ratings(run: Path) -> Any:
    try:
        return json.loads((run / "strength" / "ratings.json").read_text())
    except (OSError, ValueError):
        return None


def stop_run(run: Path, patience: float = _PATIENCE_S) -> None:
    """Ask the process that trains `run` to stop, and wait until it has.

    Raises:
        RunError: if there is no run, none is going on, or it does not stop within `patience` s.
    """
    read_config(run)
    if not FolderLock.is_held(run):
        raise RunError(f"no training of {run} is going on")
    (run / STOP_FILE).touch()
    deadline = time.monotonic() + patience
    while FolderLock.is_held(run):
        if time.monotonic() > deadline:
            raise RunError(f"{run} has not stopped yet; it will at the end of its present turn")
        time.sleep(0.1)
