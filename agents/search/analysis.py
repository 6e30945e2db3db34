"""One position searched for as long as one likes, and read at any time.

Gumbel search plans its simulations ahead; an analysis does not know how many there will be. So it
searches by PUCT, whatever the settings say, and without noise.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.analysis import MoveAnalysis, Snapshot, lower_bound
from agents.base import AgentError, Evaluator
from agents.search.config import SearchConfig
from agents.search.gumbel import softmax
from agents.search.reuse import with_room
from agents.search.simulate import clear_tree
from agents.search.single import as_games, simulate
from agents.search.tree import NO_NODE, make_tree, tree_settings
from go_engine import GameState

__all__ = ["SearchAnalysis"]

_FIRST_ROOM: Final = 512  # nodes; a tree that is full grows to twice its size
_MOST_BYTES: Final = 1 << 28  # of a tree; a board of 9x9 has room for 150,000 nodes
_LONGEST_PV: Final = 15


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
        self._games = as_games([state], self._most)
        self._tree = make_tree(1, size, _FIRST_ROOM)
        clear_tree(self._tree, 0)
        # Without a reduction every move is looked at in time, however unlikely it is.
        config = replace(
            config or SearchConfig(), root="puct", gumbel_scale=0.0, fpu_reduction=0.0, leaf_batch=1
        )
        self._settings = tree_settings(config, size, state.rules.max_moves or 0)

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
            room = self._tree.visits.shape[1]
            if int(self._tree.simulations[0]) + 1 >= room:
                room = min(2 * room, self._most + 1)
                self._tree = with_room(self._tree, room)
            self._simulate(min(visits, room) - 1, deadline)
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
        order = np.lexsort((np.arange(counts.size), -tree.prior[0, 0], -counts))
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
        """Visit the position itself, and take the moves that are not allowed for illegal."""
        self._simulate(0, math.inf)
        tree = self._tree
        tree.logits[0, 0, ~self._allowed] = -np.inf
        softmax(tree.logits[0, 0], tree.prior[0, 0])

    def _simulate(self, budget: int, deadline: float) -> None:
        """Go on until there are `budget` simulations; past the deadline one more at most."""
        simulate(self._tree, self._games, self._settings, budget, self._evaluator, deadline)

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
        prior = float(self._tree.prior[0, 0, move])
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
