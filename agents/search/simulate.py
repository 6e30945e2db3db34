"""Simulations: kernels that walk and fill the search tree and know no network.

`find_leaf` walks one game's tree to a position that needs the network and offers its planes;
`expand_and_backup` takes the answer. Between the two a caller gathers the leaves of many games into
one batch (`find_leaves`, `take_answers`). Finished games met on the way are backed up at once with
their true result.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agents.net.planes import fill_planes, push_position
from agents.search.gumbel import improved_policy
from agents.search.tree import NO_NODE, Games, Tree, TreeSettings
from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.kernels import Row
from go_engine.scoring import area_ownership

__all__ = [
    "clear_tree",
    "expand_and_backup",
    "find_leaf",
    "find_leaves",
    "root_summary",
    "take_answers",
    "utility",
]


@kernel
def clear_tree(tree: Tree, g: int) -> None:
    """Forget game `g`'s tree; its next `find_leaf` offers the root."""
    tree.num_nodes[g] = 0
    tree.simulations[g] = 0
    tree.leaf[g] = NO_NODE


@kernel
def _new_node(tree: Tree, g: int, parent: int) -> int:
    node: int = tree.num_nodes[g]
    tree.num_nodes[g] = node + 1
    tree.visits[g, node] = 0
    tree.utility_sum[g, node] = 0.0
    tree.value_sum[g, node] = 0.0
    tree.margin_sum[g, node] = 0.0
    tree.terminal[g, node] = False
    tree.parent[g, node] = parent
    tree.children[g, node] = NO_NODE
    return node


@kernel
def collect_children(
    tree: Tree, g: int, node: int, visits: NDArray[np.int32], qvalues: NDArray[np.float32]
) -> None:
    """Visit counts and q of a node's moves, `[A]` each, q from the side of its player to move."""
    for a in range(visits.shape[0]):
        child = tree.children[g, node, a]
        visits[a] = 0
        if child != NO_NODE and tree.visits[g, child] > 0:
            visits[a] = tree.visits[g, child]
            qvalues[a] = 1.0 - tree.utility_sum[g, child] / tree.visits[g, child]


@kernel
def _score_moves(
    tree: Tree,
    settings: TreeSettings,
    g: int,
    node: int,
    visits: NDArray[np.int32],
    qvalues: NDArray[np.float32],
    policy: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Fill `[A]` arrays with a node's visits, q and improved policy; the scores behind it `[A]`."""
    prior: NDArray[np.float32] = tree.floats[0]
    scores: NDArray[np.float32] = tree.floats[1]
    collect_children(tree, g, node, visits, qvalues)
    improved_policy(
        tree.logits[g, node],
        visits,
        qvalues,
        tree.raw[g, node, 0],
        settings.c_visit,
        settings.c_scale,
        prior,
        scores,
        policy,
    )
    return scores


@kernel
def _select_interior(tree: Tree, settings: TreeSettings, g: int, node: int) -> int:
    """The move whose share of visits lags most behind the improved policy (eq. 14)."""
    visits, policy, qvalues = tree.counts, tree.floats[2], tree.floats[3]
    _score_moves(tree, settings, g, node, visits, qvalues, policy)
    total = 0
    for a in range(visits.shape[0]):
        total += visits[a]
    best, best_lag = -1, -np.inf
    for a in range(visits.shape[0]):
        if tree.logits[g, node, a] > -np.inf:
            lag = policy[a] - visits[a] / (1.0 + total)
            if lag > best_lag:
                best, best_lag = a, lag
    return best


@kernel
def _best_visited(
    tree: Tree, g: int, visits: NDArray[np.int32], scores: NDArray[np.float32], wanted: int
) -> int:
    """The root move of highest score plus noise among those visited `wanted` times."""
    best, best_score = -1, -np.inf
    for a in range(visits.shape[0]):
        if tree.logits[g, 0, a] > -np.inf and visits[a] == wanted:
            score = scores[a] + tree.gumbel[g, a]
            if score > best_score:
                best, best_score = a, score
    return best


@kernel
def _select_root(tree: Tree, settings: TreeSettings, g: int) -> int:
    """Sequential halving: the best-scored move among those whose visit count is due now."""
    visits = tree.counts
    scores = _score_moves(tree, settings, g, 0, visits, tree.floats[3], tree.floats[2])
    legal = 0
    for a in range(visits.shape[0]):
        if tree.logits[g, 0, a] > -np.inf:
            legal += 1
    due = settings.table[min(legal, settings.table.shape[0] - 1), tree.simulations[g]]
    return _best_visited(tree, g, visits, scores, due)


@kernel
def utility(settings: TreeSettings, value: float, margin: float) -> float:
    """What the search maximises, in [0, 1]: the result, and by a small weight the margin.

    The margin's part tells won positions apart, as in KataGo (Wu 2019, section 3.2), and does not
    leave [0, 1]: `(1 - w) value + w (1 + tanh(margin / scale)) / 2`.
    """
    weight = settings.score_weight
    bonus = 0.5 + 0.5 * np.tanh(margin / settings.score_scale)
    return float((1.0 - weight) * value + weight * bonus)


@kernel
def _backup(tree: Tree, g: int, node: int) -> None:
    """Add a node's raw numbers to the path up to the root, turned at every step."""
    good, value, margin = tree.raw[g, node, 0], tree.raw[g, node, 1], tree.raw[g, node, 2]
    while node != NO_NODE:
        tree.visits[g, node] += 1
        tree.utility_sum[g, node] += good
        tree.value_sum[g, node] += value
        tree.margin_sum[g, node] += margin
        good, value, margin = np.float32(1.0) - good, np.float32(1.0) - value, -margin
        node = tree.parent[g, node]


@kernel
def _end_game(tree: Tree, settings: TreeSettings, g: int, node: int, row: Row, komi: float) -> None:
    """Make a node terminal, with the true numbers of the position scored as it stands."""
    margin = (area_ownership(row, tree.owner) - komi) * row[k.TO_PLAY]
    value = 1.0 if margin > 0 else (0.0 if margin < 0 else 0.5)
    tree.terminal[g, node] = True
    tree.raw[g, node, 0] = utility(settings, value, margin)
    tree.raw[g, node, 1] = value
    tree.raw[g, node, 2] = margin


@kernel
def find_leaf(
    tree: Tree,
    games: Games,
    settings: TreeSettings,
    g: int,
    budget: int,
    planes: NDArray[np.float32],
) -> bool:
    """Simulate game `g` until a position needs the network; False once `budget` is used up.

    On True the leaf waits in `tree.leaf[g]` and `planes [N*N, C]` hold what the network shall see.
    The symmetry is drawn from the position's hash, so it does not depend on the order of
    evaluation. `budget` is at most the simulations that tree and settings were made for.
    """
    row, recent = tree.row, tree.recent
    while True:
        if tree.num_nodes[g] > 0 and tree.simulations[g] >= budget:
            return False
        row[:] = games.rows[g]
        recent[:] = games.recent[g]
        node = 0
        if tree.num_nodes[g] == 0:
            _new_node(tree, g, NO_NODE)
        else:
            node = _descend(tree, games, settings, g)
        if tree.terminal[g, node]:
            _backup(tree, g, node)
            continue
        limit = settings.max_moves
        over = row[k.PASSES] >= 2 or (limit > 0 and row[k.MOVE_COUNT] >= limit)
        if over and node != 0:
            _end_game(tree, settings, g, node, row, games.komi[g])
            _backup(tree, g, node)
            continue
        _offer_leaf(tree, games, settings, g, node, planes)
        return True


@kernel
def _descend(tree: Tree, games: Games, settings: TreeSettings, g: int) -> int:
    """Play from the root (in `tree.row`) to a new or finished node; that node."""
    row, recent = tree.row, tree.recent
    node = 0
    while tree.visits[g, node] > 0 and not tree.terminal[g, node]:
        if node == 0:
            move = _select_root(tree, settings, g)
        else:
            move = _select_interior(tree, settings, g, node)
        k.play_unchecked(row, games.histories[g], move)
        push_position(recent, row)
        child = tree.children[g, node, move]
        if child == NO_NODE:
            child = _new_node(tree, g, node)
            tree.children[g, node, move] = child
        node = child
    tree.simulations[g] += 1
    return node


@kernel
def _offer_leaf(
    tree: Tree,
    games: Games,
    settings: TreeSettings,
    g: int,
    node: int,
    planes: NDArray[np.float32],
) -> None:
    """Write down what the network must see of the position in `tree.row`."""
    row = tree.row
    legal = tree.leaf_legal[g]
    k.legal_mask(row, games.histories[g], legal)
    symmetry = (k.position_key(row) >> 7) & 7
    tree.leaf[g] = node
    tree.leaf_symmetry[g] = symmetry
    tree.leaf_komi[g] = -games.komi[g] * row[k.TO_PLAY]
    fill_planes(
        planes,
        tree.recent,
        legal,
        row[k.TO_PLAY],
        row[k.PASSES] > 0,
        games.komi[g],
        settings.symmetries[symmetry],
    )


@kernel
def expand_and_backup(
    tree: Tree,
    settings: TreeSettings,
    g: int,
    logits: NDArray[np.float32],
    value: float,
    score: float,
) -> None:
    """Take the network's answer about the leaf of game `g`.

    `logits [A]` as it saw the planes, `value` and `score` (before komi) from the mover's side.
    """
    node = tree.leaf[g]
    moved = settings.symmetries[tree.leaf_symmetry[g]]
    for a in range(logits.shape[0]):
        tree.logits[g, node, a] = logits[moved[a]] if tree.leaf_legal[g, a] else -np.inf
    margin = score + tree.leaf_komi[g]
    tree.raw[g, node, 0] = utility(settings, value, margin)
    tree.raw[g, node, 1] = value
    tree.raw[g, node, 2] = margin
    tree.leaf[g] = NO_NODE
    _backup(tree, g, node)


@kernel
def find_leaves(
    tree: Tree,
    games: Games,
    settings: TreeSettings,
    budget: int,
    planes: NDArray[np.float32],
    leaf_games: NDArray[np.int64],
) -> int:
    """Simulate every game to its next leaf; how many wait: the first of `planes [G, N*N, C]` and of
    `leaf_games [G]`, which says whose they are."""
    count = 0
    for g in range(games.rows.shape[0]):
        if find_leaf(tree, games, settings, g, budget, planes[count]):
            leaf_games[count] = g
            count += 1
    return count


@kernel
def take_answers(
    tree: Tree,
    settings: TreeSettings,
    leaf_games: NDArray[np.int64],
    logits: NDArray[np.float32],
    values: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> None:
    """`expand_and_backup` for the leaves of `leaf_games [L]`; `logits [L, A]`, the others `[L]`."""
    for i in range(leaf_games.shape[0]):
        expand_and_backup(tree, settings, leaf_games[i], logits[i], values[i], scores[i])


@kernel
def root_summary(
    tree: Tree,
    settings: TreeSettings,
    g: int,
    visits: NDArray[np.int32],
    qvalues: NDArray[np.float32],
    policy: NDArray[np.float32],
) -> int:
    """The search's result: fills `[A]` arrays, q and improved policy; returns the chosen move.

    The choice is the best-scored (noise + logit + scaled q) of the most visited moves. `qvalues`
    are meaningful where `visits > 0`.
    """
    scores = _score_moves(tree, settings, g, 0, visits, qvalues, policy)
    most = 0
    for a in range(visits.shape[0]):
        most = max(most, visits[a])
    return _best_visited(tree, g, visits, scores, most)
