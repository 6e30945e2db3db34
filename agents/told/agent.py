"""The told agent: plays what its move model finds likely, and can say why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.base import Decision, Limits
from agents.told.families import FAMILIES
from agents.told.model import FeatureReader, MoveModel
from agents.told.shared import CAPTURE, LIBERTIES, OWN_EYE, REGION
from go_engine import GameState

__all__ = ["SHIPPED", "ToldAgent"]

SHIPPED: Final = Path(__file__).resolve().parent.parent / "weights" / "told"

_REASONS: Final = 4
_LEAST_REASON: Final = 0.2  # natural logarithm; less is no reason
_CONSIDERED: Final = 10


def _levels(count: int, some: range) -> NDArray[np.bool_]:
    table = np.zeros(count, np.bool_)
    table[some] = True
    return table


_SELF_ATARI: Final = _levels(16, range(2, 5))  # of `liberties`: self-atari with two stones or more
_OWN_REGION: Final = _levels(16, range(1, 6))  # of `region`: borders on own stones only
_THEIR_REGION: Final = _levels(16, range(6, 11))  # ... on opponent stones only


class ToldAgent:
    """Plays by a move model alone, without search.

    When to pass is decided by rule, because experts stop by agreement and a program cannot: it does
    not pass while a *useful* move is left, one that neither fills an own eye or other territory of
    its own nor puts two or more own stones into atari. (For a player who wins by the count as it
    stands, moves inside the opponent's territory that capture nothing are not useful either.) Once
    none is left, it answers a pass by the pass that wins. It never resigns.

    Attributes:
        name: as in tables.
        temperature: 0 plays the likeliest move (chance decides between equals), 1 draws from the
            model's probabilities, other values from their power `1 / temperature`.
    """

    def __init__(
        self,
        temperature: float = 0.0,
        weights: str | Path | None = None,
        *,
        model: MoveModel | None = None,
    ) -> None:
        """
        Args:
            temperature: see the class.
            weights: folder with `model.safetensors` and `card.json`; None takes the shipped one.
            model: a model at hand, instead of `weights`.

        Raises:
            AgentError: if the weights cannot be used.
            ValueError: for a temperature below 0.
        """
        if not temperature >= 0.0 or not np.isfinite(temperature):
            raise ValueError(f"temperature must be 0 or more, not {temperature!r}")
        self.name = "told"
        self.temperature = temperature
        self._model = model or MoveModel.load(SHIPPED if weights is None else Path(weights))
        self._readers: dict[int, FeatureReader] = {}

    @property
    def model(self) -> MoveModel:
        """The move model that it plays by."""
        return self._model

    def new_game(self) -> None:
        """Nothing is kept from game to game."""

    def close(self) -> None:
        """Nothing to free."""

    def move_probabilities(self, state: GameState) -> NDArray[np.float64]:
        """The model's `P(move)`, `float64 [N*N + 1]`: 0 where illegal, sum 1; the rules about
        passing and the temperature have no part in it.

        Raises:
            ValueError: if the game is over.
        """
        moves, _, added = self.contributions(state)
        probabilities = np.zeros(state.rules.num_points + 1)
        probabilities[moves] = _softmax(self.scores_of(added))
        return probabilities

    def select_move(
        self,
        state: GameState,
        limits: Limits,  # noqa: ARG002
        rng: np.random.Generator,
    ) -> Decision:
        """The move, with the features that speak for it as reasons; `limits` change nothing.

        `visits` holds the likeliest moves in parts per thousand of the model's probability.

        Raises:
            ValueError: if the game is over.
        """
        moves, levels, added = self.contributions(state)
        scores = self.scores_of(added)
        allowed, rule = _allowed_by_rule(state, levels, scores)
        chosen = _draw(np.where(allowed, scores, -np.inf), self.temperature, rng)
        reasons = explain(levels, added, chosen)
        return Decision(
            move=int(moves[chosen]),
            visits=_likeliest(moves, _softmax(scores)),
            pv=(int(moves[chosen]),),
            reasons=(rule, *reasons) if rule else reasons,
        )

    def select_moves(
        self,
        states: Sequence[GameState],
        limits: Sequence[Limits],
        rngs: Sequence[np.random.Generator],
    ) -> list[Decision]:
        """See `BatchAgent.select_moves`."""
        return list(map(self.select_move, states, limits, rngs))

    def reasons_for(self, state: GameState, move: int) -> tuple[str, ...]:
        """What speaks for and against a legal `move`, in words, strongest first.

        Raises:
            ValueError: if `move` is not legal here.
        """
        moves, levels, added = self.contributions(state)
        found = np.flatnonzero(moves == move)
        if not found.size:
            raise ValueError(f"not a legal move here: {move}")
        return explain(levels, added, int(found[0]), both_signs=True)

    def scores_of(self, added: NDArray[np.float64]) -> NDArray[np.float64]:
        """The candidates' scores `[M]`, logits of their probabilities, from what the families add:
        the sum."""
        scores: NDArray[np.float64] = added.sum(axis=1)
        return scores

    def contributions(
        self, state: GameState
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """Legal moves `[M]`, their levels and what each adds to the score, both `[M, F]` for the
        F families.

        Raises:
            ValueError: if the game is over.
        """
        if state.is_over:
            raise ValueError("the game is over")
        size = state.rules.board_size
        reader = self._readers.get(size)
        if reader is None:
            reader = self._readers[size] = FeatureReader(size, self._model.playouts)
        return self._model.contributions(state, reader)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers: NDArray[np.float64] = np.exp(scores - scores.max())
    probabilities: NDArray[np.float64] = powers / powers.sum()
    return probabilities


def _draw(scores: NDArray[np.float64], temperature: float, rng: np.random.Generator) -> int:
    """The index of a highest score, or one drawn in proportion to `exp(score / temperature)`."""
    if temperature == 0.0:
        return int(rng.choice(np.flatnonzero(scores >= scores.max() - 1e-9)))
    return int(rng.choice(scores.size, p=_softmax(scores / temperature)))


def _allowed_by_rule(
    state: GameState, levels: NDArray[np.int32], scores: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], str]:
    """Which of the legal moves may be chosen, and in words what a rule decided ("" for nothing).

    The pass is the last of the moves. Where it is the model's favourite but not allowed, a useful
    move takes its place.
    """
    wins = state.winner() == state.to_play
    region = levels[:, REGION]
    useless = (levels[:, OWN_EYE] == 1) | _SELF_ATARI[levels[:, LIBERTIES]]
    useless |= _OWN_REGION[region]
    if wins:
        useless |= _THEIR_REGION[region] & (levels[:, CAPTURE] == 0)
    useful = ~useless
    useful[-1] = False
    allowed = np.ones(scores.size, np.bool_)
    if useful.any():
        if scores[-1] >= scores.max():
            return useful, "it is too early to pass"
        allowed[-1] = False
    elif state.passes == 1 and wins:
        allowed[:-1] = False
        return allowed, "passing ends the game, and the count wins it"
    return allowed, ""


def _likeliest(moves: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Mapping[int, int]:
    best = np.argsort(-probabilities, kind="stable")[:_CONSIDERED]
    return {int(moves[i]): round(1000 * float(probabilities[i])) for i in best}


def explain(
    levels: NDArray[np.int32], added: NDArray[np.float64], chosen: int, both_signs: bool = False
) -> tuple[str, ...]:
    """What sets one candidate apart from the average legal move, strongest first.

    Each reason ends with the natural logarithm of the factor by which it changes the odds, such as
    `"captures two stones that could run +2.1"`.
    """
    difference = added[chosen] - added.mean(axis=0)
    strength = np.abs(difference) if both_signs else difference
    reasons: list[str] = []
    for family in np.argsort(-strength, kind="stable"):
        if strength[family] < _LEAST_REASON or len(reasons) == _REASONS:
            break
        words = _words(int(family), int(levels[chosen, family]))
        if words:
            reasons.append(f"{words} {difference[family]:+.1f}")
    return tuple(reasons)


def _words(family: int, level: int) -> str:
    """The level as people would say it; empty where nothing can be said."""
    known = FAMILIES[family]
    if known.levels:
        return known.levels[level]
    return f"the shape around it ({known.name})" if level else ""
