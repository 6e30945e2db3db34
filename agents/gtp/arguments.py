"""The words after a GTP command, read and checked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from go_engine.coords import vertex_to_move
from go_engine.rules import BLACK, WHITE

__all__ = ["GtpError", "color_of", "flag", "is_color", "number", "vertex", "whole", "word"]

_COLORS: Final = {"b": BLACK, "black": BLACK, "w": WHITE, "white": WHITE}
_MOST: Final = 1e9
_FLAGS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class GtpError(Exception):
    """Why a command is not carried out; becomes `? message`."""


def word(words: Sequence[str], index: int) -> str:
    """The word at `index`.

    Raises:
        GtpError: if there is none; as are all errors here.
    """
    if index >= len(words):
        raise GtpError("syntax error: an argument is missing")
    return words[index]


def is_color(text: str) -> bool:
    """Whether a word is a colour."""
    return text.lower() in _COLORS


def color_of(words: Sequence[str], index: int) -> int:
    """BLACK or WHITE."""
    color = _COLORS.get(word(words, index).lower())
    if color is None:
        raise GtpError("syntax error: expected a colour, b or w")
    return color


def whole(words: Sequence[str], index: int, what: str) -> int:
    """A whole number, 0 or more."""
    text = word(words, index)
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise GtpError(f"syntax error: {what} must be a whole number")
    return int(text)


def number(words: Sequence[str], index: int, what: str) -> float:
    """A finite number."""
    try:
        value = float(word(words, index))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > _MOST:
        raise GtpError(f"syntax error: {what} must be a number")
    return value


def flag(words: Sequence[str], index: int, what: str) -> bool:
    """True or false."""
    value = _FLAGS.get(word(words, index).lower())
    if value is None:
        raise GtpError(f"syntax error: {what} must be true or false")
    return value


def vertex(words: Sequence[str], index: int, size: int) -> int:
    """A move on a board of `size`, the pass included."""
    try:
        return vertex_to_move(word(words, index), size)
    except ValueError as error:
        raise GtpError(f"syntax error: {error}") from None
