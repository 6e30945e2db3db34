"""What several subcommands read from their options in the same way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from agents.base import Limits

__all__ = ["make_limits", "make_rng", "program_version"]


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
