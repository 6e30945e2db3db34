"""What fixes the games of a tournament."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from agents.arena.ladder import Ladder
from agents.arena.records import DEFAULT_RULES, NO_LIMITS, ResignRule, default_move_limit
from agents.arena.sprt import Sprt
from agents.base import Limits
from go_engine.rules import Rules

__all__ = ["SYSTEMS", "Budget", "System", "TournamentSettings"]

System = Literal["round robin", "gauntlet", "swiss", "ladder"]
"""Who meets whom. `round robin`: everybody everybody. `gauntlet`: the first agent each of the
others. `swiss`: in every round agents with like results that have not met yet. `ladder`: the first
agent whichever of the others tells most about it."""

SYSTEMS: Final[tuple[str, ...]] = get_args(System)


@dataclass(frozen=True, slots=True)
class Budget:
    """What an agent may spend.

    Attributes:
        limits: on one move.
        clock: wall-clock seconds for all its moves of a game; None is no clock.

    Raises:
        ValueError: for a clock that is not above 0.
    """

    limits: Limits = NO_LIMITS
    clock: float | None = None

    def __post_init__(self) -> None:
        if self.clock is not None and not (math.isfinite(self.clock) and self.clock > 0):
            raise ValueError(f"a clock must be above 0 seconds, not {self.clock:g}")


@dataclass(frozen=True, slots=True)
class TournamentSettings:
    """What fixes the games of a tournament, apart from the agents' own chance-free minds.

    Attributes:
        agents: the agents' names (specs), at least two, all different.
        num_pairs: colour-swapped pairs for every two agents that meet (in a swiss, each round; on a
            ladder, at most and in all).
        rules: the rules.
        seed: fixes openings and chance; 0 or more.
        opening_plies: random moves at the start of every pair; 0 is the empty board every time.
        max_lead: openings that give one side a greater lead are not used; see `random_openings`.
        judge: the agent whose network says how great a lead is; empty for random playouts.
        limits: what a move may cost, for all agents without a budget of their own.
        max_moves: a game stops after so many moves and is scored; None: four times the points.
        system: who meets whom.
        rounds: of a swiss; 0 otherwise.
        openings: move lists to start from, taken in turn and over again, instead of random ones.
        clock: seconds a game for all agents without a budget of their own; None is no clock.
        budgets: by name, for agents that have one of their own.
        resign: when the referee gives up for a player; None is never.
        sprt: a sequential test that may stop the match of two agents early; None plays it out.
        ladder: what a ladder is to reach and rests on; None for other systems.

    Raises:
        ValueError: for values outside the above.
    """

    agents: tuple[str, ...]
    num_pairs: int = 50
    rules: Rules = DEFAULT_RULES
    seed: int = 0
    opening_plies: int = 4
    max_lead: float | None = None
    judge: str = ""
    limits: Limits = NO_LIMITS
    max_moves: int | None = None
    system: System = "round robin"
    rounds: int = 0
    openings: tuple[tuple[int, ...], ...] = ()
    clock: float | None = None
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    resign: ResignRule | None = None
    sprt: Sprt | None = None
    ladder: Ladder | None = None

    def __post_init__(self) -> None:
        if len(self.agents) < 2:
            raise ValueError("a tournament needs at least two agents")
        twice = sorted({name for name in self.agents if self.agents.count(name) > 1})
        if twice:
            raise ValueError(f"agent {twice[0]} is named twice: agents must differ")
        for name, low in (("num_pairs", 1), ("seed", 0), ("opening_plies", 0)):
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be {low} or more, not {getattr(self, name)}")
        if self.max_lead is not None and not self.max_lead >= 0:
            raise ValueError(f"max_lead must be 0 or more, not {self.max_lead}")
        if self.judge and self.max_lead is None:
            raise ValueError("a judge of openings needs to know the greatest lead (max_lead)")
        longest = max(map(len, self.openings), default=self.opening_plies)
        if self.max_moves is not None and self.max_moves < max(1, longest):
            raise ValueError(f"max_moves {self.max_moves} leaves no move to play")
        self._check_system()
        Budget(clock=self.clock)
        if strangers := sorted(set(self.budgets) - set(self.agents)):
            raise ValueError(f"a budget for {strangers[0]}, which does not take part")

    def _check_system(self) -> None:
        if self.system not in SYSTEMS:
            known = ", ".join(system for system in SYSTEMS if system != "ladder")
            raise ValueError(f"system must be one of {known}, not {self.system!r}")
        if self.system == "swiss" and not 1 <= self.rounds < len(self.agents):
            most = len(self.agents) - 1
            raise ValueError(f"a swiss of so many agents has 1 to {most} rounds, not {self.rounds}")
        if self.system != "swiss" and self.rounds:
            raise ValueError(f"a {self.system} has no rounds")
        if (self.system == "ladder") != (self.ladder is not None):
            raise ValueError("a ladder needs to know its rungs: see `untold ladder`")
        if self.sprt is not None and len(self.agents) != 2:
            raise ValueError("a sequential test (sprt) is for two agents")

    @property
    def move_limit(self) -> int:
        """`max_moves`, or the default where it is None."""
        return default_move_limit(self.rules) if self.max_moves is None else self.max_moves

    @property
    def num_games(self) -> int:
        """Games in all, if nothing stops them early."""
        count = len(self.agents)
        pairings = {
            "round robin": count * (count - 1) // 2,
            "gauntlet": count - 1,
            "swiss": self.rounds * (count // 2),
            "ladder": 1,
        }
        return 2 * self.num_pairs * pairings[self.system]

    def budget(self, name: str) -> Budget:
        """What `name` may spend."""
        return self.budgets.get(name, Budget(self.limits, self.clock))
