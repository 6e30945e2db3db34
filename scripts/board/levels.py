"""Levels by name: how strong the bot is, from its first steps to all it can.

The table is all there is to a level. Weaker ones search less, draw from their candidate moves
instead of taking the best, or use weights from earlier in training. A level whose weights are not
shipped is left out; ratings are filled in from a tournament (None: not measured yet).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents import spec as specs
from agents.base import Agent
from agents.spec import make_agent, nearest

__all__ = ["LEVELS", "Level", "available_levels", "find_level", "make_level"]


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the ladder.

    Attributes:
        name: as typed after `--level`; words joined by hyphens.
        simulations: per move.
        temperature: how far it strays from its best move, as in `ZeroAgent`.
        words: what to expect, for the list.
        weights: a shipped milestone; None is the strongest for the board.
        rating: Elo on the project's ladder, where measured.
    """

    name: str
    simulations: int
    temperature: float
    words: str
    weights: str | None = None
    rating: int | None = None

    @property
    def spec(self) -> str:
        """The agent behind it, in the grammar of `agents.spec`."""
        weights = f",weights={self.weights}" if self.weights else ""
        stray = f",temperature={self.temperature:g}" if self.temperature else ""
        return f"zero:simulations={self.simulations}{weights}{stray}"


LEVELS: Final = (
    Level("first-steps", 8, 2.0, "plays almost anywhere, but knows captures when it sees them"),
    Level("beginner", 8, 1.0, "has a feeling for shape and little reading"),
    Level("casual", 16, 0.5, "mostly sensible, sometimes careless"),
    Level("steady", 32, 0.0, "its best move after a short look"),
    Level("strong", 100, 0.0, "reads a little before each move"),
    Level("full-strength", 400, 0.0, "thinks as long as it was made to"),
)
DEFAULT: Final = "strong"


def available_levels() -> tuple[Level, ...]:
    """The levels whose weights are here, weakest first."""
    shipped = {path.stem for path in (specs.SHIPPED / "zero").glob("*.safetensors")}
    return tuple(
        level for level in LEVELS if (level.weights in shipped if level.weights else bool(shipped))
    )


def find_level(name: str, levels: Sequence[Level] | None = None) -> Level:
    """The level called `name`; blanks and capitals do not matter.

    Raises:
        ValueError: listing the names there are.
    """
    known = {level.name: level for level in (available_levels() if levels is None else levels)}
    wanted = "-".join(name.lower().split())
    if wanted not in known:
        names = ", ".join(known) or "none: no weights are here"
        raise ValueError(f"no level {name[:30]!r}{nearest(wanted, known)}; there are {names}")
    return known[wanted]


def make_level(level: Level) -> Agent:
    """The bot of a level, named by it.

    Raises:
        AgentError: if its weights cannot be used.
    """
    agent = make_agent(level.spec)
    agent.name = level.name
    return agent
