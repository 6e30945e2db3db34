"""The told player's knowledge behind the Evaluator protocol."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.net import POSITIONS, as_batch, empty_planes, fill_planes
from agents.told.agent import SHIPPED
from agents.told.evaluator import ToldEvaluator, make_told_evaluator
from agents.told.model import FeatureReader, MoveModel
from agents.told.playout_weights import SHIPPED_PLAYOUTS, PlayoutWeights
from go_engine import BLACK, GameState, Rules, symmetry_moves
from tests.agents.told.positions import position

MODEL = MoveModel.load(SHIPPED)


def planes_of(state: GameState, symmetry: int = 0) -> NDArray[np.float32]:
    size = state.rules.board_size
    planes = empty_planes(1, size)
    fill_planes(
        planes[0],
        state.recent_stones(POSITIONS),
        state.legal_mask(),
        state.to_play,
        state.passes > 0,
        float(state.rules.komi),
        symmetry_moves(size)[symmetry],
    )
    return as_batch(planes)


def test_priors_are_the_move_models() -> None:
    state = GameState.from_moves(Rules(9, 7.0), [40, 42, 22, 24])
    answer = make_told_evaluator(playouts=1).evaluate(planes_of(state))
    moves, _, added = MODEL.contributions(state, FeatureReader(9))
    expected = added.sum(axis=1) - np.log(np.exp(added.sum(axis=1)).sum())
    found = answer.prior_logits[0][moves]
    likely = (expected > np.log(1e-3)) & (moves < 81)
    np.testing.assert_allclose(found[likely], expected[likely], atol=1e-3)  # but for the pass


def test_a_pass_is_no_more_than_an_average_move() -> None:
    state = position("O.O.O OOOOO XXXXX XXXXX ...XX", BLACK, "", 0.0)
    chances = np.exp(make_told_evaluator(playouts=1).evaluate(planes_of(state)).prior_logits[0])
    assert chances[25] <= 1 / 4  # A1, B1, C1 and the pass are left
    assert chances[[20, 21, 22]].sum() == pytest.approx(1.0, abs=1e-3)


def test_a_decided_position_is_valued_as_it_is() -> None:
    # All of the board is Black's, 25 points; komi decides, and each side sees its own result.
    diagram = "..X.. .XX.. XX.X. ..X.. .X.X."
    for komi, black in ((7.0, 1.0), (25.0, 0.5), (30.0, 0.0)):
        state = position(diagram, BLACK, "pass", komi)  # White to move
        answer = make_told_evaluator(playouts=4).evaluate(planes_of(state))
        assert answer.value[0] == 1.0 - black
        assert answer.score[0] == -25.0
        assert (answer.ownership[0] == -1.0).all()


def test_answers_depend_on_the_position_alone_and_turn_with_it() -> None:
    evaluator = make_told_evaluator(playouts=3)
    a = GameState.from_moves(Rules(9, 7.0), [40, 42, 22])
    b = GameState.from_moves(Rules(9, 7.0), [30, 12])
    both = np.concatenate([planes_of(a), planes_of(b)])
    together, alone = evaluator.evaluate(both), evaluator.evaluate(planes_of(b))
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one[1], other[0])
    turned = evaluator.evaluate(planes_of(a, 3))
    moved = symmetry_moves(9)[3]
    np.testing.assert_allclose(
        turned.prior_logits[0][moved], together.prior_logits[0], rtol=1e-4, atol=1e-4
    )


def test_no_playouts_is_no_evaluation() -> None:
    with pytest.raises(ValueError, match="playouts must be 1 or more"):
        ToldEvaluator(MODEL, PlayoutWeights.load(SHIPPED_PLAYOUTS), playouts=0)
