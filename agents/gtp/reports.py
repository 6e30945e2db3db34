"""What analysis commands are asked, and the lines they answer with.

The formats are Leela Zero's (`lz-analyze`: whole numbers, shares times 10,000), KataGo's
(`kata-analyze`: decimal numbers; see "KataGo GTP Extensions") and the Computer Go Server's
(`cgos-genmove_analyze`: a line of JSON; see docs/gtp.md of zakki/cgos). All numbers are from the
side of the player to move. Where an agent has no opinion about a result, GUIs still need a number:
0.5.
"""

from __future__ import annotations

import dataclasses
import json
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.analysis import MoveAnalysis, Snapshot
from agents.gtp.arguments import GtpError, color_of, flag, is_color, vertex, whole, word
from go_engine.coords import move_to_vertex

__all__ = ["AnalyzeRequest", "cgos_report", "kata_report", "lz_report", "read_request"]

_UNKNOWN: Final = 0.5
_INTERVAL: Final = 50  # centiseconds, if nothing is said
_LONGEST: Final = 10**9  # centiseconds; a third of a year
_FLAGS: Final = {"ownership": "ownership", "rootinfo": "root_info", "pvvisits": "pv_visits"}
_UNSUPPORTED_FLAGS: Final = (
    "movesownership",
    "ownershipstdev",
    "movesownershipstdev",
    "pvedgevisits",
    "noresultvalue",
)


@dataclass(frozen=True, slots=True)
class AnalyzeRequest:
    """The arguments of an analysis command.

    Attributes:
        color: who is to play; None for whose turn it is.
        interval: seconds between reports.
        min_moves, max_moves: how many moves to report, if there are so many.
        ownership, root_info, pv_visits: whether to report those (KataGo's format alone).
        allowed: by colour, the moves that may be looked at first; a colour not in it may do all.
        avoided: by colour, moves that may not.
    """

    color: int | None = None
    interval: float = _INTERVAL / 100
    min_moves: int = 0
    max_moves: int = 1_000_000_000
    ownership: bool = False
    root_info: bool = False
    pv_visits: bool = False
    allowed: tuple[tuple[int, frozenset[int]], ...] = ()
    avoided: tuple[tuple[int, frozenset[int]], ...] = ()

    def candidates(self, color: int, num_points: int) -> frozenset[int] | None:
        """The moves that `color` may be asked to look at; None for all."""
        allowed = [moves for side, moves in self.allowed if side == color]
        avoided = [moves for side, moves in self.avoided if side == color]
        if not allowed and not avoided:
            return None
        base = frozenset().union(*allowed) if allowed else frozenset(range(num_points + 1))
        return base.difference(*avoided)


def read_request(words: Sequence[str], size: int) -> AnalyzeRequest:
    """Read the words after an analysis command, in any order: a colour, a bare number (the interval
    in centiseconds), `interval N`, `minmoves N`, `maxmoves N`, `ownership true`, `rootInfo true`,
    `pvVisits true`, and `allow` or `avoid COLOUR VERTICES DEPTH`.

    Flags of KataGo that we have nothing to say about are read over.

    Raises:
        GtpError: for anything else.
    """
    request = AnalyzeRequest()
    i = 0
    while i < len(words):
        key = words[i].lower()
        changes: dict[str, object]
        taken = 2
        if is_color(key):
            changes, taken = {"color": color_of(words, i)}, 1
        elif key.isascii() and key.isdigit():
            changes, taken = {"interval": _interval(words, i)}, 1
        elif key == "interval":
            changes = {"interval": _interval(words, i + 1)}
        elif key in ("minmoves", "maxmoves"):
            name = "min_moves" if key == "minmoves" else "max_moves"
            changes = {name: whole(words, i + 1, key)}
        elif key in _FLAGS:
            changes = {_FLAGS[key]: flag(words, i + 1, key)}
        elif key in _UNSUPPORTED_FLAGS:
            flag(words, i + 1, key)
            changes = {}
        elif key in ("allow", "avoid"):
            name = "allowed" if key == "allow" else "avoided"
            changes, taken = {name: (*getattr(request, name), _moves(words, i, size))}, 4
        else:
            raise GtpError("syntax error: expected a colour, an interval or an option of analysis")
        request = dataclasses.replace(request, **changes)  # type: ignore[arg-type]
        i += taken
    return request


def _interval(words: Sequence[str], index: int) -> float:
    """Seconds. Some programs ask for the largest number there is, meaning: no reports."""
    text = word(words, index)
    if re.fullmatch(r"[0-9]{1,20}", text):
        return min(max(1, int(text)), _LONGEST) / 100
    raise GtpError("syntax error: interval must be a whole number")


def _moves(words: Sequence[str], index: int, size: int) -> tuple[int, frozenset[int]]:
    """`allow COLOUR D4,E5 DEPTH`: for the first move, which is as deep as we restrict."""
    color = color_of(words, index + 1)
    names = word(words, index + 2).split(",")
    if whole(words, index + 3, "depth") < 1:
        raise GtpError("syntax error: depth must be 1 or more")
    return color, frozenset(vertex(names, i, size) for i in range(len(names)))


# ---------------------------------------------------------------- reports


def _reported(snapshot: Snapshot, request: AnalyzeRequest) -> list[MoveAnalysis]:
    visited = sum(move.visits > 0 for move in snapshot.moves)
    count = min(max(visited, request.min_moves), request.max_moves)
    return list(snapshot.moves[:count])


def _known(*values: float | None) -> float:
    """The first that is known."""
    return next((value for value in values if value is not None), _UNKNOWN)


def _line(move: MoveAnalysis, size: int) -> str:
    """The variation, at the least the move itself: programs pass over a move without one."""
    return " ".join(move_to_vertex(each, size) for each in move.pv or (move.move,))


def lz_report(snapshot: Snapshot, request: AnalyzeRequest, size: int) -> str:
    """One line of Leela Zero's format; empty if there is no move to report."""
    parts = []
    for order, move in enumerate(_reported(snapshot, request)):
        value = _known(move.value, snapshot.value)
        lcb = _known(move.lcb, move.value, snapshot.value)
        parts.append(
            f"info move {move_to_vertex(move.move, size)} visits {move.visits} "
            f"winrate {round(10000 * value)} prior {round(10000 * move.prior)} "
            f"lcb {round(10000 * lcb)} order {order} pv {_line(move, size)}"
        )
    return " ".join(parts)


def kata_report(
    snapshot: Snapshot,
    request: AnalyzeRequest,
    size: int,
    ownership: NDArray[np.float64] | None = None,
) -> str:
    """One line of KataGo's format, with `ownership [N*N]` (the mover's side) if there is any."""
    parts = []
    for order, move in enumerate(_reported(snapshot, request)):
        value = _known(move.value, snapshot.value)
        lcb = _known(move.lcb, move.value, snapshot.value)
        lead = _known(move.lead, snapshot.lead, 0.0)
        utility = 2 * _known(move.utility, snapshot.utility) - 1
        parts.append(
            f"info move {move_to_vertex(move.move, size)} visits {move.visits} "
            f"utility {utility:.6f} winrate {value:.6f} scoreMean {lead:.6f} "
            f"scoreLead {lead:.6f} prior {move.prior:.6f} lcb {lcb:.6f} "
            f"utilityLcb {utility - 2 * (value - lcb):.6f} order {order} "
            f"pv {_line(move, size)}"
        )
        if request.pv_visits:
            parts.append("pvVisits " + " ".join(map(str, move.pv_visits)))
    if request.root_info:
        parts.append(
            f"rootInfo visits {snapshot.visits} "
            f"utility {2 * _known(snapshot.utility) - 1:.6f} "
            f"winrate {_known(snapshot.value):.6f} scoreMean {_known(snapshot.lead, 0.0):.6f} "
            f"scoreLead {_known(snapshot.lead, 0.0):.6f}"
        )
    if ownership is not None:
        parts.append("ownership " + " ".join(f"{owner:.4f}" for owner in ownership))
    return " ".join(parts)


_OWNERS: Final = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


def cgos_report(
    snapshot: Snapshot,
    request: AnalyzeRequest,
    size: int,
    ownership: NDArray[np.float64] | None = None,
) -> str:
    """One line of JSON, with `ownership [N*N]` (the mover's side) as a character a point: the
    mover's own the last but one of the 64, the opponent's the first."""
    moves = []
    for move in _reported(snapshot, request):
        facts = {
            "move": move_to_vertex(move.move, size),
            "visits": move.visits,
            "winrate": round(_known(move.value, snapshot.value), 4),
            "score": round(_known(move.lead, snapshot.lead, 0.0), 4),
            "prior": round(move.prior, 6),
            "pv": " ".join(move_to_vertex(each, size) for each in move.pv[1:]),
        }
        moves.append(facts)
    answer: dict[str, object] = {
        "winrate": round(_known(snapshot.value), 4),
        "score": round(_known(snapshot.lead, 0.0), 4),
        "visits": snapshot.visits,
        "moves": moves,
    }
    if ownership is not None:
        places = np.rint((np.clip(ownership, -1, 1) + 1) / 2 * (len(_OWNERS) - 2)).astype(int)
        answer["ownership"] = "".join(_OWNERS[place] for place in places)
    return json.dumps(answer, separators=(",", ":"), allow_nan=False)
