"""Self-play: many games at once, one network call for all their leaves.

`SelfPlay.play` advances all games until enough moves are made and hands over those that finished.
A game's randomness comes from (seed, game id, move number) alone, so for a fixed network and no
forks the games do not depend on how many workers there are or which games share a batch.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluator
from agents.net import as_batch, empty_planes, push_position
from agents.search import (
    NO_NODE,
    SearchConfig,
    evaluate_roots,
    make_games,
    make_tree,
    take_answers,
)
from go_engine import kernels as k
from go_engine.scoring import area_ownership
from selfplay.config import GameConfig
from selfplay.moves import (
    begin_search,
    gather_leaves,
    make_journal,
    make_plan,
    note_value,
    play_opening,
)
from selfplay.records import GameRecord

__all__ = ["PlayStats", "SelfPlay"]

_FORKABLE = 64
"""Finished games that forks are drawn from."""


@dataclass(slots=True)
class PlayStats:
    """Counts since they were last taken.

    Attributes:
        moves: searched, fully or fast; evaluations: by the network; games: finished.
        decided: finished games on which there was a verdict; upsets: those that ended otherwise;
        audits, audit_upsets: the same of the games that were searched in full nevertheless.
    """

    moves: int = 0
    evaluations: int = 0
    games: int = 0
    decided: int = 0
    upsets: int = 0
    audits: int = 0
    audit_upsets: int = 0

    def __iadd__(self, other: PlayStats) -> PlayStats:
        for count in dataclasses.fields(self):
            name = count.name
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


class SelfPlay:
    """G games of self-play in one process.

    Args:
        game: how games are set up.
        search: how moves are searched.
        seed: the run's.
        game_ids: the numbers of the games to play, in order.
        evaluator: the network; may be replaced between calls of `play` (attribute `evaluator`).
        running: games to go on with, not finished; they take the first places.
    """

    def __init__(
        self,
        game: GameConfig,
        search: SearchConfig,
        seed: int,
        game_ids: Iterator[int],
        evaluator: Evaluator,
        running: list[GameRecord] | None = None,
    ) -> None:
        self.game = game
        self.search = search
        self.evaluator = evaluator
        self.stats = PlayStats()
        self._seed = seed
        self._game_ids = game_ids
        count, size, limit = game.parallel_games, game.board_size, game.max_moves
        self._games = make_games(count, size, limit)
        self._tree = make_tree(count, size, max(search.num_simulations, game.fast_simulations))
        self._journal = make_journal(count, size, limit)
        self._opening = np.zeros(count, np.int64)
        self._planes = empty_planes(count, size)
        self._leaf_games = np.zeros(count, np.int64)
        self._plan = make_plan(game, search, seed)
        self._forkable: deque[NDArray[np.int16]] = deque(maxlen=_FORKABLE)
        waiting = list(running or [])
        for g in range(count):
            if waiting:
                self._continue_game(g, waiting.pop(0))
            else:
                self._start_game(g)

    def play(self, num_moves: int) -> list[GameRecord]:
        """Advance all games until at least `num_moves` searched moves were made; those finished."""
        finished: list[GameRecord] = []
        target = self.stats.moves + num_moves
        while self.stats.moves < target:
            finished += self._step()
        return finished

    def _step(self) -> list[GameRecord]:
        """One leaf of every game, one network call."""
        count, played = gather_leaves(
            self._tree,
            self._games,
            self._journal,
            self._plan,
            self._planes,
            self._leaf_games,
        )
        self.stats.moves += played
        if count:
            answer = self.evaluator.evaluate(as_batch(self._planes[:count]))
            take_answers(
                self._tree,
                self._plan.full,
                self._leaf_games[:count],
                answer.prior_logits,
                answer.value,
                answer.score,
            )
            self.stats.evaluations += count
        done = []
        for g in np.flatnonzero(self._journal.finished):
            record = self._record(int(g), finished=True)
            done.append(record)
            self._count_game(int(g), record)
            self._forkable.append(record.moves)
            self._start_game(int(g))
        return done

    def _count_game(self, g: int, record: GameRecord) -> None:
        stats, verdict = self.stats, int(self._journal.verdict[g])
        stats.games += 1
        if verdict == 0:
            return
        upset = np.sign(record.black_score - record.komi) != verdict
        stats.decided += 1
        stats.upsets += int(upset)
        if self._journal.audited[g]:
            stats.audits += 1
            stats.audit_upsets += int(upset)

    def running(self) -> list[GameRecord]:
        """The games going on, as far as they are. Continued, they go on as they would have."""
        return [self._record(g, finished=False) for g in range(self.game.parallel_games)]

    def _record(self, g: int, finished: bool) -> GameRecord:
        row, journal = self._games.rows[g], self._journal
        length = int(row[k.MOVE_COUNT])
        owner = np.empty(self.game.board_size**2, np.int8)
        return GameRecord(
            game_id=int(journal.game_ids[g]),
            board_size=self.game.board_size,
            komi=float(self._games.komi[g]),
            opening_moves=min(int(self._opening[g]), length),
            moves=journal.moves[g, :length].copy(),
            policies=journal.policies[g, :length].astype(np.float16),
            values=journal.values[g, :length].copy(),
            black_score=int(area_ownership(row, owner)),
            finished=finished,
        )

    def _start_game(self, g: int) -> None:
        game, journal = self.game, self._journal
        game_id = next(self._game_ids)
        journal.game_ids[g] = game_id
        rng = np.random.default_rng([self._seed, game_id])
        self._reset(g, _draw_komi(game, rng))
        opening = rng.random() < game.opening_share
        random_moves = int(rng.integers(1, game.opening_moves + 1)) if opening else 0
        if self._forkable and game.fork_share > 0 and rng.random() < game.fork_share:
            opening, random_moves = True, 1
            known = self._forkable[rng.integers(len(self._forkable))]
            longest = min(len(known), game.max_moves - 1)
            self._replay(g, known[: rng.integers(longest)])
        play_opening(self._games, journal, g, self._seed, random_moves)
        self._opening[g] = self._games.rows[g, k.MOVE_COUNT]
        if opening:
            self._games.komi[g] = self._fair_komi(g, rng)
        self._begin(g)

    def _fair_komi(self, g: int, rng: np.random.Generator) -> float:
        """A komi about the network's own estimate of the score, in half points.

        After random moves the usual komi has often decided the game, and a decided game teaches
        little (KataGo balances its self-play openings in the same way).
        """
        points = self.game.board_size**2
        side = int(self._games.rows[g, k.TO_PLAY])
        score = side * float(evaluate_roots(self._games, [g], self.evaluator).score[0])
        komi = rng.normal(score, self.game.komi_spread)
        return float(np.clip(round(2 * komi) / 2, -points, points))

    def _continue_game(self, g: int, record: GameRecord) -> None:
        journal, length = self._journal, len(record.moves)
        journal.game_ids[g] = record.game_id
        self._reset(g, record.komi)
        self._opening[g] = record.opening_moves
        self._replay(g, record.moves)
        journal.policies[g, :length] = record.policies
        journal.values[g, :length] = record.values
        for ply in range(record.opening_moves, length):
            note_value(journal, self._plan, g, 1 - 2 * (ply % 2), ply)
        self._begin(g)

    def _replay(self, g: int, moves: NDArray[np.int16]) -> None:
        """Play known moves from the empty board; nothing of them is learned."""
        journal, games = self._journal, self._games
        for ply, move in enumerate(moves):
            journal.moves[g, ply] = move
            journal.policies[g, ply] = 0.0
            journal.values[g, ply] = 0.5
            k.play_unchecked(games.rows[g], games.histories[g], int(move))
            push_position(games.recent[g], games.rows[g])

    def _reset(self, g: int, komi: float) -> None:
        games, journal = self._games, self._journal
        k.reset(games.rows[g], games.histories[g], self.game.board_size, 1, 0)
        games.recent[g] = 0
        games.komi[g] = komi
        journal.finished[g] = False
        journal.streak[g] = 0
        journal.verdict[g] = 0
        audit = np.random.default_rng([self._seed, int(journal.game_ids[g]), 1])
        journal.audited[g] = audit.random() < self.game.audit_share

    def _begin(self, g: int) -> None:
        ply = int(self._games.rows[g, k.MOVE_COUNT])
        begin_search(self._tree, self._journal, self._plan, g, ply, NO_NODE)


def _draw_komi(game: GameConfig, rng: np.random.Generator) -> float:
    """A komi in half points."""
    if rng.random() < game.wide_share:
        komi = rng.uniform(game.komi_low, game.komi_high)
    else:
        komi = rng.normal(game.komi, game.komi_spread)
    return float(np.clip(round(2 * komi) / 2, game.komi_low, game.komi_high))
