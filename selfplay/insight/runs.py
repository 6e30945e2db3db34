"""What a run's folder holds, read without changing it; the run may still be going on."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from agents.base import AgentError
from agents.net import read_weights
from selfplay.config import ConfigError, RunConfig
from selfplay.run import RunError, read_config

__all__ = [
    "Run",
    "Snapshot",
    "file_digest",
    "net_files",
    "open_run",
    "read_snapshot",
    "series",
]

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The network as it was at one moment of the run.

    Attributes:
        path: its weights file.
        digest: the first 16 hexadecimal digits of the file's SHA-256; names it in caches.
        iteration: turns of the learner before it.
        positions: self-play positions before it.
        seconds: wall-clock seconds of playing and learning before it.
    """

    path: Path
    digest: str
    iteration: int
    positions: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """A training run as a reader sees it.

    Attributes:
        path: the folder.
        config: the settings it was started with.
        metrics: one mapping an iteration, in order (see `selfplay.loop`); damaged lines left out.
        snapshots: some of the networks kept along the way, the first and the last among them.
        warnings: what was wrong with the files, one line each.
    """

    path: Path
    config: RunConfig
    metrics: tuple[Line, ...]
    snapshots: tuple[Snapshot, ...]
    warnings: tuple[str, ...] = field(default=())

    @property
    def final(self) -> Snapshot:
        """The newest snapshot."""
        return self.snapshots[-1]

    def last(self, name: str) -> float:
        """The newest value of a metric; NaN where no line has it."""
        values = series(self.metrics, name)[1]
        return values[-1] if values else math.nan

    def spread(self, count: int) -> tuple[Snapshot, ...]:
        """At most `count` of the snapshots, evenly spread, the first and the last among them."""
        return tuple(self.snapshots[i] for i in _evenly(len(self.snapshots), count))


def open_run(path: Path, max_snapshots: int) -> Run:
    """Read a run's folder, with at most `max_snapshots` of its networks.

    Raises:
        RunError: if there is no run, or it has not kept a network yet.
        ConfigError: if its settings are damaged.
    """
    if not path.is_dir():
        raise RunError(f"{path} is no folder; name the folder of a training run")
    try:
        config = read_config(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path / 'config.json'} cannot be read: {error}") from None
    warnings: list[str] = []
    metrics = _read_metrics(path / "metrics.jsonl", warnings)
    snapshots = _read_snapshots(path / "nets", max_snapshots, warnings)
    if not snapshots:
        raise RunError(f"{path / 'nets'} holds no usable network; has the run begun?")
    return Run(path, config, tuple(metrics), tuple(snapshots), tuple(warnings))


def series(metrics: Sequence[Line], name: str) -> tuple[list[float], list[float]]:
    """A metric over self-play positions: `(positions, values)`; a dot leads into a mapping.

    Lines without a finite number of that name are left out.
    """
    xs, ys = [], []
    for line in metrics:
        value: Any = line
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if _is_number(value):
            xs.append(float(line["positions"]))
            ys.append(float(value))
    return xs, ys


def file_digest(path: Path) -> str:
    """The first 16 hexadecimal digits of a file's SHA-256.

    Raises:
        OSError: if it cannot be read.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _read_metrics(path: Path, warnings: list[str]) -> list[Line]:
    """The metrics in order of iterations.

    A run that was killed and gone on with repeats some iterations: the later line counts.
    """
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        warnings.append(f"{path.name} cannot be read: no curves over iterations")
        return []
    kept: list[Line] = []
    damaged: list[int] = []
    for number, line in _parsed(text):
        if line is None:
            damaged.append(number)
            continue
        while kept and kept[-1]["iteration"] >= line["iteration"]:
            kept.pop()
        kept.append(line)
    if damaged:
        lines = ", ".join(map(str, damaged[:5])) + (", ..." if len(damaged) > 5 else "")
        what = "line" if len(damaged) == 1 else "lines"
        warnings.append(f"{path.name}: {what} {lines} damaged and left out")
    return kept


def _parsed(text: str) -> Iterator[tuple[int, Line | None]]:
    """Numbered lines, None for one that is no line of metrics."""
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip():
            continue
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            line = None
        good = isinstance(line, dict) and all(
            _is_number(line.get(name)) and line[name] >= 0 for name in ("iteration", "positions")
        )
        yield number, line if good else None


def net_files(folder: Path) -> list[Path]:
    """The networks in a run's folder `nets`, oldest first."""
    return sorted(path for path in folder.glob("*.safetensors") if path.stem.isdigit())


def _read_snapshots(folder: Path, count: int, warnings: list[str]) -> list[Snapshot]:
    paths = net_files(folder)
    found = []
    for i in _evenly(len(paths), count):
        try:
            found.append(read_snapshot(paths[i]))
        except RunError as error:
            warnings.append(str(error))
    return found


def read_snapshot(path: Path) -> Snapshot:
    """The network in a run's folder `nets`.

    Raises:
        RunError: if the file is no usable network, or does not say when it was kept.
    """
    try:
        facts = read_weights(path)[2]
        return Snapshot(
            path=path,
            digest=file_digest(path),
            iteration=int(facts["iteration"]),
            positions=int(facts["positions"]),
            seconds=float(facts["seconds"]),
        )
    except (AgentError, OSError, KeyError, TypeError, ValueError) as error:
        reason = f"no {error} in its header" if isinstance(error, KeyError) else str(error)
        raise RunError(f"nets/{path.name} left out: {reason}") from None


def _evenly(length: int, count: int) -> list[int]:
    """At most `count` of the numbers below `length`, evenly spread, with both ends."""
    if length <= count:
        return list(range(length))
    return sorted({round(i) for i in np.linspace(0, length - 1, max(2, count))})
