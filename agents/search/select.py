"""Which move a simulation takes, and which the search: kernels that apply one of the two rules.

Below the root both rules look at the moves that have a child, and of the others at the likeliest
alone: its score is the highest of them, as they differ in prior only. Walks that wait for the
network count as visits in whatever spreads the search, and not in what is known about a move (Liu
et al. 2020, "Watch the Unobserved"), so that leaves that wait together differ.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.search.gumbel import (
    LEAST_PRIOR,
    blend,
    completed_scores,
    improved_policy,
    q_scale,
)
from agents.search.puct import (
    exploration,
    forced_visits,
    prune_visits,
    puct_score,
    unvisited_value,
)
from agents.search.tree import NO_NODE, Tree, TreeSettings
from go_engine._jit import inlined_kernel, kernel

__all__ = ["NO_MOVE", "collect_children", "gumbel_root", "root_summary", "select_below"]

NO_MOVE: Final = -1


@inlined_kernel
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


# ---------------------------------------------------------------- the Gumbel root


@inlined_kernel
def _best_visited(
    tree: Tree, g: int, visits: NDArray[np.int32], scores: NDArray[np.float32], wanted: int
) -> int:
    """The root move of highest score plus noise among those visited `wanted` times."""
    best, best_score = NO_MOVE, -np.inf
    for a in range(visits.shape[0]):
        if tree.logits[g, 0, a] > -np.inf and visits[a] == wanted:
            score = scores[a] + tree.gumbel[g, a]
            if score > best_score:
                best, best_score = a, score
    return best


@inlined_kernel
def gumbel_root(tree: Tree, settings: TreeSettings, g: int) -> int:
    """Sequential halving: the best-scored move among those whose visit count is due now.

    NO_MOVE while that move waits for the network, or, with `one_each`, while the answers to come
    could change which one it is. What they can change is the q of moves that are due, and the one q
    that moves not yet visited share; the largest visit count is known before.
    """
    visits, begun, scores = tree.counts[0], tree.begun[g], tree.floats[0]
    collect_children(tree, g, 0, visits, tree.floats[1])
    legal, most = 0, 0
    for a in range(visits.shape[0]):
        if tree.logits[g, 0, a] > -np.inf:
            child = tree.children[g, 0, a]
            legal += 1
            most = max(most, visits[a] + (tree.pending[g, child] if child != NO_NODE else 0))
    due = settings.table[min(legal, settings.table.shape[0] - 1), tree.simulations[g]]
    completed_scores(
        tree.logits[g, 0],
        visits,
        tree.floats[1],
        tree.raw[g, 0, 0],
        most,
        settings.c_visit,
        settings.c_scale,
        tree.prior[g, 0],
        scores,
    )
    best = _best_visited(tree, g, begun, scores, due)
    waits = visits[best] == 0 and begun[best] > 0
    if waits or (
        settings.one_each and tree.offered[g] > 0 and not _is_settled(tree, g, visits, due)
    ):
        best = NO_MOVE
    return best


@inlined_kernel
def _is_settled(tree: Tree, g: int, visits: NDArray[np.int32], due: int) -> bool:
    """Whether no answer to come can change the order of the root moves visited `due` times."""
    waiting, known, unknown = False, False, False
    for a in range(visits.shape[0]):
        if tree.logits[g, 0, a] > -np.inf and tree.begun[g, a] == due:
            child = tree.children[g, 0, a]
            waiting |= child != NO_NODE and tree.pending[g, child] > 0
            known |= visits[a] > 0
            unknown |= visits[a] == 0
    return not waiting and not (known and unknown)


# ---------------------------------------------------------------- all other nodes


@inlined_kernel
def select_below(
    settings: TreeSettings,
    children: NDArray[np.int32],
    logits: NDArray[np.float32],
    prior: NDArray[np.float32],
    visits: NDArray[np.int32],
    pending: NDArray[np.int32],
    utility_sum: NDArray[np.float64],
    raw_utility: float,
    node: int,
    tried: NDArray[np.int32],
    qvalues: NDArray[np.float32],
) -> int:
    """The move to take at `node`; it may lead to a child that waits.

    The arrays are one game's rows of the tree's; `tried [A]` and `qvalues [A]` are scratch. `node`
    may be the root of a PUCT search.
    """
    # One pass over the moves: those visited, in front in `tried`; those whose child waits for its
    # first visit, at its end; and the likeliest of those without a child.
    last = tried.shape[0] - 1
    count, held, total, waiting, most = 0, 0, 0, 0, 0
    prior_sum, weighted_q, rest = 0.0, 0.0, 0.0
    fresh, fresh_logit = NO_MOVE, -np.inf
    for a in range(children.shape[1]):
        child = children[node, a]
        n = 0
        if child != NO_NODE:
            waiting += pending[child]
            n = visits[child]
            if n == 0:
                tried[last - held] = a
                held += 1
        elif logits[node, a] > fresh_logit:
            fresh, fresh_logit = a, logits[node, a]
        if n > 0:
            q = 1.0 - utility_sum[child] / n
            tried[count], qvalues[count] = a, q
            count += 1
            total += n
            most = max(most, n)
            p = max(prior[node, a], LEAST_PRIOR)
            prior_sum += p
            weighted_q += p * q
        else:
            rest += prior[node, a]
    total_begun = total + waiting
    best, best_score = fresh, -np.inf
    if settings.puct:
        reduction = settings.root_fpu_reduction if node == 0 else settings.fpu_reduction
        factor = settings.forced_playouts if node == 0 else 0.0
        explore = exploration(1 + total_begun, settings.c_puct)
        value = unvisited_value(utility_sum[node] / visits[node], prior_sum, reduction)
        if fresh != NO_MOVE:
            best_score = puct_score(value, prior[node, fresh], 0, explore)
        for i in range(held):
            a = tried[last - i]
            score = puct_score(value, prior[node, a], pending[children[node, a]], explore)
            if score > best_score:
                best, best_score = a, score
        for i in range(count):
            a = tried[i]
            child = children[node, a]
            n = visits[child] + pending[child]
            score = puct_score(qvalues[i], prior[node, a], n, explore)
            if n < forced_visits(prior[node, a], total_begun, factor):
                score = np.inf
            if score > best_score:
                best, best_score = a, score
    else:
        # Eq. 14: the move whose share of visits lags most behind the improved policy. Moves not
        # visited share one completed q, so their weights are priors times one number; `shift`
        # keeps the exponentials from overflowing.
        scale = q_scale(most, settings.c_visit, settings.c_scale)
        completed = blend(raw_utility, total, prior_sum, weighted_q)
        shift = 0.0
        for i in range(count):
            shift = max(shift, scale * (qvalues[i] - completed))
        base = np.exp(-shift)
        weights = rest * base
        for i in range(count):
            qvalues[i] = prior[node, tried[i]] * np.exp(scale * (qvalues[i] - completed) - shift)
            weights += qvalues[i]
        weights = max(weights, LEAST_PRIOR)
        if fresh != NO_MOVE:
            best_score = prior[node, fresh] * base / weights
        for i in range(held):
            a = tried[last - i]
            lag = prior[node, a] * base / weights - pending[children[node, a]] / (1.0 + total_begun)
            if lag > best_score:
                best, best_score = a, lag
        for i in range(count):
            child = children[node, tried[i]]
            begun = visits[child] + pending[child]
            lag = qvalues[i] / weights - begun / (1.0 + total_begun)
            if lag > best_score:
                best, best_score = tried[i], lag
    return best


# ---------------------------------------------------------------- the result


@kernel
def root_summary(
    tree: Tree,
    settings: TreeSettings,
    g: int,
    visits: NDArray[np.int32],
    qvalues: NDArray[np.float32],
    policy: NDArray[np.float32],
) -> int:
    """The search's result: fills `[A]` arrays, q and policy target; returns the chosen move.

    Gumbel: the improved policy, and the best-scored (noise + logit + scaled q) of the moves most
    visited in this search. PUCT: the shares of the visits that were not only forced, and the most
    visited move, the one of better q among equals. `qvalues` are meaningful where `visits > 0`.
    """
    collect_children(tree, g, 0, visits, qvalues)
    if settings.puct:
        return _puct_summary(tree, settings, g, visits, qvalues, policy)
    scores, begun = tree.floats[1], tree.begun[g]
    improved_policy(
        tree.logits[g, 0],
        visits,
        qvalues,
        tree.raw[g, 0, 0],
        settings.c_visit,
        settings.c_scale,
        tree.floats[0],
        scores,
        policy,
    )
    most = 0
    for a in range(visits.shape[0]):
        most = max(most, begun[a])
    return _best_visited(tree, g, begun, scores, most)


@kernel
def _puct_summary(
    tree: Tree,
    settings: TreeSettings,
    g: int,
    visits: NDArray[np.int32],
    qvalues: NDArray[np.float32],
    policy: NDArray[np.float32],
) -> int:
    prior, factor = tree.prior[g, 0], settings.forced_playouts
    prune_visits(visits, qvalues, prior, settings.c_puct, factor, policy)
    best, total = 0, np.float32(0.0)
    for a in range(visits.shape[0]):
        total += policy[a]
        ahead = visits[a] - visits[best]
        if ahead > 0 or (ahead == 0 and visits[a] > 0 and qvalues[a] > qvalues[best]):
            best = a
    for a in range(visits.shape[0]):
        policy[a] /= total
    return best
