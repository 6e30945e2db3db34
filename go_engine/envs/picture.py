"""A position as a picture, drawn with numpy alone."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from go_engine.diagram import star_points
from go_engine.rules import BLACK

__all__ = ["draw_board"]

_WOOD: Final = (219, 176, 102)
_LINE: Final = (92, 66, 28)
_STONES: Final = {1: (22, 22, 24), -1: (242, 240, 234)}
_OUTLINE: Final = (60, 60, 60)


def draw_board(
    stones: NDArray[np.int8], last_move: int | None = None, cell: int = 32
) -> NDArray[np.uint8]:
    """`uint8 [N * cell, N * cell, 3]`, red green blue; the last move carries a ring.

    Args:
        stones: `int8 [N, N]`, 1 Black, -1 White, 0 empty; row 0 is the top edge.
        last_move: the point to mark; None or a pass marks nothing.
        cell: pixels from one line to the next, at least 8.
    """
    size = len(stones)
    image = np.empty((size * cell, size * cell, 3), np.uint8)
    image[:] = _WOOD
    first, last = cell // 2, (size - 1) * cell + cell // 2
    for k in range(size):
        at = k * cell + cell // 2
        image[at, first : last + 1] = _LINE
        image[first : last + 1, at] = _LINE
    offset = np.arange(cell) - cell // 2
    distance = np.hypot(offset[:, None], offset[None, :]) / cell
    for point in star_points(size):
        _tile(image, point, size, cell)[distance <= 0.1] = _LINE
    for point, color in enumerate(stones.ravel().tolist()):
        if color == 0:
            continue
        tile = _tile(image, point, size, cell)
        tile[distance <= 0.47] = _OUTLINE
        tile[distance <= 0.44] = _STONES[color]
        if point == last_move:
            tile[(distance >= 0.17) & (distance <= 0.24)] = _STONES[-1 if color == BLACK else 1]
    return image


def _tile(image: NDArray[np.uint8], point: int, size: int, cell: int) -> NDArray[np.uint8]:
    """The view of the picture around one point."""
    row, column = divmod(point, size)
    return image[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
