"""What is true on the board: rules, positions, legality, score. No opinion about a move.

    >>> from go_engine import GameState, Rules
    >>> game = GameState(Rules(board_size=9, komi=7.0))
    >>> game.play(40)
    >>> game.to_play, game.black_score()
    (-1, 81)

The compiled functions that searches build on are in `go_engine.kernels`; environments for other
learning libraries, in `go_engine.envs`, are not imported from here.
"""

from go_engine.board import Board
from go_engine.coords import move_to_vertex, vertex_to_move
from go_engine.diagram import parse, render, render_compact, render_game
from go_engine.handicap import handicap_points, max_handicap
from go_engine.rules import BLACK, EMPTY, MAX_SIZE, MIN_SIZE, WHITE, KoRule, Rules, Scoring
from go_engine.sgf import (
    SgfError,
    SgfGame,
    read_collection,
    read_sgf,
    read_variations,
    result_string,
    write_sgf,
)
from go_engine.state import GameState, IllegalMoveError
from go_engine.symmetry import NUM_SYMMETRIES, inverse_moves, symmetry_moves

__all__ = [
    "BLACK",
    "WHITE",
    "EMPTY",
    "MIN_SIZE",
    "MAX_SIZE",
    "KoRule",
    "Scoring",
    "Rules",
    "vertex_to_move",
    "move_to_vertex",
    "Board",
    "GameState",
    "IllegalMoveError",
    "handicap_points",
    "max_handicap",
    "NUM_SYMMETRIES",
    "symmetry_moves",
    "inverse_moves",
    "render",
    "render_game",
    "render_compact",
    "parse",
    "SgfGame",
    "SgfError",
    "read_sgf",
    "read_variations",
    "read_collection",
    "write_sgf",
    "result_string",
]
