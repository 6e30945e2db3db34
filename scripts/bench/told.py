"""The told player's playouts and search, measured on 9x9."""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.told.agent import SHIPPED
from agents.told.model import MoveModel
from agents.told.playout import play_told
from agents.told.playout_weights import SHARPNESS, SHIPPED_PLAYOUTS, PlayoutWeights
from agents.told.uct import MOST_MOVES, Game, new_game
from agents.told.uct_search import ToldSearch
from go_engine import GameState
from scripts.bench.ours import RULES, stored_games
from scripts.bench.timing import Work

__all__ = ["mean_playout_length", "playout_moves", "searches"]

_PLAYOUTS: Final = 300


def _play_out(game: Game) -> int:
    """Moves of one told playout of the game's start, the two passes included."""
    game.row[:], game.here[:] = game.start, game.light
    return play_told(
        game.row,
        game.history,
        game.here,
        game.table,
        game.factors,
        game.boosts,
        game.stream,
        MOST_MOVES * RULES.num_points,
        game.moves,
    )


def _empty_board() -> Game:
    weights = PlayoutWeights.load(SHIPPED_PLAYOUTS)
    row, history = GameState(RULES).kernel_arrays()
    table, factors = weights.table(SHARPNESS.rings), weights.factors(SHARPNESS.features)
    return new_game(row, history, 0, 0, table, factors, np.uint64(1))


def mean_playout_length(games: int = 500) -> float:
    """Moves of a told playout from the empty board."""
    game = _empty_board()
    return sum(_play_out(game) for _ in range(games)) / games


def playout_moves() -> Work:
    """Moves of told playouts from the empty board."""
    game = _empty_board()
    return lambda: sum(_play_out(game) for _ in range(50))


def searches() -> Work:
    """Playouts of searches of positions of one game, without what an earlier search knew."""
    search = ToldSearch(MoveModel.load(SHIPPED), PlayoutWeights.load(SHIPPED_PLAYOUTS), keep=False)
    rng = np.random.default_rng(1)
    moves = stored_games(1)[0]
    states = [GameState.from_moves(RULES, moves[:n]) for n in (10, 20, 30, 40)]
    return lambda: sum(search.search(state, rng, _PLAYOUTS).playouts for state in states)
