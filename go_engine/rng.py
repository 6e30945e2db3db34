"""Random streams for kernels: SplitMix64 (Steele, Lea, Flood 2014), one 64-bit word of state.

A stream is named by whole numbers (a seed, a game, a move number...), not by what was drawn before,
so the same game draws the same numbers whoever plays it and in whatever order.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import inlined_kernel, kernel

__all__ = ["Stream", "draw_below", "draw_uint64", "draw_uniform", "seed_stream"]

Stream = NDArray[np.uint64]
"""`uint64 [1]`."""

_GAMMA: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX2: Final = np.uint64(0x94D049BB133111EB)
_S30: Final = np.uint64(30)
_S27: Final = np.uint64(27)
_S31: Final = np.uint64(31)
_S11: Final = np.uint64(11)
_S32: Final = np.uint64(32)


@inlined_kernel
def draw_uint64(stream: Stream) -> np.uint64:
    """The next 64 random bits."""
    stream[0] += _GAMMA
    z = stream[0]
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return np.uint64(z ^ (z >> _S31))


@kernel
def seed_stream(stream: Stream, seed: int, major: int, minor: int) -> None:
    """Start the stream named by the three numbers."""
    stream[0] = np.uint64(seed)
    stream[0] = draw_uint64(stream) ^ np.uint64(major)
    stream[0] = draw_uint64(stream) ^ np.uint64(minor)
    stream[0] = draw_uint64(stream)


@inlined_kernel
def draw_uniform(stream: Stream) -> float:
    """A number in [0, 1), 53 random bits."""
    return np.float64(draw_uint64(stream) >> _S11) * (1.0 / 9007199254740992.0)


@inlined_kernel
def draw_below(stream: Stream, bound: int) -> int:
    """A whole number in [0, bound), bound under 2**31 (Lemire 2019, without the rejection step;
    the bias is under bound / 2**32)."""
    high = draw_uint64(stream) >> _S32
    return int(np.int64((high * np.uint64(bound)) >> _S32))
