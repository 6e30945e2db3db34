"""The tree of the told search as a struct of arrays, and what a search may do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import inlined_kernel
from go_engine.borrowing import borrowed

__all__ = ["NO_CHILDREN", "Tree", "UctConfig", "borrowed_tree", "grown", "new_tree"]

NO_CHILDREN: Final = -1


@dataclass(frozen=True, slots=True)
class UctConfig:
    """UCT with RAVE and priors from a move model (Gelly & Silver 2011).

    Attributes:
        equivalence: see `formula.rave_share` (Pachi: 3000; the paper's bias, 9x9: about 1000).
        even_visits: virtual visits of every move at its parent's mean; what first-play urgency is.
        told_visits: virtual wins of a move that the model is sure of; others get them times the
            square root of their probability (Pachi: 14 to 20 for each kind of knowledge).
        exploration: of the PUCT term; 0 is off (MoGo and Pachi: off, RAVE explores).
        expand_after: visits at which a node's moves enter the tree (Pachi: 8).
        margin_share: share of the margin, in whole boards, in what is maximised; the rest is the
            result. (Pachi: 0.04.)

    Raises:
        ValueError: for values no search can run with.
    """

    equivalence: float = 1500.0
    even_visits: float = 4.0
    told_visits: float = 20.0
    exploration: float = 0.4
    expand_after: int = 5
    margin_share: float = 0.04

    def __post_init__(self) -> None:
        for name in ("equivalence", "even_visits"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a finite number above 0")
        for name in ("told_visits", "exploration"):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a finite number, 0 or more")
        if self.expand_after < 1:
            raise ValueError("expand_after must be 1 or more")
        if not 0.0 <= self.margin_share <= 1.0:
            raise ValueError("margin_share must lie between 0 and 1")

    def numbers(self) -> NDArray[np.float64]:
        """`float64 [6]`, in the order of the attributes, for the kernels."""
        return np.array(
            [
                self.equivalence,
                self.even_visits,
                self.told_visits,
                self.exploration,
                self.expand_after,
                self.margin_share,
            ]
        )


EQUIVALENCE: Final = 0
EVEN_VISITS: Final = 1
TOLD_VISITS: Final = 2
EXPLORATION: Final = 3
EXPAND_AFTER: Final = 4
MARGIN_SHARE: Final = 5


class Tree(NamedTuple):
    """Nodes of one game's search; node 0 is the root, a node's children stand side by side and come
    after it. Rewards and wins are those of the side that made the move into the node.

    Attributes:
        used: `int64 [1]`: nodes in use.
        move: `int32 [M]`: padded point of the move into the node, 0 for a pass.
        visits: `int32 [M]`: simulations through the node.
        reward: `float64 [M]`: their summed rewards, 0 to 1 each.
        margin: `float64 [M]`: their summed margins in points, komi counted.
        rave_visits: `int32 [M]`: simulations through the parent in which the mover was first to
            play the point.
        rave_reward: `float64 [M]`: their summed rewards.
        chance: `float32 [M]`: the move model's probability.
        first: `int32 [M]`: the first child, NO_CHILDREN where not expanded.
        children: `int32 [M]`: number of children.
    """

    used: NDArray[np.int64]
    move: NDArray[np.int32]
    visits: NDArray[np.int32]
    reward: NDArray[np.float64]
    margin: NDArray[np.float64]
    rave_visits: NDArray[np.int32]
    rave_reward: NDArray[np.float64]
    chance: NDArray[np.float32]
    first: NDArray[np.int32]
    children: NDArray[np.int32]


def new_tree(room: int) -> Tree:
    """A tree that holds nothing but a root, with room for so many nodes."""

    def whole() -> NDArray[np.int32]:
        return np.zeros(room, np.int32)

    return Tree(
        used=np.ones(1, np.int64),
        move=whole(),
        visits=whole(),
        reward=np.zeros(room),
        margin=np.zeros(room),
        rave_visits=whole(),
        rave_reward=np.zeros(room),
        chance=np.zeros(room, np.float32),
        first=np.full(room, NO_CHILDREN, np.int32),
        children=whole(),
    )


@inlined_kernel
def borrowed_tree(tree: Tree) -> Tree:
    """The same tree for use within one kernel; see `borrowed`."""
    return Tree(
        borrowed(tree.used),
        borrowed(tree.move),
        borrowed(tree.visits),
        borrowed(tree.reward),
        borrowed(tree.margin),
        borrowed(tree.rave_visits),
        borrowed(tree.rave_reward),
        borrowed(tree.chance),
        borrowed(tree.first),
        borrowed(tree.children),
    )


def grown(tree: Tree, room: int) -> Tree:
    """The same tree with room for at least so many nodes."""
    have = tree.move.size
    if have >= room:
        return tree
    larger = new_tree(room)
    for name in Tree._fields:
        old: NDArray[np.generic] = getattr(tree, name)
        getattr(larger, name)[: old.size] = old
    return larger
