"""Area scoring (Tromp-Taylor): every stone, and every empty region that touches one colour only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from go_engine._jit import kernel
from go_engine.kernels import META, SIZE, WALL, Row

__all__ = ["area_ownership"]


@kernel
def area_ownership(row: Row, owner: NDArray[np.int8]) -> int:
    """Who owns each point of the position as it stands, dead stones counted as alive.

    Writes `owner [N*N]`: 1 Black, -1 White, 0 neutral; returns Black's margin before komi.
    """
    size = row[SIZE]
    stride = size + 1
    cells = (size + 2) * stride + 1
    visited = np.zeros(cells, np.bool_)
    region = np.empty(size * size, np.int64)
    margin = 0
    for r in range(size):
        for c in range(size):
            start = (r + 1) * stride + c
            if row[META + start] != 0:
                owner[r * size + c] = row[META + start]
                margin += row[META + start]
                continue
            if visited[start]:
                continue
            visited[start] = True
            region[0] = start
            found = 1
            black = False
            white = False
            i = 0
            while i < found:
                p = region[i]
                i += 1
                for step in (-1, 1, -stride, stride):
                    q = p + step
                    neighbour = row[META + q]
                    if neighbour == 1:
                        black = True
                    elif neighbour == -1:
                        white = True
                    elif neighbour != WALL and not visited[q]:
                        visited[q] = True
                        region[found] = q
                        found += 1
            side = 0 if black == white else (1 if black else -1)
            margin += side * found
            for i in range(found):
                p = region[i]
                owner[(p // stride - 1) * size + p % stride] = side
    return margin
