"""The render modes that the environments of this folder share.

`"ansi"` gives the board as text and `"rgb_array"` as a picture `uint8 [height, width, 3]`.
`"human"` writes the text to standard output at the start and after every move, opens no window and
gives None: it needs no graphics library and works over any connection.
"""

from __future__ import annotations

import sys
from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine.diagram import render_game
from go_engine.envs.picture import draw_board
from go_engine.state import GameState

__all__ = ["RENDER_MODES", "Frame", "check_render_mode", "render_state"]

RENDER_MODES: Final = ("human", "ansi", "rgb_array")

Frame = str | NDArray[np.uint8] | None


def check_render_mode(mode: str | None, known: tuple[str, ...] = RENDER_MODES) -> None:
    """Raise ValueError if `mode` is neither None nor one of those `known`."""
    if mode is not None and mode not in known:
        names = ", ".join(f'"{name}"' for name in known)
        raise ValueError(f"render_mode must be {names} or None, not {mode!r}")


def render_state(state: GameState, mode: str) -> Frame:
    """The position of `state` in one of RENDER_MODES."""
    if mode == "rgb_array":
        moves = state.history
        return draw_board(state.stones(), moves[-1] if moves else None)
    text = render_game(state)
    if mode == "ansi":
        return text
    sys.stdout.write(text + "\n\n")
    sys.stdout.flush()
    return None
