"""What a search may do, with the published values beside ours."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["SearchConfig"]


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """Gumbel search (Danihelka et al. 2022, "Policy improvement by planning with Gumbel").

    Attributes:
        num_simulations: leaves looked at per move after the root itself (paper, 9x9 Go: 2 to 200).
        max_considered: moves sampled without replacement at the root (paper: 16).
        c_visit: visits added to the largest visit count in the scale of q (paper: 50).
        c_scale: scale of q against the logits, q in [0, 1] (paper, Go: 1.0).
        gumbel_scale: size of the Gumbel noise at the root: 1 in self-play, 0 in matches.
        score_weight: share of the margin in what is maximised; 0 for the result alone (KataGo's
            static score utility is about a tenth).
        even_komi: whether to search under the komi that makes the position even instead of the
            game's own: to play for points rather than for the win (see `agents.search.komi`).

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

    def __post_init__(self) -> None:
        if self.num_simulations < 1:
            raise ValueError(f"num_simulations must be 1 or more, not {self.num_simulations}")
        if self.max_considered < 1:
            raise ValueError(f"max_considered must be 1 or more, not {self.max_considered}")
        if not 0 <= self.score_weight <= 1:
            raise ValueError(f"score_weight must be 0 to 1, not {self.score_weight}")
        for name in ("c_visit", "c_scale", "gumbel_scale"):
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0:
                raise ValueError(f"{name} must be a finite number, 0 or more, not {value}")
