"""What happens at every move of a self-play game: kernels over many games at once.

Two kinds of search take turns by chance: full ones, whose policy is learned from, and fast ones,
which only move on. A game that is decided is played to its end fast.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.net import push_position
from agents.search import (
    NO_NODE,
    Games,
    SearchConfig,
    Tree,
    TreeSettings,
    clear_tree,
    find_leaf,
    keep_answer,
    resume_search,
    root_summary,
    tree_settings,
)
from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.playout import random_move
from go_engine.rng import Stream, draw_uniform, seed_stream
from selfplay.config import GameConfig

__all__ = [
    "Journal",
    "Plan",
    "begin_search",
    "gather_leaves",
    "make_journal",
    "make_plan",
    "note_value",
    "play_opening",
]


class Journal(NamedTuple):
    """What is written down while G games go on, up to `max_moves` L moves each.

    Attributes:
        moves: `int16 [G, L]`; policies: `float32 [G, L, A]`; values: `float32 [G, L]`.
        game_ids: `int64 [G]`; sampled: `int32 [G]`, plies whose move is sampled.
        finished: `bool [G]`.
        full: `bool [G]`, whether the present search is a full one, which is learned from.
        streak: `int32 [G]`, moves in a row for which the search held the game to be decided:
            positive for Black's win, negative for White's.
        verdict: `int8 [G]`, who wins the game once it is decided; 0 before.
        audited: `bool [G]`, searched in full although decided.
        visits: `int32 [A]`, qvalues: `float32 [A]`, stream: `uint64 [1]`: scratch.
    """

    moves: NDArray[np.int16]
    policies: NDArray[np.float32]
    values: NDArray[np.float32]
    game_ids: NDArray[np.int64]
    finished: NDArray[np.bool_]
    full: NDArray[np.bool_]
    streak: NDArray[np.int32]
    verdict: NDArray[np.int8]
    audited: NDArray[np.bool_]
    visits: NDArray[np.int32]
    qvalues: NDArray[np.float32]
    stream: Stream


class Plan(NamedTuple):
    """How moves are searched and chosen; see GameConfig.

    Attributes:
        full, fast: settings of the two kinds of search.
    """

    full: TreeSettings
    fast: TreeSettings
    seed: int
    gumbel_scale: float
    sampled_moves: int
    full_share: float
    decided_value: float
    decided_plies: int


def make_plan(game: GameConfig, search: SearchConfig, seed: int) -> Plan:
    """The settings as kernels take them."""
    fast = dataclasses.replace(search, num_simulations=game.fast_simulations)
    return Plan(
        full=tree_settings(search, game.board_size, game.max_moves),
        fast=tree_settings(fast, game.board_size, game.max_moves),
        seed=seed,
        gumbel_scale=float(search.gumbel_scale),
        sampled_moves=game.sampled_moves,
        full_share=float(game.full_share),
        decided_value=float(game.decided_value),
        decided_plies=game.decided_plies,
    )


def make_journal(count: int, board_size: int, max_moves: int) -> Journal:
    """Memory for `count` games."""
    moves = board_size * board_size + 1
    return Journal(
        moves=np.zeros((count, max_moves), np.int16),
        policies=np.zeros((count, max_moves, moves), np.float32),
        values=np.zeros((count, max_moves), np.float32),
        game_ids=np.zeros(count, np.int64),
        finished=np.zeros(count, np.bool_),
        full=np.zeros(count, np.bool_),
        streak=np.zeros(count, np.int32),
        verdict=np.zeros(count, np.int8),
        audited=np.zeros(count, np.bool_),
        visits=np.zeros(moves, np.int32),
        qvalues=np.zeros(moves, np.float32),
        stream=np.zeros(1, np.uint64),
    )


@kernel
def begin_search(tree: Tree, journal: Journal, plan: Plan, g: int, ply: int, node: int) -> None:
    """A fresh tree for the position after `ply` moves, and what is random about its search.

    `node` stands for that position in the tree as it is, so that the network need not be asked
    again; NO_NODE if none does.
    """
    seed_stream(journal.stream, plan.seed, journal.game_ids[g], ply)
    for a in range(tree.gumbel.shape[1]):
        uniform = max(draw_uniform(journal.stream), 1e-300)
        tree.gumbel[g, a] = -np.log(-np.log(uniform)) * plan.gumbel_scale
    full = draw_uniform(journal.stream) < plan.full_share
    journal.full[g] = full and (journal.verdict[g] == 0 or journal.audited[g])
    if not journal.full[g]:
        tree.gumbel[g] = 0.0
    if node != NO_NODE and tree.visits[g, node] > 0:
        keep_answer(tree, g, node)
        resume_search(tree, plan.full if journal.full[g] else plan.fast, g)
    else:
        clear_tree(tree, g)


@kernel
def note_value(journal: Journal, plan: Plan, g: int, to_play: int, ply: int) -> None:
    """Take the search's value before move `ply` into the verdict on the game."""
    value = journal.values[g, ply]
    sure = 0
    if plan.decided_value < 1.0:
        if value >= plan.decided_value:
            sure = to_play
        elif value <= 1.0 - plan.decided_value:
            sure = -to_play
    streak = journal.streak[g]
    journal.streak[g] = streak + sure if streak * sure > 0 else sure
    if journal.verdict[g] == 0 and abs(journal.streak[g]) >= plan.decided_plies:
        journal.verdict[g] = sure


@kernel
def _make_move(tree: Tree, games: Games, journal: Journal, plan: Plan, g: int) -> None:
    """Write down the search's result, play a move, and begin the next search."""
    row = games.rows[g]
    ply = row[k.MOVE_COUNT]
    policy = journal.policies[g, ply]
    settings = plan.full if journal.full[g] else plan.fast
    move = root_summary(tree, settings, g, journal.visits, journal.qvalues, policy)
    journal.values[g, ply] = tree.value_sum[g, 0] / tree.visits[g, 0]
    note_value(journal, plan, g, row[k.TO_PLAY], ply)
    if ply < plan.sampled_moves:
        seed_stream(journal.stream, plan.seed, journal.game_ids[g], -1 - ply)
        left = draw_uniform(journal.stream)
        for a in range(policy.shape[0]):
            if policy[a] > 0:
                move = a
                left -= policy[a]
                if left < 0:
                    break
    if not journal.full[g]:
        policy[:] = 0.0
    journal.moves[g, ply] = move
    k.play_unchecked(row, games.histories[g], move)
    push_position(games.recent[g], row)
    if row[k.PASSES] >= 2 or row[k.MOVE_COUNT] >= settings.max_moves:
        journal.finished[g] = True
    else:
        begin_search(tree, journal, plan, g, ply + 1, tree.children[g, 0, move])


@kernel
def gather_leaves(
    tree: Tree,
    games: Games,
    journal: Journal,
    plan: Plan,
    planes: NDArray[np.float32],
    leaf_games: NDArray[np.int64],
) -> tuple[int, int]:
    """Advance every game to its next leaf; (leaves found, moves played). Finished games rest."""
    count = 0
    played = 0
    for g in range(games.rows.shape[0]):
        while not journal.finished[g]:
            settings = plan.full if journal.full[g] else plan.fast
            if find_leaf(tree, games, settings, g, settings.table.shape[1], planes[count]):
                leaf_games[count] = g
                count += 1
                break
            _make_move(tree, games, journal, plan, g)
            played += 1
    return count, played


@kernel
def play_opening(games: Games, journal: Journal, g: int, seed: int, count: int) -> None:
    """Random moves; no policy is written down for them."""
    row = games.rows[g]
    seed_stream(journal.stream, seed, journal.game_ids[g], -(1 << 40))
    for ply in range(row[k.MOVE_COUNT], row[k.MOVE_COUNT] + count):
        move = random_move(row, games.histories[g], journal.stream)
        if move == row[k.SIZE] * row[k.SIZE]:
            break
        journal.moves[g, ply] = move
        journal.policies[g, ply] = 0.0
        journal.values[g, ply] = 0.5
        k.play_unchecked(row, games.histories[g], move)
        push_position(games.recent[g], row)
