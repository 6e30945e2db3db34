"""What runs on the nodes of a cluster: one self-play actor in a process of its own.

Knows nothing of how it was started or who asks. Games travel as the bytes of a shard, compressed,
with checksums, and checked when they are unpacked.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from agents.net import Bounds
from selfplay.config import RunConfig
from selfplay.play import PlayStats
from selfplay.records import pack_records, unpack_records
from selfplay.workers import WORKER_NICENESS, PlayerGroup, WorkerError, net_from

__all__ = ["Actor", "Answer", "source_hash"]

_ROOT = Path(__file__).resolve().parent.parent


def source_hash() -> str:
    """Of all code that plays and writes down games: it must be the same on every node."""
    digest = hashlib.sha256()
    for package in ("go_engine", "agents", "selfplay"):
        for path in sorted((_ROOT / package).rglob("*.py")):
            digest.update(path.relative_to(_ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """To one order: packed games that finished, those going on after it, and counts."""

    finished: bytes
    running: bytes
    stats: PlayStats


class Actor:
    """Self-play in a process of its own on some node. Made by Ray; see `PlayerGroup`."""

    def __init__(self, config: RunConfig, first_game_id: int, running: bytes) -> None:
        self._config, self._first, self._running = config, first_game_id, running
        self._group: PlayerGroup | None = None
        self._version = -1

    def greet(self, expected: str) -> None:
        """Get ready, if the head runs the same code (its `source_hash`). Told apart from `play`
        because an actor may wait long for a free CPU.

        Raises:
            WorkerError: if this node has another version.
        """
        if expected != source_hash():
            raise WorkerError(f"{socket.gethostname()} has another version of this package")
        os.nice(WORKER_NICENESS)
        torch.set_num_threads(1)
        ids = itertools.count(self._first)
        running = unpack_records(self._running)
        self._group = PlayerGroup(self._config, self._config.worker_device, ids, running)

    def play(
        self,
        weights: tuple[int, dict[str, Any], Bounds | None],
        num_moves: int,
        positions: int,
    ) -> Answer:
        """`num_moves` moves with these weights (version, tensors, eight-bit bounds), on the boards
        of a run of so many positions."""
        assert self._group is not None
        version, tensors, bounds = weights
        if version != self._version:
            # Ray's arrays lie in memory that all actors of the node share and none may write.
            own = {name: np.array(tensor) for name, tensor in tensors.items()}
            self._group.set_net(net_from(self._config, own), bounds)
            self._version = version
        finished, running, stats = self._group.play(num_moves, positions)
        return Answer(pack_records(finished), pack_records(running), stats)
