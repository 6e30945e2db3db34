"""The told player that also searches: UCT with RAVE over its features, with reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.base import RESIGN, Decision, Limits
from agents.told.agent import SHIPPED, ToldAgent
from agents.told.model import MoveModel
from agents.told.playout_weights import SHARPNESS, SHIPPED_PLAYOUTS, PlayoutWeights, Sharpness
from agents.told.uct_search import MoveFound, SearchFound, ToldSearch
from agents.told.uct_tree import UctConfig
from go_engine import GameState

__all__ = ["SearchingToldAgent", "choose"]

_SURE: Final = 0.9  # a value from which on a game counts as won for how it is ended
_AS_GOOD: Final = 0.03  # values that differ by less are equal then
_TRIED: Final = 8  # visits that make a value worth something
_HELD: Final = 0.5  # mean ownership from which on a point counts as somebody's
_HOPE: Final = 0.1  # a value worth playing on for
_RESIGN_PLAYOUTS: Final = 100


class SearchingToldAgent:
    """Plays by a search whose priors, playouts and words are the told player's.

    It passes when the position as it stands, which is what is counted, says what its playouts say,
    and it wins; before that it takes dead stones off. It answers a pass by the pass that wins.

    Its answers depend on the earlier ones of a game where it keeps its tree (`forget` by
    `new_game`), so it is asked about one game at a time.

    Attributes:
        name: as in tables.
        playouts, seconds: what a move may cost, unless the limits say otherwise.
    """

    def __init__(
        self,
        playouts: int | None = None,
        seconds: float | None = None,
        weights: str | Path | None = None,
        resign: float = 0.0,
        *,
        model: MoveModel | None = None,
        playout_weights: PlayoutWeights | None = None,
        config: UctConfig | None = None,
        sharpness: Sharpness = SHARPNESS,
        keep: bool = True,
    ) -> None:
        """
        Args:
            playouts: simulations a move.
            seconds: wall-clock seconds a move; with both the first to be spent ends the search.
            weights: folder of the move model; None takes the shipped one.
            resign: gives up where its chances are below this; 0 never.
            model, playout_weights: at hand, instead of files.
            config, sharpness, keep: see `ToldSearch`.

        Raises:
            AgentError: if weights cannot be used.
            ValueError: for budgets that are none.
        """
        if playouts is None and seconds is None:
            raise ValueError("a search needs a budget: playouts or seconds")
        if playouts is not None and playouts < 1:
            raise ValueError(f"playouts must be 1 or more, not {playouts}")
        if seconds is not None and not 0.0 < seconds < float("inf"):
            raise ValueError(f"seconds must be a finite number above 0, not {seconds}")
        if not 0.0 <= resign < 0.5:
            raise ValueError(f"resign must lie from 0 to 0.5, not {resign}")
        model = model or MoveModel.load(SHIPPED if weights is None else Path(weights))
        playout_weights = playout_weights or PlayoutWeights.load(SHIPPED_PLAYOUTS)
        self.playouts, self.seconds, self.resign = playouts, seconds, resign
        self._told = ToldAgent(model=model)
        self._search = ToldSearch(model, playout_weights, config, sharpness, keep)
        budget = f"playouts={playouts}" if playouts is not None else f"seconds={seconds}"
        self.name = f"told:{budget}"

    def new_game(self) -> None:
        """Forget the last search."""
        self._search.forget()

    def close(self) -> None:
        """Free the tree."""
        self._search.forget()

    def move_probabilities(self, state: GameState) -> NDArray[np.float64]:
        """The move model's, without search; as `ToldAgent.move_probabilities`."""
        return self._told.move_probabilities(state)

    def reasons_for(self, state: GameState, move: int) -> tuple[str, ...]:
        """The features that speak for and against a legal move, as `ToldAgent.reasons_for`."""
        return self._told.reasons_for(state, move)

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        """The searched move, with its statistics and the features that speak for it.

        Limits replace the agent's own budget, both of its parts.

        Raises:
            ValueError: if the game is over.
        """
        playouts, seconds = self.playouts, self.seconds
        if limits.playouts is not None or limits.seconds is not None:
            playouts, seconds = limits.playouts, limits.seconds
        found = self._search.search(state, rng, playouts, seconds)
        chosen, rule = choose(state, found)
        visits = {move.move: move.visits for move in found.moves if move.visits}
        words = (
            *((rule,) if rule else ()),
            f"won {chosen.value:.0%} of {chosen.visits} playouts",
            *self._told.reasons_for(state, chosen.move),
        )
        if chosen.value < self.resign and sum(visits.values()) >= _RESIGN_PLAYOUTS and not rule:
            return Decision(RESIGN, chosen.value, chosen.score, visits, (), ("hopeless", *words))
        same = found.pv[:1] == (chosen.move,)
        pv = found.pv if same else (chosen.move,)
        return Decision(chosen.move, chosen.value, chosen.score, visits, pv, words)


def choose(state: GameState, found: SearchFound) -> tuple[MoveFound, str]:
    """The move to play, and the rule in words if one decided otherwise than the visits ("")."""
    pass_move = state.rules.num_points
    wins = state.winner() == state.to_play
    best = found.moves[0]
    passing = next(move for move in found.moves if move.move == pass_move)
    points = [move for move in found.moves if move.move != pass_move and move.visits > 0]
    if wins and state.passes == 1:
        return passing, "passing ends the game, and the count wins it"
    if best.move == pass_move and not wins and points and points[0].value > _HOPE:
        return points[0], "it is too early to pass"
    if best.value < _SURE:
        return best, ""
    unsettled = _unsettled(state, found)
    if wins and not unsettled.any():
        return passing, "nothing is left to gain, and the count wins"
    for move in points:
        as_good = move.visits >= _TRIED and move.value > best.value - _AS_GOOD
        if as_good and _attacks(state, move.move, unsettled):
            return move, "" if move is best else "takes dead stones off before passing"
    return best, ""


def _unsettled(state: GameState, found: SearchFound) -> NDArray[np.bool_]:
    """`bool [N, N]`: points that somebody holds in the playouts, and not by the count as it is."""
    size = state.rules.board_size
    owner = state.ownership() * state.to_play
    held = found.ownership.reshape(size, size)
    clear = np.abs(held) >= _HELD
    unsettled: NDArray[np.bool_] = clear & (np.sign(held) != owner)
    return unsettled


def _attacks(state: GameState, move: int, unsettled: NDArray[np.bool_]) -> bool:
    """Whether the move stands beside an opponent stone on an unsettled point."""
    size = state.rules.board_size
    if move == size * size:
        return False
    dead = (state.stones() == -state.to_play) & unsettled
    r, c = divmod(move, size)
    beside = [(r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)]
    return any(0 <= i < size and 0 <= j < size and dead[i, j] for i, j in beside)
