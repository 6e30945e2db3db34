"""Zobrist keys: a position's hash is the xor of one 64-bit key for every stone on it.

Keys are made once by SplitMix64 (Steele, Lea, Flood 2014) from a fixed seed, so that a hash means
the same on every machine and in every run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine.rules import MAX_SIZE

__all__ = ["SIDE_KEY", "STONE_KEYS"]

_MASK = (1 << 64) - 1


def _splitmix64(seed: int, count: int) -> list[int]:
    """The first `count` outputs of SplitMix64, as unsigned 64-bit numbers."""
    numbers = []
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & _MASK
        z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        numbers.append(z ^ (z >> 31))
    return numbers


def _keys() -> tuple[NDArray[np.int64], np.int64]:
    padded = (MAX_SIZE + 2) * (MAX_SIZE + 1) + 1
    numbers = np.array(_splitmix64(0x9090, 2 * padded + 1), dtype=np.uint64).astype(np.int64)
    return numbers[:-1].reshape(2, padded), np.int64(numbers[-1])


STONE_KEYS, SIDE_KEY = _keys()
"""`STONE_KEYS[0 for Black, 1 for White, padded point]`; `SIDE_KEY` marks Black to move."""
