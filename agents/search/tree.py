"""The search tree: a struct of arrays over G games (`agents.search.simulate` fills it).

Invariants (node = index into the M nodes of a game's tree):
    - node 0 is the root; `num_nodes` are in use; a child's number is larger than its parent's;
    - sums over visits of a node are from the side of the player to move *there*;
    - `visits(node) = 1 + sum(visits of children)` at every expanded node that is not terminal;
    - illegal moves have logit -inf and never a visit;
    - superko is checked on the true path: the row at a node is made by playing its moves;
    - a node *waits* from when it is offered to the network until the answer: it has no visit yet;
      `pending` counts, in trees where several can wait, the walks that ended at or below a node
      since the last time that nothing waited, and whose answers are still to come.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.net.planes import POSITIONS
from agents.search.config import SearchConfig
from agents.search.gumbel import considered_visits
from go_engine import kernels as k
from go_engine import symmetry_moves
from go_engine.rng import Stream

__all__ = ["NO_NODE", "Games", "Tree", "TreeSettings", "make_games", "make_tree", "tree_settings"]

NO_NODE: Final = -1


class TreeSettings(NamedTuple):
    """The numbers of a SearchConfig that kernels need; see there.

    Attributes:
        table: `int32 [m + 1, num_simulations]`, `considered_visits(...)`.
        symmetries: `int64 [8, A]`, `go_engine.symmetry_moves(N)`.
        c_visit, c_scale, score_weight: as in SearchConfig.
        score_scale: points; a margin of so many counts tanh(1) of the way to a full score bonus.
        max_moves: of a game, from its start; 0 for no limit.
        one_each: whether a Gumbel root lets one leaf at most wait below each of its moves, and so
            decides as if there were never more than one.
        puct: whether moves are chosen by PUCT instead of the Gumbel rules.
        c_puct: as in SearchConfig.
        fpu_reduction, root_fpu_reduction: below the root and at it.
        root_noise: share of noise in the root's priors; forced_playouts: their factor; 0 is off.
    """

    table: NDArray[np.int32]
    symmetries: NDArray[np.int64]
    c_visit: float
    c_scale: float
    score_weight: float
    score_scale: float
    max_moves: int
    one_each: bool
    puct: bool
    c_puct: float
    fpu_reduction: float
    root_fpu_reduction: float
    root_noise: float
    forced_playouts: float


def tree_settings(config: SearchConfig, board_size: int, max_moves: int) -> TreeSettings:
    """Settings for searches on a board; `max_moves` counts from the start of the game, 0 never."""
    noisy = config.gumbel_scale > 0
    return TreeSettings(
        table=considered_visits(config.max_considered, config.num_simulations),
        symmetries=symmetry_moves(board_size),
        c_visit=float(config.c_visit),
        c_scale=float(config.c_scale),
        score_weight=float(config.score_weight),
        score_scale=2.0 * board_size,
        max_moves=max_moves,
        one_each=config.leaf_batch == 1,
        puct=config.root == "puct",
        c_puct=float(config.c_puct),
        fpu_reduction=float(config.fpu_reduction),
        root_fpu_reduction=0.0 if noisy else float(config.fpu_reduction),
        root_noise=float(config.root_noise) if noisy else 0.0,
        forced_playouts=float(config.forced_playouts) if noisy else 0.0,
    )


class Games(NamedTuple):
    """G games of one board size N, as kernels see them.

    Attributes:
        rows: `int64 [G, W]`, boards (see `go_engine.kernels`).
        histories: `int64 [G, H]`, earlier positions; free beyond each game's length.
        recent: `int8 [G, POSITIONS, N*N]`, stones now and before, newest first.
        komi: `float64 [G]`.
    """

    rows: NDArray[np.int64]
    histories: NDArray[np.int64]
    recent: NDArray[np.int8]
    komi: NDArray[np.float64]


class Tree(NamedTuple):
    """Search trees of G games, M nodes each, A = N*N + 1 moves, up to K waiting leaves a game.

    Attributes:
        visits: `int32 [G, M]`.
        pending: `int32 [G, M]`, see above; all 0 where K is 1.
        utility_sum: `float64 [G, M]`, what the search maximises, in [0, 1] (see `utility`); this
            and the next three from the side of the player to move there.
        value_sum: `float64 [G, M]`, of results in [0, 1].
        margin_sum: `float64 [G, M]`, of margins in points, komi counted.
        raw: `float32 [G, M, 3]`, utility, value and margin: the network's, or the true ones of a
            finished game.
        terminal: `bool [G, M]`.
        parent: `int32 [G, M]`, NO_NODE at the root.
        children: `int32 [G, M, A]`, NO_NODE where none.
        logits: `float32 [G, M, A]`, -inf where illegal.
        prior: `float32 [G, M, A]`, softmax of the logits; at a PUCT root with its share of noise.
        symmetry: `int32 [G, M]`, the symmetry a node's planes were seen under.
        felt_komi: `float64 [G, M]`, White's if White is to move there, else its negative.
        gumbel: `float32 [G, A]`, Gumbel noise of the root's moves. A PUCT root reads it as a seed
            when it is expanded (all 0: no noise).
        begun: `int32 [G, A]`, simulations that began with each root move in the present search.
        num_nodes: `int32 [G]`.
        simulations: `int32 [G]`, simulations begun in the present search.
        leaf: `int32 [G, K]`, the nodes that wait, `offered` of them, in the order of the offers;
            the first `answered` wait no longer.
        offered: `int32 [G]`; answered: `int32 [G]`.
        met: `int32 [G, K]`, waiting nodes that were walked to again, `num_met` `int32 [G]` times.
        row: `int64 [W]`, scratch; `recent`: `int8 [POSITIONS, N*N]`, scratch.
        legal: `bool [A]`, `floats`: `float32 [4, A]`, `counts`: `int32 [2, A]`, `owner`:
            `int8 [N*N]`, `stream`: `uint64 [1]`: scratch.
    """

    visits: NDArray[np.int32]
    pending: NDArray[np.int32]
    utility_sum: NDArray[np.float64]
    value_sum: NDArray[np.float64]
    margin_sum: NDArray[np.float64]
    raw: NDArray[np.float32]
    terminal: NDArray[np.bool_]
    parent: NDArray[np.int32]
    children: NDArray[np.int32]
    logits: NDArray[np.float32]
    prior: NDArray[np.float32]
    symmetry: NDArray[np.int32]
    felt_komi: NDArray[np.float64]
    gumbel: NDArray[np.float32]
    begun: NDArray[np.int32]
    num_nodes: NDArray[np.int32]
    simulations: NDArray[np.int32]
    leaf: NDArray[np.int32]
    offered: NDArray[np.int32]
    answered: NDArray[np.int32]
    met: NDArray[np.int32]
    num_met: NDArray[np.int32]
    row: NDArray[np.int64]
    recent: NDArray[np.int8]
    legal: NDArray[np.bool_]
    floats: NDArray[np.float32]
    counts: NDArray[np.int32]
    owner: NDArray[np.int8]
    stream: Stream


def make_games(count: int, size: int, max_moves: int) -> Games:
    """Memory for `count` games; rows are not valid until `go_engine.kernels.reset`.

    A history holds `max_moves` moves and as many again below them in a search.
    """
    return Games(
        rows=np.zeros((count, k.row_width(size)), np.int64),
        histories=np.zeros((count, 2 * max_moves + 2), np.int64),
        recent=np.zeros((count, POSITIONS, size * size), np.int8),
        komi=np.zeros(count, np.float64),
    )


def make_tree(count: int, size: int, num_simulations: int, leaf_batch: int = 1) -> Tree:
    """Empty trees for `count` games of board `size`, up to `leaf_batch` waiting leaves in each."""
    nodes, moves = num_simulations + 1, size * size + 1
    return Tree(
        visits=np.zeros((count, nodes), np.int32),
        pending=np.zeros((count, nodes), np.int32),
        utility_sum=np.zeros((count, nodes), np.float64),
        value_sum=np.zeros((count, nodes), np.float64),
        margin_sum=np.zeros((count, nodes), np.float64),
        raw=np.zeros((count, nodes, 3), np.float32),
        terminal=np.zeros((count, nodes), np.bool_),
        parent=np.full((count, nodes), NO_NODE, np.int32),
        children=np.full((count, nodes, moves), NO_NODE, np.int32),
        logits=np.zeros((count, nodes, moves), np.float32),
        prior=np.zeros((count, nodes, moves), np.float32),
        symmetry=np.zeros((count, nodes), np.int32),
        felt_komi=np.zeros((count, nodes), np.float64),
        gumbel=np.zeros((count, moves), np.float32),
        begun=np.zeros((count, moves), np.int32),
        num_nodes=np.zeros(count, np.int32),
        simulations=np.zeros(count, np.int32),
        leaf=np.full((count, leaf_batch), NO_NODE, np.int32),
        offered=np.zeros(count, np.int32),
        answered=np.zeros(count, np.int32),
        met=np.full((count, leaf_batch), NO_NODE, np.int32),
        num_met=np.zeros(count, np.int32),
        row=np.zeros(k.row_width(size), np.int64),
        recent=np.zeros((POSITIONS, size * size), np.int8),
        legal=np.zeros(moves, np.bool_),
        floats=np.zeros((4, moves), np.float32),
        counts=np.zeros((2, moves), np.int32),
        owner=np.zeros(size * size, np.int8),
        stream=np.zeros(1, np.uint64),
    )
