"""Queries of KataGo's JSON analysis protocol: one line of JSON, read and checked.

The protocol is described in KataGo's "Analysis_Engine.md". Numbers that are not finite are refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from agents.gtp.arguments import GtpError
from agents.gtp.game import MAX_MOVES, GtpGame
from agents.gtp.rules_text import read_rules
from go_engine.coords import vertex_to_move
from go_engine.rules import BLACK, MAX_SIZE, MIN_SIZE, WHITE, Rules
from go_engine.state import GameState

__all__ = ["Query", "QueryError", "parse_line", "read_query"]

_PLAYERS: Final = {"B": BLACK, "W": WHITE, "b": BLACK, "w": WHITE}
_PERSPECTIVES: Final = ("BLACK", "WHITE", "SIDETOMOVE")
_MOST_KOMI: Final = 150.0
_MOST: Final = 1_000_000_000
_IGNORED: Final = (  # fields of KataGo's that change nothing here
    "analysisPVLen",
    "includeMovesOwnershipStdev",
    "includeNoResultValue",
    "includeOwnershipStdev",
    "rootFpuReductionMax",
    "rootPolicyTemperature",
    "whiteHandicapBonus",
)
_KNOWN: Final = frozenset(
    {
        "allowMoves", "analyzeTurns", "avoidMoves", "boardXSize", "boardYSize", "id",
        "includeMovesOwnership", "includeOwnership", "includePVVisits", "includePolicy",
        "initialPlayer", "initialStones", "komi", "maxVisits", "moves", "overrideSettings",
        "priorities", "priority", "reportDuringSearchEvery", "rules",
    }
)  # fmt: skip

Moves = tuple[tuple[int, int], ...]


class QueryError(ValueError):
    """A query that cannot be answered.

    Attributes:
        field: the field at fault; empty for the query as a whole.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Query:
    """A query for the analysis of some positions of one game.

    Attributes:
        id: the sender's name for it.
        rules: board, komi and the rest.
        stones, first_player: what was set up before the first move, as (colour, point), and who is
            to play then.
        moves: (colour, move), as they came.
        turns: which positions: after how many moves; priorities: of each.
        visits: of each position at most, seconds likewise.
        report_every: seconds between reports during the search; None for no such reports.
        ownership, moves_ownership, policy, pv_visits: what the answers contain.
        perspective: "BLACK", "WHITE" or "SIDETOMOVE": whose all values are.
        allowed, avoided: moves of each colour that may (not) be looked at first; see `candidates`.
        warnings: (message, field) of what was not understood and is left out.
    """

    id: str
    rules: Rules
    stones: Moves
    first_player: int
    moves: Moves
    turns: tuple[int, ...]
    priorities: tuple[int, ...]
    visits: int | None
    seconds: float
    report_every: float | None
    ownership: bool
    moves_ownership: bool
    policy: bool
    pv_visits: bool
    perspective: str
    allowed: Mapping[int, frozenset[int]]
    avoided: Mapping[int, frozenset[int]]
    warnings: tuple[tuple[str, str], ...]

    def position(self, turn: int) -> GameState:
        """The game after `turn` moves, not over: it goes on even after two passes.

        Raises:
            QueryError: if the stones make no position, or a move is illegal.
        """
        game = GtpGame(self.rules)
        if self.stones:
            grid = np.zeros((self.rules.board_size,) * 2, np.int8)
            for color, point in self.stones:
                grid.flat[point] = color
            try:
                game.set_up(grid, self.first_player)
            except ValueError:
                raise QueryError("Illegal setup: a chain has no liberty", "initialStones") from None
        for i, (color, move) in enumerate(self.moves[:turn]):
            try:
                game.play(color, move)
            except GtpError:
                raise QueryError(f"Illegal move {i}", "moves") from None
        last = self.moves[turn - 1][0] if turn else -self.first_player
        return game.with_turn(-last)

    def candidates(self, color: int) -> frozenset[int] | None:
        """The moves that `color` may be asked to look at first; None for all."""
        if color not in self.allowed and color not in self.avoided:
            return None
        everything = frozenset(range(self.rules.num_points + 1))
        return self.allowed.get(color, everything) - self.avoided.get(color, frozenset())


def parse_line(line: bytes) -> dict[str, Any]:
    """The object in a line.

    Raises:
        QueryError: if there is none; its text is not repeated.
    """
    try:
        value = json.loads(line.decode("utf-8", "replace"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise QueryError("Could not parse input line as json request") from None
    if not isinstance(value, dict):
        raise QueryError("Request must be a json object")
    return value


def _no_constant(_: str) -> float:
    raise ValueError("NaN and Infinity are no JSON")


def read_query(fields: Mapping[str, Any]) -> Query:
    """Check the fields of a query for analysis. Its moves are not played yet: see `position`.

    Raises:
        QueryError: naming the field at fault.
    """
    rules = _rules(fields)
    size = rules.board_size
    moves = _moves(fields, "moves", size, is_required=True)
    stones = _moves(fields, "initialStones", size)
    if any(point == rules.pass_move for _, point in stones):
        raise QueryError("A stone cannot be set up on a pass", "initialStones")
    turns = _turns(fields, len(moves))
    settings = fields.get("overrideSettings", {})
    if not isinstance(settings, dict):
        raise QueryError("Must be an object", "overrideSettings")
    perspective = settings.get("reportAnalysisWinratesAs", "BLACK")
    if perspective not in _PERSPECTIVES:
        raise QueryError(f"Must be one of {', '.join(_PERSPECTIVES)}", "overrideSettings")
    report_every = _number(fields, "reportDuringSearchEvery", 0.001, 1e6)
    visits = _whole(fields, "maxVisits", 1, _MOST)
    limit = _whole(settings, "maxVisits", 1, _MOST, "overrideSettings")
    return Query(
        id=fields["id"],
        rules=rules,
        stones=stones,
        first_player=_first_player(fields, stones, moves),
        moves=moves,
        turns=turns,
        priorities=_priorities(fields, len(turns)),
        visits=limit if visits is None else visits,
        seconds=_number(settings, "maxTime", 0.0, 1e9, "overrideSettings") or math.inf,
        report_every=report_every,
        ownership=_flag(fields, "includeOwnership"),
        moves_ownership=_flag(fields, "includeMovesOwnership"),
        policy=_flag(fields, "includePolicy"),
        pv_visits=_flag(fields, "includePVVisits"),
        perspective=str(perspective),
        allowed=_restrictions(fields, "allowMoves", size),
        avoided=_restrictions(fields, "avoidMoves", size),
        warnings=_warnings(fields, settings, rules),
    )


def _warnings(
    fields: Mapping[str, Any], settings: Mapping[str, Any], rules: Rules
) -> tuple[tuple[str, str], ...]:
    found = [("Not supported, ignored", name) for name in _IGNORED if name in fields]
    unknown = sorted(fields.keys() - _KNOWN - set(_IGNORED))
    found += [("Unexpected or unused field", name) for name in unknown]
    used = ("reportAnalysisWinratesAs", "maxTime", "maxVisits")
    others = sorted(name for name in settings if name not in used)
    if others:
        names = ", ".join(others)[:200]
        found.append((f"Not supported, ignored: {names}", "overrideSettings"))
    if rules.scoring == "territory":
        found.append(("The search counts by area; territory rules are not searched", "rules"))
    return tuple(found)


# ---------------------------------------------------------------- fields


def _rules(fields: Mapping[str, Any]) -> Rules:
    for name in ("boardXSize", "boardYSize", "rules"):
        if name not in fields:
            raise QueryError(f"Must specify {name}", name)
    size = _whole(fields, "boardXSize", MIN_SIZE, MAX_SIZE)
    if _whole(fields, "boardYSize", MIN_SIZE, MAX_SIZE) != size:
        raise QueryError("Must be boardXSize: boards are square here", "boardYSize")
    try:
        rules = read_rules(fields["rules"], Rules(size or MIN_SIZE))
    except ValueError as error:
        raise QueryError(str(error), "rules") from None
    usual = 6.5 if rules.scoring == "territory" else 7.0
    komi = _number(fields, "komi", -_MOST_KOMI, _MOST_KOMI)
    return Rules(
        rules.board_size,
        usual if komi is None else komi,
        rules.ko,
        rules.allow_suicide,
        rules.scoring,
    )


def _moves(fields: Mapping[str, Any], name: str, size: int, *, is_required: bool = False) -> Moves:
    value = fields.get(name, None if is_required else [])
    wrong = QueryError(
        'Must be an array of pairs of the form: ["b" or "w", GTP board vertex]', name
    )
    if not isinstance(value, list) or len(value) > MAX_MOVES:
        raise wrong
    found = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise wrong
        color = _player(pair[0])
        if color is None or not isinstance(pair[1], str):
            raise wrong
        found.append((color, _vertex(pair[1], size, name)))
    return tuple(found)


def _player(value: object) -> int | None:
    return _PLAYERS.get(value) if isinstance(value, str) else None


def _vertex(text: str, size: int, field: str) -> int:
    try:
        return vertex_to_move(text, size)
    except ValueError:
        raise QueryError("Could not parse a board location", field) from None


def _first_player(fields: Mapping[str, Any], stones: Moves, moves: Moves) -> int:
    """As named, else whoever moves first, else White after handicap stones."""
    if (named := fields.get("initialPlayer")) is not None:
        color = _player(named)
        if color is None:
            raise QueryError('Must be "b" or "w"', "initialPlayer")
        return color
    if moves:
        return moves[0][0]
    return WHITE if stones and all(color == BLACK for color, _ in stones) else BLACK


def _turns(fields: Mapping[str, Any], count: int) -> tuple[int, ...]:
    value = fields.get("analyzeTurns", [count])
    if not isinstance(value, list) or not value:
        raise QueryError("Must be an array of integers", "analyzeTurns")
    turns = [_checked_whole(turn, 0, count, "analyzeTurns") for turn in value]
    return tuple(dict.fromkeys(turns))


def _priorities(fields: Mapping[str, Any], count: int) -> tuple[int, ...]:
    if "priorities" not in fields:
        return (_whole(fields, "priority", -_MOST, _MOST) or 0,) * count
    value = fields["priorities"]
    if not isinstance(value, list) or len(value) != count:
        raise QueryError("Must be of equal length to analyzeTurns", "priorities")
    return tuple(_checked_whole(each, -_MOST, _MOST, "priorities") for each in value)


def _restrictions(fields: Mapping[str, Any], name: str, size: int) -> Mapping[int, frozenset[int]]:
    """By colour; `untilDepth` beyond the first move is not kept to."""
    value = fields.get(name, [])
    if not isinstance(value, list):
        raise QueryError("Must be a list of dicts", name)
    found: dict[int, frozenset[int]] = {}
    for each in value:
        if not isinstance(each, dict) or not isinstance(each.get("moves"), list):
            raise QueryError("Must be a list of dicts with player, moves and untilDepth", name)
        color = _player(each.get("player"))
        if color is None or not all(isinstance(text, str) for text in each["moves"]):
            raise QueryError("Must be a list of dicts with player, moves and untilDepth", name)
        _checked_whole(each.get("untilDepth"), 1, _MOST, name)
        moves = frozenset(_vertex(text, size, name) for text in each["moves"])
        found[color] = found.get(color, frozenset()) | moves
    return found


def _whole(
    fields: Mapping[str, Any], name: str, low: int, high: int, field: str = ""
) -> int | None:
    if name not in fields:
        return None
    return _checked_whole(fields[name], low, high, field or name)


def _checked_whole(value: object, low: int, high: int, field: str) -> int:
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not is_whole or not low <= value <= high:  # type: ignore[operator]
        raise QueryError(f"Must be an integer from {low} to {high}", field)
    return int(value)  # type: ignore[call-overload, no-any-return]


def _number(
    fields: Mapping[str, Any], name: str, low: float, high: float, field: str = ""
) -> float | None:
    if name not in fields:
        return None
    value = fields[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise QueryError(f"Must be a number from {low:g} to {high:g}", field or name)
    return float(value)


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise QueryError("Must be a boolean", name)
    return value
