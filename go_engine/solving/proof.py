"""Strategies read off the bounds, and the check that they keep every rule against repetition.

One player, the *prover*, claims at least some margin. A *node* is a state with who is to move and
whether somebody has just passed; with S states and C classes they are numbered

    0 ..  S    the prover to move         2S    .. 2S+C    the prover, after a pass
    S .. 2S    the opponent to move       2S+C  .. 2S+2C   the opponent, after a pass

A node's *rank* is the number of moves in which the prover has his margin at the latest. Going to a
node of least rank is a strategy that ends the game, whatever the opponent does; docs/solving.md
says why that is nearly a proof under superko, and what is checked here to make it one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import inlined_kernel, kernel
from go_engine.solving.bounds import ValueBounds
from go_engine.solving.graph import GraphArrays, Ints, PositionGraph

__all__ = ["Strategy", "Workspace"]

Ranks = NDArray[np.int16]
_NEVER = 30_000
_NOT_MET = -2
_NO_PLAY = -1


@inlined_kernel
def _describe(node: int, graph: GraphArrays) -> tuple[bool, bool, int, int]:
    """(prover to move, just passed, class, the play that ko forbids or -1) of a node."""
    classes = graph.margins.shape[0]
    states = classes + graph.ko_class.shape[0]
    passed = node >= 2 * states
    provers = node < states or (passed and node < 2 * states + classes)
    closed = _NO_PLAY
    if passed:
        c = (node - 2 * states) % classes
    else:
        c = node % states
        if c >= classes:
            closed = graph.ko_play[c - classes]
            c = graph.ko_class[c - classes]
    return provers, passed, c, closed


@inlined_kernel
def _offsets(provers: bool, graph: GraphArrays) -> tuple[int, int]:
    """Where the nodes of the player who moves next start: after a play, after a pass."""
    classes = graph.margins.shape[0]
    states = classes + graph.ko_class.shape[0]
    return (states, 2 * states + classes) if provers else (0, 2 * states)


@inlined_kernel
def _rank_after_pass(
    provers: bool, passed: bool, c: int, margin: int, rank: Ranks, graph: GraphArrays
) -> int:
    """Rank of what a pass leads to: another node, or the end of the game."""
    if passed:
        end = graph.margins[c] if provers else -graph.margins[c]
        return 0 if end >= margin else _NEVER
    return int(rank[_offsets(provers, graph)[1] + graph.swapped[c]])


@kernel
def _rank_round(number: int, margin: int, pending: Ints, rank: Ranks, graph: GraphArrays) -> int:
    """Rank those of the pending nodes that are won in `number` moves; the others are moved to
    the front of `pending`: how many there are."""
    left = 0
    for i in range(pending.shape[0]):
        node = pending[i]
        provers, passed, c, closed = _describe(node, graph)
        offset = _offsets(provers, graph)[0]
        best = last = _rank_after_pass(provers, passed, c, margin, rank, graph)
        for edge in range(graph.first[c], graph.first[c + 1]):
            if edge != closed:
                after = int(rank[offset + graph.targets[edge]])
                best = min(best, after)
                last = max(last, after)
        # Only what earlier rounds have ranked counts, so that ranks are exact.
        if (best if provers else last) < number:
            rank[node] = number
        else:
            pending[left] = node
            left += 1
    return left


@kernel
def _explore(
    start: int, margin: int, rank: Ranks, choice: Ints, found: Ints, graph: GraphArrays
) -> int:
    """List in `found` the nodes that the strategy can meet from `start`; how many.

    `choice [nodes]` is -2 everywhere before; after it, where a node was met: the prover's play
    (a place in `targets`), or -1 if he passes, and at the opponent's nodes.
    """
    found[0] = start
    choice[start] = _NO_PLAY
    count = 1
    i = 0
    while i < count:
        node = found[i]
        i += 1
        provers, passed, c, closed = _describe(node, graph)
        offset, pass_offset = _offsets(provers, graph)
        low, high = graph.first[c], graph.first[c + 1]
        if provers:
            best = _rank_after_pass(provers, passed, c, margin, rank, graph)
            for edge in range(low, high):
                after = int(rank[offset + graph.targets[edge]])
                if edge != closed and after < best:
                    best = after
                    choice[node] = edge
            low = max(choice[node], 0)
            high = choice[node] + 1
        for edge in range(low, high):
            target = offset + graph.targets[edge]
            if edge != closed and choice[target] == _NOT_MET:
                choice[target] = _NO_PLAY
                found[count] = target
                count += 1
        if not passed and choice[node] == _NO_PLAY:
            target = pass_offset + graph.swapped[c]
            if choice[target] == _NOT_MET:
                choice[target] = _NO_PLAY
                found[count] = target
                count += 1
    return count


@inlined_kernel
def _position(provers: bool, c: int, graph: GraphArrays) -> int:
    """The position of a node, as a class seen by the prover."""
    return int(c if provers else graph.swapped[c])


@inlined_kernel
def _plays(node: int, choice: Ints, graph: GraphArrays) -> tuple[bool, int, int, int, int]:
    """(prover to move, position, first play, end of plays, the play that ko forbids) of a node
    that the strategy meets: one play or none where the prover moves."""
    provers, _, c, closed = _describe(node, graph)
    low, high = graph.first[c], graph.first[c + 1]
    if provers:
        low = max(choice[node], 0)
        high = choice[node] + 1
    return provers, _position(provers, c, graph), low, high, closed


@inlined_kernel
def _position_after(provers: bool, edge: int, graph: GraphArrays) -> int:
    """The position that a play leads to."""
    classes = graph.margins.shape[0]
    target = graph.targets[edge]
    c = graph.ko_class[target - classes] if target >= classes else target
    return _position(not provers, c, graph)


@kernel
def _gather(
    met: Ints, choice: Ints, arrivals: Ints, head: Ints, following: Ints, graph: GraphArrays
) -> int:
    """List the met nodes of each position (`head [C]`, -1 for none, `following [nodes]`: indices
    into `met`) and count the plays that lead to it (`arrivals [C]`); how many positions."""
    positions = 0
    for i in range(met.shape[0]):
        provers, position, low, high, closed = _plays(met[i], choice, graph)
        positions += int(head[position] < 0)
        following[i] = head[position]
        head[position] = i
        for edge in range(low, high):
            arrivals[_position_after(provers, edge, graph)] += int(edge != closed)
    return positions


@kernel
def _is_acyclic(
    met: Ints,
    choice: Ints,
    arrivals: Ints,
    head: Ints,
    following: Ints,
    queue: Ints,
    graph: GraphArrays,
) -> bool:
    """Whether no line of plays between the met nodes comes back to a position (Kahn 1962).

    All scratch arrays come and go in their first state: 0 in `arrivals`, -1 in `head`.
    """
    positions = _gather(met, choice, arrivals, head, following, graph)
    waiting = 0
    for i in range(met.shape[0]):
        position = _plays(met[i], choice, graph)[1]
        if following[i] < 0 and arrivals[position] == 0:
            queue[waiting] = position
            waiting += 1
    done = 0
    while done < waiting:
        i = head[queue[done]]
        done += 1
        while i >= 0:
            provers, _, low, high, closed = _plays(met[i], choice, graph)
            for edge in range(low, high):
                position = _position_after(provers, edge, graph)
                arrivals[position] -= int(edge != closed)
                if edge != closed and arrivals[position] == 0:
                    queue[waiting] = position
                    waiting += 1
            i = following[i]
    for i in range(met.shape[0]):
        position = _plays(met[i], choice, graph)[1]
        head[position] = -1
        arrivals[position] = 0
    return done == positions


@kernel
def _entered(met: Ints, choice: Ints, out: Ints, graph: GraphArrays) -> int:
    """Write to `out` the positions that the prover's plays lead to, some twice; how many."""
    count = 0
    for i in range(met.shape[0]):
        provers, _, low, high, _ = _plays(met[i], choice, graph)
        if provers and high > low:
            out[count] = _position_after(provers, low, graph)
            count += 1
    return count


class Workspace:
    """Memory that strategies on one graph share, one at a time; see `_is_acyclic`."""

    def __init__(self, graph: PositionGraph) -> None:
        nodes = 2 * (graph.num_states + graph.num_classes)
        self.choice = np.full(nodes, _NOT_MET, np.int32)
        self.found, self.following, self.queue = np.empty((3, nodes), np.int32)
        self.arrivals = np.zeros(graph.num_classes, np.int32)
        self.head = np.full(graph.num_classes, -1, np.int32)


class Strategy:
    """The prover's way to a margin of at least `margin` from every node where the bounds grant it.

    Attributes:
        margin: what the prover claims, his area minus the opponent's.
        rounds: the largest rank.
    """

    def __init__(
        self, graph: PositionGraph, bounds: ValueBounds, margin: int, workspace: Workspace
    ) -> None:
        self.margin = margin
        self._graph = graph.arrays
        self._classes, self._states = graph.num_classes, graph.num_states
        # Each player's bound when endless play is the prover's loss.
        granted = [bounds.low >= margin, bounds.high <= -margin]
        granted += [bounds.low_passed >= margin, bounds.high_passed <= -margin]
        self._granted = np.concatenate(granted)
        self._rank = np.full(self._granted.size, _NEVER, np.int16)
        self.rounds = self._fill_ranks()
        self._workspace = workspace
        self._known: dict[int, frozenset[int] | None] = {}

    def _fill_ranks(self) -> int:
        pending = np.flatnonzero(self._granted).astype(np.int32)
        rounds = 0
        while pending.size:
            left = _rank_round(rounds + 1, self.margin, pending, self._rank, self._graph)
            if left == pending.size:
                raise AssertionError("the bounds grant what no strategy reaches")
            pending = pending[:left]
            rounds += 1
        return rounds

    def node(self, state: int, provers: bool, passed: bool) -> int:
        """The number of a node; `passed` nodes have no closed ko point."""
        before = 2 * self._states if passed else 0
        return before + state + (0 if provers else self._classes if passed else self._states)

    def is_granted(self, node: int) -> bool:
        """Whether the bounds grant the margin at `node`."""
        return bool(self._granted[node])

    def rank(self, node: int) -> int:
        """The number of moves in which the prover has his margin at the latest; where the bounds
        do not grant it, a number beyond all ranks."""
        return int(self._rank[node])

    def entered(self, node: int) -> frozenset[int] | None:
        """The positions (classes seen by the prover) that the strategy's own plays from `node` may
        lead to; None if a line of play from there might come back to a position (up to symmetry).
        """
        if node not in self._known:
            self._known[node] = self._follow(node)
        return self._known[node]

    def _follow(self, node: int) -> frozenset[int] | None:
        work, graph = self._workspace, self._graph
        count = _explore(node, self.margin, self._rank, work.choice, work.found, graph)
        met = work.found[:count]
        acyclic = _is_acyclic(
            met, work.choice, work.arrivals, work.head, work.following, work.queue, graph
        )
        entered = _entered(met, work.choice, work.queue, graph)
        positions = frozenset(work.queue[:entered].tolist())
        work.choice[met] = _NOT_MET
        return positions if acyclic else None
