"""The told player's knowledge as an evaluator: priors by its move model, values by its playouts.

With it the search that the untold player uses (`agents.search`) runs on what the told player knows,
so that the two searches and the two kinds of knowledge can be compared apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.base import Evaluation
from agents.net.planes import KOMI_SCALE, POSITIONS
from agents.told.agent import SHIPPED
from agents.told.model import MoveModel, padded_or_none
from agents.told.playout import final_margin, play_told
from agents.told.playout_weights import SHARPNESS, SHIPPED_PLAYOUTS, PlayoutWeights, Sharpness
from agents.told.priors import Reader, fill_priors, new_reader
from agents.told.uct import MOST_MOVES, Game, new_game
from go_engine import BLACK, WHITE, GameState, Rules
from go_engine import kernels as k
from go_engine._jit import kernel
from go_engine.concepts import copy_row
from go_engine.rng import seed_stream

__all__ = ["ToldEvaluator", "make_told_evaluator"]

PLAYOUTS: Final = 8
"""For one evaluation, unless said otherwise."""

_NOT_WORTH_IT: Final = -20.0  # logit of moves that are left out of searches: own eyes


class ToldEvaluator:
    """Told priors and the mean of a few told playouts behind the Evaluator protocol.

    The planes hold no history but the last positions. So the priors are those of the position with
    its last two moves, and a playout may repeat an earlier position (the search itself does not).
    Chance is drawn from the position, so equal positions get equal answers in any order.
    """

    def __init__(
        self,
        model: MoveModel,
        weights: PlayoutWeights,
        playouts: int = PLAYOUTS,
        sharpness: Sharpness = SHARPNESS,
    ) -> None:
        """
        Args:
            model: gives the priors.
            weights: of the playouts.
            playouts: played out for one evaluation.
            sharpness: of the playouts; see `Sharpness`.
        """
        if playouts < 1:
            raise ValueError(f"playouts must be 1 or more, not {playouts}")
        self._model, self._playouts = model, playouts
        self._table, self._factors = (
            weights.table(sharpness.rings),
            weights.factors(sharpness.features),
        )
        self._readers: dict[int, Reader] = {}

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        """Evaluate `planes [L, C, N, N]` (see `agents.net.planes`)."""
        count, size = planes.shape[0], planes.shape[2]
        logits = np.full((count, size * size + 1), _NOT_WORTH_IT, np.float32)
        values, scores = np.zeros(count, np.float32), np.zeros(count, np.float32)
        ownership = np.zeros((count, size * size), np.float32)
        reader = self._readers.setdefault(size, new_reader(self._model, size))
        for i in range(count):
            game, komi, last = _game_of(np.asarray(planes[i]), self._table, self._factors)
            side = float(game.start[k.TO_PLAY])
            previous = int(game.previous[0])
            found = fill_priors(game.start, game.history, last, previous, komi, reader)
            logits[i, reader.moves[:found]] = np.log(reader.chances[:found])
            black, margin = _play_outs(game, komi, self._playouts)
            values[i] = black if side == BLACK else 1.0 - black
            scores[i] = margin * side
            ownership[i] = game.owned * (side / self._playouts)
        return Evaluation(logits, values, scores, ownership)


@kernel
def _play_outs(game: Game, komi: float, count: int) -> tuple[float, float]:
    """Black's mean result and mean margin before komi; adds to `game.owned`."""
    points = game.owner.size
    wins = 0.0
    margins = 0.0
    for _ in range(count):
        copy_row(game.start, game.row)
        copy_row(game.light, game.here)
        play_told(
            game.row,
            game.history,
            game.here,
            game.table,
            game.factors,
            game.boosts,
            game.stream,
            MOST_MOVES * points,
            game.moves,
        )
        margin = final_margin(game.row, game.owner)
        margins += margin
        wins += 1.0 if margin > komi else (0.5 if margin == komi else 0.0)
        for point in range(points):
            game.owned[point] += game.owner[point]
    return wins / count, margins / count


def _game_of(
    planes: NDArray[np.float32], table: NDArray[np.int64], factors: NDArray[np.float64]
) -> tuple[Game, float, int]:
    """The position that `planes [C, N, N]` show, White's komi, and the last move's padded point."""
    size = planes.shape[1]
    to_play = BLACK if planes[4 + 2 * POSITIONS, 0, 0] else WHITE
    passed = bool(planes[2 + 2 * POSITIONS, 0, 0])
    komi = round(-float(planes[3 + 2 * POSITIONS, 0, 0]) * KOMI_SCALE * to_play * 2) / 2
    own, theirs = planes[2 : 2 + POSITIONS] > 0, planes[2 + POSITIONS : 2 + 2 * POSITIONS] > 0
    stones = (own[0].astype(np.int8) - theirs[0].astype(np.int8)) * np.int8(to_play)
    state = GameState.from_stones(Rules(size, komi), stones, to_play)
    row, history = state.kernel_arrays()
    row[k.PASSES] = int(passed)
    last = _new_stone(theirs[0], theirs[1])
    previous = _new_stone(own[1], own[2])
    points = (padded_or_none(size, last), padded_or_none(size, previous))
    game = new_game(row, history, *points, table, factors, np.uint64(0))
    seed_stream(game.stream, int(row[k.HASH]) & 0x7FFFFFFF, to_play, points[0])
    return game, komi, points[0]


def _new_stone(now: NDArray[np.bool_], before: NDArray[np.bool_]) -> int | None:
    """The point that holds a stone now and held none before; None if there is not exactly one."""
    found = np.flatnonzero(now & ~before)
    return int(found[0]) if found.size == 1 else None


def make_told_evaluator(weights: str | None = None, playouts: int | None = None) -> ToldEvaluator:
    """The evaluator of the move model in the folder `weights` (None: the shipped one).

    Raises:
        AgentError: if weights cannot be used.
    """
    model = MoveModel.load(SHIPPED if weights is None else Path(weights))
    return ToldEvaluator(model, PlayoutWeights.load(SHIPPED_PLAYOUTS), playouts or PLAYOUTS)
