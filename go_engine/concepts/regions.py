"""Regions of the board and paths across it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.kernels import META, WALL, Row

__all__ = ["empty_regions", "enclosed_sizes", "path_distances"]


@kernel
def enclosed_sizes(row: Row, stone: int, out: NDArray[np.int64]) -> None:
    """For each padded point that `stone` does not hold, the size of its region; 0 elsewhere.

    A region is a connected set of points, empty or the other colour's, that `stone`'s stones (and
    the edge) enclose. Writes `out [P]`.
    """
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    out[:cells] = 0
    found = np.empty(size * size, np.int64)
    for start in range(stride, cells - stride):
        if row[META + start] == WALL or row[META + start] == stone or out[start] != 0:
            continue
        out[start] = 1
        found[0] = start
        count = 1
        i = 0
        while i < count:
            for step in (-1, 1, -stride, stride):
                q = found[i] + step
                if row[META + q] != WALL and row[META + q] != stone and out[q] == 0:
                    out[q] = 1
                    found[count] = q
                    count += 1
            i += 1
        for i in range(count):
            out[found[i]] = count


@kernel
def empty_regions(row: Row, sizes: NDArray[np.int64], borders: NDArray[np.int64]) -> None:
    """For each empty padded point the size of its region of empty points and who borders on it.

    Writes `sizes [P]` (0 where a stone or a wall is) and `borders [P]`: 1 only Black, -1 only
    White, 2 both, 0 nobody (the empty board).
    """
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    sizes[:cells] = 0
    borders[:cells] = 0
    found = np.empty(size * size, np.int64)
    for start in range(stride, cells - stride):
        if row[META + start] != 0 or sizes[start] != 0:
            continue
        sizes[start] = 1
        found[0] = start
        count = 1
        black = False
        white = False
        i = 0
        while i < count:
            for step in (-1, 1, -stride, stride):
                q = found[i] + step
                stone = row[META + q]
                if stone == 1:
                    black = True
                elif stone == -1:
                    white = True
                elif stone == 0 and sizes[q] == 0:
                    sizes[q] = 1
                    found[count] = q
                    count += 1
            i += 1
        side = 2 if black and white else (1 if black else (-1 if white else 0))
        for i in range(count):
            sizes[found[i]] = count
            borders[found[i]] = side


@kernel
def path_distances(row: Row, start: int, limit: int, out: NDArray[np.int64]) -> None:
    """Shortest paths from padded point `start` along lines of the board, `limit` where they are
    that long or longer. A step inside a chain costs nothing ("common fate graph", Graepel et al.
    2001).

    Writes `out [P]`.
    """
    size = row[k.SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    out[:cells] = limit
    queue = np.empty(size * size, np.int64)
    count = _reach(row, start, 0, limit, queue, 0, out)
    i = 0
    while i < count:
        near = out[queue[i]] + 1
        if near >= limit:
            return
        for step in (-1, 1, -stride, stride):
            q = queue[i] + step
            if row[META + q] != WALL and out[q] == limit:
                count = _reach(row, q, near, limit, queue, count, out)
        i += 1


@kernel
def _reach(
    row: Row,
    p: int,
    distance: int,
    limit: int,
    queue: NDArray[np.int64],
    count: int,
    out: NDArray[np.int64],
) -> int:
    """Put `p` and, if it is a stone, its whole chain at `distance`; the queue's new length."""
    size = row[k.SIZE]
    following = META + k.NEXT * ((size + 2) * (size + 1) + 1)
    q = p
    while True:
        out[q] = min(distance, limit)
        queue[count] = q
        count += 1
        if row[META + q] == 0:
            return count
        q = row[following + q]
        if q == p:
            return count
