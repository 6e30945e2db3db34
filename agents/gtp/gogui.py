"""Pictures for GoGui: its analyze commands, in its `gfx` format.

See the GoGui manual, "Analyze Commands": a line of `gogui-analyze_commands` is
`type/label/command`; `gfx` answers colour points, label them and write into the status line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from agents.analysis import Analyst, Glance
from agents.base import AgentError
from agents.gtp.arguments import GtpError, word
from go_engine.coords import move_to_vertex
from go_engine.rules import BLACK
from go_engine.state import GameState

__all__ = ["VIEWS", "analyze_commands", "draw"]

VIEWS: Final[Mapping[str, str]] = {
    "untold-policy": "gfx/Policy/untold-policy",
    "untold-value": "string/Value/untold-value",
    "untold-move_values": "gfx/Value of moves/untold-move_values",
    "untold-ownership": "gfx/Ownership/untold-ownership",
}
"""Commands about the position, with the line that tells GoGui of each."""

_VISITS: Final = 100  # of the search behind the value of moves
_LEAST_SHARE: Final = 0.005  # smaller policies are not labelled
_WARM: Final = (255, 96, 32)
_COOL: Final = (32, 128, 255)


def analyze_commands(analyst: Analyst) -> str:
    """`gogui-analyze_commands`."""
    told = [f"gfx/Told: {name}/untold-told {name}" for name in analyst.features()]
    return "\n".join([*VIEWS.values(), *told])


def draw(name: str, words: Sequence[str], analyst: Analyst, state: GameState) -> str:
    """The answer to one of VIEWS, or to `untold-told FEATURE`.

    Raises:
        GtpError: if an argument is missing.
        AgentError: if the analyst has nothing to say.
    """
    if name == "untold-told":
        return _feature(word(words, 0), analyst, state)
    if name == "untold-move_values":
        return _move_values(analyst, state)
    glance = analyst.glance(state)
    if name == "untold-policy":
        return _policy(glance, state)
    if name == "untold-value":
        return _value(glance, state)
    return _ownership(glance, state)


def _policy(glance: Glance, state: GameState) -> str:
    shares = glance.policy[:-1]
    most = max(float(shares.max()), 1e-9)
    lines = [_color(state, int(p), float(shares[p]) / most, _WARM) for p in np.flatnonzero(shares)]
    lines += [
        _label(state, int(p), f"{100 * shares[p]:.0f}")
        for p in np.flatnonzero(shares >= _LEAST_SHARE)
    ]
    return "\n".join([*lines, f"TEXT pass {100 * glance.policy[-1]:.1f} %"])


def _value(glance: Glance, state: GameState) -> str:
    if glance.value is None or glance.lead is None:
        raise AgentError("the agent has no opinion about the result")
    is_black = state.to_play == BLACK
    chance = glance.value if is_black else 1 - glance.value
    lead = glance.lead * state.to_play
    leader = "B" if lead > 0 else "W"
    return f"Black wins {100 * chance:.0f} %, {leader}+{abs(lead):.1f} expected"


def _move_values(analyst: Analyst, state: GameState) -> str:
    found = analyst.analyse(state).advance(_VISITS)
    lines = []
    known = [move for move in found.moves if move.value is not None]
    for move in known:
        if move.move != state.rules.pass_move and move.value is not None:
            share = move.visits / max(1, known[0].visits)
            lines.append(_color(state, move.move, share, _WARM))
            lines.append(_label(state, move.move, f"{100 * move.value:.0f}"))
    if not known:
        raise AgentError("the agent has no opinion about the result")
    return "\n".join([*lines, f"TEXT chance to win in percent, {found.visits} visits"])


def _ownership(glance: Glance, state: GameState) -> str:
    if glance.ownership is None:
        raise AgentError("the agent has no opinion about territory")
    black = glance.ownership * state.to_play
    size = state.rules.board_size
    pairs = (f"{move_to_vertex(p, size)} {black[p]:.2f}" for p in range(black.size))
    return "INFLUENCE " + " ".join(pairs)


def _feature(name: str, analyst: Analyst, state: GameState) -> str:
    if name not in analyst.features():
        raise GtpError(f"unknown feature; expected one of {', '.join(analyst.features())}")
    values = analyst.feature_map(name, state)
    known = np.flatnonzero(np.isfinite(values))
    most = max(float(np.abs(values[known]).max(initial=0.0)), 1e-9)
    lines = []
    for point in known:
        value = float(values[point])
        lines.append(_color(state, int(point), abs(value) / most, _WARM if value > 0 else _COOL))
    lines += [_label(state, int(p), f"{values[p]:.1f}") for p in known if abs(values[p]) >= 0.05]
    return "\n".join([*lines, f"TEXT {name}: what it adds to the logarithm of the odds"])


def _color(state: GameState, point: int, strength: float, tint: Sequence[int]) -> str:
    """A point's background, from white to `tint`."""
    mixed = [round(255 + strength * (channel - 255)) for channel in tint]
    vertex = move_to_vertex(int(point), state.rules.board_size)
    return "COLOR #" + "".join(f"{channel:02x}" for channel in mixed) + f" {vertex}"


def _label(state: GameState, point: int, text: str) -> str:
    return f"LABEL {move_to_vertex(point, state.rules.board_size)} {text}"
