"""A new game in a few words: `white level=casual size=9 handicap=2`."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Final

from agents.spec import nearest
from scripts.board.clock import read_time
from scripts.board.table import Setup, opponent_of

__all__ = ["read_wishes"]

_COLORS: Final = ("black", "white", "random")


def read_wishes(text: str, before: Setup) -> Setup:
    """The setup that `text` asks for; what it does not name stays as it was `before`.

    Raises:
        ValueError, SpecError: for a word that is not understood, or a game that is impossible.
    """
    setup = before
    for word in text.split():
        name, equals, value = word.partition("=")
        if word.lower() in _COLORS:
            setup = dataclasses.replace(setup, color=word.lower())
        elif equals and name in _READERS:
            setup = dataclasses.replace(setup, **_READERS[name](value, setup))
        else:
            known = [*_COLORS, *_READERS]
            raise ValueError(
                f"{word[:30]!r} is no wish for a game{nearest(word, known)}; for example: "
                "new white level=casual size=9 komi=7 handicap=2 time=10+5"
            )
    setup.check()
    return setup


def _whole(name: str) -> Callable[[str, Setup], dict[str, Any]]:
    def read(value: str, _: Setup) -> dict[str, Any]:
        if not value.isdecimal() or len(value) > 3:
            raise ValueError(f"{name} must be a whole number, not {value[:20]!r}")
        return {name: int(value)}

    return read


def _komi(value: str, _: Setup) -> dict[str, Any]:
    try:
        komi = float(value)
    except ValueError:
        komi = math.nan
    if not math.isfinite(komi):
        raise ValueError(f"komi must be a number, not {value[:20]!r}")
    return {"komi": komi}


def _opponent(value: str, setup: Setup) -> dict[str, Any]:
    return {"opponent": "" if value == "nobody" else opponent_of(value, setup.size)}


def _time(value: str, _: Setup) -> dict[str, Any]:
    return {"time": None if value in ("none", "0") else read_time(value)}


_READERS: Final[dict[str, Callable[[str, Setup], dict[str, Any]]]] = {
    "level": _opponent,
    "agent": _opponent,
    "size": _whole("size"),
    "handicap": _whole("handicap"),
    "komi": _komi,
    "time": _time,
}
