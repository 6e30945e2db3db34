"""Self-play: many games at once, one network call for all their leaves.

`SelfPlay.play` advances all games until enough moves are made and hands over those that finished.
A game's randomness comes from (seed, game id, move number) alone, so for a fixed network the games
do not depend on how many workers there are or which games share a batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluator
from agents.net import as_batch, empty_planes, push_position
from agents.search import (
    Games,
    SearchConfig,
    Tree,
    TreeSettings,
    clear_tree,
    evaluate_roots,
    find_leaf,
    make_games,
    make_tree,
    root_summary,
    take_answers,
    tree_settings,
)
from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.playout import random_move
from go_engine.rng import Stream, draw_uniform, seed_stream
from go_engine.scoring import area_ownership
from selfplay.config import GameConfig
from selfplay.records import GameRecord

__all__ = ["PlayStats", "SelfPlay"]


class _Journal(NamedTuple):
    """What is written down while G games go on, up to `max_moves` L moves each.

    Attributes:
        moves: `int16 [G, L]`; policies: `float32 [G, L, A]`; values: `float32 [G, L]`.
        game_ids: `int64 [G]`; sampled: `int32 [G]`, plies whose move is sampled.
        finished: `bool [G]`.
        visits: `int32 [A]`, qvalues: `float32 [A]`, stream: `uint64 [1]`: scratch.
    """

    moves: NDArray[np.int16]
    policies: NDArray[np.float32]
    values: NDArray[np.float32]
    game_ids: NDArray[np.int64]
    finished: NDArray[np.bool_]
    visits: NDArray[np.int32]
    qvalues: NDArray[np.float32]
    stream: Stream


@kernel
def _begin_search(tree: Tree, journal: _Journal, g: int, seed: int, ply: int, scale: float) -> None:
    """A fresh tree and fresh Gumbel noise for the position after `ply` moves."""
    clear_tree(tree, g)
    seed_stream(journal.stream, seed, journal.game_ids[g], ply)
    for a in range(tree.gumbel.shape[1]):
        uniform = max(draw_uniform(journal.stream), 1e-300)
        tree.gumbel[g, a] = -np.log(-np.log(uniform)) * scale


@kernel
def _make_move(
    tree: Tree,
    games: Games,
    journal: _Journal,
    g: int,
    settings: TreeSettings,
    seed: int,
    sampled_moves: int,
    gumbel_scale: float,
) -> None:
    """Write down the search's result, play a move, and begin the next search."""
    row = games.rows[g]
    ply = row[k.MOVE_COUNT]
    policy = journal.policies[g, ply]
    move = root_summary(tree, settings, g, journal.visits, journal.qvalues, policy)
    journal.values[g, ply] = tree.value_sum[g, 0] / tree.visits[g, 0]
    if ply < sampled_moves:
        seed_stream(journal.stream, seed, journal.game_ids[g], -1 - ply)
        left = draw_uniform(journal.stream)
        for a in range(policy.shape[0]):
            if policy[a] > 0:
                move = a
                left -= policy[a]
                if left < 0:
                    break
    journal.moves[g, ply] = move
    k.play_unchecked(row, games.histories[g], move)
    push_position(games.recent[g], row)
    if row[k.PASSES] >= 2 or row[k.MOVE_COUNT] >= settings.max_moves:
        journal.finished[g] = True
    else:
        _begin_search(tree, journal, g, seed, ply + 1, gumbel_scale)


@kernel
def _gather_leaves(
    tree: Tree,
    games: Games,
    journal: _Journal,
    settings: TreeSettings,
    seed: int,
    sampled_moves: int,
    gumbel_scale: float,
    planes: NDArray[np.float32],
    leaf_games: NDArray[np.int64],
) -> tuple[int, int]:
    """Advance every game to its next leaf; (leaves found, moves played). Finished games rest."""
    count = 0
    played = 0
    budget = settings.table.shape[1]
    for g in range(games.rows.shape[0]):
        while not journal.finished[g]:
            if find_leaf(tree, games, settings, g, budget, planes[count]):
                leaf_games[count] = g
                count += 1
                break
            _make_move(tree, games, journal, g, settings, seed, sampled_moves, gumbel_scale)
            played += 1
    return count, played


@kernel
def _play_opening(games: Games, journal: _Journal, g: int, seed: int, count: int) -> None:
    """Random moves; no policy is written down for them."""
    row = games.rows[g]
    seed_stream(journal.stream, seed, journal.game_ids[g], -(1 << 40))
    for ply in range(count):
        move = random_move(row, games.histories[g], journal.stream)
        if move == row[k.SIZE] * row[k.SIZE]:
            break
        journal.moves[g, ply] = move
        journal.policies[g, ply] = 0.0
        journal.values[g, ply] = 0.5
        k.play_unchecked(row, games.histories[g], move)
        push_position(games.recent[g], row)


@dataclass(slots=True)
class PlayStats:
    """Counts since they were last taken."""

    moves: int = 0
    evaluations: int = 0
    games: int = 0


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
        self._tree = make_tree(count, size, search.num_simulations)
        moves = size * size + 1
        self._journal = _Journal(
            moves=np.zeros((count, limit), np.int16),
            policies=np.zeros((count, limit, moves), np.float32),
            values=np.zeros((count, limit), np.float32),
            game_ids=np.zeros(count, np.int64),
            finished=np.zeros(count, np.bool_),
            visits=np.zeros(moves, np.int32),
            qvalues=np.zeros(moves, np.float32),
            stream=np.zeros(1, np.uint64),
        )
        self._opening = np.zeros(count, np.int64)
        self._planes = empty_planes(count, size)
        self._leaf_games = np.zeros(count, np.int64)
        self._settings = tree_settings(search, size, limit)
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
        count, played = _gather_leaves(
            self._tree,
            self._games,
            self._journal,
            self._settings,
            self._seed,
            self.game.sampled_moves,
            float(self.search.gumbel_scale),
            self._planes,
            self._leaf_games,
        )
        self.stats.moves += played
        if count:
            answer = self.evaluator.evaluate(as_batch(self._planes[:count]))
            take_answers(
                self._tree,
                self._settings,
                self._leaf_games[:count],
                answer.prior_logits,
                answer.value,
                answer.score,
            )
            self.stats.evaluations += count
        done = []
        for g in np.flatnonzero(self._journal.finished):
            done.append(self._record(int(g), finished=True))
            self.stats.games += 1
            self._start_game(int(g))
        return done

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
        self._opening[g] = rng.integers(1, game.opening_moves + 1) if opening else 0
        _play_opening(self._games, journal, g, self._seed, int(self._opening[g]))
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
        journal.moves[g, :length] = record.moves
        journal.policies[g, :length] = record.policies
        journal.values[g, :length] = record.values
        for move in record.moves:
            k.play_unchecked(self._games.rows[g], self._games.histories[g], int(move))
            push_position(self._games.recent[g], self._games.rows[g])
        self._begin(g)

    def _reset(self, g: int, komi: float) -> None:
        games = self._games
        k.reset(games.rows[g], games.histories[g], self.game.board_size, 1, 0)
        games.recent[g] = 0
        games.komi[g] = komi
        self._journal.finished[g] = False

    def _begin(self, g: int) -> None:
        ply = int(self._games.rows[g, k.MOVE_COUNT])
        scale = float(self.search.gumbel_scale)
        _begin_search(self._tree, self._journal, g, self._seed, ply, scale)


def _draw_komi(game: GameConfig, rng: np.random.Generator) -> float:
    """A komi in half points."""
    if rng.random() < game.wide_share:
        komi = rng.uniform(game.komi_low, game.komi_high)
    else:
        komi = rng.normal(game.komi, game.komi_spread)
    return float(np.clip(round(2 * komi) / 2, game.komi_low, game.komi_high))
