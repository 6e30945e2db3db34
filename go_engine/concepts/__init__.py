"""Facts that people name when they talk about a position: liberties, atari, eyes, ladders, regions.

Every one is exact by the definition given with it, and none says whether a move is good. Kernels
work on a row and *padded points* (see `go_engine.kernels`); the functions of `queries` work on a
`GameState` and moves. The untold player may not import this package.
"""

from go_engine.concepts.ladders import (
    LADDER_NODES,
    caught_as_it_stands,
    chain_is_caught,
    ladder_rows,
    prepare,
)
from go_engine.concepts.liberties import chain_liberties, copy_row, first_liberties, in_atari
from go_engine.concepts.life import ALIVE, NOTHING_CERTAIN, TERRITORY, benson_life
from go_engine.concepts.queries import (
    captured_by,
    chains_in_atari,
    is_caught_in_ladder,
    liberties_after,
    num_liberties,
    one_point_eyes,
    position_arrays,
)
from go_engine.concepts.regions import empty_regions, enclosed_sizes, path_distances
from go_engine.concepts.shapes import (
    capturable_chains,
    cutting_points,
    false_eyes,
    is_self_atari,
    is_snapback,
    real_eyes,
    unconditional_territory,
    unconditionally_alive,
)
from go_engine.concepts.trying import take_back, trail_cells, try_move

__all__ = [
    "num_liberties",
    "chains_in_atari",
    "captured_by",
    "liberties_after",
    "one_point_eyes",
    "is_caught_in_ladder",
    "is_self_atari",
    "is_snapback",
    "capturable_chains",
    "real_eyes",
    "false_eyes",
    "cutting_points",
    "unconditionally_alive",
    "unconditional_territory",
    "position_arrays",
    "copy_row",
    "in_atari",
    "first_liberties",
    "chain_liberties",
    "LADDER_NODES",
    "ladder_rows",
    "chain_is_caught",
    "prepare",
    "caught_as_it_stands",
    "trail_cells",
    "try_move",
    "take_back",
    "NOTHING_CERTAIN",
    "TERRITORY",
    "ALIVE",
    "benson_life",
    "enclosed_sizes",
    "empty_regions",
    "path_distances",
]
