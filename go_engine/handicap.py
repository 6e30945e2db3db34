"""The traditional handicap points, as GTP fixes them."""

from __future__ import annotations

__all__ = ["handicap_points", "max_handicap"]

_SMALLEST = 7


def max_handicap(board_size: int) -> int:
    """The most stones that have a traditional place: 9 on odd boards from 9 up, 4 on even ones and
    on 7x7, none on smaller boards."""
    if board_size < _SMALLEST:
        return 0
    return 9 if board_size % 2 == 1 and board_size > _SMALLEST else 4


def handicap_points(board_size: int, count: int) -> tuple[int, ...]:
    """The places of `count` handicap stones, as moves (`row * N + column` from the top left).

    GTP version 2, section 4.1.1: on the third line up to 12x12, on the fourth above; first two
    opposite corners, then the others, then the middles of the left and right side, of the lower and
    upper one; the centre with 5, 7 and 9.

    Raises:
        ValueError: if `count` stones have no traditional places on the board.
    """
    most = max_handicap(board_size)
    if not 2 <= count <= most:
        where = f"2 to {most}" if most else "none"
        raise ValueError(
            f"fixed handicap on {board_size}x{board_size} can be {where}, not {count} stones"
        )
    low = 2 if board_size <= 12 else 3  # rows and columns from an edge, the edge itself 0
    high, middle = board_size - 1 - low, board_size // 2
    # As (row, column) from the bottom left.
    corners = [(low, low), (high, high), (high, low), (low, high)]
    sides = [(middle, low), (middle, high), (low, middle), (high, middle)]
    chosen = corners[:count] + (sides[: (count - 4) // 2 * 2] if count > 4 else [])
    if count > 4 and count % 2 == 1:
        chosen.append((middle, middle))
    return tuple((board_size - 1 - row) * board_size + column for row, column in chosen)
