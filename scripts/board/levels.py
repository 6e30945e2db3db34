"""Levels by name: how strong the bot is, from its first steps to all it can.

The table is all there is to a level. Weaker ones search less, draw from their candidate moves
instead of taking the best, or use weights from earlier in training. A level whose weights are not
shipped is left out. Ratings stand in `ratings.json`, by agent: a level that is changed has none
until it is measured again (`scripts/board/rate.py` fills them in from a tournament).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from agents import spec as specs
from agents.base import Agent
from agents.spec import make_agent, nearest, parse_spec

__all__ = [
    "DEFAULT",
    "LEVELS",
    "RATINGS_FILE",
    "Level",
    "available_levels",
    "find_level",
    "level_rows",
    "make_level",
    "read_ratings",
]

RATINGS_FILE: Final = Path(__file__).with_name("ratings.json")


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the ladder.

    Attributes:
        name: as typed after `--level`; words joined by hyphens.
        simulations: per move.
        temperature: how far it strays from its best move, as in `ZeroAgent`.
        words: what to expect, for the list.
        weights: a shipped milestone; None is the strongest for the board.
    """

    name: str
    simulations: int
    temperature: float
    words: str
    weights: str | None = None

    @property
    def spec(self) -> str:
        """The agent behind it, in the grammar of `agents.spec`."""
        options = {
            "simulations": f"{self.simulations}",
            "weights": self.weights or "",
            "temperature": f"{self.temperature:g}" if self.temperature else "",
        }
        named = ",".join(f"{name}={value}" for name, value in options.items() if value)
        return str(parse_spec(f"zero:{named}"))

    @property
    def rating(self) -> int | None:
        """Elo on the project's ladder, where measured."""
        elo = read_ratings()["elo"].get(self.spec)
        return None if elo is None else round(elo)


LEVELS: Final = (
    Level("first-steps", 32, 8.0, "takes nearly any of its first ideas; for your first games"),
    Level("beginner", 32, 3.0, "prefers its better ideas, but not by much"),
    Level("learner", 32, 1.5, "plays good shapes and overlooks a lot"),
    Level("casual", 32, 0.7, "mostly sensible, sometimes careless"),
    Level("first-hour", 32, 0.0, "the network after its first hour of learning", "9x9-after-1h"),
    Level("steady", 32, 0.0, "its best move after a short look"),
    Level("strong", 100, 0.0, "reads a hundred positions before each move"),
    Level("expert", 400, 0.0, "reads four hundred positions before each move"),
    Level("full-strength", 1600, 0.0, "reads sixteen hundred; a move takes a moment"),
)
DEFAULT: Final = "strong"


@cache
def read_ratings() -> Mapping[str, Any]:
    """What was measured: `scale` and `source` in words, `elo` by agent (canonical spec)."""
    data: Mapping[str, Any] = json.loads(RATINGS_FILE.read_text("utf-8"))
    return data


def available_levels() -> tuple[Level, ...]:
    """The levels whose weights are here, weakest first: by rating if all are measured, otherwise
    in the order of the table."""
    shipped = {path.stem for path in (specs.SHIPPED / "zero").glob("*.safetensors")}
    here = [lv for lv in LEVELS if (lv.weights in shipped if lv.weights else bool(shipped))]
    ratings = {level.name: level.rating for level in here}
    known = {name: rating for name, rating in ratings.items() if rating is not None}
    if len(known) == len(here):
        here.sort(key=lambda level: known[level.name])
    return tuple(here)


def level_rows(levels: Sequence[Level]) -> list[tuple[str, str, str]]:
    """Name, rating (`+120`, or a dash) and words of each."""
    return [
        (level.name, "–" if level.rating is None else f"{level.rating:+d}", level.words)
        for level in levels
    ]


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
