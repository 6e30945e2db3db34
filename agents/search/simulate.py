"""Simulations: kernels that walk and fill the search tree and know no network.

`find_leaf` walks one game's tree to a position that needs the network and offers its planes;
`expand_and_backup` takes the answer. Between the two a caller gathers the leaves of many games into
one batch (`find_leaves`, `take_answers`), or several leaves of one game, where its tree has room
for them. Finished games met on the way are backed up at once with their true result.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agents.net.planes import fill_planes, push_position
from agents.search.gumbel import softmax
from agents.search.puct import draw_dirichlet
from agents.search.select import NO_MOVE, gumbel_root, select_below
from agents.search.tree import NO_NODE, Games, Tree, TreeSettings
from go_engine import kernels as k
from go_engine._jit import inlined_kernel, kernel
from go_engine.kernels import Row
from go_engine.rng import seed_stream
from go_engine.scoring import area_ownership

__all__ = [
    "add_root_noise",
    "clear_tree",
    "expand_and_backup",
    "find_leaf",
    "find_leaves",
    "take_answers",
    "utility",
]


@kernel
def clear_tree(tree: Tree, g: int) -> None:
    """Forget game `g`'s tree; its next `find_leaf` offers the root."""
    tree.num_nodes[g] = 0
    tree.simulations[g] = 0
    tree.begun[g] = 0
    tree.offered[g] = tree.answered[g] = tree.num_met[g] = 0


@inlined_kernel
def _new_node(tree: Tree, g: int, parent: int) -> int:
    node: int = tree.num_nodes[g]
    tree.num_nodes[g] = node + 1
    tree.visits[g, node] = 0
    tree.pending[g, node] = 0
    tree.utility_sum[g, node] = 0.0
    tree.value_sum[g, node] = 0.0
    tree.margin_sum[g, node] = 0.0
    tree.terminal[g, node] = False
    tree.parent[g, node] = parent
    tree.children[g, node] = NO_NODE
    return node


@kernel
def utility(settings: TreeSettings, value: float, margin: float) -> float:
    """What the search maximises, in [0, 1]: the result, and by a small weight the margin.

    The margin's part tells won positions apart, as in KataGo (Wu 2019, section 3.2), and does not
    leave [0, 1]: `(1 - w) value + w (1 + tanh(margin / scale)) / 2`.
    """
    weight = settings.score_weight
    bonus = 0.5 + 0.5 * np.tanh(margin / settings.score_scale)
    return float((1.0 - weight) * value + weight * bonus)


@inlined_kernel
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


@inlined_kernel
def _wait(tree: Tree, g: int, node: int, change: int) -> None:
    """Add `change` to `pending` at and above a node."""
    if tree.leaf.shape[1] > 1:  # else nobody looks while it waits
        while node != NO_NODE:
            tree.pending[g, node] += change
            node = tree.parent[g, node]


@inlined_kernel
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

    While leaves of the game wait already, False may also mean that the next one cannot be chosen
    before they are answered.
    """
    row, recent = tree.row, tree.recent
    limit = settings.max_moves
    room = tree.leaf.shape[1]
    found = False
    fresh = tree.num_nodes[g] == 0
    can_go_on = tree.offered[g] < room and (fresh or tree.visits[g, 0] > 0)
    while can_go_on and not found:
        if not fresh and tree.simulations[g] >= budget:
            break
        row[:] = games.rows[g]
        recent[:] = games.recent[g]
        node = _new_node(tree, g, NO_NODE) if fresh else _descend(tree, games, settings, g)
        if node == NO_NODE:
            break
        over = row[k.PASSES] >= 2 or (limit > 0 and row[k.MOVE_COUNT] >= limit)
        if tree.pending[g, node] > 0:  # it waits already; what was passed on the way counts so now
            tree.met[g, tree.num_met[g]] = node
            tree.num_met[g] += 1
            _wait(tree, g, node, 1)
            can_go_on = tree.num_met[g] < room
        elif over and not fresh:
            if not tree.terminal[g, node]:
                _end_game(tree, settings, g, node, row, games.komi[g])
            _backup(tree, g, node)
        else:
            _offer_leaf(tree, games, settings, g, node, planes)
            found = True
        fresh = False
    return found


@inlined_kernel
def _descend(tree: Tree, games: Games, settings: TreeSettings, g: int) -> int:
    """Play from the root (in `tree.row`) to a node that is new, finished or waits; that node, or
    NO_NODE if the root's move cannot be chosen before the network's answers."""
    row, recent, history = tree.row, tree.recent, games.histories[g]
    children, visits, terminal = tree.children[g], tree.visits[g], tree.terminal[g]
    logits, prior, pending = tree.logits[g], tree.prior[g], tree.pending[g]
    utility_sum, raw = tree.utility_sum[g], tree.raw[g]
    tried, qvalues = tree.counts[0], tree.floats[0]
    node, first = 0, NO_MOVE
    while node != NO_NODE and visits[node] > 0 and not terminal[node]:
        if node == 0 and not settings.puct:
            move = gumbel_root(tree, settings, g)
        else:
            move = select_below(
                settings,
                children,
                logits,
                prior,
                visits,
                pending,
                utility_sum,
                raw[node, 0],
                node,
                tried,
                qvalues,
            )
        first = move if node == 0 else first
        if move == NO_MOVE:
            node = NO_NODE
        else:
            k.play_unchecked(row, history, move)
            push_position(recent, row)
            child = children[node, move]
            if child == NO_NODE:
                child = _new_node(tree, g, node)
                children[node, move] = child
            node = child
    if node != NO_NODE and pending[node] == 0:
        tree.simulations[g] += 1
        tree.begun[g, first] += 1
    return node


@inlined_kernel
def _offer_leaf(
    tree: Tree,
    games: Games,
    settings: TreeSettings,
    g: int,
    node: int,
    planes: NDArray[np.float32],
) -> None:
    """Write down what the network must see of the position in `tree.row`, and let the node wait."""
    row, legal = tree.row, tree.legal
    k.legal_mask(row, games.histories[g], legal)
    for a in range(legal.shape[0]):
        tree.logits[g, node, a] = 0.0 if legal[a] else -np.inf
    symmetry = (k.position_key(row) >> 7) & 7
    tree.symmetry[g, node] = symmetry
    tree.felt_komi[g, node] = -games.komi[g] * row[k.TO_PLAY]
    tree.leaf[g, tree.offered[g]] = node
    tree.offered[g] += 1
    _wait(tree, g, node, 1)
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
    """Take the network's answer about the leaf of game `g` that has waited longest.

    `logits [A]` as it saw the planes, `value` and `score` (before komi) from the mover's side.
    """
    node = tree.leaf[g, tree.answered[g]]
    tree.answered[g] += 1
    if tree.answered[g] == tree.offered[g]:
        for i in range(tree.num_met[g]):
            _wait(tree, g, tree.met[g, i], -1)
        tree.offered[g] = tree.answered[g] = tree.num_met[g] = 0
    moved = settings.symmetries[tree.symmetry[g, node]]
    for a in range(logits.shape[0]):
        if tree.logits[g, node, a] > -np.inf:  # legal
            tree.logits[g, node, a] = logits[moved[a]]
    softmax(tree.logits[g, node], tree.prior[g, node])
    if node == 0:
        add_root_noise(tree, settings, g)
    margin = score + tree.felt_komi[g, node]
    tree.raw[g, node, 0] = utility(settings, value, margin)
    tree.raw[g, node, 1] = value
    tree.raw[g, node, 2] = margin
    _wait(tree, g, node, -1)
    _backup(tree, g, node)


@kernel
def add_root_noise(tree: Tree, settings: TreeSettings, g: int) -> None:
    """Mix Dirichlet noise, seeded by the bits of `tree.gumbel`, into the priors of a PUCT root."""
    share, noise, stream = settings.root_noise, tree.floats[0], tree.stream
    noisy = False
    stream[0] = 0
    for a in range(noise.shape[0]):
        noisy |= tree.gumbel[g, a] != 0.0
        seed_stream(stream, int(stream[0]), int(tree.gumbel[g, a] * 1e6), a)
    if settings.puct and share > 0.0 and noisy:
        draw_dirichlet(stream, tree.logits[g, 0], noise)
        for a in range(noise.shape[0]):
            tree.prior[g, 0, a] = (1.0 - share) * tree.prior[g, 0, a] + share * noise[a]


@kernel
def find_leaves(
    tree: Tree,
    games: Games,
    settings: TreeSettings,
    budget: int,
    planes: NDArray[np.float32],
    leaf_games: NDArray[np.int64],
) -> int:
    """Simulate every game to its next leaves, as many as its tree has room for.

    Returns how many wait: the first of `planes [G*K, N*N, C]` and of `leaf_games [G*K]`, which says
    whose they are.
    """
    count = 0
    for g in range(games.rows.shape[0]):
        while count < leaf_games.shape[0]:
            if not find_leaf(tree, games, settings, g, budget, planes[count]):
                break
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
