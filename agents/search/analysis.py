"""One position searched for as long as one likes, and read at any time.

A match search plans its simulations ahead; an analysis does not know how many there will be. So the
root's move is chosen here, by PUCT (Silver et al. 2018, "A general reinforcement learning algorithm
that masters chess, shogi, and Go through self-play"), and all below it by the search's own rule.
"""

from __future__ import annotations

import math
import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.analysis import MoveAnalysis, Snapshot, lower_bound
from agents.base import AgentError, Evaluator
from agents.net import POSITIONS, as_batch, empty_planes
from agents.search.config import SearchConfig
from agents.search.reuse import with_room
from agents.search.simulate import clear_tree, find_leaves, take_answers
from agents.search.tree import NO_NODE, Games, make_games, make_tree, tree_settings
from go_engine import GameState

__all__ = ["SearchAnalysis", "puct_scores"]

_C_PUCT: Final = 1.25  # AlphaZero's constant, for results in [-1, 1]
_FIRST_ROOM: Final = 512  # nodes; a tree that is full grows to twice its size
_MOST_BYTES: Final = 1 << 28  # of a tree; a board of 9x9 has room for 150,000 nodes
_LONGEST_PV: Final = 15


def puct_scores(
    prior: NDArray[np.float64],
    visits: NDArray[np.int64],
    qvalues: NDArray[np.float64],
    value: float,
) -> NDArray[np.float64]:
    """How worth a visit each move is, `[A]`: `q + c/2 * prior * sqrt(N) / (1 + visits)`, where N is
    1 plus all visits and the half stands for q in [0, 1] instead of [-1, 1].

    A move not visited has `value`, the position's own, for its q; `qvalues` are read elsewhere.
    """
    known = np.where(visits > 0, qvalues, value)
    explore = 0.5 * _C_PUCT * math.sqrt(1.0 + float(visits.sum()))
    scores: NDArray[np.float64] = known + explore * prior / (1.0 + visits)
    return scores


class SearchAnalysis:
    """An `agents.analysis.Analysis` by the untold network; nothing in it is left to chance.

    Its tree grows with the search and has a largest size, with which the search is complete.
    """

    def __init__(
        self,
        state: GameState,
        evaluator: Evaluator,
        config: SearchConfig | None = None,
        allowed: frozenset[int] | None = None,
    ) -> None:
        """
        Args:
            state: the position, not over; later changes to it are not seen.
            evaluator: runs the network.
            config: settings of the search; its budget and its noise mean nothing here.
            allowed: moves that may be looked at first; None for all legal ones.

        Raises:
            AgentError: if none of the allowed moves is legal.
        """
        legal = state.legal_mask()
        if allowed is not None:
            legal &= np.isin(np.arange(legal.size), list(allowed))
        if not legal.any():
            raise AgentError("none of the moves allowed is legal here")
        size, moves = state.rules.board_size, legal.size
        self._allowed = legal
        self._evaluator = evaluator
        self._most = max(_FIRST_ROOM, _MOST_BYTES // (20 * moves))
        self._games = _one_game(state, self._most)
        self._tree = make_tree(1, size, _FIRST_ROOM)
        clear_tree(self._tree, 0)
        settings = tree_settings(config or SearchConfig(), size, state.rules.max_moves or 0)
        # Who is due at the root is written into the plan before each simulation; see `_simulate`.
        self._plan = np.zeros((2, self._most + 1), np.int32)
        self._settings = settings._replace(table=self._plan)
        self._planes = empty_planes(1, size)
        self._places = np.zeros(1, np.int64)
        self._prior = np.zeros(moves)

    @property
    def visits(self) -> int:
        """Of the position so far: one more than simulations."""
        return int(self._tree.visits[0, 0]) if self._tree.num_nodes[0] else 0

    def advance(self, visits: int, seconds: float = math.inf) -> Snapshot:
        """See `Analysis.advance`."""
        deadline = time.monotonic() + seconds
        if self.visits == 0:
            self._expand_root()
        while self.visits < visits and not self.is_full and time.monotonic() < deadline:
            self._simulate()
        return self.snapshot()

    @property
    def is_full(self) -> bool:
        """Whether there is no room for further simulations."""
        return self.visits > self._most

    def snapshot(self) -> Snapshot:
        """What is known now; there has been a visit.

        Moves are ordered by visits, those visited equally often by prior.
        """
        tree = self._tree
        counts, qvalues = self._root_moves()
        order = np.lexsort((np.arange(counts.size), -self._prior, -counts))
        root = int(tree.visits[0, 0])
        return Snapshot(
            visits=root,
            value=float(tree.value_sum[0, 0]) / root,
            lead=float(tree.margin_sum[0, 0]) / root,
            utility=float(tree.utility_sum[0, 0]) / root,
            moves=tuple(
                self._report(int(move), int(counts[move]), float(qvalues[move]))
                for move in order
                if self._allowed[move]
            ),
            is_complete=self.is_full,
        )

    # ---------------------------------------------------------------- searching

    def _expand_root(self) -> None:
        self._step(0)
        logits = self._tree.logits[0, 0].astype(np.float64)
        powers = np.where(self._allowed, np.exp(logits - logits[self._allowed].max()), 0.0)
        self._prior = powers / powers.sum()

    def _simulate(self) -> None:
        """One simulation that begins with the move PUCT chooses.

        The search's own root takes, of the moves visited as often as its plan says, the one of
        highest score and noise. With the right number in the plan, and noise that rules out all
        others, that is the chosen move.
        """
        tree = self._tree
        if int(tree.num_nodes[0]) >= tree.visits.shape[1]:
            larger = min(2 * tree.visits.shape[1], self._most + 1)
            tree = self._tree = with_room(tree, larger)
        counts, qvalues = self._root_moves()
        value = float(tree.utility_sum[0, 0] / tree.visits[0, 0])
        scores = puct_scores(self._prior, counts, qvalues, value)
        chosen = int(np.where(self._allowed, scores, -np.inf).argmax())
        tree.gumbel[0] = -np.inf
        tree.gumbel[0, chosen] = 0.0
        done = int(tree.simulations[0])
        self._plan[:, done] = counts[chosen]
        self._step(done + 1)

    def _step(self, budget: int) -> None:
        """Simulate up to `budget`: once more. Finished games need no network."""
        tree, settings = self._tree, self._settings
        if find_leaves(tree, self._games, settings, budget, self._planes, self._places):
            answer = self._evaluator.evaluate(as_batch(self._planes))
            logits, value, score = answer.prior_logits, answer.value, answer.score
            take_answers(tree, settings, self._places, logits, value, score)

    # ---------------------------------------------------------------- reading

    def _root_moves(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Visits and mean utility of the root's moves, `[A]` each, from the mover's side."""
        counts = self._visits_below(0)
        children = self._tree.children[0, 0]
        sums = np.where(counts > 0, self._tree.utility_sum[0, children], 0.0)
        return counts, 1.0 - sums / np.maximum(1, counts)

    def _visits_below(self, node: int) -> NDArray[np.int64]:
        children = self._tree.children[0, node]
        counts: NDArray[np.int64] = np.where(
            children == NO_NODE, 0, self._tree.visits[0, children]
        ).astype(np.int64)
        return counts

    def _report(self, move: int, visits: int, utility: float) -> MoveAnalysis:
        prior = float(self._prior[move])
        if visits == 0:
            return MoveAnalysis(move, 0, prior, pv=(move,), pv_visits=(0,))
        child = int(self._tree.children[0, 0, move])
        value = 1.0 - float(self._tree.value_sum[0, child]) / visits
        pv, pv_visits = self._continuation(move, child, visits)
        return MoveAnalysis(
            move=move,
            visits=visits,
            prior=prior,
            value=value,
            lcb=lower_bound(value, visits),
            lead=-float(self._tree.margin_sum[0, child]) / visits,
            utility=utility,
            pv=pv,
            pv_visits=pv_visits,
        )

    def _continuation(
        self, move: int, node: int, visits: int
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The moves of most visits, and how many."""
        line, counts = [move], [visits]
        while len(line) < _LONGEST_PV and not self._tree.terminal[0, node]:
            below = self._visits_below(node)
            best = int(below.argmax())
            if below[best] == 0:
                break
            line.append(best)
            counts.append(int(below[best]))
            node = int(self._tree.children[0, node, best])
        return tuple(line), tuple(counts)


def _one_game(state: GameState, room: int) -> Games:
    """The game, with room for `room` moves below it."""
    games = make_games(1, state.rules.board_size, state.move_count + room + 2)
    row, history = state.kernel_arrays()
    length = state.move_count + 1
    games.rows[0] = row
    games.histories[0, :length] = history[:length]
    games.recent[0] = state.recent_stones(POSITIONS)
    games.komi[0] = state.rules.komi
    return games
