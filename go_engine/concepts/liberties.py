"""Liberties of chains, counted one by one (a row itself keeps pseudo-liberties only)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels as k
from go_engine._jit import bare_kernel
from go_engine.kernels import META, Row
from go_engine.layout import LIBERTIES, NO_POINT, single_liberty

__all__ = ["chain_liberties", "copy_row", "first_liberties", "in_atari"]


@bare_kernel
def copy_row(source: Row, target: Row) -> None:
    """Copy a row. (A plain loop: three times as fast as numba's slice assignment, which has to
    allow for overlap.)"""
    for i in range(source.size):
        target[i] = source[i]


@bare_kernel
def in_atari(row: Row, p: int) -> bool:
    """Whether the chain at the stone `p` has exactly one liberty."""
    size = row[k.SIZE]
    cells = (size + 2) * (size + 1) + 1
    h = row[META + k.HEAD * cells + p]
    return single_liberty(row[META + LIBERTIES * cells + h]) != NO_POINT


@bare_kernel
def first_liberties(row: Row, p: int) -> tuple[int, int, int]:
    """Liberties of the chain at the stone `p`: their number, at most 3 counted, and the first two.

    A liberty that does not exist is 0.
    """
    size = row[k.SIZE]
    stride = size + 1
    following = META + k.NEXT * ((size + 2) * stride + 1)
    count = 0
    a = 0
    b = 0
    q = p
    while True:
        for step in (-1, 1, -stride, stride):
            r = q + step
            if row[META + r] == 0 and r != a and r != b:
                count += 1
                if count == 1:
                    a = r
                elif count == 2:
                    b = r
                else:
                    return count, a, b
        q = row[following + q]
        if q == p:
            return count, a, b


@bare_kernel
def chain_liberties(row: Row, p: int, out: NDArray[np.int64]) -> int:
    """Write distinct liberties of the chain at the stone `p` to `out`; how many.

    Stops when `out` is full: the answer is min(liberties, out.size).
    """
    size = row[k.SIZE]
    stride = size + 1
    following = META + k.NEXT * ((size + 2) * stride + 1)
    count = 0
    q = p
    while True:
        for step in (-1, 1, -stride, stride):
            r = q + step
            if row[META + r] != 0:
                continue
            known = False
            for i in range(count):
                known = known or out[i] == r
            if not known:
                out[count] = r
                count += 1
                if count == out.size:
                    return count
        q = row[following + q]
        if q == p:
            return count
