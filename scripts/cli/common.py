"""What several subcommands read from their options, or show, in the same way."""

from __future__ import annotations

import math
import re
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from agents.base import Limits

__all__ = ["ProgressLine", "make_limits", "make_rng", "program_version"]

_NUMBERS = re.compile(r"\d")
_EVERY_S = 10.0  # seconds between progress lines where no terminal shows a line that changes


def make_rng(seed: int | None) -> np.random.Generator:
    """The generator of a command's chance; from the system's entropy without a seed.

    Raises:
        ValueError: for a negative seed.
    """
    import numpy as np

    if seed is not None and seed < 0:
        raise ValueError(f"--seed must be 0 or more, not {seed}")
    return np.random.default_rng(seed)


def make_limits(simulations: int | None, seconds: float | None) -> Limits:
    """What a move may cost.

    Raises:
        ValueError: unless both are positive (or not given).
    """
    from agents.base import Limits

    if simulations is not None and simulations < 1:
        raise ValueError(f"--simulations must be 1 or more, not {simulations}")
    if seconds is not None and not (math.isfinite(seconds) and seconds > 0):
        raise ValueError(f"--seconds must be above 0, not {seconds:g}")
    return Limits(simulations=simulations, seconds=seconds)


def program_version() -> str:
    """The installed version, or `unknown` where the program was never installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("untold")
    except PackageNotFoundError:
        return "unknown"


class ProgressLine:
    """What is going on: a line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._said = 0.0
        self._stage = ""

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Show `text`; between two stages always, within one at most every few seconds."""
        if self._terminal:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            return
        stage, now = _NUMBERS.split(text)[0], time.monotonic()
        if stage != self._stage or now - self._said >= _EVERY_S:
            self._stage, self._said = stage, now
            print(text, file=sys.stderr, flush=True)
