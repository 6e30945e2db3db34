"""What fixes a game (GameSetup) and what became of it (GameRecord)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np

from agents.base import Limits
from go_engine.rules import BLACK, WHITE, Rules

__all__ = [
    "DEFAULT_RULES",
    "ENDINGS",
    "NO_LIMITS",
    "SCORED",
    "Ending",
    "GameRecord",
    "GameSetup",
    "ResignRule",
    "default_move_limit",
    "forfeit",
]

Ending = Literal[
    "passes", "move limit", "resign", "illegal move", "crash", "protocol", "hang", "time", "void"
]
"""How a game came to its end.

`passes`: two passes. `move limit`: stopped and scored as it stands. `resign`: given up.
`illegal move`, `crash` (the agent raised an error, an engine ended), `protocol` (an engine refused
a command or wrote what is no GTP), `hang` (no answer within the deadline; of the agents that are no
engines only those in a tournament's worker processes can be stopped) and `time` (the clock ran
out): lost by the side to move.
`void`: neither side's fault (the process playing it was killed, an engine's program is gone);
counts for nobody.
"""

ENDINGS: Final[tuple[str, ...]] = get_args(Ending)

NO_LIMITS: Final = Limits()
DEFAULT_RULES: Final = Rules()

SCORED: Final = frozenset({"passes", "move limit"})
"""The endings whose result is the score on the board."""


def default_move_limit(rules: Rules) -> int:
    """Moves after which a game is stopped unless said otherwise: four times the points."""
    return 4 * rules.num_points


@dataclass(frozen=True, slots=True)
class ResignRule:
    """When the referee gives a game up for a player who does not: a player whose own expected
    result was under `below` at `moves` of its decisions in a row has resigned. Players without an
    opinion (most engines behind GTP) are left to resign by themselves.

    Raises:
        ValueError: unless `below` is in (0, 0.5) and `moves` at least 1.
    """

    below: float = 0.05
    moves: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.below < 0.5:
            raise ValueError(f"resign below must lie between 0 and 0.5, not {self.below}")
        if self.moves < 1:
            raise ValueError(f"resign moves must be 1 or more, not {self.moves}")


@dataclass(frozen=True, slots=True)
class GameSetup:
    """Everything that fixes a game except the two agents' minds.

    Attributes:
        game_id: its name, unique among the games it is counted with.
        pair_id: the name of the colour-swapped pair it belongs to.
        black: the name of the agent that plays Black.
        white: the name of the agent that plays White.
        rules: the rules; the winner is decided by area and `rules.komi`.
        opening: moves made by the referee before the agents are asked.
        seed: what the agents' chance is drawn from: an entropy and a spawn key, as in
            `numpy.random.SeedSequence(seed[0], spawn_key=seed[1:])`. Each side has its own child.
        limits: what one move may cost, (Black, White).
        max_moves: the game stops after this many moves, the opening and passes counted, and is
            scored as it stands; None is four times the number of points.
        clocks: wall-clock seconds for all moves of a side, (Black, White); None is no clock.
        resign: when the referee gives up for a player; None is never.
    """

    game_id: str
    pair_id: str
    black: str
    white: str
    rules: Rules = DEFAULT_RULES
    opening: tuple[int, ...] = ()
    seed: tuple[int, ...] = (0,)
    limits: tuple[Limits, Limits] = (NO_LIMITS, NO_LIMITS)
    max_moves: int | None = None
    clocks: tuple[float | None, float | None] = (None, None)
    resign: ResignRule | None = None

    @property
    def is_timed(self) -> bool:
        """Whether wall-clock time matters to the game."""
        return self.clocks != (None, None) or any(x.seconds is not None for x in self.limits)

    @property
    def move_limit(self) -> int:
        """`max_moves`, or the default where it is None."""
        return default_move_limit(self.rules) if self.max_moves is None else self.max_moves

    def rng(self, side: int) -> np.random.Generator:
        """The generator of BLACK or WHITE; the same one every time it is asked for."""
        key = (*self.seed[1:], 0 if side == BLACK else 1)
        return np.random.default_rng(np.random.SeedSequence(self.seed[0], spawn_key=key))


@dataclass(frozen=True, slots=True)
class GameRecord:
    """One finished game.

    Attributes:
        game_id: as in the setup.
        pair_id: as in the setup.
        black: the name of the agent that played Black.
        white: the name of the agent that played White.
        rules: as in the setup.
        opening: number of moves at the start that the referee made.
        moves: all moves in order, the opening and passes included.
        result: BLACK, WHITE, 0 for a draw, None for a void game.
        black_score: Black's area minus White's before komi if the ending is scored, else None.
        ending: how it ended.
        detail: one line about an ending by fault, else empty.
        seconds: wall-clock seconds spent choosing moves, (Black, White).
        decisions: number of times each side was asked, (Black, White).
        seed: as in the setup.
        cpu_seconds: CPU time spent on the game, (Black, White): of our process while choosing a
            move, and of an outside engine all of it. 0 where it could not be seen.
        move_seconds: wall-clock seconds of every decision. As the two that follow it begins with
            the first move after the opening, and may hold one decision more than there are moves
            (a resignation, an illegal move).
        values: the expected result for the player to move, 0 to 1, at every decision; None where
            it had no opinion, and empty if nobody ever had one.
        leads: likewise its expected margin in points, komi counted.
    """

    game_id: str
    pair_id: str
    black: str
    white: str
    rules: Rules
    opening: int
    moves: tuple[int, ...]
    result: int | None
    black_score: int | None
    ending: Ending
    detail: str = ""
    seconds: tuple[float, float] = (0.0, 0.0)
    decisions: tuple[int, int] = (0, 0)
    seed: tuple[int, ...] = ()
    cpu_seconds: tuple[float, float] = (0.0, 0.0)
    move_seconds: tuple[float, ...] = ()
    values: tuple[float | None, ...] = ()
    leads: tuple[float | None, ...] = ()

    @property
    def margin(self) -> float | None:
        """Points Black won by, komi counted (negative: White's win); None if not scored."""
        return None if self.black_score is None else self.black_score - self.rules.komi

    def points(self, name: str) -> float:
        """What `name` got: 1, 0.5 or 0.

        Raises:
            ValueError: if `name` did not play, or the game is void.
        """
        if self.result is None or name not in (self.black, self.white):
            raise ValueError(f"game {self.game_id} gives no points to {name}")
        return (1 + self.result * (1 if name == self.black else -1)) / 2

    def to_json(self) -> dict[str, Any]:
        """A mapping that `json` can write and `from_json` reads back to an equal record."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GameRecord:
        """The record that `to_json` made `data` from; of fields newer than the file, the defaults.

        Raises:
            ValueError: if a field is missing, unknown or of another kind.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        if not known - _NEWER <= set(data) <= known:
            raise ValueError(f"not a game record: fields {sorted(set(data) ^ known)} differ")
        wrong = [name for name, value in data.items() if not _FIELD_CHECKS[name](value)]
        if wrong:
            raise ValueError(f"not a game record: {wrong[0]} is {data[wrong[0]]!r}")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        values["rules"] = Rules(**values["rules"])
        return cls(**values)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_ints(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_int, value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _are_numbers(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_number, value))


def _are_opinions(value: object) -> bool:
    return isinstance(value, list) and all(x is None or _is_number(x) for x in value)


_NEWER: Final = frozenset({"cpu_seconds", "move_seconds", "values", "leads"})
_RULE_NAMES: Final = {field.name for field in dataclasses.fields(Rules)}
_FIELD_CHECKS: Final[dict[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(
        ("game_id", "pair_id", "black", "white", "detail"), lambda v: isinstance(v, str)
    ),
    "rules": lambda v: isinstance(v, dict) and {"board_size", "komi"} <= v.keys() <= _RULE_NAMES,
    "opening": _is_int,
    "moves": _is_ints,
    "result": lambda v: v is None or (_is_int(v) and v in (BLACK, 0, WHITE)),
    "black_score": lambda v: v is None or _is_int(v),
    "ending": lambda v: v in ENDINGS,
    "seconds": lambda v: isinstance(v, list) and [type(x) for x in v] == [float, float],
    "decisions": lambda v: _is_ints(v) and len(v) == 2,
    "seed": _is_ints,
    "cpu_seconds": lambda v: _are_numbers(v) and len(v) == 2,
    "move_seconds": _are_numbers,
    "values": _are_opinions,
    "leads": _are_opinions,
}


def forfeit(
    setup: GameSetup, moves: Sequence[int], loser: int, ending: Ending, detail: str
) -> GameRecord:
    """The record of a game stopped from outside after `moves`; `loser` 0 makes it void."""
    return GameRecord(
        game_id=setup.game_id,
        pair_id=setup.pair_id,
        black=setup.black,
        white=setup.white,
        rules=setup.rules,
        opening=len(setup.opening),
        moves=tuple(moves),
        result=-loser if loser else None,
        black_score=None,
        ending=ending,
        detail=detail,
        seed=setup.seed,
    )
