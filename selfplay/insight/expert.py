"""Agreement with the moves of experts. Their games only measure here; nothing learns from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from agents.base import MovePredictor
from go_engine import SgfError, SgfGame, read_collection
from selfplay.insight.runs import file_digest

__all__ = ["EXPERT_POSITIONS", "Agreement", "ExpertGames"]

EXPERT_POSITIONS: Final = 1000
"""Whole games are drawn until they hold so many moves; all of them where there are fewer."""

_SEED: Final = 2026


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a player's probabilities fit the moves that experts played.

    Attributes:
        positions: expert moves compared with.
        top1: share of them that were the player's likeliest move, ties by share.
        top3: share among its three likeliest.
        log_loss: mean negative log-probability of the expert's move, in nats.
    """

    positions: int
    top1: float
    top3: float
    log_loss: float


class ExpertGames:
    """Some games of the files, on one board size, to compare players with.

    Args:
        paths: SGF files, each with one game or many (`.xz` too).
        board_size: games on boards of other sizes are left out.

    Attributes:
        digest: names the files in caches; empty without any.
        broken: games that could not be read, counted once they have been.

    Raises:
        OSError: if a file cannot be read.
    """

    def __init__(self, paths: Sequence[Path], board_size: int) -> None:
        self.paths = tuple(paths)
        self.board_size = board_size
        digests = "".join(file_digest(path) for path in self.paths)
        self.digest = hashlib.sha256(digests.encode()).hexdigest()[:16] if digests else ""
        self.broken = 0
        self._games: list[SgfGame] | None = None

    @property
    def games(self) -> list[SgfGame]:
        """The games, read when first asked for.

        Raises:
            SgfError: if a file holds no games at all.
            OSError: if it cannot be read.
        """
        if self._games is None:
            self._games = self._drawn(self._read())
        return self._games

    def agreement(self, player: MovePredictor) -> Agreement | None:
        """How often `player` likes the experts' moves; None without a game on this board size.

        Raises:
            SgfError, OSError: as `games`.
        """
        if not self.games:
            return None
        # Brings the told agent's kernels with it, which a report without expert games can do
        # without.
        from selfplay.supervised import evaluate_predictor

        return Agreement(**evaluate_predictor(player, self.games))

    def _read(self) -> list[SgfGame]:
        games = []
        for path in self.paths:
            for game in read_collection(path, on_error=self._count_broken):
                if game.rules.board_size == self.board_size and game.moves:
                    games.append(game)
        return games

    def _count_broken(self, _: SgfError) -> None:
        self.broken += 1

    def _drawn(self, games: list[SgfGame]) -> list[SgfGame]:
        """Games drawn at random, the same ones every time, until they hold enough moves."""
        drawn: list[SgfGame] = []
        moves = 0
        for i in np.random.default_rng(_SEED).permutation(len(games)):
            if moves >= EXPERT_POSITIONS:
                break
            drawn.append(games[i])
            moves += len(games[i].moves)
        return drawn
