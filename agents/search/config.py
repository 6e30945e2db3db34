"""What a search may do, with the published values beside ours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["ROOTS", "SearchConfig"]

ROOTS: Final = ("gumbel", "puct")
_FULL_CALL: Final = 64
"""Positions in a call of the network beyond which more of them are hardly any faster."""
_FACTORS: Final = (
    "c_visit",
    "c_scale",
    "gumbel_scale",
    "c_puct",
    "fpu_reduction",
    "forced_playouts",
)


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """Gumbel search (Danihelka et al. 2022, "Policy improvement by planning with Gumbel") or PUCT
    search (AlphaZero, Silver et al. 2018, with KataGo's forced playouts, Wu 2019).

    Published constants of PUCT are for results in [-1, 1]; they are given so here, too.

    Attributes:
        num_simulations: leaves looked at per move after the root itself (Gumbel paper, 9x9 Go: 2 to
            200; AlphaZero: 800; KataGo's early runs: 600).
        max_considered: moves sampled without replacement at the root (paper: 16).
        c_visit: visits added to the largest visit count in the scale of q (paper: 50).
        c_scale: scale of q against the logits, q in [0, 1] (paper, Go: 1.0).
        gumbel_scale: size of the Gumbel noise at the root: 1 in self-play, 0 in matches. For PUCT
            every size but 0 means the same: root noise and forced playouts are on.
        score_weight: share of the margin in what is maximised; 0 for the result alone (KataGo's
            static score utility is about a tenth).
        even_komi: whether to search under the komi that makes the position even instead of the
            game's own: to play for points rather than for the win (see `agents.search.komi`).
        root: `"gumbel"` or `"puct"`: how moves are chosen, at the root and below it.
        c_puct: exploration of PUCT (AlphaZero: 1.25, growing with the logarithm of the visits).
        fpu_reduction: how much worse than its node a move not yet visited is taken to be (KataGo:
            0.2; at a root with noise 0).
        root_noise: share of Dirichlet noise in the priors of a PUCT root (AlphaZero: 0.25).
        forced_playouts: the factor k of forced playouts, given back in the policy target; 0 is off
            (KataGo: 2).
        leaf_batch: leaves of one search that are evaluated together though each is chosen without
            knowing the others. 1 is none: then those alone are that cannot change each other's
            choice, as they lie below different moves of a Gumbel root.

    Raises:
        ValueError: for values no search can run with.
    """

    num_simulations: int = 16
    max_considered: int = 16
    c_visit: float = 50.0
    c_scale: float = 1.0
    gumbel_scale: float = 1.0
    score_weight: float = 0.1
    even_komi: bool = False
    root: str = "gumbel"
    c_puct: float = 1.25
    fpu_reduction: float = 0.2
    root_noise: float = 0.25
    forced_playouts: float = 2.0
    leaf_batch: int = 1

    def room_for_leaves(self, num_games: int) -> int:
        """How many leaves of each of `num_games` searches, side by side, may wait together."""
        if self.leaf_batch > 1 or self.root == "puct":
            return self.leaf_batch
        return max(1, min(self.max_considered, _FULL_CALL // num_games))

    def __post_init__(self) -> None:
        if self.root not in ROOTS:
            raise ValueError(f"root must be {' or '.join(ROOTS)}, not {self.root!r}")
        for name in ("num_simulations", "max_considered", "leaf_batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")
        for name in ("score_weight", "root_noise"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be 0 to 1, not {getattr(self, name)}")
        for name in _FACTORS:
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0:
                raise ValueError(f"{name} must be a finite number, 0 or more, not {value}")
