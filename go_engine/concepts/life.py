"""Unconditional life: chains that cannot be taken even if their owner passes for ever.

Benson, "Life in the game of Go", Information Sciences 10 (1976). A *region* of a colour is a
connected set of points that hold no stone of it. A region is *vital* to a chain if every empty
point of the region is a liberty of the chain. Of all chains and regions of the colour, take away
again and again the chains with fewer than two vital regions and the regions that touch a chain
taken away; the chains that stay are alive unconditionally.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.kernels import META, WALL, Row

__all__ = ["ALIVE", "NOTHING_CERTAIN", "TERRITORY", "benson_life"]

NOTHING_CERTAIN = 0
TERRITORY = 1
ALIVE = 2


@kernel
def _find_regions(
    row: Row, stone: int, region: NDArray[np.int64], points: NDArray[np.int64]
) -> int:
    """Number the regions from 1 in `region [P]` (0 elsewhere); how many there are.

    `points [N*N]` is scratch.
    """
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    region[:cells] = 0
    number = 0
    for start in range(stride, cells - stride):
        if row[META + start] == WALL or row[META + start] == stone or region[start] != 0:
            continue
        number += 1
        region[start] = number
        points[0] = start
        count = 1
        i = 0
        while i < count:
            for step in (-1, 1, -stride, stride):
                q = points[i] + step
                if row[META + q] != WALL and row[META + q] != stone and region[q] == 0:
                    region[q] = number
                    points[count] = q
                    count += 1
            i += 1
    return number


@kernel
def _find_chains(row: Row, stone: int, chain: NDArray[np.int64]) -> int:
    """Number the chains of `stone` from 1 in `chain [P]` (0 elsewhere); how many there are."""
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    heads = META + k.HEAD * cells
    number = 0
    chain[:cells] = 0
    for p in range(stride, cells - stride):
        if row[META + p] == stone and row[heads + p] == p:
            number += 1
            chain[p] = number
    for p in range(stride, cells - stride):
        if row[META + p] == stone:
            chain[p] = chain[row[heads + p]]
    return number


@kernel
def _touch(
    row: Row,
    region: NDArray[np.int64],
    chain: NDArray[np.int64],
    empties: NDArray[np.int32],
    touching: NDArray[np.int32],
    shared: NDArray[np.int32],
) -> None:
    """Count empty points of regions, `empties [R + 1]`; points of region r next to chain c,
    `touching [R + 1, C + 1]`, and the empty ones among them, `shared [R + 1, C + 1]`."""
    stride = row[k.SIZE] + 1
    for p in range(stride, (row[k.SIZE] + 1) * stride):
        r = region[p]
        if r == 0:
            continue
        is_empty = row[META + p] == 0
        if is_empty:
            empties[r] += 1
        a, b, c, d = chain[p - 1], chain[p + 1], chain[p - stride], chain[p + stride]
        if b == a:
            b = 0
        if c in (a, b):
            c = 0
        if d in (a, b, c):
            d = 0
        for near in (a, b, c, d):
            if near != 0:
                touching[r, near] += 1
                if is_empty:
                    shared[r, near] += 1


@kernel
def benson_life(row: Row, stone: int, out: NDArray[np.int64]) -> None:
    """Write to `out [P]` (padded points): ALIVE where a chain of `stone` is alive unconditionally,
    TERRITORY on the points of regions that are vital to such a chain and touch only such chains,
    NOTHING_CERTAIN elsewhere.

    What stands in such a region is lost if the owner wishes: each of its empty points is next to
    the living chain, so the owner can fill them one by one, and no stone added there makes an eye.
    """
    size = row[k.SIZE]
    cells = (size + 2) * (size + 1) + 1
    region, chain = np.empty(cells, np.int64), np.empty(cells, np.int64)
    num_regions = _find_regions(row, stone, region, np.empty(size * size, np.int64))
    num_chains = _find_chains(row, stone, chain)
    empties = np.zeros(num_regions + 1, np.int32)
    touching = np.zeros((num_regions + 1, num_chains + 1), np.int32)
    shared = np.zeros((num_regions + 1, num_chains + 1), np.int32)
    _touch(row, region, chain, empties, touching, shared)
    chain_stays = np.ones(num_chains + 1, np.bool_)
    region_stays = np.ones(num_regions + 1, np.bool_)
    changed = True
    while changed:
        changed = False
        for c in range(1, num_chains + 1):
            vital = 0
            for r in range(1, num_regions + 1):
                if region_stays[r] and shared[r, c] > 0 and shared[r, c] == empties[r]:
                    vital += 1
            if chain_stays[c] and vital < 2:
                chain_stays[c] = False
                changed = True
        for r in range(1, num_regions + 1):
            for c in range(1, num_chains + 1):
                if region_stays[r] and touching[r, c] > 0 and not chain_stays[c]:
                    region_stays[r] = False
                    changed = True
    is_territory = np.zeros(num_regions + 1, np.bool_)
    for r in range(1, num_regions + 1):
        for c in range(1, num_chains + 1):
            if region_stays[r] and shared[r, c] > 0 and shared[r, c] == empties[r]:
                is_territory[r] = True
    for p in range(cells):
        out[p] = NOTHING_CERTAIN
        if chain[p] != 0 and chain_stays[chain[p]]:
            out[p] = ALIVE
        elif region[p] != 0 and is_territory[region[p]]:
            out[p] = TERRITORY
